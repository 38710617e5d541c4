"""`ivr replay`: the decisions of recorded calls, again or on another flow."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from ivr import config
from ivr.commands.common import FINDINGS, FINE, WrongUse, existing_flow_files
from ivr.core.flow import Flow
from ivr.document.journal import Head, Journal, JournalError
from ivr.replay import report
from ivr.replay.again import Replayed, again
from ivr.replay.elsewhere import Course, elsewhere
from ivr.replay.kept import NotKeptError, as_it_was, flows_in, journal, journal_files, year_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    told = "the id of a call, or a journal file, or a folder of these"
    parser.add_argument("calls", nargs="+", metavar="CALL", help=told)
    another = "the flow to make the calls on, or a folder that has flows of the same names; as they were by default"
    parser.add_argument("--flow", type=Path, metavar="NEW", help=another)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    config.add_flags(parser, ("data_dir",))


def run(options: argparse.Namespace) -> int:
    """Make the calls again, and tell where they go otherwise.

    Raises:
        WrongUse: a call or its flow is not there, or can't be read.
    """
    beside = options.flow or Path("flows")
    folder = beside if beside.is_dir() else beside.parent
    data: Path = config.load_some(("data_dir",), options, os.environ, folder)["data_dir"]
    try:
        journals = [journal(path) for path in journal_files(options.calls, data)]
        if not journals:
            raise WrongUse(f"{', '.join(options.calls)}: there are no journals (*.jsonl) there")
        if options.flow is None:
            return _again([again(each, as_it_was(each.head, data)) for each in journals], options.format)
        return _elsewhere([_course(each, options.flow, data) for each in journals], options.format)
    except (JournalError, NotKeptError) as error:
        raise WrongUse(error) from None


def _again(replayed: Sequence[Replayed], form: str) -> int:
    if form == "json":
        print(report.as_json(replayed))
    else:
        print("\n\n".join("\n".join(report.dialogue(each)) for each in replayed))
    return FINE if all(each.difference is None for each in replayed) else FINDINGS


def _elsewhere(courses: Sequence[Course], form: str) -> int:
    if form == "json":
        print(report.courses_as_json(courses))
    else:
        print("\n".join(report.courses(courses)))
    return FINDINGS if any(each.verdict == "parts" for each in courses) else FINE


def _course(call: Journal, place: Path, data: Path) -> Course:
    try:
        old = as_it_was(call.head, data)
    except NotKeptError:
        old = None  # Then only what needs no comparison of both flows can be taken from the record.
    return elsewhere(call, _new_flow(call.head, place), old)


def _new_flow(head: Head, place: Path) -> Flow:
    """The flow to make a call on.

    Raises:
        WrongUse: there is none without errors.
    """
    existing_flow_files(place)
    flows = flows_in(place, year_of(head))
    if place.is_dir():
        found = flows.get(head.flow)
        missing = f"{place}: there is no flow “{head.flow}” without errors in this folder"
    else:
        found = next((each for each in flows.values() if each.file == str(place)), None)
        missing = f"{place}: this is no file of a flow without errors"
    if found is None:
        raise WrongUse(f"{missing}; ivr lint {place}")
    return found
