"""`ivr graph`: draws a flow."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ivr import config, overlays
from ivr.calls.records.figures import of_node
from ivr.commands.common import FINE, SPEECH_SETTINGS, WrongUse, one_flow, speech_settings
from ivr.commands.stored import SETTINGS, USUAL, WHEN, days_since, moment, opened
from ivr.core.flow import Flow
from ivr.document.load import Loaded
from ivr.graph import notes
from ivr.graph.mermaid import MOST_ARROWS, MOST_CHARACTERS, as_mermaid, too_big
from ivr.graph.picture import picture
from ivr.graph.svg import as_svg
from ivr.overlays import Unknowable

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
    """Draw the flow.

    Raises:
        WrongUse: it can't be drawn, or not with what is to be laid over it.
    """
    flow, loaded = one_flow(options.flow)
    asked = dict.fromkeys(name for names in options.overlay for name in names)
    try:
        laid_over = [OVERLAYS[name](flow, loaded, options) for name in asked]
    except Unknowable as why:
        raise WrongUse(f"{flow.file}: {why}") from None
    what = picture(flow, loaded.sources[flow.file])
    drawn = FORMATS[options.format](what, laid_over)
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
    return overlays.of_findings(flow, loaded, *speech_settings(options, options.flow.parent))


def _times(flow: Flow, loaded: Loaded, _: argparse.Namespace) -> notes.Overlay:
    return overlays.of_times(flow, loaded)


def _coverage(flow: Flow, _: Loaded, options: argparse.Namespace) -> notes.Overlay:
    folder = options.flow.parent
    covered, passed = overlays.of_coverage(flow, folder)
    if not passed:
        print(f"ivr graph: not all scenarios pass; ivr test {folder}", file=sys.stderr)
    return covered


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
