"""Recogniser processes: what they hear, their limits, their crashes and their end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import pytest

from ivr.core.effects import Listen
from ivr.core.segments import Voice
from ivr.media import convert
from ivr.speech.ear import Streams
from ivr.speech.ear_messages import Attend, Leave, Ready, Sound, Taken, encode
from ivr.speech.ear_process import LAG_SECONDS
from ivr.speech.ears import BUSY, LOST, Ears, Load
from ivr.speech.engine import Guess
from ivr.speech.pool import Pool
from ivr.speech.reports import Began, Deaf, Ended, Heard, Report
from ivr.speech.voice import Espeak
from tests.speech.vosk_model import VOSK_MODEL

SECONDS = 20
"""Longer than anything takes here, also on a busy machine."""
WANTED = Listen("en-US", ("operator", "yes"))
OTHER = Listen("en-US", ("goodbye", "no"))
PAUSE = b"\xd5" * 8000


class Told:
    """What is told of one caller."""

    def __init__(self) -> None:
        self.reports: asyncio.Queue[Report] = asyncio.Queue()

    def __call__(self, report: Report) -> None:
        self.reports.put_nowait(report)

    async def next(self) -> Report:
        return await asyncio.wait_for(self.reports.get(), SECONDS)

    async def phrase(self) -> Ended:
        """Wait for the end of the next utterance."""
        while True:
            match await self.next():
                case Ended() as ended:
                    return ended
                case Deaf() as deaf:
                    raise AssertionError(deaf)


Started = Callable[[Mapping[str, Pool]], Awaitable[Ears]]


@pytest.fixture
async def ears_of() -> AsyncIterator[Started]:
    """Start pools, and end them after the test."""
    started: list[Ears] = []

    async def start(pools: Mapping[str, Pool]) -> Ears:
        started.append(Ears(pools))
        await started[-1].start()
        return started[-1]

    yield start
    for ears in started:
        await ears.aclose()


@pytest.fixture(scope="session")
def operator(espeak: Espeak) -> bytes:
    return convert.speech(espeak.speak("operator", "en-US", Voice()), 1.0)


@pytest.fixture(scope="session")
def goodbye(espeak: Espeak) -> bytes:
    return convert.speech(espeak.speak("goodbye", "en-US", Voice()), 1.0)


def sphinx(listeners: int, processes: int = 1) -> Mapping[str, Pool]:
    return {"en": Pool("sphinx", None, processes, listeners)}


def frames(audio: bytes) -> Iterable[bytes]:
    return (audio[start : start + 160] for start in range(0, len(audio), 160))


def another_than(dead: int, ears: Ears) -> bool:
    return ears.pids not in ((), (dead,))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - nothing tells the moment
            await asyncio.sleep(0.01)


async def test_phrases_are_told_by_the_loop_and_nothing_after_the_end(ears_of: Started, operator: bytes) -> None:
    ears, told = await ears_of(sphinx(1)), Told()
    ear = ears.listen(WANTED, told)
    assert ears.loads == {"en": Load(1, 1)}
    for frame in frames(PAUSE + operator + PAUSE):
        ear.hear(frame)
    assert told.reports.empty()
    assert await told.next() == Began()
    assert (await told.phrase()).text == "operator"
    ear.hear(operator + PAUSE)
    ear.close()
    ear.hear(operator + PAUSE)
    ear.listen(WANTED)
    assert ears.loads == {"en": Load(0, 1)}
    (pid,) = ears.pids
    await ears.aclose()
    assert told.reports.empty()
    assert ears.pids == ()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_what_is_listened_for_changes_in_order_with_the_audio(
    ears_of: Started, operator: bytes, goodbye: bytes
) -> None:
    ears, told = await ears_of(sphinx(1)), Told()
    ear = ears.listen(WANTED, told)
    ear.hear(PAUSE + operator + PAUSE)
    ear.listen(OTHER)
    ear.hear(PAUSE + goodbye + PAUSE)
    assert (await told.phrase()).text == "goodbye", "what was heard for the first question answers nothing any more"
    ear.listen(WANTED)
    ear.hear(PAUSE + operator + PAUSE)
    assert (await told.phrase()).text == "operator"


async def test_a_language_without_a_model_goes_on_with_keys(
    ears_of: Started, operator: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ears = await ears_of({**sphinx(1), "hi": Pool("vosk", tmp_path, 2, 5)})
    assert f"OSError: {tmp_path} holds no Vosk model" in caplog.text
    assert ears.loads == {"en": Load(0, 1), "hi": Load(0, 0)}
    told = Told()
    ear = ears.listen(Listen("ta-IN", ("வணக்கம்",)), told)
    assert told.reports.empty()
    assert await told.next() == Deaf('there is no speech model for "ta-IN"')
    ear.listen(Listen("hi-IN", ("हाँ",)))
    assert await told.next() == Deaf('there is no speech model for "hi" that works')
    ear.listen(WANTED)
    ear.hear(PAUSE + operator + PAUSE)
    assert (await told.phrase()).text == "operator"
    ear.listen(Listen("ta-IN", ("வணக்கம்",)))
    assert await told.next() == Deaf('there is no speech model for "ta-IN"')
    assert ears.loads["en"] == Load(0, 1)


async def test_no_more_callers_are_listened_to_than_the_limit(ears_of: Started, operator: bytes) -> None:
    ears = await ears_of(sphinx(1, processes=2))
    told = [Told() for _ in range(4)]
    first, second, third = (ears.listen(WANTED, each) for each in told[:3])
    assert await told[2].next() == Deaf(BUSY)
    for each in (first, second):
        each.hear(PAUSE + operator + PAUSE)
    assert (await told[0].phrase()).text == (await told[1].phrase()).text == "operator"
    first.close()
    third.listen(WANTED)
    third.hear(PAUSE + operator + PAUSE)
    assert (await told[2].phrase()).text == "operator"


async def test_a_process_killed_in_the_middle_of_a_phrase_costs_that_phrase(
    ears_of: Started, operator: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    ears, told = await ears_of(sphinx(1)), Told()
    (pid,) = ears.pids
    ear = ears.listen(WANTED, told)
    ear.hear(PAUSE + operator[:3200])
    assert await told.next() == Began()
    os.kill(pid, signal.SIGKILL)
    assert await told.next() == Ended()
    ear.hear(operator[3200:] + PAUSE)
    ear.hear(operator + PAUSE)
    assert (await told.phrase()).text == "operator", "the rest of the first phrase was not taken for one"
    assert ears.pids != (pid,)
    assert "ended by itself, signal SIGKILL" in caplog.text


async def test_callers_of_a_dead_process_go_to_another_one(ears_of: Started, operator: bytes) -> None:
    ears, told = await ears_of(sphinx(2, processes=2)), (Told(), Told())
    ear, other = (ears.listen(WANTED, each) for each in told)
    first, second = ears.pids
    os.kill(first, signal.SIGKILL)
    await until(lambda: first not in ears.pids)
    assert second in ears.pids, "another one in the place of the first may be there already"
    assert ears.loads["en"].listening == 2
    for each in (ear, other):
        each.hear(PAUSE + operator + PAUSE)
    assert (await told[0].phrase()).text == (await told[1].phrase()).text == "operator"


def parent(pid: int) -> int:
    """The process that a process was forked by (proc(5))."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def test_processes_share_a_model_that_is_loaded_again_once_it_is_lost(ears_of: Started, operator: bytes) -> None:
    ears, told = await ears_of(sphinx(1, processes=2)), Told()
    first, second = ears.pids
    assert parent(first) == parent(second) != os.getpid()
    os.kill(parent(first), signal.SIGKILL)
    os.kill(first, signal.SIGKILL)
    await until(lambda: len({first, *ears.pids}) == 3)
    os.kill(second, signal.SIGKILL)
    await until(lambda: len({first, second, *ears.pids}) == 4)
    assert len(set(map(parent, ears.pids))) == 1
    ears.listen(WANTED, told).hear(PAUSE + operator + PAUSE)
    assert (await told.phrase()).text == "operator"


async def test_a_caller_of_whom_processes_die_is_listened_to_no_more(ears_of: Started, operator: bytes) -> None:
    ears, told, innocent = await ears_of(sphinx(2)), Told(), Told()
    ear, other = ears.listen(WANTED, told), ears.listen(WANTED, innocent)
    for _ in range(2):
        other.hear(PAUSE + operator + PAUSE)
        assert (await innocent.phrase()).text == "operator"
        (pid,) = ears.pids
        os.kill(pid, signal.SIGSTOP)
        ear.hear(PAUSE)
        os.kill(pid, signal.SIGKILL)
        await until(partial(another_than, pid, ears))
    assert await told.next() == Deaf(LOST)
    assert ears.loads == {"en": Load(1, 2)}
    other.hear(PAUSE + operator + PAUSE)
    assert (await innocent.phrase()).text == "operator"


async def test_a_process_that_falls_behind_takes_nobody_in(ears_of: Started) -> None:
    ears, told, late = await ears_of(sphinx(3)), Told(), Told()
    ear = ears.listen(WANTED, told)
    (pid,) = ears.pids
    os.kill(pid, signal.SIGSTOP)
    ear.hear(PAUSE)
    await asyncio.sleep(LAG_SECONDS * 1.1)
    ears.listen(WANTED, late)
    assert await late.next() == Deaf(BUSY)
    while told.reports.empty():
        ear.hear(PAUSE[:160])
        await asyncio.sleep(0.02)
    assert await told.next() == Deaf(BUSY)
    os.kill(pid, signal.SIGCONT)


@pytest.mark.slow
async def test_a_caller_may_change_the_language(ears_of: Started, espeak: Espeak, operator: bytes) -> None:
    ears, told = await ears_of({**sphinx(1), "ko": Pool("vosk", VOSK_MODEL, 1, 2)}), Told()
    ear = ears.listen(WANTED, told)
    ear.hear(PAUSE + operator + PAUSE)
    assert (await told.phrase()).text == "operator"
    ear.listen(Listen("ko-KR", ("메인 메뉴", "노")))
    assert ears.loads == {"en": Load(0, 1), "ko": Load(1, 2)}
    menu = convert.speech(espeak.speak("메인 메뉴", "ko", Voice()), 1.0)
    ear.hear(PAUSE + menu + PAUSE)
    assert (await told.phrase()).text == "메인 메뉴"
    ear.listen(WANTED)
    ear.hear(PAUSE + operator + PAUSE)
    assert (await told.phrase()).text == "operator"


class Fragile:
    """A recogniser that fails where it is asked for too much, or hears a certain sound."""

    def listen(self, wanted: Listen) -> None:
        if wanted.phrases == ("impossible",):
            raise ValueError("impossible")

    def feed(self, audio: bytes) -> str:
        if 0x2A in audio:
            raise RuntimeError("a secret")
        return "yes"

    def finish(self) -> Guess:
        return Guess("yes", 0.9)

    def forget(self) -> None:
        pass


class FragileEngine:
    """Counts the recognisers it makes."""

    def __init__(self) -> None:
        self.made = 0

    def recogniser(self) -> Fragile:
        self.made += 1
        return Fragile()

    def unknown(self, words: Iterable[str]) -> frozenset[str]:
        return frozenset(words) & {"impossible"}


LOUD = (bytes([0x2B, 0xAB]) * 400 + bytes([0x0B, 0x8B]) * 400) * 3
FATAL = bytes([0x2A, 0xAA]) * 2000


def test_what_fails_in_a_process_costs_one_caller_one_phrase() -> None:
    engine = FragileEngine()
    streams = Streams(engine, 2)
    assert engine.made == 2
    assert streams.take(Attend(1, Listen("en", ("yes",)))) == Taken()
    assert streams.take(Attend(2, Listen("en", ("yes",)))) == Taken()
    failed = streams.take(Sound(1, PAUSE + FATAL))
    assert failed.reports == ()
    assert failed.fault.startswith("RuntimeError at test_ears.py:")
    for number in (1, 2):
        reports = streams.take(Sound(number, PAUSE + LOUD + PAUSE)).reports
        assert reports == (Began(), Heard("yes", 0.9), Ended("yes", 0.9))
    impossible = streams.take(Attend(1, Listen("en", ("impossible",))))
    assert impossible.reports == (Deaf("the recogniser failed"),)
    assert impossible.fault.startswith("ValueError at test_ears.py:")
    assert streams.take(Sound(1, LOUD)) == streams.take(Leave(1)) == streams.take(Leave(2)) == Taken()
    assert streams.take(Attend(3, Listen("en", ("yes",)))) == Taken()
    assert engine.made == 2, "the recogniser of a caller who has left serves the next one"
    assert streams.take(Attend(4, Listen("en", ("yes",)))) == Taken()
    assert engine.made == 3, "one that has failed serves nobody"


def test_a_process_ends_with_its_parent_and_says_what_it_lacks() -> None:
    program = [sys.executable, "-m", "ivr.speech.ear", "1"]
    done = subprocess.run([*program, "sphinx"], input=encode(Attend(0, WANTED)), capture_output=True, timeout=SECONDS)
    assert done.stdout in (encode(Ready()), encode(Ready()) + encode(Taken()), b"")
    assert done.returncode == 0
    # Its parent lives on until it has told: the end of standard input would end it before.
    with subprocess.Popen([*program, "siri"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"ValueError: no engine: 'siri'; there are 'vosk MODEL_DIR' and 'sphinx'" in process.stdout.read()
