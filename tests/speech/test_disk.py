"""Rendered prompts on disk."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.speech.disk import load, save

KEY, AUDIO = "ab" * 32, bytes(range(160)) * 50


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    assert load(tmp_path / "cache", KEY) is None
    save(tmp_path / "cache", KEY, AUDIO)
    save(tmp_path / "cache", "cd" * 32, b"")
    assert load(tmp_path / "cache", KEY) == AUDIO
    assert load(tmp_path / "cache", "cd" * 32) == b""
    assert len(list((tmp_path / "cache").iterdir())) == 2, "nothing unfinished is left"


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "renamed"])
def test_damage_is_seen(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    save(tmp_path, "cd" * 32 if damage == "renamed" else KEY, AUDIO)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    if damage == "renamed":
        file.rename(tmp_path / f"{KEY}.alaw")
    else:
        file.write_bytes({"cut": content[:-160], "changed": content[:-1] + b"\0", "empty": b""}[damage])
    with caplog.at_level(logging.WARNING):
        assert load(tmp_path, KEY) is None
    assert "is damaged and is made again" in caplog.text


def test_a_directory_that_cannot_be_used_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        save(tmp_path / "file", KEY, AUDIO)
        assert load(tmp_path / "file", KEY) is None
    assert "can't be kept" in caplog.text


def test_processes_that_write_and_read_at_once_see_whole_files_only(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ivr.speech.disk import load, save\n"
        "for _ in range(200):\n"
        "    save(Path(sys.argv[1]), 'ab' * 32, bytes(range(160)) * 50)\n"
        "    assert load(Path(sys.argv[1]), 'ab' * 32) == bytes(range(160)) * 50"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert [file.name for file in tmp_path.iterdir()] == [f"{KEY}.alaw"]
