"""Recordings are found beside a flow or one folder up, by language, and measured."""

from __future__ import annotations

import wave
from pathlib import Path

from ivr.document.recordings import finder


def wav(path: Path, milliseconds: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(b"\0\0" * (8 * milliseconds))


def test_by_language_and_nearest_first(tmp_path: Path) -> None:
    for place, milliseconds in (
        ("flows/audio_prompts/hi-IN/a.wav", 100),
        ("flows/audio_prompts/music/a.wav", 200),
        ("audio_prompts/hi-IN/a.wav", 300),
        ("audio_prompts/a.wav", 400),
        ("audio_prompts/de-DE/deep/b.wav", 500),
    ):
        wav(tmp_path / place, milliseconds)
    find = finder(tmp_path / "flows" / "main.yaml")
    files, fault = find("a.wav")
    assert fault is None
    assert {tag: recording.duration for tag, recording in files.entries.items()} == {"hi-IN": 100, "": 400}
    assert files.entries[""].path == str(tmp_path / "audio_prompts/a.wav")
    assert find("deep/b.wav")[0].entries["de-DE"].duration == 500
    assert find("nowhere.wav")[0].entries == {}


def test_names_lead_nowhere_else(tmp_path: Path) -> None:
    wav(tmp_path / "secret.wav", 100)
    find = finder(tmp_path / "flows" / "main.yaml")
    for name in ("../secret.wav", "/etc/passwd", "a\\b.wav", "a\0.wav", str(tmp_path / "secret.wav")):
        files, fault = find(name)
        assert files.entries == {}
        assert fault is not None
        assert "inside audio_prompts" in fault


def test_what_is_no_wav_is_told(tmp_path: Path) -> None:
    (tmp_path / "audio_prompts").mkdir()
    (tmp_path / "audio_prompts" / "a.wav").write_bytes(b"ID3")
    files, fault = finder(tmp_path / "main.yaml")("a.wav")
    assert files.entries == {}
    assert fault is not None
    assert fault.startswith("a.wav can't be used: ")
