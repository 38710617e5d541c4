"""Where the recordings of a flow are, and how long they last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from ivr.core.prompts import ByLanguage
from ivr.core.segments import Recording
from ivr.core.spoken import is_language_tag
from ivr.media.wav import WavError, duration_ms

FOLDER = "audio_prompts"
LARGEST = 256 * 1024 * 1024
"""Bytes of a recording: a quarter of an hour even as studios have it. All of it is read into memory."""


Find = Callable[[str], tuple[ByLanguage[Recording], str | None]]
"""Gives the recordings of a name by language, `""` being the one for all, and what is wrong with them, if anything."""
Lengths = Mapping[str, Mapping[str, int]]
"""How many milliseconds recordings last, by name and language."""


def finder(flow_file: Path) -> Find:
    """A function that finds `audio_prompts/LANGUAGE/x.wav` and `audio_prompts/x.wav` for a flow file."""
    folders = [folder / FOLDER for folder in (flow_file.parent, flow_file.parent.parent)]

    def find(name: str) -> tuple[ByLanguage[Recording], str | None]:
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts or "\\" in name or "\0" in name:
            return ByLanguage({}), f"a recording is named by its path inside {FOLDER}, found “{name}”"
        found: dict[str, Recording] = {}
        faults: list[str] = []
        for folder in folders:
            for language, path in _candidates(folder, relative):
                if language not in found and _is_file(path):
                    _measure(folder, path, language, found, faults)
        return ByLanguage(found), "; ".join(faults) or None

    return find


def _candidates(folder: Path, name: PurePosixPath) -> list[tuple[str, Path]]:
    if not folder.is_dir():
        return []
    languages = [(each.name, each / name) for each in sorted(folder.iterdir()) if is_language_tag(each.name)]
    return [*languages, ("", folder / name)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long for any file, or one that can't be written in the file system
        return False


def _measure(folder: Path, path: Path, language: str, found: dict[str, Recording], faults: list[str]) -> None:
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            faults.append(f"{path.name} leads out of {FOLDER}: put the file itself there")
            return
        if (size := path.stat().st_size) > LARGEST:
            faults.append(f"{path.name} has {size:,} bytes, but at most {LARGEST:,} are read")
            return
        with path.open("rb") as file:
            found[language] = Recording(str(path), duration_ms(file))
    except (OSError, WavError) as error:
        faults.append(f"{path.name} can't be used: {error}")


def remembered(lengths: Lengths) -> Find:
    """A function that finds recordings as they were, though their files may be elsewhere."""

    def find(name: str) -> tuple[ByLanguage[Recording], str | None]:
        found = lengths.get(name, {})
        return ByLanguage({tag: Recording(str(Path(FOLDER, tag, name)), each) for tag, each in found.items()}), None

    return find


def replaced(lengths: Lengths, flow_file: Path) -> Find:
    """A function that finds recordings for a flow file as it was; those that are gone have no path any more."""
    there = finder(flow_file)

    def find(name: str) -> tuple[ByLanguage[Recording], str | None]:
        found = there(name)[0].entries
        gone = {tag: Recording("", each) for tag, each in lengths.get(name, {}).items()}
        return ByLanguage({tag: found.get(tag, each) for tag, each in gone.items()}), None

    return find
