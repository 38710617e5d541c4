"""What is rendered for one call."""

from __future__ import annotations

from pathlib import Path

from ivr.calls.renderings import MOST_KEPT, Renderings
from ivr.core.segments import Silence
from ivr.speech.store import PromptStore


async def test_a_long_call_does_not_keep_all_that_it_ever_rendered(tmp_path: Path) -> None:
    async with PromptStore(tmp_path / "cache") as prompts:
        renderings = Renderings(prompts)
        segments = [Silence(20 * count) for count in range(1, MOST_KEPT + 2)]
        tasks = [renderings.begin(segment) for segment in segments]
        assert renderings.begin(segments[0]) is tasks[0], "what nobody has yet is kept"
        assert [await task for task in tasks] == [b"\xd5" * segment.duration * 8 for segment in segments]
        latest = renderings.begin(Silence(5000))
        assert renderings.begin(segments[-1]) is tasks[-1]
        assert renderings.begin(segments[0]) is not tasks[0]
        await latest
        renderings.cancel()
