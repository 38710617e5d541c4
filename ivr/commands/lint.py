"""`ivr lint`: finds mistakes in flows."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
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
from ivr.lint import heard
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
    found: list[finding.Finding] = []
    lines: dict[str, Sequence[str]] = {}
    # Flows of one folder may call each other; those of different ones have nothing to do with each other.
    for folder, files in folders(options.paths).items():
        loaded = loaded_from(files)
        machine = Machine.this(*speech_settings(options, folder), os.environ)
        findings = (*loaded.findings, *lint.check(loaded, machine, measured=measured))
        found.extend(each for each in findings if each.file in wanted)
        lines.update(loaded.lines)
    match options.format:
        case "json":
            print(finding.as_json(found))
        case "github":
            print(finding.as_github(found), end="")
        case _:
            colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")  # https://no-color.org
            print(finding.as_report(found, lines, colour=colour), end="")
    return FINDINGS if any(each.severity != "info" for each in found) else FINE
