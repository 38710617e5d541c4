"""What can be laid over the picture of a flow, of what is known without any call: findings, coverage and times."""

from __future__ import annotations

import os
from pathlib import Path

from ivr.core.flow import Flow
from ivr.document.load import Loaded
from ivr.graph import notes

# What makes an overlay is imported by whoever asks for it: that takes a tenth of a second.


class Unknowable(Exception):
    """A flow can't have an overlay; the message says why."""


def of_findings(flow: Flow, loaded: Loaded, models: Path | None, data: Path) -> notes.Overlay:
    """What `ivr lint` tells of a flow, where the operator's speech models and the data directory are these."""
    from ivr import lint
    from ivr.speech.machine import Machine

    machine = Machine.this(models, data, os.environ)
    found = (*loaded.findings, *lint.stream(loaded, machine, files={flow.file}))
    return notes.of_findings(found, loaded.sources[flow.file])


def of_times(flow: Flow, loaded: Loaded) -> notes.Overlay:
    """When callers come to each node.

    Raises:
        Unknowable: no caller comes to this flow but through another.
    """
    from ivr.lint.states.explore import explore
    from ivr.lint.states.times import arrivals

    if flow.is_subflow:
        raise Unknowable("only other flows call a flow with a return, so its calls have no times")
    return notes.of_times(arrivals(explore(flow, loaded.readings, loaded.sources)))


def of_coverage(flow: Flow, folder: Path) -> tuple[notes.Overlay, bool]:
    """What the scenarios of a folder take of a flow, and whether all of them pass.

    Raises:
        Unknowable: there are no scenarios, or they can't be run on this flow.
    """
    from ivr.simulate.results import Round
    from ivr.simulate.suite import SuiteError, gather

    try:
        tried = Round(gather([folder]))
    except SuiteError as error:
        raise Unknowable(str(error)) from None
    results = list(tried.run())
    covered = tried.coverage.get(flow.id)
    if covered is None:
        raise Unknowable("the flow's file has errors by now, so that no scenario can call it")

    def taken(node: str) -> notes.Taken:
        exits, events = covered.exits.at(node), covered.events.at(node)
        names = ([each.name for each in part.missing] for part in (exits, events))
        return notes.Taken(not covered.nodes.at(node).missing, len(exits.written), *map(tuple, names))

    return notes.of_coverage({node: taken(node) for node in flow.nodes}), all(each.passed for each in results)
