"""A caller's recording is a whole WAV file at any moment."""

from __future__ import annotations

import signal
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from ivr.calls.recordings import Recorder
from ivr.media import alaw

SOUND = bytes(range(0x80, 0xD0)) * 2


def read(path: Path) -> bytes:
    with wave.open(str(path), "rb") as reader:
        assert reader.getparams()[:3] == (1, 2, 8000)
        return reader.readframes(reader.getnframes())


def test_a_recording_holds_what_was_said(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "said.wav")
    for _ in range(130):
        recorder.write(SOUND)
    assert recorder.duration == 2600
    recorder.close()
    recorder.close()
    assert read(recorder.path) == alaw.decode(SOUND * 130)


def test_it_can_be_played_while_it_grows(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "said.wav")
    assert read(recorder.path) == b""
    recorder.write(SOUND * 49)
    assert read(recorder.path) == b""
    recorder.write(SOUND * 2)
    assert read(recorder.path) == alaw.decode(SOUND * 51)
    recorder.close(keep=False)


def test_nothing_said_leaves_no_file(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "said.wav")
    recorder.write(SOUND * 60)
    recorder.close(keep=False)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_a_whole_file(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys; from ivr.calls.recordings import Recorder\n"
        "recorder = Recorder(pathlib.Path(sys.argv[1]))\n"
        "for _ in range(175): recorder.write(bytes(range(160)))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = tmp_path / "said.wav"
    ended = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert read(path) == alaw.decode(bytes(range(160)) * 150)


def test_where_no_file_can_be_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Recorder(tmp_path / "missing" / "said.wav")
