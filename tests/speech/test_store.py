"""The store of rendered prompts."""

from __future__ import annotations

import asyncio
import os
import signal
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.durations import BEEP_MS
from ivr.core.segments import Beep, Recording, Segment, Silence, Speech, Voice
from ivr.speech.store import Failure, PromptStore
from ivr.speech.workers import RenderError


def speech(text: str, *, static: bool = True, language: str = "en-US") -> Speech:
    return Speech(text, text, language, Voice(), static)


def recording(path: Path, seconds: float) -> Recording:
    with wave.open(str(path), "wb") as writer:
        writer.setparams((1, 2, 16000, 0, "NONE", ""))
        writer.writeframes(bytes(range(256)) * int(seconds * 16000 * 2 / 256))
    return Recording(str(path), int(seconds * 1000))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[PromptStore]:
    async with PromptStore(tmp_path / "cache") as store:
        yield store


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").iterdir()) if (tmp_path / "cache").exists() else []


async def test_silence_and_the_beep_are_there_at_once(store: PromptStore) -> None:
    assert store.cached(Silence(510)) == await store.render(Silence(510)) == b"\xd5" * 26 * 160
    beep = store.cached(Beep())
    assert beep == await store.render(Beep())
    assert beep is not None
    assert len(beep) == BEEP_MS * 8


async def test_static_speech_is_rendered_once_and_shared(store: PromptStore, tmp_path: Path) -> None:
    assert store.cached(speech("Hello.")) is None
    first, second = await asyncio.gather(store.render(speech("Hello.")), store.render(speech("Hello.")))
    assert first is second is store.cached(speech("Hello."))
    assert len(files(tmp_path)) == 1


async def test_speech_with_values_of_a_call_is_kept_nowhere(store: PromptStore, tmp_path: Path) -> None:
    secret = speech("Your PIN is 1 2 3 4.", static=False)
    first, second = await asyncio.gather(store.render(secret), store.render(secret))
    assert first is second, "two that ask at once wait for one job"
    assert len(first) > 8000
    assert store.cached(secret) is None
    assert files(tmp_path) == []


async def test_another_process_finds_it_on_disk(tmp_path: Path) -> None:
    async with PromptStore(tmp_path / "cache") as store:
        rendered = await store.render(speech("Hello."))
    async with PromptStore(tmp_path / "cache", seconds=0) as other:
        assert await other.render(speech("Hello.")) == rendered
        with pytest.raises(RenderError, match="took longer than 0 s"):
            await other.render(speech("Goodbye."))


async def test_a_damaged_file_is_rendered_again(tmp_path: Path) -> None:
    async with PromptStore(tmp_path / "cache") as store:
        rendered = await store.render(speech("Hello."))
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    async with PromptStore(tmp_path / "cache") as store:
        assert len(await store.render(speech("Hello."))) == pytest.approx(len(rendered), abs=160)
    assert len(file.read_bytes()) == pytest.approx(len(whole), abs=160)


async def test_a_build_brings_all_that_is_static_into_memory(store: PromptStore, tmp_path: Path) -> None:
    segments: list[Segment] = [
        speech("One."),
        speech("Eins.", language="xx"),
        Silence(100),
        speech("Two."),
        speech("One."),
        speech("Three.", static=False),
        recording(tmp_path / "a.wav", 1.5),
        Recording(str(tmp_path / "gone.wav"), 1000),
        Beep(),
    ]
    told: list[tuple[int, int]] = []
    failures = await store.build(segments, lambda done, total: told.append((done, total)))
    assert told == [(done, 5) for done in range(1, 6)]
    assert [failure.segment for failure in failures] == [segments[1], segments[7]]
    assert isinstance(failures[0], Failure)
    assert failures[0].message.startswith("there is no voice for the language 'xx'; available are")
    assert "No such file or directory" in failures[1].message
    assert all(store.cached(segments[n]) for n in (0, 3, 6))
    assert len(store.cached(segments[6]) or b"") == 12000
    assert len(files(tmp_path)) == 3
    assert await store.build([]) == []


async def test_a_recording_that_changed_is_converted_again_by_a_build(store: PromptStore, tmp_path: Path) -> None:
    old = recording(tmp_path / "a.wav", 1)
    assert await store.build([old]) == []
    assert len(store.cached(old) or b"") == 8000
    new = recording(tmp_path / "a.wav", 2)
    assert await store.build([new]) == []
    assert len(store.cached(new) or b"") == 16000


async def test_an_unreadable_recording_is_an_error_of_that_prompt(store: PromptStore, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(RenderError, match="no WAV file"):
        await store.render(Recording(str(tmp_path / "a.wav"), 1))
    with pytest.raises(RenderError, match="the recording can't be read"):
        await store.render(Recording(str(tmp_path), 1))
    assert await store.render(speech("Hello."))


async def test_text_in_which_nothing_is_pronounced_gives_no_audio(store: PromptStore) -> None:
    assert [await store.render(speech(text)) for text in ("", " ", "...", "<br/>", "—")] == [b""] * 5


async def test_speech_that_cannot_be_that_of_its_text_is_an_error(store: PromptStore) -> None:
    with pytest.raises(RenderError, match="the synthesiser gave 0 ms of speech where about 1847 ms were expected"):
        await store.render(speech("१२३४"))


async def test_letters_foreign_to_the_voice_are_spelt_and_no_error(store: PromptStore) -> None:
    assert len(await store.render(speech("Здравствуйте", language="de-DE"))) > 8 * 8000


async def test_a_caller_who_is_gone_does_not_stop_what_others_wait_for(store: PromptStore) -> None:
    await store.start()
    text = speech("This takes a moment to say. " * 20)
    gone, waiting = (asyncio.create_task(store.render(text)) for _ in range(2))
    await asyncio.sleep(0.02)
    gone.cancel()
    assert len(await waiting) > 80_000
    assert gone.cancelled()


async def test_a_worker_killed_in_a_build_fails_one_prompt_at_most(store: PromptStore) -> None:
    await store.start()
    segments = [speech(f"This is prompt number {number}. " * 5) for number in range(12)]
    build = asyncio.create_task(store.build(segments))
    await asyncio.sleep(0.05)
    os.kill(store.pids[0], signal.SIGKILL)
    failures = await build
    assert len(failures) <= 1
    assert sum(store.cached(segment) is not None for segment in segments) == 12 - len(failures)
    assert await store.build(segments) == []


async def test_closing_ends_what_is_being_rendered(tmp_path: Path) -> None:
    async with PromptStore(tmp_path / "cache") as store:
        task = asyncio.create_task(store.render(speech("This takes a while. " * 500)))
        await asyncio.sleep(0.05)
    with pytest.raises(asyncio.CancelledError):
        await task
