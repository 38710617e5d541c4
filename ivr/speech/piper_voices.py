"""Which voice of Piper speaks a language: voices are packages or files, found without loading Piper.

A package that carries voices is named `…_piper_voice`; each `.onnx` in it, with its `.onnx.json`, is one.
"""

from __future__ import annotations

import hashlib
import json
import logging
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ivr.core.segments import Voice
from ivr.speech.voices import UnknownVoiceError

INSTALL = "pip install 'ivr[piper]'"
MISSING = f"voice.engine is piper, and Piper is not installed: {INSTALL}"

_log = logging.getLogger(__name__)

_PACKAGE_END = "_piper_voice"
_MODEL_END = ".onnx"


@dataclass(frozen=True, slots=True)
class Model:
    """One voice of Piper."""

    name: str
    """Its package, or its file."""
    file: Path
    language: str
    """A BCP 47 tag, in small letters."""


def is_installed() -> bool:
    """Whether Piper is here; it is not imported."""
    return find_spec("piper") is not None


def speaks(language: str) -> bool:
    """Whether an installed voice speaks a language, a BCP 47 tag; UnknownVoiceError if a voice can't be read."""
    return is_installed() and any(_main(model.language) == _main(language) for model in installed())


def choose(language: str, voice: Voice) -> Model | None:
    """Give the model that speaks text of a language, a BCP 47 tag; None if no Piper voice does, or Piper is missing.

    A name is a package, or the absolute path of an `.onnx` file. As with eSpeak NG's voices it holds for text in
    its own language, whatever the region; any other is spoken by the installed voice of that language and region,
    else of that language. UnknownVoiceError if the voice named or every voice is missing.
    """
    if not is_installed():
        _tell_missing()
        return None
    named = tuple(_named(voice.name))
    for models in (named, installed()):
        speaking = [model for model in models if _main(model.language) == _main(language)]
        if speaking:
            return next((model for model in speaking if model.language == _tag(language)), speaking[0])
    if not named and not installed():
        raise UnknownVoiceError(f"no voice of Piper is installed: {INSTALL}, or name the path of an .onnx file")
    _tell_of(language)
    return None


@cache
def installed() -> tuple[Model, ...]:
    """The voices in packages, sorted by name; UnknownVoiceError if one can't be read."""
    packages = sorted(found.name for found in pkgutil.iter_modules() if found.name.endswith(_PACKAGE_END))
    return tuple(model for package in packages for model in _carried(package))


@cache
def digest(file: str) -> str:
    """Hash a model and its settings, as they were when this process first asked."""
    hashed = hashlib.sha256()
    for path in (Path(file), _settings(Path(file))):
        with path.open("rb") as content:
            hashed.update(hashlib.file_digest(content, "sha256").digest())
    return hashed.hexdigest()


def _named(name: str | None) -> Iterator[Model]:
    """The voices that a name stands for: none without one."""
    if name is None:
        return
    file = Path(name)
    if file.suffix == _MODEL_END and file.is_absolute():
        yield _model(name, file)
        return
    package = name.replace("-", "_")
    found = [model for model in installed() if model.name == package]
    if not found:
        known = ", ".join(sorted({model.name for model in installed()})) or "none"
        raise UnknownVoiceError(
            f"there is no Piper voice {name!r}: expected a package that carries one (available: {known}),"
            " or the absolute path of an .onnx file"
        )
    yield from found


def _carried(package: str) -> Iterator[Model]:
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        yield from (_model(package, file) for file in sorted(Path(folder).rglob(f"*{_MODEL_END}")))


def _model(name: str, file: Path) -> Model:
    settings = _settings(file)
    try:
        if not file.is_file():
            raise FileNotFoundError(f"there is no file {file}")
        match json.loads(settings.read_bytes()):
            case {"language": {"code": str(code)}}:
                return Model(name, file, _tag(code))
            case _:
                raise ValueError("expected language.code in it")
    except (OSError, ValueError) as error:
        raise UnknownVoiceError(f"the Piper voice {name!r} needs a model and {settings.name}: {error}") from None


def _settings(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


@cache
def _tell_missing() -> None:
    """Log once that eSpeak NG speaks for Piper, though nobody wants that."""
    _log.error("%s, so eSpeak NG speaks instead", MISSING)


@cache
def _tell_of(language: str) -> None:
    """Log once that eSpeak NG speaks for Piper."""
    _log.warning("no Piper voice speaks %s, so eSpeak NG does", language)


def _tag(language: str) -> str:
    return language.lower().replace("_", "-")


def _main(language: str) -> str:
    return _tag(language).partition("-")[0]
