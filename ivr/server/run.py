"""Serves flows until it is told to end: alone, or as one of several workers."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import socket
import threading
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from ivr.logs import log
from ivr.server.assignment import Assignment
from ivr.server.building import progress_bar
from ivr.server.greeting import greet
from ivr.server.metrics import counted
from ivr.server.opening import line
from ivr.server.orders import Orders
from ivr.server.places import Places, Seats
from ivr.server.precautions import precautions
from ivr.server.presence import Presence
from ivr.server.reload import Reloading, watch
from ivr.server.serving import beating, counting, serve, sweeping
from ivr.server.sheets import directory_of_workers, sheet
from ivr.server.sockets import address, listening_socket
from ivr.server.standing import Standing

LEAVING_S = 15.0
"""How long it may take to leave all behind once calls and connections have ended."""

logger = logging.getLogger(__name__)

Done = TypeVar("Done")


async def run(assignment: Assignment) -> int:
    """Serve flows until a signal, and say on standard output when it is ready.

    Raises:
        OSError: the address or the data directory can't be used.
        StoreError: the store of calls can't be used.
        RenderError: speech can't be synthesised.
    """
    settings = assignment.settings
    places = Places(1, settings.max_calls, patience=settings.start_timeout)
    with listening_socket(settings.host, settings.port) as listener, directory_of_workers(settings.data_dir):
        presence = Presence(settings.data_dir, address(listener))
        orders = Orders()
        orders.follow_signals()

        def ready() -> None:
            places.ready(0)
            greet(presence, assignment.edition.flows, assignment.directory)

        await _serve(assignment, listener, orders, places.mine(0), presence, ready, orders.reload.set)
    log(logger, logging.INFO, "stopped")
    return 0


async def work(
    assignment: Assignment, places: Places, number: int, alive: int, presence: Presence, tell: Callable[[], None]
) -> int:
    """Serve as one of several workers until told so; `alive` is a pipe that closes with the supervisor.

    `tell` is called when files have changed, which one worker watches for all.

    Raises:
        OSError, StoreError, RenderError: as `run`.
    """
    orders = Orders()
    orders.follow_parent(alive)
    host, _, port = presence.address.rpartition(":")
    with listening_socket(host.strip("[]"), int(port)) as listener:
        ready = functools.partial(places.ready, number)
        await _serve(assignment, listener, orders, places.mine(number), presence, ready, tell, number)
    log(logger, logging.INFO, "worker stopped", worker=number)
    return 0


async def _serve(
    assignment: Assignment,
    listener: socket.socket,
    orders: Orders,
    seats: Seats,
    presence: Presence,
    ready: Callable[[], None],
    changed: Callable[[], None],
    number: int = 0,
) -> None:
    settings, edition = assignment.settings, assignment.edition
    async with AsyncExitStack() as stack:
        progress = None if number else progress_bar()
        starting = line(assignment, seats, progress)
        served = await _unless(orders.stop, stack.enter_async_context(starting))
        if served is None:
            return
        for warning in () if number else precautions(edition.flows, settings, served.env):
            log(logger, logging.WARNING, warning)
        standing = Standing()
        reloading = Reloading(served, standing, edition, settings, assignment.directory)
        lasting = (reloading.follow(orders), sweeping(served), beating(served))
        tasks = [asyncio.create_task(each) for each in lasting]
        if (counts := sheet(number)) is not None:
            tasks.append(asyncio.create_task(counting(served, counts)))
        if settings.watch and not number:
            tasks.append(asyncio.create_task(watch(assignment.directory, changed)))
        ready()
        try:
            await serve(served, settings, listener, orders, standing, presence)
        finally:
            _end_in_time()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if counts is not None:
                counts.write(counted(served))
                counts.close()


def _end_in_time() -> None:
    """Let nothing keep the process from its end: not even a thread, for which Python would wait for ever."""

    def too_late() -> None:
        log(logger, logging.ERROR, "the process did not end in time")
        os._exit(1)

    timer = threading.Timer(LEAVING_S, too_late)
    timer.daemon = True
    timer.start()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, Done]) -> Done | None:
    """The result of some work; None if the event came first, and the work is cancelled."""
    working, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, stopped):
            task.cancel()
        await asyncio.wait((working, stopped))
