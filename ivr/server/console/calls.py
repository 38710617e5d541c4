"""The page of all calls that are kept: searched, read, taken away as CSV, and deleted."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator

from quart import Blueprint, Response, render_template, request
from quart.typing import ResponseReturnValue

from ivr.calls.records.export import PAGE, records_as_csv
from ivr.calls.records.record import CallRecord
from ivr.calls.store.asked import Asked
from ivr.calls.store.records import Wanted, flows_of, found, number_of
from ivr.server.console import call, forgetting
from ivr.server.console.board import Board
from ivr.server.console.searches import Place, Search, SearchError, search
from ivr.server.console.stores import the_store
from ivr.server.console.words import LOOKS, OUTCOMES

SHOWN = 50
"""Calls of a page."""


def add(site: Blueprint, board: Board) -> None:
    """Add the page to the console, and those of one call and of deletion."""
    site.add_url_rule("/calls", "calls", functools.partial(_page, board))
    site.add_url_rule("/calls.csv", "calls_csv", functools.partial(_csv, board))
    forgetting.add(site, board)
    call.add(site, board)


async def _page(board: Board) -> ResponseReturnValue:
    store = the_store(board)
    trouble = ""
    try:
        asked = _asked()
    except SearchError as error:
        asked, trouble = search({}, []), str(error)
    records, total, flows = await store.read(
        lambda connection: (
            found(connection, asked.wanted, SHOWN + 1, asked.before),
            number_of(connection, asked.wanted),
            flows_of(connection),
        )
    )
    shown = records[:SHOWN]
    page = await render_template(
        "console/calls.html",
        search=asked,
        fields=request.args if trouble else asked.fields,
        trouble=trouble,
        records=shown,
        total=total,
        older=asked.older(shown[-1]) if len(records) > SHOWN else "",
        flows=sorted({*flows, *board.line.flows}),
        goals=sorted({goal for flow in board.line.flows.values() for goal in flow.goals}),
        outcomes=OUTCOMES,
        looks=LOOKS,
    )
    return page, 400 if trouble else 200


def _asked() -> Search:
    return search(request.args, request.args.getlist("before"))


async def _csv(board: Board) -> ResponseReturnValue:
    """All calls of a search, the newest first."""
    store = the_store(board)
    try:
        wanted = _asked().wanted
    except SearchError as error:
        return Response(f"{error}\n", 400, content_type="text/plain; charset=utf-8")
    lines = _lines(store, wanted, *await _some(store, wanted, None))
    response = Response(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="calls.csv"'
    response.timeout = None  # However long it takes: only a page of it is in memory.
    return response


async def _lines(store: Asked, wanted: Wanted, text: str, last: Place | None) -> AsyncIterator[bytes]:
    yield text.encode()
    while last is not None:
        text, last = await _some(store, wanted, last)
        yield text.encode()


async def _some(store: Asked, wanted: Wanted, before: Place | None) -> tuple[str, Place | None]:
    """A page of the CSV, with a header where it is the first one, and its last call; made in the store's thread."""

    def lines(records: list[CallRecord]) -> tuple[str, Place | None]:
        header, *rest = records_as_csv(records)
        last = (records[-1].began, records[-1].record) if records else None
        return "".join([header, *rest] if before is None else rest), last

    return await store.read(lambda connection: lines(found(connection, wanted, PAGE, before)))
