"""`ivr diff`: tells what changes for callers from one version of flows to another."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ivr.commands.common import FINDINGS, FINE, WrongUse, existing_flow_files, folders, loaded_from
from ivr.document import finding
from ivr.document.load import Loaded
from ivr.lint.diff import compare, difference
from ivr.lint.diff.side import Side


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("old", type=Path, metavar="OLD", help="a flow file, or a folder of flows")
    parser.add_argument("new", type=Path, metavar="NEW", help="what has become of it")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> int:
    """Tell the differences."""
    if options.old.is_file() and options.new.is_file():
        found = compare.of_files(_one(options.old), _one(options.new))
    elif options.old.is_file() or options.new.is_file():
        existing_flow_files(options.old)
        existing_flow_files(options.new)
        raise WrongUse("two files are compared, or two folders, but not one with the other")
    else:
        old, new = _all(options.old), _all(options.new)
        found = compare.differences(old, new)
    if options.format == "json":
        print(difference.as_json(found))
    else:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")  # https://no-color.org
        print(difference.as_text(found, colour=colour), end="")
    return FINDINGS if found else FINE


def _all(folder: Path) -> Mapping[str, Side]:
    """The flows of a folder.

    Raises:
        WrongUse: one of them can't be loaded.
    """
    loaded = loaded_from(existing_flow_files(folder))
    _check(folder, loaded.findings, loaded)
    return compare.sides(loaded)


def _one(file: Path) -> Side:
    """The flow of a file; those beside it need not be without errors, unless it calls them.

    Raises:
        WrongUse: it can't be loaded.
    """
    loaded = loaded_from(folders([file])[file.parent])
    flow = next((each for each in loaded.flows.values() if each.file == str(file)), None)
    if flow is None:
        _check(file, loaded.findings, loaded)
        raise WrongUse(f"{file}: this is no flow")
    return compare.side_of(flow, loaded)


def _check(place: Path, findings: tuple[finding.Finding, ...], loaded: Loaded) -> None:
    """Tell of errors.

    Raises:
        WrongUse: there are any.
    """
    errors = [each for each in findings if each.severity == "error"]
    if errors:
        print(finding.as_text(errors, loaded.lines, colour=sys.stderr.isatty()), end="", file=sys.stderr)
        raise WrongUse(f"{place}: only flows without errors can be compared")
