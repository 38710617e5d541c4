"""Where the recordings of a flow are, and how long they last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ivr.core.prompts import ByLanguage
from ivr.core.segments import Recording
from ivr.core.spoken import is_language_tag
from ivr.media.wav import WavError, duration_ms

FOLDER = "audio_prompts"


def finder(flow_file: Path) -> Callable[[str], tuple[ByLanguage[Recording], str | None]]:
    """A function that finds `audio_prompts/LANGUAGE/x.wav` and `audio_prompts/x.wav` for a flow file.

    It gives the recordings by language, `""` being the one for all, and what is wrong with them, if anything.
    """
    folders = [folder / FOLDER for folder in (flow_file.parent, flow_file.parent.parent)]

    def find(name: str) -> tuple[ByLanguage[Recording], str | None]:
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts or "\\" in name or "\0" in name:
            return ByLanguage({}), f"a recording is named by its path inside {FOLDER}, found “{name}”"
        found: dict[str, Recording] = {}
        faults: list[str] = []
        for folder in folders:
            for language, path in _candidates(folder, relative):
                if language not in found and path.is_file():
                    _measure(path, language, found, faults)
        return ByLanguage(found), "; ".join(faults) or None

    return find


def _candidates(folder: Path, name: PurePosixPath) -> list[tuple[str, Path]]:
    if not folder.is_dir():
        return []
    languages = [(each.name, each / name) for each in sorted(folder.iterdir()) if is_language_tag(each.name)]
    return [*languages, ("", folder / name)]


def _measure(path: Path, language: str, found: dict[str, Recording], faults: list[str]) -> None:
    try:
        with path.open("rb") as file:
            found[language] = Recording(str(path), duration_ms(file))
    except (OSError, WavError) as error:
        faults.append(f"{path.name} can't be used: {error}")
