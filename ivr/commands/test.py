"""`ivr test`: runs scenarios."""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ivr.commands.common import FINDINGS, FINE, WrongUse
from ivr.simulate import report
from ivr.simulate.report_json import as_json
from ivr.simulate.results import Round
from ivr.simulate.selection import SelectionError, selection
from ivr.simulate.suite import SuiteError, gather, picked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        default=[Path("flows")],
        metavar="DIR|FILE",
        help="a folder: all its scenarios; a file of scenarios; a flow: the scenarios that name it; flows by default",
    )
    picks = "only scenarios with these words in file, flow or name; with and, or, not: -k 'by voice and not silence'"
    parser.add_argument("-k", dest="selection", metavar="TEXT", help=picks)
    parser.add_argument("--format", choices=("text", "json", "junit"), default="text")
    least = "fail if the scenarios take less of a flow's nodes or of its exits"
    parser.add_argument("--fail-under", type=_percent, metavar="PERCENT", help=least)


def run(options: argparse.Namespace) -> int:
    """Run the scenarios, and tell how they went and what they took of the flows.

    Raises:
        WrongUse: there is nothing to run.
    """
    # Nothing that is made here goes before the end, so looking for garbage would only take time.
    gc.disable()
    try:
        return _run(options)
    finally:
        gc.enable()


def _run(options: argparse.Namespace) -> int:
    began = time.perf_counter()
    try:
        folders = gather(options.paths)
        if options.selection is not None:
            folders = picked(folders, selection(options.selection))
    except (SuiteError, SelectionError) as error:
        raise WrongUse(error) from None
    made = Round(folders)
    told = _as_it_goes(made) if options.format == "text" else _when_done(made, options.format)
    for text in told:
        print(text, end="", flush=True)
    too_little = () if options.fail_under is None else report.too_little(made.coverage, options.fail_under)
    for line in too_little:
        print(line, file=sys.stdout if options.format == "text" else sys.stderr)
    if options.format == "text":
        print(report.summary(made.results, time.perf_counter() - began, _paper()), end="")
    return FINDINGS if too_little or not all(each.passed for each in made.results) else FINE


def _as_it_goes(made: Round) -> Iterator[str]:
    """For people: each part as soon as it is known."""
    paper = _paper()
    width = shutil.get_terminal_size((report.WIDTH, 0)).columns if sys.stdout.isatty() else report.WIDTH
    yield from report.progress(made.run(), made.scenarios, paper, width)
    yield "\n"
    yield from report.failures(made.results, paper, width)
    yield report.table(made.coverage, paper)
    yield "\n"


def _when_done(made: Round, form: str) -> Iterator[str]:
    """For programs: one document."""
    results = list(made.run())
    if form == "json":
        yield as_json(results, made.coverage) + "\n"
        return
    from ivr.simulate.junit import as_junit  # The library's XML imports all of HTTP.

    yield as_junit(results)


def _paper() -> report.Paper:
    return report.Paper(colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"))  # https://no-color.org


def _percent(text: str) -> float:
    """The share that is asked for."""
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 100, found “{text}”")
    return percent
