"""Serves flows by several workers."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from dataclasses import replace

from ivr.logs import log
from ivr.server.assignment import Assignment
from ivr.server.edition import NotTaken, next_edition
from ivr.server.greeting import greet
from ivr.server.places import Places
from ivr.server.presence import Presence
from ivr.server.sharing import with_prompts
from ivr.server.sheets import directory_of_workers, forget
from ivr.server.sockets import address, reserved_socket
from ivr.server.supervisor import Supervisor

MARGIN_S = 40
"""Seconds that a worker may take to end beyond the time in which calls may go on: longer than all that it waits for."""

logger = logging.getLogger(__name__)


def supervise(assignment: Assignment, work: Callable[[Assignment, Places, int, int, Presence], int]) -> int:
    """Keep workers serving until a signal, say on standard output when all are ready, and give the exit code.

    Args:
        assignment: what is served.
        work: what a worker does, and its exit code: its number comes after the places, then a pipe that closes if
            this process ends.

    Raises:
        OSError: the address can't be used.
    """
    settings = assignment.settings
    places = Places(settings.workers, settings.max_calls, patience=settings.start_timeout)
    with reserved_socket(settings.host, settings.port) as reserved, directory_of_workers(settings.data_dir):
        presence = Presence(settings.data_dir, address(reserved))

        def one(number: int, alive: int) -> int:
            presence.leave_to_parent()
            reserved.close()
            return work(assignment, places, number, alive, presence)

        def load_anew() -> None:
            nonlocal assignment
            try:
                edition = next_edition(assignment.edition, assignment.directory, strict=settings.strict)
            except NotTaken:
                return  # Each worker finds that out too, and logs it.
            except Exception:
                logger.exception("workers that are started later will serve what was served before")
                return
            assignment = replace(assignment, edition=edition)

        def share() -> None:
            nonlocal assignment
            try:
                common = with_prompts(assignment.shared, assignment.edition, settings)
            except Exception:
                logger.exception("a worker reads prompts for itself")
            else:
                assignment = replace(assignment, shared=common)

        supervisor = Supervisor(
            places,
            one,
            ready=lambda: greet(presence, assignment.edition.flows, assignment.directory),
            reload=load_anew,
            stopping=presence.withdraw,
            ending=settings.drain / 1000 + MARGIN_S,
            starting=share,
            ended=forget,
        )
        code = supervisor.run()
    log(logger, logging.INFO, "stopped")
    return code


def tell_supervisor() -> None:
    """Let all workers load the flows anew."""
    os.kill(os.getppid(), signal.SIGHUP)
