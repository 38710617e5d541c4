"""A caller's recording is a whole WAV file at any moment."""

from __future__ import annotations

import signal
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from ivr.calls.recordings import Recorder, Shelf, delete_of
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
        "import os, pathlib, signal, sys; from ivr.calls.recordings import delete_of, Recorder\n"
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


def test_another_process_goes_on_where_one_died(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    first = Recorder(path)
    first.write(SOUND * 51)
    first.close()
    # What died between writing sound and counting it, in the middle of a sample.
    with path.open("ab") as file:
        file.write(b"\x01\x02\x03")
    second = Recorder.resume(path)
    second.write(SOUND)
    second.close()
    assert read(path) == alaw.decode(SOUND * 51) + b"\x01\x02" + alaw.decode(SOUND)


@pytest.mark.parametrize("there", [None, b"", b"RIFF"])
def test_where_there_is_nothing_to_go_on_with_a_recording_begins(tmp_path: Path, there: bytes | None) -> None:
    path = tmp_path / "said.wav"
    if there is not None:
        path.write_bytes(there)
    recorder = Recorder.resume(path)
    recorder.write(SOUND)
    recorder.close()
    assert read(path) == alaw.decode(SOUND)


def test_only_their_owner_can_read_recordings(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "said.wav")
    recorder.close()
    assert recorder.path.stat().st_mode & 0o077 == 0


def test_recordings_together_take_no_more_room_than_they_may(tmp_path: Path) -> None:
    second = 2 * 8000
    (tmp_path / "earlier.wav").write_bytes(bytes(second))
    shelf = Shelf(tmp_path, 4 * second)
    one, other = Recorder(tmp_path / "one.wav", shelf), Recorder(tmp_path / "other.wav", shelf)
    one.write(SOUND * 50)
    other.write(SOUND * 50)
    with pytest.raises(OSError, match="--max-recordings"):
        one.write(SOUND * 50)
    one.close()
    assert read(one.path) == alaw.decode(SOUND * 50)
    other.close(keep=False)
    third = Recorder(tmp_path / "third.wav", shelf)
    third.write(SOUND * 50)
    third.close()
    with pytest.raises(OSError, match="--max-recordings"):
        Recorder(tmp_path / "fourth.wav", Shelf(tmp_path, second))
    assert not (tmp_path / "fourth.wav").exists()


def test_room_that_others_made_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "earlier.wav").write_bytes(bytes(1000))
    shelf = Shelf(tmp_path, 1000)
    with pytest.raises(OSError, match="--max-recordings"):
        shelf.take(1)
    (tmp_path / "earlier.wav").unlink()
    shelf.measure()
    shelf.take(1000)


def test_the_recordings_of_some_calls_are_deleted_and_no_others(tmp_path: Path) -> None:
    gone = ["call-1-2.wav", "call-1-14.wav", "other-3.wav"]
    stay = ["call-1-2-5.wav", "call-11-2.wav", "call-1.wav", "call-1-2.txt", "call-1-x.wav"]
    for name in (*gone, *stay):
        (tmp_path / name).write_bytes(b"")
    assert delete_of(tmp_path, ["call-1", "other"]) == len(gone)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(stay)
    assert delete_of(tmp_path / "absent", ["call-1"]) == 0
