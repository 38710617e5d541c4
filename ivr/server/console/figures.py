"""The page of figures: what calls of some days came to, as pictures, as tables and as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from quart import Blueprint, Response, render_template, request
from quart.typing import ResponseReturnValue

from ivr.calls.records import tables
from ivr.calls.records.figures import Figures, figures
from ivr.calls.store.sums import summed
from ivr.document.finding import available, did_you_mean, quoted
from ivr.server.console import drawings
from ivr.server.console.board import Board
from ivr.server.console.drawings import Asked
from ivr.server.console.numbers import percent, seconds
from ivr.server.console.periods import LENGTHS, period, today
from ivr.server.console.stores import the_store
from ivr.server.console.words import OUTCOMES

TABLES: Mapping[tables.Name, str] = {
    "days": "calls by day and flow",
    "flows": "calls by flow",
    "ends": "why calls ended",
    "goals": "goals",
    "goal_days": "goals by day",
    "nodes": "nodes",
    "attempts": "nodes by attempt",
    "exits": "exits",
}
"""What can be taken away as CSV, and what it is called."""

MOST_ROWS = 200
"""Days and flows whose numbers stand in the page: CSV has all."""


def add(site: Blueprint, board: Board) -> None:
    """Add the page to the console, and its tables."""
    pages = _Pages(board)
    site.add_url_rule("/figures", "figures", pages.page)
    site.add_url_rule("/figures/<name>.csv", "figures_csv", pages.csv)


class _Pages:
    """What the routes answer."""

    def __init__(self, board: Board) -> None:
        self._board = board

    async def page(self) -> str:
        asked = self._asked()
        found = await self._found(asked)
        of_flow = found.flows[0] if len(found.flows) == 1 else None
        return await render_template(
            "console/figures.html",
            asked=asked,
            lengths=LENGTHS,
            flows=sorted({*self._board.line.flows, *(each.flow for each in found.flows)}),
            found=found,
            day_rows=found.days[: -MOST_ROWS - 1 : -1],
            of_flow=of_flow,
            served=found.served,
            calls=drawings.calls(found, asked),
            flow_bars=drawings.by_flow(found),
            goals=drawings.goals(found, asked),
            funnel=drawings.funnel(of_flow, asked) if of_flow else [],
            misses=drawings.misses(of_flow, asked) if of_flow else [],
            lookups=drawings.lookups(found, asked),
            outcomes=OUTCOMES,
            tables=TABLES,
            percent=percent,
            seconds=seconds,
        )

    async def csv(self, name: str) -> ResponseReturnValue:
        """One table of the same figures."""
        wanted = next((each for each in tables.NAMES if each == name), None)
        if wanted is None:
            text = f"there is no table {quoted(name)}{did_you_mean(name, tables.NAMES)}; there are "
            return Response(f"{text}{available(tables.NAMES)}\n", 404, content_type="text/plain; charset=utf-8")
        asked = self._asked()
        lines = tables.as_csv(await self._found(asked), wanted)
        parts = (wanted, asked.flow, asked.days.since.isoformat(), asked.days.until.isoformat())
        file = "-".join(filter(None, parts))
        headers = {"Content-Disposition": f'attachment; filename="{file}.csv"'}
        return Response("".join(lines), headers=headers, content_type="text/csv; charset=utf-8")

    def _asked(self) -> Asked:
        """What the address asks for.

        Raises:
            PeriodError: its days are none.
        """
        flows = self._board.line.flows
        flow = request.args.get("flow") or None
        of = [each for each in flows.values() if flow in (None, each.id)]
        days = period(request.args, today(of))
        zones = {each.zone for each in of}
        fields = {**days.fields, **({"flow": flow} if flow else {})}
        return Asked(flow, days, zones.pop() if len(zones) == 1 else None, urlencode(fields), frozenset(flows))

    async def _found(self, asked: Asked) -> Figures:
        """The figures, made where they are read, so that calls go on."""
        since, until = asked.days.since.isoformat(), asked.days.until.isoformat()
        store = the_store(self._board)
        return await store.read(lambda connection: figures(summed(connection, since, until, asked.flow)))
