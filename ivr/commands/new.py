"""`ivr new`: a starter project."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from ivr.commands.common import FINE, WrongUse
from ivr.commands.schema import as_text
from ivr.document.scenario_schema import scenario_file_schema
from ivr.document.schema import document_schema

STARTER = "starter"
HIDDEN = {"vscode": ".vscode", "github": ".github", "gitignore": ".gitignore"}
"""Names in the package, which must not be hidden there, and what they are in a project."""
VERSION = "{version}"
"""What stands for the installed version."""
NEXT = ("ivr lint", "ivr test --fail-under 100", "ivr call main --text", "ivr serve flows")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="where to; made if it is not there")


def run(options: argparse.Namespace) -> int:
    """Write the project, and say what it has.

    Raises:
        WrongUse: something is in the way; then nothing is written.
    """
    folder, project = options.directory, starter()
    if in_the_way := sorted(_in_the_way(folder, project)):
        raise WrongUse(f"nothing was written, because this is there already: {', '.join(in_the_way)}")
    for name, text in project.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as made:
            made.write(text)
    for name in project:
        print(folder / name)
    print("\nnext:")
    if folder.resolve() != Path.cwd():
        print(f"  cd {folder}")
    for command in NEXT:
        print(f"  {command}")
    return FINE


def starter() -> Mapping[str, str]:
    """The files of a project by their paths in it, in order."""
    told = {str(name): text.replace(VERSION, version("ivr")) for name, text in _packaged()}
    told["flow.schema.json"] = as_text(document_schema())
    told["scenarios.schema.json"] = as_text(scenario_file_schema())
    return dict(sorted(told.items()))


def _packaged() -> Iterator[tuple[PurePosixPath, str]]:
    """The files that are the same in every project."""

    def below(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
        for each in folder.iterdir():
            name = path / HIDDEN.get(each.name, each.name)
            if each.is_dir():
                yield from below(each, name)
            else:
                yield name, each.read_text("utf-8")

    return below(files("ivr").joinpath(STARTER), PurePosixPath())


def _in_the_way(folder: Path, project: Mapping[str, str]) -> set[str]:
    """What would be overwritten, or is a file where a folder must be."""
    places = [folder, *(folder / parent for name in project for parent in PurePosixPath(name).parents)]
    files = {place for place in places if place.exists() and not place.is_dir()}
    return {str(each) for each in files} | {
        str(file) for file in (folder / name for name in project) if file.exists() or file.is_symlink()
    }
