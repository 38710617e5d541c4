"""Which voices eSpeak NG has, read from its folder of data without loading it."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ivr.speech.voices import Speaker

_PACKAGE, _FOLDER = "espeakng_loader", "espeak-ng-data"
_LANGUAGE = re.compile(r"^language\s+(\S+)", re.MULTILINE)
"""The first such line of a voice's file is its own language (eSpeak NG, docs/voices.md)."""


@cache
def speakers() -> tuple[Speaker, ...]:
    """The voices, as the engine names them, sorted; none if eSpeak NG is not installed."""
    root = _data()
    if root is None:
        return ()
    files = (path for path in sorted((root / "lang").rglob("*")) if path.is_file())
    read = ((path, _LANGUAGE.search(path.read_text("utf-8", "replace"))) for path in files)
    return tuple(Speaker(path.relative_to(root / "lang").as_posix().lower(), found[1]) for path, found in read if found)


@cache
def variants() -> tuple[str, ...]:
    """What changes the sound of a voice, sorted."""
    root = _data()
    return () if root is None else tuple(sorted(path.name for path in (root / "voices" / "!v").iterdir()))


def _data() -> Path | None:
    spec = find_spec(_PACKAGE)
    folders = (Path(place) / _FOLDER for place in (spec and spec.submodule_search_locations) or ())
    return next((folder for folder in folders if (folder / "lang").is_dir()), None)
