"""`ivr graph`: draws a flow."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ivr import config, lint
from ivr.calls.records.figures import of_node
from ivr.commands.common import FINE, SPEECH_SETTINGS, WrongUse, one_flow, speech_settings
from ivr.commands.stored import SETTINGS, USUAL, WHEN, days_since, moment, opened
from ivr.core.flow import Flow
from ivr.document.load import Loaded
from ivr.graph import notes
from ivr.graph.mermaid import MOST_ARROWS, MOST_CHARACTERS, as_mermaid, too_big
from ivr.graph.picture import picture
from ivr.graph.svg import as_svg
from ivr.lint.states.explore import explore
from ivr.lint.states.times import arrivals
from ivr.simulate.coverage import Coverage
from ivr.simulate.results import Round
from ivr.simulate.suite import SuiteError, gather
from ivr.speech.machine import Machine

FORMATS = {"mermaid": as_mermaid, "svg": as_svg}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("flow", type=Path, metavar="FLOW", help="the file of a flow")
    parser.add_argument(
        "--format", choices=FORMATS, default="mermaid", help="mermaid for a README, svg for a page; mermaid by default"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there; to the terminal by default")
    parser.add_argument(
        "--overlay",
        action="append",
        type=_overlays,
        default=[],
        metavar="|".join(OVERLAYS),
        help="what else to show at the nodes; may be given again, or several with commas",
    )
    since = f"traffic from the day of {WHEN} on; by default {USUAL}"
    parser.add_argument("--since", metavar="TIME", default=USUAL, help=since)
    config.add_flags(parser, tuple(dict.fromkeys((*SPEECH_SETTINGS, *SETTINGS))))


def run(options: argparse.Namespace) -> int:
    """Draw the flow."""
    flow, loaded = one_flow(options.flow)
    asked = dict.fromkeys(name for names in options.overlay for name in names)
    overlays = [OVERLAYS[name](flow, loaded, options) for name in asked]
    what = picture(flow, loaded.sources[flow.file])
    drawn = FORMATS[options.format](what, overlays)
    if options.format == "mermaid" and too_big(what, drawn):
        limits = f"{MOST_ARROWS} arrows or {MOST_CHARACTERS:,} characters"
        print(f"ivr graph: Mermaid draws no more than {limits}; --format svg draws all of it", file=sys.stderr)
    if options.output:
        options.output.write_text(drawn, encoding="utf-8", newline="\n")
    else:
        print(drawn, end="")
    return FINE


def _overlays(text: str) -> tuple[str, ...]:
    """The names of overlays, between commas."""
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in OVERLAYS:
            raise argparse.ArgumentTypeError(f"there is no “{name}”; there are: {', '.join(OVERLAYS)}")
    return names


def _findings(flow: Flow, loaded: Loaded, options: argparse.Namespace) -> notes.Overlay:
    """What `ivr lint` tells of the flow."""
    machine = Machine.this(*speech_settings(options, options.flow.parent), os.environ)
    found = (*loaded.findings, *lint.stream(loaded, machine, files={flow.file}))
    return notes.of_findings(found, loaded.sources[flow.file])


def _times(flow: Flow, loaded: Loaded, _: argparse.Namespace) -> notes.Overlay:
    """When callers come to each node.

    Raises:
        WrongUse: no caller comes to this flow but through another.
    """
    if flow.is_subflow:
        raise WrongUse(f"{flow.file}: only other flows call a flow with a return, so its calls have no times")
    return notes.of_times(arrivals(explore(flow, loaded.readings, loaded.sources)))


def _coverage(flow: Flow, _: Loaded, options: argparse.Namespace) -> notes.Overlay:
    """What the scenarios of the flow's folder take of it.

    Raises:
        WrongUse: there are no scenarios.
    """
    try:
        tried = Round(gather([options.flow.parent]))
    except SuiteError as error:
        raise WrongUse(error) from None
    results = list(tried.run())
    if not all(each.passed for each in results):
        print(f"ivr graph: not all scenarios pass; ivr test {options.flow.parent}", file=sys.stderr)
    covered = tried.coverage[flow.id]
    return notes.of_coverage({node: _taken(covered, node) for node in flow.nodes})


def _taken(covered: Coverage, node: str) -> notes.Taken:
    exits, events = covered.exits.at(node), covered.events.at(node)
    names = ([each.name for each in part.missing] for part in (exits, events))
    reached = not covered.nodes.at(node).missing
    return notes.Taken(reached, len(exits.written), *map(tuple, names))


def _traffic(flow: Flow, _: Loaded, options: argparse.Namespace) -> notes.Overlay:
    """What calls did at each node.

    Raises:
        WrongUse: the store can't be used, or `--since` is no time.
    """
    first, last = days_since(moment(options.since, "--since"))
    with opened(options, options.flow.parent) as (archive, _data):
        from ivr.calls.store.sums import summed

        # Of all flows: this one may have been the subflow of others.
        found = of_node(archive.read(lambda connection: summed(connection, first, last)) or (), flow.id)
        if not found:
            print(f"ivr graph: no call of {flow.id} since {first} is counted in {archive.name}", file=sys.stderr)
    return notes.of_traffic(found, flow.nodes)


OVERLAYS = {"coverage": _coverage, "findings": _findings, "times": _times, "traffic": _traffic}
"""What can be laid over a picture, by name."""
