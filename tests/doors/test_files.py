"""What lies in a folder of flows: no text and no recording of it can take memory, time or other files."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from ivr.core.session import Call
from ivr.document.load import load, load_sources
from ivr.document.recordings import LARGEST
from ivr.document.source import read
from ivr.media.wav import WavError, header, layout

WAV = header(8000) + bytes(16000)


def findings(text: str) -> list[str]:
    return [finding.check for finding in load_sources({"main.yaml": read(text, "main.yaml")}, 2026).findings]


NINE = ", ".join(["{0}"] * 9)
BOMBS = {
    "aliases": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{NINE.format(f'*a{n - 1}')}]\n" for n in range(1, 30)),
    "aliases of mappings": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{{', '.join(f'k{k}: *a{n - 1}' for k in range(9))}}}\n" for n in range(1, 30)),
    "merge keys": "b0: &b0 {k: x}\n"
    + "".join(f"b{n}: &b{n} {{<<: [{NINE.format(f'*b{n - 1}')}], q{n}: 1}}\n" for n in range(1, 60)),
    "wide merges": f"b: &b {{{', '.join(f'k{n}: 1' for n in range(5000))}}}\n"
    + "".join(f"c{n}: {{<<: *b}}\n" for n in range(5000)),
    "a chain of merges": "b0: &b0 {k: 1}\n" + "".join(f"b{n}: &b{n} {{<<: *b{n - 1}}}\n" for n in range(1, 9000)),
    "nested lists": "[" * 400_000,
    "nested mappings": "{a: " * 200_000,
    "nested dashes": "- " * 400_000,
    "nested questions": "? " * 400_000,
    "nested blocks": "\n".join(" " * depth + "a:" for depth in range(1200)),
    "ten megabytes": "a: x\n" * 2_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_text_that_would_blow_up_is_not_read_on(name: str) -> None:
    assert findings(BOMBS[name]) == ["yaml-size"]


ODD = {
    "an alias of itself": ("a: &a [*a]", "yaml-alias"),
    "an object": ("!!python/object/apply:os.system [id]", "yaml-tag"),
    "a tag of Python": ("a: !!python/name:os.system x", "yaml-tag"),
    "two documents": ("--- a\n" * 100_000, "yaml-document"),
    "a long text": (f"a: {'x' * 1_000_000}", "schema"),
    "a long key": (f"? {'x' * 1_000_000}\n: 1", "schema"),
    "a control character": ("a: x\x00", "yaml-character"),
    "a long number": (f"a: {'9' * 900_000}", "schema"),
    "a large number": ("a: 1e999999999", "schema"),
    "quotes": ('"' * 900_000, "yaml-syntax"),
    "anchors": ("&a " * 300_000, "yaml-syntax"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_texts_are_findings(name: str) -> None:
    text, check = ODD[name]
    assert check in findings(text)


def test_many_mistakes_are_told_without_comparing_each_name_with_each() -> None:
    nodes = "".join(f"  n{n}: {{type: play, prompt: x, next: other{n}}}\n" for n in range(1100))
    assert len(findings(f"start: n0\nnodes:\n{nodes}")) == 1100


def flow_of(folder: Path, audio: str) -> list[str]:
    file = folder / "main.yaml"
    file.write_text(f'start: a\nnodes:\n  a: {{type: hangup, prompt: {{audio: "{audio}"}}}}\n')
    return [finding.message for finding in load([file]).findings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    flows, outside = tmp_path / "flows", tmp_path / "outside"
    prompts = flows / "audio_prompts"
    (prompts / "en-US").mkdir(parents=True)
    outside.mkdir()
    for file in (prompts / "a.wav", prompts / "en-US" / "b.wav", outside / "c.wav"):
        file.write_bytes(WAV)
    (prompts / "inside.wav").symlink_to("en-US/b.wav")
    (prompts / "link.wav").symlink_to(outside / "c.wav")
    (prompts / "fr").symlink_to(outside)
    (prompts / "loop.wav").symlink_to("loop.wav")
    (prompts / "device.wav").symlink_to("/dev/zero")
    os.mkfifo(prompts / "pipe.wav")
    (prompts / "large.wav").write_bytes(header(LARGEST))
    os.truncate(prompts / "large.wav", 2 * LARGEST)
    return flows


@pytest.mark.parametrize("audio", ["a.wav", "./a.wav", "b.wav", "inside.wav"])
def test_recordings_inside_are_found(folder: Path, audio: str) -> None:
    assert flow_of(folder, audio) == []


@pytest.mark.parametrize(
    "audio",
    [
        "../../outside/c.wav",
        "en-US/../../../outside/c.wav",
        "/etc/passwd",
        "link.wav",
        "fr/c.wav",
        "c.wav",
        "loop.wav",
        "device.wav",
        "pipe.wav",
        "large.wav",
        "en-US",
        ".",
        "..",
        "a.wav/..",
        "~/a.wav",
        "$HOME/a.wav",
        "..%2f..%2foutside/c.wav",
        "..\\\\..\\\\outside\\\\c.wav",
        "C:\\\\a.wav",
        "a.wav\\0",
        "file:///etc/passwd",
        "x" * 300 + ".wav",
        "x/" * 3000 + "a.wav",
    ],
)
def test_a_recording_is_never_outside(folder: Path, audio: str) -> None:
    (message,) = flow_of(folder, audio)
    assert "audio_prompts" in message or "at most" in message


def test_a_recording_of_nothing_but_remarks_is_none() -> None:
    with pytest.raises(WavError, match="damaged"):
        layout(io.BytesIO(b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 2_000 + WAV[12:]))


@pytest.mark.parametrize(
    "id",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a/b",
        "a\\b",
        "a\0b",
        "a\r\nb",
        "CON",
        "x" * 5000,
        "é✓",
        "~",
        "-rf",
    ],
)
def test_what_is_named_after_a_call_lies_where_it_should(tmp_path: Path, id: str) -> None:
    token = Call(id, "+1", "+2", "inbound", 0).token
    path = tmp_path / f"{token}-1.wav"
    assert path.resolve().parent == tmp_path.resolve()
    path.write_bytes(WAV)
    assert token.isascii()
    assert token.isprintable()


def test_names_of_different_calls_differ() -> None:
    ids = ["a/b", "a\\b", "a b", "a-b", "a\nb", "A/b", "x" * 5000, "x" * 5001]
    assert len({Call(id, "+1", "+2", "inbound", 0).token for id in ids}) == len(ids)
