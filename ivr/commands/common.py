"""What several commands share: exit codes, and flows by the paths that a person names."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivr import config
from ivr.core.flow import Flow
from ivr.document.load import Loaded, flow_files, load

if TYPE_CHECKING:
    import asyncio

FINE, FINDINGS, WRONG_USE = 0, 1, 2
SPEECH_SETTINGS = ("models", "data_dir")


class WrongUse(Exception):
    """What was asked for can't be done: exit code 2."""


def existing_flow_files(path: Path) -> list[Path]:
    """The flow files of a folder, or the one file itself.

    Raises:
        WrongUse: there is no such path, or no flow in it.
    """
    if not path.exists():
        raise WrongUse(f"{path}: there is no such file or folder")
    found = flow_files(path)
    if not found:
        raise WrongUse(f"{path}: there are no flows (*.yaml, *.yml) in this folder")
    return found


def folders(paths: Sequence[Path]) -> dict[Path, list[Path]]:
    """The flows of each folder that is named, or that holds a file which is.

    Raises:
        WrongUse: a path does not exist, or has no flows.
    """
    found: dict[Path, list[Path]] = {}
    for path in paths:
        folder = path.parent if path.is_file() else path
        found.setdefault(folder, []).extend((*existing_flow_files(path), *flow_files(folder)))
    return found


def loaded_from(files: Sequence[Path]) -> Loaded:
    """The flows of these files, each read once."""
    return load(dict.fromkeys(files))


def one_flow(path: Path) -> tuple[Flow, Loaded]:
    """The flow of one file, with those of its folder, which it may call.

    Raises:
        WrongUse: it is no file of a flow without errors.
    """
    loaded = loaded_from(folders([path])[path.parent]) if path.is_file() else None
    flow = next((each for each in loaded.flows.values() if each.file == str(path)), None) if loaded else None
    if loaded is None or flow is None:
        raise WrongUse(f"{path}: this is no file of a flow without errors; ivr lint {path}")
    return flow, loaded


def speech_settings(options: argparse.Namespace, folder: Path) -> tuple[Path | None, Path]:
    """The operator's folder of speech models, and the data directory; other settings need not be right here."""
    values = config.load_some(SPEECH_SETTINGS, options, os.environ, folder)
    return values["models"], values["data_dir"]


def served_flows(options: argparse.Namespace) -> tuple[config.Settings, Loaded]:
    """What `serve` and `build` work with; findings are told, and errors leave the other flows usable.

    Raises:
        WrongUse: no flow can be served, or one has errors and `--strict` is set.
    """
    from ivr.document import finding

    settings = config.load(options, os.environ, options.directory)
    loaded = loaded_from(existing_flow_files(options.directory))
    print(finding.as_text(loaded.findings, loaded.lines, colour=sys.stderr.isatty()), end="", file=sys.stderr)
    if settings.strict and any(each.severity == "error" for each in loaded.findings):
        raise WrongUse("there are errors, and with --strict nothing is served then")
    if not loaded.flows:
        raise WrongUse(f"{options.directory}: no flow is without errors, so there is nothing to serve")
    return settings, loaded


def speaking(
    work: Coroutine[Any, Any, int], loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> int:
    """Run what needs synthesised speech, and perhaps the store of calls, on an event loop, by default asyncio's own.

    Raises:
        WrongUse: nothing can be synthesised, or the store can't be used.
    """
    import asyncio

    from ivr.calls.store.errors import StoreError
    from ivr.speech.workers import RenderError

    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(work)
    except RenderError as error:
        raise WrongUse(f"speech can't be synthesised: {error}") from None
    except StoreError as error:
        raise WrongUse(str(error)) from None


def explain(command: str, error: Exception) -> int:
    """Say why a command can't be done, and give its exit code."""
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        print(f"ivr {command}: {where}{error.strerror or error}", file=sys.stderr)
    else:
        print(f"ivr {command}: {error}", file=sys.stderr)
    return WRONG_USE


def steps_bar(name: str, steps: int) -> Callable[[], object]:
    """A progress bar, where there is a terminal to show it."""
    from tqdm import tqdm

    return tqdm(total=steps, desc=name, leave=False, disable=None).update
