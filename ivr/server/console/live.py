"""The page of the calls that go on: where each is, what is said in it, and how to end it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from quart import Blueprint, jsonify, redirect, render_template, request
from quart.typing import ResponseReturnValue

from ivr.calls.clock import wall_clock
from ivr.calls.records.record import CallRecord
from ivr.calls.store.errors import StoreAway
from ivr.calls.store.going import Going
from ivr.calls.store.records import journal_of
from ivr.calls.store.records import record as record_of
from ivr.server.console.board import Board
from ivr.server.console.going import GoingCalls
from ivr.server.console.transcripts import Transcript, transcript
from ivr.server.console.words import ended
from ivr.server.line import Line

MOST_CALLS = 200
"""So many calls are listed."""


@dataclass(frozen=True, slots=True)
class Number:
    """One of the numbers at the top."""

    name: str
    value: str
    look: str = ""
    """The class of what it says: good, warn or bad."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The call whose transcript is shown."""

    record: CallRecord
    transcript: Transcript

    @property
    def ended(self) -> str:
        """Why it is over; empty while it goes on."""
        return "" if self.record.ended is None else ended(self.record.reason, self.record.ended_by)


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows."""

    now: int
    """The server's time."""
    numbers: tuple[Number, ...]
    calls: tuple[Going, ...]
    more: int
    """Calls beyond those."""
    chosen: Chosen | None
    away: str
    """Why the store can't be asked; empty where it can."""


def add(site: Blueprint, board: Board) -> None:
    """Add the page to the console."""
    going = GoingCalls(board.line.services.store)
    site.add_url_rule("/", "live", functools.partial(_page, board, going))
    site.add_url_rule("/live.json", "live_news", functools.partial(_news, board, going))
    site.add_url_rule("/live/hang-up", "hang_up", functools.partial(_hang_up, board), methods=["POST"])


async def _page(board: Board, going: GoingCalls) -> str:
    view = await _view(board, going, request.args.get("call", ""), 0)
    return await render_template(
        "console/live.html",
        view=view,
        kept=board.settings.keep_journals > 0,
        wanted=request.args.get("call", ""),
        told=request.args.get("told", ""),
    )


async def _news(board: Board, going: GoingCalls) -> ResponseReturnValue:
    """The same for the page's own code, with what is new in a transcript `after` a line of its journal."""
    after = request.args.get("after", 0, type=int)
    view = await _view(board, going, request.args.get("call", ""), max(after, 0))
    return jsonify(
        {
            "now": view.now,
            "numbers": [asdict(each) for each in view.numbers],
            "calls": [asdict(each) for each in view.calls],
            "more": view.more,
            "chosen": None if view.chosen is None else _told_of(view.chosen),
            "away": view.away,
        }
    )


async def _view(board: Board, going: GoingCalls, wanted: str, after: int) -> View:
    calls: list[Going] = []
    chosen, away = None, ""
    try:
        calls = await going.now()
        chosen = await _chosen(board, wanted, after) if wanted else None
    except StoreAway as error:
        away = str(error)
    listed, more = tuple(calls[:MOST_CALLS]), max(len(calls) - MOST_CALLS, 0)
    return View(wall_clock(), tuple(_numbers(board.line, away)), listed, more, chosen, away)


async def _chosen(board: Board, wanted: str, after: int) -> Chosen | None:
    """The call that was asked for; None if there is none.

    Raises:
        StoreAway: that can't be known now.
    """
    store = board.line.services.store
    if store is None:
        return None
    found, lines = await store.read(
        # Taken apart in the store's thread: the event loop has calls to serve.
        lambda connection: (record_of(connection, wanted), transcript(journal_of(connection, wanted), after))
    )
    return None if found is None else Chosen(found, lines)


def _numbers(line: Line, away: str) -> Iterator[Number]:
    """What `/health/ready` tells, for people."""
    seats, services = line.seats, line.services
    calls = seats.total - seats.promised
    yield Number("Calls now", f"{calls} of {seats.limit}", "warn" if calls >= seats.limit else "")
    workers = seats.workers
    complete = workers.ready >= workers.wanted and not seats.failing
    yield Number("Workers", f"{workers.ready} of {workers.wanted}", "" if complete else "bad")
    loads = {} if services.ears is None else services.ears.loads
    for language, load in sorted(loads.items()):
        full = load.listening >= load.limit
        yield Number(f"Recognisers, {language}", f"{load.listening} of {load.limit}", "warn" if full else "")
    if not loads:
        yield Number("Recognisers", "none: keys only")
    health = None if services.store is None else services.store.health
    fine = health is not None and health.state == "ok" and not away
    yield Number("Store", "ok" if fine else "away", "good" if fine else "bad")


def _told_of(chosen: Chosen) -> dict[str, Any]:
    record, lines = chosen.record, chosen.transcript
    return {
        "record": record.record,
        "caller": record.caller,
        "flow": record.flow,
        "ended": chosen.ended,
        "transcript": asdict(lines),
    }


async def _hang_up(board: Board) -> ResponseReturnValue:
    """End a call for its caller, whichever process has it."""
    by_code = request.is_json
    fields = (await request.get_json(silent=True) or {}) if by_code else await request.form
    record, call_id = str(fields.get("record", "")), str(fields.get("call", ""))
    goes_on = await _hung_up(board.line, record, call_id)
    if not by_code:
        told = urlencode({"call": record, "told": "ordered" if goes_on else "over"})
        return redirect(f"/console/?{told}", 303)
    return jsonify({}) if goes_on else (jsonify({"error": "this call is over already"}), 404)


async def _hung_up(line: Line, record: str, call_id: str) -> bool:
    """Hang a call up here, or let its owner do it; False if it does not go on.

    Raises:
        StoreAway: its owner can't be told now.
    """
    if (driver := line.calls.find(call_id)) is not None:
        if driver.over:
            return False  # What is left to do after the call is done.
        driver.hang_up("operator")
        return True
    store = line.services.store
    return store is not None and await store.order_hang_up(record)
