"""`ivr lint`: finds mistakes in flows."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from itertools import tee
from pathlib import Path

from ivr import config, lint
from ivr.commands.common import (
    FINDINGS,
    FINE,
    SPEECH_SETTINGS,
    WrongUse,
    existing_flow_files,
    folders,
    loaded_from,
    speech_settings,
)
from ivr.document import finding
from ivr.lint.checks import heard
from ivr.lint.checks.heard import Heard
from ivr.speech.machine import Machine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("paths", nargs="*", type=Path, default=[Path("flows")], metavar="DIR|FILE")
    parser.add_argument("--format", choices=("text", "json", "github"), default="text")
    heard = "figures of `ivr hear FLOW -o FILE`: tell of phrases that were confused or not understood"
    parser.add_argument("--heard", action="append", type=Path, default=[], metavar="FILE", help=heard)
    config.add_flags(parser, SPEECH_SETTINGS)


def run(options: argparse.Namespace) -> int:
    """Tell what is wrong in the flows, and what is worth knowing."""
    wanted = {str(file) for path in options.paths for file in existing_flow_files(path)}
    try:
        measured = [heard.read(file) for file in options.heard]
    except heard.HeardError as error:
        raise WrongUse(error) from None
    # What is made here is needed until the end, so that looking for garbage finds none and takes a tenth of the time.
    gc.disable()
    try:
        return _told(options, wanted, measured)
    finally:
        gc.enable()


def _told(options: argparse.Namespace, wanted: Collection[str], measured: Sequence[Heard]) -> int:
    lines: dict[str, Sequence[str]] = {}
    found, told = tee(_found(options, wanted, measured, lines))
    match options.format:
        case "json":
            print(finding.as_json(told))
        case "github":
            print(finding.as_github(told), end="")
        case _:
            colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")  # https://no-color.org
            for text in finding.report(told, lines, colour=colour):
                print(text, end="", flush=True)
    return FINDINGS if any(each.severity != "info" for each in found) else FINE


def _found(
    options: argparse.Namespace, wanted: Collection[str], measured: Sequence[Heard], lines: dict[str, Sequence[str]]
) -> Iterator[finding.Finding]:
    """What is found in the wanted files, file after file, with the lines of all files that were read."""
    # Flows of one folder may call each other; those of different ones have nothing to do with each other.
    for folder, files in sorted(folders(options.paths).items()):
        loaded = loaded_from(files)
        lines.update(loaded.lines)
        machine = Machine.this(*speech_settings(options, folder), os.environ)
        checked = lint.stream(loaded, machine, measured=measured, files=wanted)
        yield from merge((each for each in loaded.findings if each.file in wanted), checked)
