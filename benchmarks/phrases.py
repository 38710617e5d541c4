"""How soon a caller who speaks is answered, over the wire: from the end of the phrase to `clearAudio` or the prompt."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ivr.core.segments import Speech, Voice
from ivr.desk.carrier import DeskCarrier
from ivr.media.activity import level
from ivr.media.frame import FRAME_BYTES, FRAME_MS, milliseconds
from ivr.speech.store import PromptStore

CALLS = 8
"""For each phrase, half of them into the prompt."""
LOUD_DB = 20
"""The end of a phrase is its last frame that is within so much of the loudest."""
FLOW = """
start: menu
language: {language}
nodes:
  menu:
    type: menu
    prompt: {prompt}
    timeout: 20s
    choices: [{{press: 1, say: {first}, next: menu}}, {{press: 2, say: {second}, next: menu}}]
  bye: {{type: hangup}}
universals: [{{press: "9", next: bye}}]
"""
VARIANTS = (
    (
        *("PocketSphinx", "en-US", ("operator", "goodbye")),
        "Welcome to Acme. We are glad that you call us. Whom do you want to talk to this morning?",
    ),
    (
        *("Vosk (Korean)", "ko", ("main menu", "credit card")),
        "안녕하세요. 무엇을 도와 드릴까요? 원하시는 것을 지금 말씀해 주세요.",
    ),
)


def main() -> None:
    print("\nFrom the end of a phrase, spoken by Piper, over the wire, one call at a time; milliseconds")
    print(f"{'':<16}{'what':<28}{'heard':>8}{'median':>8}{'p95':>8}{'max':>8}")
    for engine, language, phrases, prompt in VARIANTS:
        for what, times in asyncio.run(_measure(language, phrases, prompt)).items():
            heard = [time for time in times if time is not None]
            ordered = sorted(heard) or [0.0]
            figures = (statistics.median(ordered), ordered[int(0.95 * len(ordered))], ordered[-1])
            print(f"{engine:<16}{what:<28}{len(heard)}/{len(times):<5}" + "".join(f"{each:8.0f}" for each in figures))


async def _measure(language: str, phrases: Sequence[str], prompt: str) -> dict[str, list[float | None]]:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        text = FLOW.format(language=language, prompt=prompt, first=phrases[0], second=phrases[1])
        (directory / "bench.yaml").write_text(text)
        async with PromptStore(directory / "words", jobs=1, seconds=60) as store:
            voice = Voice(engine="piper")
            spoken = [await store.render(Speech(each, each, "en-US", voice, static=False)) for each in phrases]
        command = [sys.executable, "-m", "ivr", "serve", folder, "--port", "0", "--data-dir", folder]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert server.stdout is not None
        try:
            url = server.stdout.readline().split()[1]
            times: dict[str, list[float | None]] = {"clearAudio in the prompt": [], "prompt after silence": []}
            for audio in spoken * (CALLS // 2):
                times["clearAudio in the prompt"].append(await _answered(url, audio, into_prompt=True))
                times["prompt after silence"].append(await _answered(url, audio, into_prompt=False))
            return times
        finally:
            server.terminate()
            server.wait()


async def _answered(url: str, audio: bytes, *, into_prompt: bool) -> float | None:
    """Milliseconds from the end of the phrase to what answers it; None if nothing does."""
    async with DeskCarrier.call(url) as call:
        await call.hears("")
        if into_prompt:
            await call.passes(1_000)
        else:
            await call.receives("checkpoint")
            await call.passes(1_500)
        await call.speak(audio)
        ended = call.at() - _silence_at_the_end(audio)
        wanted = "clearAudio" if into_prompt else "playAudio"
        await call.passes(1_500)
        answers = [message.at for message in call.received if message.event == wanted and message.at > ended - 500]
        await call.hang_up()
    return answers[0] - ended if answers else None


def _silence_at_the_end(audio: bytes) -> int:
    frames = [level(audio[start : start + FRAME_BYTES]) for start in range(0, len(audio), FRAME_BYTES)]
    last = max(place for place, loudness in enumerate(frames) if loudness >= max(frames) - LOUD_DB)
    return milliseconds(audio) - (last + 1) * FRAME_MS


if __name__ == "__main__":
    main()
