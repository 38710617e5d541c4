"""Prompts come down to segments: by language, with recordings, with the choices of a menu."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.core.prompts import Stage, apology, languages, segments
from ivr.core.segments import Recording, Silence, Speech, Voice
from ivr.core.turn import Turn
from ivr.document.load import load

FLOW = """
start: menu
language: en-US
voice: {rate: 120, volume: 0.5, name: anna}
variables: {name: Asha, empty: ""}
prompts:
  hello: [Hello., {silence: 500ms}, {prompt: again}]
  again: {en-US: Again., hi-IN: फिर।}
  values: "{{ name }}, {{ empty }}"
  nothing: ["", "{{ empty }}", {silence: 0}, " "]
  spoken: {audio: missing.wav, text: "Missing {{ name }}."}
  recorded: {audio: there.wav, text: There it is.}
  mute: {audio: there.wav}
  hindi: {audio: only.wav, text: In words.}
  german: {de-DE: Nur deutsch., en-US: {prompt: hello}}
nodes:
  menu:
    type: menu
    prompt: {choices: "{label}: {press}, {say}."}
    choices:
      - {press: "#1", say: [one, uno], label: First, next: menu}
      - {press: 2, next: menu}
      - {say: {en-US: three, hi-IN: तीन}, label: {en-US: "Third {{ name }}", hi-IN: तीसरा}, next: menu}
"""


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("prompts")
    (folder / "main.yaml").write_text(FLOW)
    for place in ("there.wav", "hi-IN/only.wav"):
        path = folder / "audio_prompts" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8_000, 0, "NONE", ""))
            file.writeframes(b"\0\0" * 8_000)
    made = load([folder / "main.yaml"], 2026)
    assert not made.findings
    return made.flows["main"]


@pytest.fixture
def said(flow: Any, call: Callable[..., Any]) -> Callable[..., list[Any]]:
    def made(name: str, language: str = "en-US", *, static: bool = False) -> list[Any]:
        line = call(flow)
        scope = None if static else Turn(flow, line.session, line.now).scope()
        return list(segments(flow.prompts[name], Stage(language, flow.language, flow.voice, flow.prompts, scope)))

    return made


VOICE = Voice("anna", 120, 0.5)


def speech(text: str, language: str = "en-US", *, static: bool = True) -> Speech:
    return Speech(text, text, language, VOICE, static)


def test_pieces_in_sequence(said: Callable[..., list[Any]]) -> None:
    assert said("hello") == [speech("Hello."), Silence(500), speech("Again.")]
    assert said("hello", "hi-IN") == [speech("Hello.", "hi-IN"), Silence(500), speech("फिर।", "hi-IN")]


def test_the_flows_language_stands_in(said: Callable[..., list[Any]]) -> None:
    assert said("again", "fr-FR") == [speech("Again.")]
    assert said("german", "fr-FR") == [speech("Hello."), Silence(500), speech("Again.")]
    assert said("german", "de-DE") == [speech("Nur deutsch.", "de-DE")]


def test_values_are_of_the_call(said: Callable[..., list[Any]]) -> None:
    assert said("values") == [speech("Asha,", static=False)]
    assert said("values", static=True) == []
    assert said("nothing") == []


def test_recordings_by_language_and_their_words(said: Callable[..., list[Any]], flow: Any) -> None:
    folder = Path(flow.file).parent / "audio_prompts"
    assert said("spoken") == [speech("Missing Asha.", static=False)]
    assert said("recorded") == [Recording(str(folder / "there.wav"), 1_000, "There it is.")]
    assert said("mute", "de-DE") == [Recording(str(folder / "there.wav"), 1_000)]
    assert said("hindi") == [speech("In words.")]
    assert said("hindi", "hi-IN") == [Recording(str(folder / "hi-IN" / "only.wav"), 1_000, "In words.")]


def test_choices_announce_themselves(flow: Any, call: Callable[..., Any]) -> None:
    line = call(flow)
    assert line.heard == ["First: pound 1, one. Third Asha: , three."]


def test_the_last_words_of_all_languages() -> None:
    assert apology("hi-IN", VOICE).language == "hi-IN"
    assert apology("ko-KR", VOICE).language == "en-US"
    assert apology("de-AT", VOICE).text.startswith("Es tut uns leid")


def test_a_prompt_tells_its_languages(flow: Any) -> None:
    assert set(languages(flow.prompts["german"])) == {"de-DE", "en-US"}
