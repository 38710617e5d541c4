"""Which sounds are read from disk at once, and which are left to be made."""

from __future__ import annotations

from pathlib import Path

from ivr.core.segments import Recording, Silence, Speech, Voice
from ivr.speech import disk
from ivr.speech.jobs import key
from ivr.speech.sounds import Sound, job, kept, name


def said(text: str, *, static: bool = True) -> Speech:
    return Speech(text, text, "en-US", Voice(), static)


def test_what_is_on_disk_is_read_unless_it_is_damaged_or_of_one_call(tmp_path: Path) -> None:
    here, damaged, own, missing = said("here"), said("damaged"), said("4711", static=False), said("missing")
    for each in (here, damaged, own):
        disk.save(tmp_path, key(job(each)), each.text.encode())
    (tmp_path / f"{key(job(damaged))}.alaw").write_bytes(b"\xd5" * 99)
    found = kept(tmp_path, (here, damaged, own, missing, Silence(20)), {})
    assert found == {name(here): Sound(key(job(here)), b"here")}


def test_what_is_in_memory_stays_the_same_unless_its_file_changed(tmp_path: Path) -> None:
    file, speech = tmp_path / "tone.wav", said("here")
    file.write_bytes(b"first")
    recording = Recording(str(file), 0)
    known = {name(each): Sound(key(job(each)), b"known") for each in (recording, speech)}
    assert kept(tmp_path, (recording, speech), known) == known
    file.write_bytes(b"second")
    assert kept(tmp_path, (recording, speech), known) == {name(speech): known[name(speech)]}
    disk.save(tmp_path, key(job(recording)), b"new")
    assert kept(tmp_path, (recording,), known)[name(recording)].audio == b"new"
    file.unlink()
    assert kept(tmp_path, (recording,), known) == {}
