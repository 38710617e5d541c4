"""Renders the static prompts of flows ahead of time, or while a server starts, and shows how far it is."""

from __future__ import annotations

import sys
from typing import Any

from ivr.config import Settings
from ivr.document.load import Loaded
from ivr.server.opening import Progress
from ivr.server.sharing import prompts_folder
from ivr.speech.static import static_segments
from ivr.speech.store import PromptStore


async def build(loaded: Loaded, settings: Settings) -> int:
    """Render all static prompts into the cache, and give how many could not be: 1 for any, 0 for none."""
    segments = static_segments(loaded.flows.values())
    async with PromptStore(prompts_folder(settings), jobs=settings.jobs) as prompts:
        failures = await prompts.build(segments, progress_bar())
    for failure in failures:
        sys.stderr.write(f"{failure.segment}: {failure.message}\n")
    sys.stdout.write(f"{len(segments) - len(failures)} prompts are ready in {prompts_folder(settings)}\n")
    return 1 if failures else 0


def progress_bar() -> Progress:
    """A bar on the terminal while prompts are rendered; nothing where nobody watches."""
    from tqdm import tqdm

    bar: Any = None

    def progress(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, desc="prompts", unit="", disable=None, leave=False)
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return progress
