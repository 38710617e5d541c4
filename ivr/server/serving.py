"""Serves a line until it is told to end, and then ends: calls may go on for a while, the rest is handed over."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from collections.abc import Coroutine
from typing import Any

from hypercorn.config import Config

from ivr.calls.wire import GOING_AWAY
from ivr.config import Settings
from ivr.logs import log
from ivr.server.app import Application
from ivr.server.connections import CLOSING_MS, Connections
from ivr.server.line import Line
from ivr.server.metrics import counted
from ivr.server.orders import Orders
from ivr.server.presence import Presence
from ivr.server.sheets import Sheet
from ivr.server.standing import Standing

LOOK_S = 0.25
"""How often a server that is to end looks for another one that has its address too, and for calls that began late."""
BEAT_S = 0.5
SWEEP_S = 2.0
"""How often it is looked for calls whose process is gone."""
TURNS = 4
"""How often meanwhile for those whose end another worker was told of, by the carrier or an operator."""

logger = logging.getLogger(__name__)


async def serve(
    line: Line,
    settings: Settings,
    listener: socket.socket,
    orders: Orders,
    standing: Standing | None = None,
    presence: Presence | None = None,
) -> None:
    """Serve until told to stop, then let calls end within the drain time, and hand over all that is left."""
    standing = standing or Standing()
    connections = await Connections.listen(Application(line, settings, standing), _config(), listener)
    try:
        await orders.stop.wait()
        standing.ending = line.draining = True
        if presence is not None:
            presence.withdraw()
        await _drain(line, settings, orders, standing, connections, presence)
        # Who comes back for a call that is handed over is not to find this server again.
        await connections.stop_listening()
        await _end_calls(line, settings)
    finally:
        for wire in tuple(line.wires):
            wire.close(GOING_AWAY)
        await connections.aclose()


async def beating(line: Line) -> None:
    """Give a sign of life again and again, for a supervisor who starts another worker for one that hangs."""
    while True:
        line.seats.beat()
        await asyncio.sleep(BEAT_S)


async def counting(line: Line, sheet: Sheet) -> None:
    """Write again and again what is counted."""
    while True:
        sheet.write(counted(line))
        await asyncio.sleep(BEAT_S)


async def sweeping(line: Line) -> None:
    """Look again and again for calls that nobody looks after any more, and for those that are over."""
    for turn in itertools.count(1):
        await asyncio.sleep(SWEEP_S / TURNS)
        try:
            for call_id in line.seats.hung_up(call.session.call.id for call in line.calls):
                if (call := line.calls.find(call_id)) is not None:
                    call.hang_up()
            await line.follow_orders()
            if turn % TURNS == 0:
                await line.sweep()
        except Exception:
            logger.exception("calls that nobody looks after can't be looked for")


async def _drain(
    line: Line,
    settings: Settings,
    orders: Orders,
    standing: Standing,
    connections: Connections,
    presence: Presence | None,
) -> None:
    """Wait for calls to end by themselves, also for those that were answered and whose streams are on their way."""
    now = asyncio.get_running_loop().time
    end = now() + settings.drain / 1000
    if len(line.calls):
        log(logger, logging.INFO, "waiting for calls to end", calls=len(line.calls), milliseconds=settings.drain)
    while True:
        if presence is not None and not standing.succeeded and presence.others():
            log(logger, logging.INFO, "another server has the address now", calls=len(line.calls))
            # Who asks on a connection that is there is answered: the stream will open at the other server.
            standing.succeeded, line.draining = True, False
            await connections.stop_listening()
        promised = 0 if standing.succeeded else line.seats.promised
        left = min(LOOK_S, end - now())
        if orders.hurry.is_set() or left <= 0 or not (len(line.calls) or promised):
            return
        await _first(left, orders.hurry.wait(), *(() if promised else (line.calls.wait_until_empty(),)))


async def _end_calls(line: Line, settings: Settings) -> None:
    """End the calls that are left here: others go on with them, or they are hung up where nobody could."""
    store = line.services.store
    code = settings.handover_code if store is not None and store.health.state == "ok" else 0
    told = "call handed over" if code else "call ended by the end of the server"
    leaving = []
    for call in line.calls:
        log(logger, logging.WARNING, told, call=call.session.call.id)
        if code:
            leaving.append(asyncio.create_task(call.hand_over(code)))
        else:
            call.hang_up()
    # What on_hangup does after the last calls has its own limit; streams close meanwhile.
    try:
        async with asyncio.timeout(CLOSING_MS / 1000):
            await line.calls.wait_until_empty()
            for failed in await asyncio.gather(*leaving, return_exceptions=True):
                if failed is not None:
                    logger.error("a call is left behind", exc_info=failed)
    except TimeoutError:
        log(logger, logging.WARNING, "work after calls was cut short", calls=len(line.calls))
    for call in line.calls:
        call.abandon()


async def _first(seconds: float, *events: Coroutine[Any, Any, object]) -> None:
    """Wait until one of these happens, at most so long."""
    tasks = [asyncio.create_task(event) for event in events]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _config() -> Config:
    config = Config()
    config.accesslog = None  # Stream URLs are credentials, and steps are logged anyway.
    config.errorlog = logging.getLogger("hypercorn")
    config.loglevel = "WARNING"
    config.include_server_header = False
    return config
