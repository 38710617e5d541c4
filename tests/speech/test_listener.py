"""When an utterance is reported, and as what: with a recogniser that hears words in tones, at once or late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.core.effects import Listen
from ivr.media import alaw
from ivr.media.frame import FRAME_BYTES, SAMPLE_RATE, milliseconds, silence
from ivr.speech.engine import NOTHING, Guess
from ivr.speech.grammar import grammar
from ivr.speech.listener import (
    LEAD_MS,
    LONGEST_MS,
    OPEN_MS,
    PARTIAL_MS,
    PAUSE_MS,
    SHORT_MS,
    SHORTEST_SOUND_MS,
    STABLE_MS,
    STEP_MS,
    Listener,
)
from ivr.speech.reports import Began, Ended, Heard, Report

WORDS = ("main", "menu", "billing", "operator", "one", "two", "three", "mumble")
LOUDEST = 12_000
LAG_MS = 300
WORD_MS = 300
SYLLABLE = 5 * FRAME_BYTES
MENU = Listen("en-US", ("main menu", "billing", "main"))
OPERATOR = Listen("en-US", ("billing", "operator"))


def tone(word: str, length: int = WORD_MS) -> bytes:
    """A word: a square wave of a height that stands for it, now whole, now half, because words vary."""
    height = LOUDEST * 0.93 ** WORDS.index(word)
    waves = (wave(height, SYLLABLE) + wave(height / 2, SYLLABLE)) * length
    return waves[: length * SAMPLE_RATE // 1000]


def wave(height: float, samples: int) -> bytes:
    code = alaw.encode(int(height).to_bytes(2, "little"))[0]
    return bytes((code, code ^ 0x80)) * (samples // 2)


CODES = {code: word for word in WORDS for code in set(tone(word))}


def words(audio: bytes) -> list[str]:
    """The words in some audio, one for each run of the same tone."""
    heard = (CODES.get(audio[start]) for start in range(0, len(audio) - FRAME_BYTES, FRAME_BYTES // 2))
    return [word for word, _ in groupby(heard) if word is not None]


class Tones:
    """A recogniser whose opinion lags, until it is asked."""

    def __init__(self, changes_its_mind: bool = False) -> None:
        self._changes_its_mind = changes_its_mind
        self._wanted = Listen("", ())
        self._grammar = grammar(self._wanted, str.islower)
        self._audio = b""
        self.utterances: list[bytes] = []

    def listen(self, wanted: Listen) -> None:
        self._wanted, self._grammar = wanted, grammar(wanted, str.islower)
        self.forget()

    def feed(self, audio: bytes) -> str:
        self._audio += audio
        return self._read(words(self._audio[: -LAG_MS * SAMPLE_RATE // 1000]))

    def finish(self) -> Guess:
        self.utterances.append(self._audio)
        heard = self._read(words(self._audio))
        self.forget()
        if self._changes_its_mind and len(self.utterances) == 1:
            return NOTHING
        return Guess(heard, 0.9) if heard else NOTHING

    def forget(self) -> None:
        self._audio = b""

    def _read(self, heard: Sequence[str]) -> str:
        return " ".join(heard) if self._wanted.free else self._grammar.read(heard)


def reports(audio: bytes, wanted: Listen, recogniser: Tones | None = None) -> list[tuple[int, Report]]:
    """Each report with the milliseconds of audio after which it came."""
    listener = Listener(recogniser or Tones())
    listener.listen(wanted)
    return [*timed(listener, audio)]


def timed(listener: Listener, audio: bytes) -> Iterator[tuple[int, Report]]:
    for start in range(0, len(audio), FRAME_BYTES):
        for report in listener.hear(audio[start : start + FRAME_BYTES]):
            yield milliseconds(audio[: start + FRAME_BYTES]), report


def said(*parts: bytes) -> bytes:
    return silence(1000) + b"".join(parts) + silence(3000)


def ended_after(audio: bytes, wanted: Listen) -> tuple[str, int]:
    """What the one utterance was, and after how much silence that was known."""
    (_, began), (at, ended) = reports(audio, wanted)
    assert began == Began()
    assert isinstance(ended, Ended)
    return ended.text, at - milliseconds(audio) + 3000


def test_silence_is_not_reported_and_not_fed() -> None:
    recogniser = Tones()
    assert reports(silence(30_000), MENU, recogniser) == []
    assert recogniser.utterances == []


def test_speech_is_noticed_at_once() -> None:
    at, report = reports(said(tone("billing")), MENU)[0]
    assert report == Began()
    assert at <= 1000 + 120


def test_an_utterance_is_fed_from_before_its_beginning_to_its_end() -> None:
    recogniser = Tones()
    audio = said(tone("billing"))
    reports(audio, MENU, recogniser)
    (fed,) = recogniser.utterances
    before, after = fed.index(tone("billing")), len(fed) - len(tone("billing"))
    assert LEAD_MS - 120 <= milliseconds(fed[:before]) <= LEAD_MS
    assert PAUSE_MS <= milliseconds(fed[:after]) - milliseconds(fed[:before]) <= PAUSE_MS + 20


@pytest.mark.parametrize(
    ("spoken", "wanted", "text", "pause"),
    [
        (("billing",), MENU, "billing", PAUSE_MS),
        (("main", "menu"), MENU, "main menu", PAUSE_MS),
        (("main",), MENU, "main", PARTIAL_MS),
        (("mumble",), MENU, "", PARTIAL_MS),
        (("mumble", "billing"), MENU, "", PARTIAL_MS),
        (("one", "two"), Listen("en-US", ("operator",), 3), "one two", OPEN_MS),
        (("one", "two", "three"), Listen("en-US", ("operator",), 3), "one two three", PAUSE_MS),
        (("operator",), Listen("en-US", ("operator",), 3), "operator", PAUSE_MS),
        (("mumble",), Listen("en-US", ("operator",), 3), "", OPEN_MS),
        (("mumble", "menu"), Listen("en-US", (), free=True), "mumble menu", OPEN_MS),
        (("operator",), Listen("en-US", ("operator",), free=True), "operator", OPEN_MS),
    ],
)
def test_the_end_is_waited_for_as_long_as_more_may_come(
    spoken: tuple[str, ...], wanted: Listen, text: str, pause: int
) -> None:
    heard, after = ended_after(said(*map(tone, spoken)), wanted)
    assert heard == text
    assert pause <= after <= pause + 40


def test_a_phrase_with_a_pause_in_it_is_one_phrase() -> None:
    assert ended_after(said(tone("main"), silence(PARTIAL_MS - 100), tone("menu")), MENU)[0] == "main menu"


def test_digits_are_read_in_groups() -> None:
    pause = silence(OPEN_MS - 100)
    audio = said(tone("one"), pause, tone("two"), tone("one"), pause, tone("three"))
    assert ended_after(audio, Listen("en-US", (), 8))[0] == "one two one three"


def test_two_utterances_are_two() -> None:
    heard = [report for _, report in reports(said(tone("billing"), silence(400), tone("main"), tone("menu")), MENU)]
    assert heard == [Began(), Ended("billing", 0.9), Began(), Ended("main menu", 0.9)]


def test_a_phrase_is_reported_before_the_caller_has_ended() -> None:
    held = tone("billing", 1200)
    (_, began), (at, heard), (later, ended) = reports(said(held), MENU)
    assert (began, heard, ended) == (Began(), Heard("billing", 0.9), Ended("billing", 0.9))
    assert at <= 1000 + LAG_MS + STABLE_MS + 100
    assert later >= 1000 + 1200 + PAUSE_MS


def test_a_phrase_that_may_go_on_is_not_reported_early() -> None:
    assert [report for _, report in reports(said(tone("main", 1500)), MENU)] == [Began(), Ended("main", 0.9)]


@pytest.mark.parametrize("wanted", [Listen("en-US", (), 1), Listen("en-US", ("billing",), free=True)])
def test_only_phrases_are_reported_early(wanted: Listen) -> None:
    spoken = "billing" if wanted.free else "one"
    assert [report for _, report in reports(said(tone(spoken, 1500)), wanted)] == [Began(), Ended(spoken, 0.9)]


def test_what_the_recogniser_takes_back_is_not_reported_early() -> None:
    recogniser = Tones(changes_its_mind=True)
    heard = [report for _, report in reports(said(tone("billing", 1500)), MENU, recogniser)]
    assert heard == [Began(), Ended("billing", 0.9)]
    assert words(recogniser.utterances[-1]) == ["billing"]


def test_speech_to_an_earlier_question_is_dropped_until_silence() -> None:
    recogniser = Tones()
    listener = Listener(recogniser)
    listener.listen(MENU)
    assert [report for _, report in timed(listener, silence(500) + tone("billing"))] == [Began()]
    listener.listen(OPERATOR)
    rest = tone("operator") + silence(400)
    assert [*timed(listener, rest)] == []
    assert [report for _, report in timed(listener, said(tone("operator")))] == [Began(), Ended("operator", 0.9)]


def test_a_question_after_an_answer_begins_in_silence() -> None:
    listener = Listener(Tones())
    listener.listen(MENU)
    assert [report for _, report in timed(listener, silence(500) + tone("billing", 1200))][-1] == Heard("billing", 0.9)
    listener.listen(OPERATOR)
    assert [*timed(listener, tone("billing", 600) + silence(1000))] == []
    assert [report for _, report in timed(listener, said(tone("operator")))] == [Began(), Ended("operator", 0.9)]


def test_after_the_end_of_listening_nothing_is_reported() -> None:
    recogniser = Tones()
    listener = Listener(recogniser)
    listener.listen(MENU)
    listener.hear(silence(500) + tone("billing"))
    listener.stop()
    assert listener.hear(said(tone("billing"))) == ()
    listener.listen(MENU)
    assert listener.hear(said(tone("billing"))) == (Began(), Ended("billing", 0.9))


def test_what_is_too_short_is_no_word() -> None:
    short = tone("billing", SHORTEST_SOUND_MS - 20)
    assert [report for _, report in reports(said(short), MENU)] == [Began(), Ended()]


@pytest.mark.parametrize("length", [200, 500])
def test_a_tone_is_no_word(length: int) -> None:
    assert [report for _, report in reports(said(wave(LOUDEST, length * 8)), MENU)] == [Began(), Ended()]


def test_long_speech_is_not_fed_again_after_each_pause() -> None:
    recogniser = Tones()
    going_on = (tone("mumble") + silence(PAUSE_MS + 60)) * 20
    ((_, began), (_, ended)) = reports(said(going_on, tone("main"), tone("menu")), OPERATOR, recogniser)
    assert (began, ended) == (Began(), Ended())
    assert len(recogniser.utterances) <= SHORT_MS // (WORD_MS + PAUSE_MS) + 2


def test_a_phrase_after_long_speech_ends_it_as_soon_as_it_is_seen() -> None:
    numbers = Listen("en-US", (), 6)
    read = [part for _ in range(6) for part in (tone("one"), silence(400))]
    text, after = ended_after(said(*read[:-1]), numbers)
    assert text == " ".join(["one"] * 6)
    assert after <= LAG_MS + 60


def test_what_hardly_stands_out_of_noise_is_noise() -> None:
    hum = noise(3000, -32)
    listener = Listener(Tones())
    listener.listen(MENU)
    listener.hear(hum)
    assert listener.hear(noise(500, -23) + hum) == (Began(), Ended(noisy=True))


def test_noise_that_sets_in_is_noise() -> None:
    heard = [report for _, report in reports(silence(1000) + noise(6000, -30), MENU)]
    assert heard == [Began(), Ended(noisy=True)]


def test_speech_not_understood_on_a_quiet_line_is_no_noise() -> None:
    assert [report for _, report in reports(said(tone("mumble")), MENU)] == [Began(), Ended(noisy=False)]


def test_nobody_is_listened_to_without_end() -> None:
    going_on = (tone("mumble", 400) + silence(100)) * (2 * LONGEST_MS // 500)
    (_, began), (at, ended) = reports(silence(1000) + going_on + silence(1000), MENU)
    assert (began, ended) == (Began(), Ended())
    assert at <= 1000 + LONGEST_MS + STEP_MS


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 1500), max_size=20))
def test_pieces_of_any_length_are_heard_alike(lengths: list[int]) -> None:
    audio = said(tone("main"), silence(300), tone("menu"), silence(1000), tone("billing"))
    listener = Listener(Tones())
    listener.listen(MENU)
    heard: list[Report] = []
    start = 0
    for length in [*lengths, len(audio)]:
        heard += listener.hear(audio[start : start + length])
        start += length
    assert heard == [Began(), Ended("main menu", 0.9), Began(), Ended("billing", 0.9)]


def noise(length: int, dbfs: float) -> bytes:
    samples = np.random.default_rng(7).standard_normal(length * SAMPLE_RATE // 1000) * 32768 * 10 ** (dbfs / 20)
    return alaw.encode(samples.astype("<i2").tobytes())
