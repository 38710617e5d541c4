"""`ivr serve`: answers calls."""

from __future__ import annotations

import argparse
import gc
import os
import signal
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ivr import config, logs
from ivr.commands.common import WrongUse, explain, served_flows, speaking

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from ivr.server.assignment import Assignment
    from ivr.server.places import Places
    from ivr.server.presence import Presence


FAST = ("picows", "uvloop")
"""What streams are read with where they are read fast; neither is needed else."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="the folder of the flows")
    config.add_flags(parser, [setting.name for setting in config.SETTINGS])


def run(options: argparse.Namespace) -> int:
    """Serve until told to end."""
    from ivr.server.assignment import Assignment
    from ivr.server.edition import first_edition

    settings, loaded = served_flows(options)
    if settings.media == "fast" and not all(map(find_spec, FAST)):
        raise WrongUse(f"--media fast needs {' and '.join(FAST)}: pip install 'ivr[fast]'")
    logs.set_up(settings.log_format)
    assignment = Assignment(first_edition(loaded), settings, os.environ, options.directory)
    if settings.workers > 1:
        if not hasattr(signal, "sigtimedwait"):
            raise WrongUse("this system can't keep several workers going: leave out --workers")
        # Workers are ready at once, and take less memory, where all that serves was imported before they are forked;
        # to import it starts no thread, which would not survive that.
        import ivr.server.run  # noqa: F401 - as above
        from ivr.server.fleet import supervise
        from ivr.server.sharing import shared

        common = shared(assignment.edition, settings, os.environ)
        # To look for garbage in it would write into its memory, and each worker would have its own.
        gc.freeze()
        return supervise(replace(assignment, shared=common), _work)
    from ivr.server.run import run as serve_alone

    return speaking(serve_alone(assignment), _event_loop(settings))


def _work(assignment: Assignment, places: Places, number: int, alive: int, presence: Presence) -> int:
    """Serve as one of several workers."""
    from ivr.server.fleet import tell_supervisor
    from ivr.server.run import work

    try:
        working = work(assignment, places, number, alive, presence, tell_supervisor)
        return speaking(working, _event_loop(assignment.settings))
    except (WrongUse, OSError) as error:
        return explain("serve", error)


def _event_loop(settings: config.Settings) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loop of who serves; None for asyncio's own."""
    if settings.media == "plain":
        return None
    import uvloop

    return uvloop.new_event_loop
