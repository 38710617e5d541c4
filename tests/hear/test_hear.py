"""`ivr hear` from the command line, with real voices and a real recogniser."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ivr import cli
from ivr.core.effects import Listen
from ivr.hear.ears import DeafError, Ears
from ivr.hear.line import lead, line
from ivr.speech.models import sphinx

FLOW = """\
language: en-US
start: top
nodes:
  top:
    type: menu
    choices:
      - {press: 1, say: opening hours, next: bye}
      - {press: 2, say: another account, next: bye}
      - {press: 3, say: qwzx, next: bye}
  bye: {type: hangup}
"""

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    file = tmp_path / "main.yaml"
    file.write_text(FLOW)
    return file


@pytest.mark.slow
def test_phrases_are_spoken_and_heard(capsys: Captured, flow: Path, tmp_path: Path) -> None:
    out, picture = tmp_path / "heard.json", tmp_path / "heard.svg"
    command = [
        "hear",
        str(flow),
        "--voices",
        "espeak+adam",
        "--rates",
        "165",
        "--noise",
        "25",
        "--data-dir",
        str(tmp_path),
    ]
    assert cli.run([*command, "-o", str(out), "--picture", str(picture)]) == 1
    told = capsys.readouterr().out
    assert "en-US: spoken by espeak+adam, heard by PocketSphinx, which lacks words of “qwzx”" in told
    assert "top (en-US): “qwzx” is understood in 0 of 1 only" in told
    heard = json.loads(out.read_text("utf-8"))
    assert heard["languages"][0]["voices"] == ["espeak+adam"]
    [node] = heard["nodes"]
    assert [each["trials"] for each in node["phrases"]] == [1, 1, 1]
    assert sum(each["right"] for each in node["phrases"][:2]) == 2
    assert node["others"] > 20
    assert node["threshold"]["false_accepts"] <= 0.02
    assert "opening hours" in picture.read_text("utf-8")
    capsys.readouterr()
    assert cli.run(["lint", str(flow), "--heard", str(out), "--data-dir", str(tmp_path)]) == 1
    [line_told] = [each for each in capsys.readouterr().out.splitlines() if "[unheard-phrase]" in each]
    assert line_told.startswith(f"{flow}:9:25: warning: callers who say “qwzx” in “top” will often not be understood")


def test_natural_voices_speak_by_themselves(capsys: Captured, flow: Path, tmp_path: Path) -> None:
    story = "story: {type: collect, into: story, speech: any, next: bye}"
    bye = "universals: [{say: opening hours, next: bye}], nodes: {bye: {type: hangup}"
    flow.write_text(f"{{start: story, variables: {{story: ''}}, {bye}, {story}}}}}")
    cli.run(["hear", str(flow), "--rates", "165", "--noise", "25", "--data-dir", str(tmp_path), "--format", "json"])
    [node] = json.loads(capsys.readouterr().out)["nodes"]
    assert list(node["phrases"][0]["by_voice"]) == ["piper", "piper+high", "piper+low"]
    assert any((tmp_path / "spoken").iterdir())


def test_a_flow_that_nothing_can_hear_is_wrong_use(capsys: Captured, flow: Path, tmp_path: Path) -> None:
    flow.write_text(FLOW.replace("en-US", "tlh"))
    assert cli.run(["hear", str(flow), "--data-dir", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "ivr hear: there is no speech model for tlh; ivr models get tlh\n"


def test_a_flow_that_does_not_listen_is_fine(capsys: Captured, flow: Path, tmp_path: Path) -> None:
    flow.write_text("{start: bye, nodes: {bye: {type: hangup}}}")
    assert cli.run(["hear", str(flow), "--data-dir", str(tmp_path)]) == 0
    assert "No node listens" in capsys.readouterr().out


@pytest.mark.parametrize("text", [None, "start: nowhere"])
def test_what_is_no_flow_is_wrong_use(capsys: Captured, flow: Path, text: str | None) -> None:
    flow.unlink() if text is None else flow.write_text(text)
    assert cli.run(["hear", str(flow)]) == 2
    assert f"{flow}: this is no file of a flow without errors" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--voices", "0"], "a number from 1 to 12, or names"),
        (["--voices", ","], "at least one"),
        (["--voices", "f2"], "expected piper, espeak, either with a variant"),
        (["--voices", "piper+f2"], "expected piper or piper+high, piper+low"),
        (["--rates", "20"], "words a minute from 80 to 450"),
        (["--rates", "fast"], "words a minute from 80 to 450"),
        (["--noise", "loud"], "decibels from -10 to 90, or clean"),
        (["--limit", "200%"], "a percentage such as 2 or 2%"),
    ],
)
def test_wrong_flags_are_told_with_what_was_expected(capsys: Captured, arguments: list[str], expected: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run(["hear", "flow.yaml", *arguments])
    assert ended.value.code == 2
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize("voice", ["nobody/at-home", "espeak+nobody", "nobody-piper-voice"])
def test_a_voice_that_is_not_there_is_told(capsys: Captured, flow: Path, tmp_path: Path, voice: str) -> None:
    assert cli.run(["hear", str(flow), "--voices", voice, "--data-dir", str(tmp_path)]) == 2
    assert "nobody" in capsys.readouterr().err


def test_a_recogniser_that_dies_costs_a_clip(tmp_path: Path) -> None:
    model = sphinx()
    assert model is not None
    with Ears(model) as ears:
        wanted, clip = Listen("en-US", ("yes",)), line(b"", None, 0)
        ears.begin(lead(None))
        assert ears.hear(wanted, clip) == ()
        assert ears.process is not None
        ears.process.kill()
        assert ears.hear(wanted, clip) == ()
        assert ears.hear(wanted, clip) == ()
        assert ears.process.poll() is None
    broken = replace(model, engine="vosk", directory=tmp_path / "none")
    with Ears(broken) as ears, pytest.raises(DeafError, match="the recogniser can't be started: "):
        ears.hear(wanted, clip)
