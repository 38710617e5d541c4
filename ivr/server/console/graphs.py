"""The pages of the graphs: each flow as callers come by it, and what is known of its nodes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from quart import Blueprint, Response, jsonify, render_template, request
from quart.typing import ResponseReturnValue

from ivr.calls.records.record import CallRecord
from ivr.calls.records.traffic import Traffic
from ivr.calls.store.records import record
from ivr.core.flow import Flow
from ivr.document.finding import available, did_you_mean, quoted
from ivr.graph.notes import MARK, Overlay
from ivr.graph.svg import style
from ivr.graph.words import universal, way
from ivr.overlays import Unknowable
from ivr.server.console.board import Board
from ivr.server.console.numbers import percent, seconds
from ivr.server.console.overlays import NAMES, Overlays, traffic
from ivr.server.console.periods import LENGTHS, Period, PeriodError, period, today
from ivr.server.console.pictures import Pictures, told_of
from ivr.server.console.sources import loaded, section

SCOPE = "svg[data-flow] "
"""What the rules of pictures are for on pages, whose own classes have the same names."""
USUAL = "findings,traffic"
"""The overlays of a page that asks for none."""


class _NotFound(Exception):
    """There is no such flow, node or overlay; the message says what there is."""


def add(site: Blueprint, board: Board) -> None:
    """Add the pages to the console."""
    pages = _Pages(board)
    site.add_url_rule("/graph.css", "graph_style", _style)
    site.add_url_rule("/graph", "graphs", pages.flows)
    site.add_url_rule("/graph/<flow>", "graph", pages.flow)
    site.add_url_rule("/graph/<flow>.svg", "graph_picture", pages.picture)
    site.add_url_rule("/graph/<flow>/notes", "graph_notes", pages.notes)
    site.add_url_rule("/graph/<flow>/node", "graph_node", pages.node)
    site.register_error_handler(_NotFound, _not_found)
    site.register_error_handler(PeriodError, _not_found)


def _sentence(why: Unknowable) -> str:
    text = str(why)
    return f"{text[:1].upper()}{text[1:]}."


async def _style() -> Response:
    return Response(style(SCOPE), content_type="text/css; charset=utf-8")


async def _not_found(error: Exception) -> ResponseReturnValue:
    status = 404 if isinstance(error, _NotFound) else 400
    if request.accept_mimetypes.accept_html:
        return await render_template("console/unknown.html", why=str(error), back=_back()), status
    return jsonify({"error": str(error)}), status


def _back() -> str:
    """The page without what could not be understood."""
    return request.path if request.args else request.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class _Step:
    """One visit of a node by a recorded call."""

    place: str
    at: int
    exit: str


class _Pages:
    """What the routes answer."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._pictures, self._overlays = Pictures(board), Overlays(board)

    async def flows(self) -> str:
        """All flows that are served."""
        line = self._board.line
        flows = [each for _, each in sorted(line.flows.items())]
        errors = [each for each in line.findings if each.severity == "error"]
        return await render_template("console/graphs.html", flows=flows, errors=errors)

    async def flow(self, flow: str) -> str:
        """One flow with its picture, if that is there soon; what is laid over it comes later."""
        there, days = self._flow(flow), self._days()
        drawn = await self._pictures.soon(flow)
        call = await self._call(request.args.get("call"))
        steps = [] if call is None else list(_steps(call, flow))
        return await render_template(
            "console/graph.html",
            flow=there,
            flows=sorted(self._board.line.flows),
            drawn=drawn,
            boxes=told_of(there, loaded(self._board.line, flow)),
            overlays=NAMES,
            chosen=self._chosen(USUAL),
            days=days,
            lengths=LENGTHS,
            asked=request.args.get("call"),
            call=call,
            steps=steps,
            path=json.dumps([each.place for each in steps]),
        )

    async def picture(self, flow: str) -> Response:
        """The picture alone, for pages that have the style."""
        self._flow(flow)
        over = [each for name in self._chosen("") if (each := await self._over(name, flow)) is not None]
        return Response(await self._pictures.drawn(flow, over), content_type="image/svg+xml; charset=utf-8")

    async def notes(self, flow: str) -> Response:
        """All that an overlay says, by node, and by key of the flow; or why there is none."""
        self._flow(flow)
        names = self._chosen("")
        found: dict[str, object] = {}
        for name in names:
            try:
                found[name] = _told(await self._overlays.over(name, flow, self._days()))
            except Unknowable as why:
                found[name] = {"why": _sentence(why)}
        return jsonify(found)

    async def node(self, flow: str) -> str:
        """One node: its lines in the file, and what calls did there."""
        there = self._flow(flow)
        name = request.args.get("node", "")
        is_node = bool(name)
        name = name or request.args.get("key", "")
        source = loaded(self._board.line, flow).sources[there.file]
        part = section(source, name, is_node=is_node)
        if part is None:
            known = there.nodes if is_node else source.value or {}
            raise _NotFound(_no("node" if is_node else "key", name, known))
        days = self._days()
        passed, why = await self._passed(flow, name, days) if is_node else (None, None)
        return await render_template(
            "console/node.html",
            flow=there,
            name=name,
            node=there.nodes.get(name) if is_node else None,
            part=part,
            days=days,
            passed=passed,
            ways=_ways(there, name) if is_node else {},
            why=why,
            percent=percent,
            seconds=seconds,
        )

    async def _passed(self, flow: str, node: str, days: Period) -> tuple[Traffic | None, str | None]:
        """What calls did at a node, or why that is not known."""
        try:
            return (await traffic(self._board, flow, days)).get(node), None
        except Unknowable as why:
            return None, _sentence(why)

    async def _over(self, name: str, flow: str) -> Overlay | None:
        try:
            return await self._overlays.over(name, flow, self._days())
        except Unknowable:
            return None  # `notes` tells why.

    async def _call(self, wanted: str | None) -> CallRecord | None:
        store = self._board.line.services.store
        if wanted is None or store is None:
            return None
        return await store.read(lambda connection: record(connection, wanted))

    def _flow(self, flow: str) -> Flow:
        flows = self._board.line.flows
        if flow not in flows:
            raise _NotFound(_no("flow", flow, sorted(flows)))
        return flows[flow]

    def _days(self) -> Period:
        return period(request.args, today(self._board.line.flows.values()))

    def _chosen(self, otherwise: str) -> tuple[str, ...]:
        """The overlays that are asked for."""
        names = [name for name in request.args.get("overlay", otherwise).split(",") if name]
        for name in names:
            if name not in NAMES:
                raise _NotFound(
                    f"there is no overlay “{name}”{did_you_mean(name, NAMES)}; there are {available(NAMES)}"
                )
        return tuple(dict.fromkeys(names))


def _ways(flow: Flow, node: str) -> Mapping[str, tuple[str, str]]:
    """What makes callers take each exit of a node, also those that the flow gives it, and where it leads."""
    there = flow.nodes[node]
    own = {out.name: (way(there, out, flow), out.target) for out in there.exits()}
    given = {
        f"universals.{place}": (universal(each, flow), each.next)
        for place, each in enumerate(flow.universals)
        if each.next is not None
    }
    if flow.on_failure is not None:
        given["on_failure"] = "attempts used up", flow.on_failure
    if flow.on_error is not None:
        given["on_error"] = "error", flow.on_error
    return given | own


def _no(what: str, name: str, known: Iterable[str]) -> str:
    return f"there is no {what} {quoted(name)}{did_you_mean(name, known)}; there are {available(known)}"


def _told(overlay: Overlay) -> Mapping[str, Mapping[str, list[str]]]:
    """The lines of all notes: nodes and keys of the flow may have the same names."""
    nodes = {key: [*(note.lines or (note.badge,))] for key, note in overlay.items() if not key.startswith(MARK)}
    keys = {key[1:]: [*(note.lines or (note.badge,))] for key, note in overlay.items() if key.startswith(MARK)}
    return {"nodes": nodes, "keys": keys}


def _steps(call: CallRecord, flow: str) -> Iterator[_Step]:
    """The visits of a call as the picture of a flow has them: of the flow it began on, or of one of its subflows."""
    within = f"{flow}/"
    for leg in call.path:
        if call.flow == flow:
            yield _Step(leg.place, leg.at, leg.exit)
        elif leg.place.startswith(within):
            yield _Step(leg.place.removeprefix(within), leg.at, leg.exit)
