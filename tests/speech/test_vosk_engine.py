"""Vosk with a real model hears phrases, nothing in everything else, and is never asked for what crashes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ivr.core.effects import Listen
from ivr.core.segments import Voice
from ivr.core.spoken import spoken_digits
from ivr.media import alaw, convert
from ivr.media.frame import SAMPLE_RATE, silence
from ivr.speech.engine import NOTHING, Guess, Recogniser
from ivr.speech.listener import PAUSE_MS, STEP_MS, Listener
from ivr.speech.reports import Began, Ended, Heard, Report
from ivr.speech.voice import Espeak
from ivr.speech.vosk_engine import VoskEngine
from tests.speech.vosk_model import undithered

pytestmark = pytest.mark.slow  # The model takes seconds to load.

Say = Callable[[str], bytes]

CHUNK = STEP_MS * SAMPLE_RATE // 1000
MENU = Listen("ko-KR", ("예약", "도움말", "main menu", "Yes"))
OTHER = Listen("ko-KR", ("음악", "Goodbye"))
ANYTHING = Listen("ko-KR", (), free=True)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> VoskEngine:
    return VoskEngine(undithered(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def say(espeak: Espeak) -> Say:
    return lambda text: convert.speech(espeak.speak(text, "ko-KR", Voice()), 1.0)


def guess(recogniser: Recogniser, audio: bytes) -> Guess:
    """What an utterance is, fed in pieces, with the silence that a listener feeds around it."""
    audio = silence(300) + audio + silence(PAUSE_MS)
    for start in range(0, len(audio), CHUNK):
        recogniser.feed(audio[start : start + CHUNK])
    return recogniser.finish()


def reports(engine: VoskEngine, wanted: Listen, audio: bytes) -> list[Report]:
    listener = Listener(engine.recogniser())
    listener.listen(wanted)
    audio = silence(1000) + audio + silence(1500)
    return [report for start in range(0, len(audio), CHUNK) for report in listener.hear(audio[start : start + CHUNK])]


@pytest.mark.parametrize(("spoken", "text"), [("예약", "예약"), ("도움말", "도움말"), ("메인 메뉴", "main menu")])
def test_a_phrase_is_heard_as_it_is_written_in_the_flow(engine: VoskEngine, say: Say, spoken: str, text: str) -> None:
    heard = reports(engine, MENU, say(spoken))
    ended = heard[-1]
    assert heard[0] == Began()
    assert isinstance(ended, Ended)
    assert (ended.text, ended.noisy) == (text, False)
    assert 0.5 <= ended.confidence <= 1
    assert heard[1:-1] in ([], [Heard(text, ended.confidence)])


@pytest.mark.parametrize("spoken", ["자동차", "선생님", "바나나", "컴퓨터"])
def test_what_is_not_offered_is_not_heard(engine: VoskEngine, say: Say, spoken: str) -> None:
    began, ended = reports(engine, MENU, say(spoken))
    assert began == Began()
    assert isinstance(ended, Ended)
    assert ended.confidence < 0.5


def test_noise_and_tones_are_no_phrase(engine: VoskEngine) -> None:
    times = np.arange(SAMPLE_RATE // 5) / SAMPLE_RATE
    five = (np.sin(2 * np.pi * 770 * times) + np.sin(2 * np.pi * 1336 * times)) * 6000
    loud = np.random.default_rng(7).standard_normal(2 * SAMPLE_RATE) * 1000
    for sound in (five, loud):
        assert reports(engine, MENU, alaw.encode(sound.astype("<i2").tobytes()))[1:] in ([Ended()], [Ended(noisy=True)])


def test_grammars_are_switched(engine: VoskEngine, say: Say) -> None:
    recogniser = engine.recogniser()
    recogniser.listen(MENU)
    assert guess(recogniser, say("예약")).text == "예약"
    recogniser.listen(OTHER)
    assert guess(recogniser, say("예약")).text == ""
    assert guess(recogniser, say("음악")).text == "음악"


def test_an_utterance_that_is_given_up_leaves_nothing_behind(engine: VoskEngine, say: Say) -> None:
    recogniser = engine.recogniser()
    recogniser.listen(MENU)
    expected = guess(recogniser, say("예약"))
    recogniser.feed(say("도움말"))
    recogniser.forget()
    assert guess(recogniser, say("예약")) == expected
    recogniser.feed(say("도움말"))
    recogniser.listen(MENU)
    assert guess(recogniser, say("예약")) == expected
    recogniser.forget()
    assert recogniser.finish() == NOTHING


@pytest.mark.parametrize("phrases", [(), ("xyzzy",), ("예약 xyzzy", "?!"), ('"', "[", "\\", "\0")])
def test_where_the_model_lacks_all_phrases_nothing_is_heard(
    engine: VoskEngine, say: Say, phrases: tuple[str, ...]
) -> None:
    recogniser = engine.recogniser()
    recogniser.listen(Listen("ko-KR", phrases))
    assert guess(recogniser, say("예약")) == NOTHING
    recogniser.listen(MENU)
    assert guess(recogniser, say("예약")).text == "예약"


def test_whatever_is_said_is_heard_where_anything_is_wanted(engine: VoskEngine, say: Say) -> None:
    recogniser = engine.recogniser()
    recogniser.listen(ANYTHING)
    heard = guess(recogniser, say("메인 메뉴"))
    assert "메뉴" in heard.text
    recogniser.listen(MENU)
    assert guess(recogniser, say("예약")).text == "예약"


def test_digits_are_heard_as_words(engine: VoskEngine, say: Say) -> None:
    recogniser = engine.recogniser()
    recogniser.listen(Listen("ko-KR", ("예약",), digits=4))
    four = say("four") + silence(200)
    assert spoken_digits(guess(recogniser, four * 4).text, "ko-KR") == "4444"
    assert guess(recogniser, say("예약")).text == "예약"


def test_recognisers_do_not_disturb_each_other(engine: VoskEngine, say: Say) -> None:
    one, other = engine.recogniser(), engine.recogniser()
    one.listen(MENU)
    other.listen(OTHER)
    booking, music = say("예약"), say("음악")
    for start in range(0, len(booking), CHUNK):
        one.feed(booking[start : start + CHUNK])
        other.feed(music[start : start + CHUNK])
    assert (one.finish().text, other.finish().text) == ("예약", "음악")


def test_words_are_known_in_any_case(engine: VoskEngine) -> None:
    assert engine.unknown(["yes", "Main menu", "예약", "xyzzy", "main xyzzy", "BALANCE"]) == {"xyzzy", "main xyzzy"}


def test_a_model_that_refuses_telephone_audio_gets_twice_the_rate(
    tmp_path_factory: pytest.TempPathFactory, say: Say
) -> None:
    wide = VoskEngine(undithered(tmp_path_factory.mktemp("wide"), telephone_rate=False))
    recogniser = wide.recogniser()
    recogniser.listen(MENU)
    assert guess(recogniser, say("예약")).text == "예약"
    assert guess(recogniser, say("메인 메뉴")).text == "main menu"


def test_a_directory_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no Vosk model"):
        VoskEngine(tmp_path)
