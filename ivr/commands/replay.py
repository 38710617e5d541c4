"""`ivr replay`: the decisions of recorded calls, again or on another flow."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ivr import config
from ivr.commands.common import FINDINGS, FINE, WrongUse, existing_flow_files
from ivr.commands.stored import FLOWS, SETTINGS, WHEN, moment, opened
from ivr.core.flow import Flow
from ivr.document.journal import Head, Journal, JournalError
from ivr.replay import report
from ivr.replay.again import Replayed, again
from ivr.replay.elsewhere import Course, elsewhere
from ivr.replay.kept import FlowsOfThen, NotKeptError, flows_in, in_store, journals, year_of

if TYPE_CHECKING:
    from ivr.calls.store.archive import Archive, KeptJournal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    told = "the id of a call, or a journal file, or a folder of these"
    parser.add_argument("calls", nargs="*", metavar="CALL", help=told)
    parser.add_argument("--since", metavar="TIME", help=f"all calls since {WHEN}")
    another = "the flow to make the calls on, or a folder that has flows of the same names; as they were by default"
    parser.add_argument("--flow", type=Path, metavar="NEW", help=another)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    config.add_flags(parser, SETTINGS)


def run(options: argparse.Namespace) -> int:
    """Make the calls again, and tell where they go otherwise.

    Raises:
        WrongUse: a call or its flow is not there, or can't be read.
    """
    beside = options.flow or FLOWS
    try:
        with opened(options, beside if beside.is_dir() else beside.parent) as (archive, data):
            return _replay(options, archive, FlowsOfThen(archive.flow, data))
    except (JournalError, NotKeptError) as error:
        raise WrongUse(error) from None


def _replay(options: argparse.Namespace, archive: Archive, then: FlowsOfThen) -> int:
    found = journals(options.calls, lambda name: _texts(archive.of_call(name)), archive.name)
    if options.since is not None:
        found += in_store(_texts(archive.since(moment(options.since, "--since"))))
    if not found:
        raise WrongUse(_nothing(options, archive.name))
    if options.flow is None:
        return _again([again(each, then.of(each.head)) for each in found], options.format)
    return _elsewhere([_course(each, options.flow, then.of) for each in found], options.format)


def _texts(found: Iterable[KeptJournal]) -> Iterator[tuple[str, str]]:
    return ((each.call, each.text) for each in found)


def _nothing(options: argparse.Namespace, store: str) -> str:
    if options.since is not None:
        return f"no call since {options.since} has a journal in {store}"
    if options.calls:
        return f"{', '.join(options.calls)}: there are no journals (*.jsonl) there"
    return "which calls? Name them by their ids, or all of a time by --since 12h"


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


def _course(call: Journal, place: Path, then: Callable[[Head], Flow]) -> Course:
    try:
        old = then(call.head)
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
