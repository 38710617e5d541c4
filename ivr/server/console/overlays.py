"""What can be laid over the picture of a flow: findings, test coverage, traffic and seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr import overlays
from ivr.calls.records.figures import of_node
from ivr.calls.records.traffic import Traffic
from ivr.calls.store.errors import StoreAway
from ivr.calls.store.sums import summed
from ivr.config import Settings
from ivr.core.flow import Flow
from ivr.document.load import Loaded
from ivr.graph import notes
from ivr.nodes.subflow import involved
from ivr.overlays import Unknowable
from ivr.server.console.board import Board
from ivr.server.console.periods import Period
from ivr.server.console.sources import loaded

MOST = 200
"""Overlays that are kept; older ones are made again."""

NAMES: Mapping[str, str] = {
    "findings": "Findings",
    "coverage": "Test coverage",
    "traffic": "Traffic",
    "times": "Seconds",
}
"""What is offered, with what it is called."""


Made = notes.Overlay | Unknowable
Stamp = tuple[object, ...]
"""What an overlay depends on: as long as it is the same, so is the overlay."""


@dataclass(frozen=True, slots=True)
class Served:
    """One flow with the texts that it was made of, and with what decides how it is served."""

    flow: Flow
    part: Loaded
    settings: Settings
    folder: Path
    """Where its scenarios are."""


class Overlays:
    """The overlays of the board's flows; what takes long is made once, in a thread, one at a time."""

    def __init__(self, board: Board) -> None:
        """Make none yet."""
        self._board = board
        self._kept: dict[Stamp, Made] = {}
        self._one = asyncio.Lock()

    async def over(self, name: str, flow: str, period: Period) -> notes.Overlay:
        """One overlay of `NAMES` of a flow that is served; traffic is that of some days.

        Raises:
            Unknowable: there can't be one.
            KeyError: the flow is not served.
        """
        if name == "traffic":
            return notes.of_traffic(await traffic(self._board, flow, period), self._board.line.flows[flow].nodes)
        served = self._served(flow)
        async with self._one:
            try:
                stamp = await self._stamp(name, served)
                if stamp not in self._kept:
                    self._kept[stamp] = await asyncio.to_thread(_made, MAKERS[name], served)
            except OSError as error:
                raise Unknowable(f"{served.folder} can't be read: {(error.strerror or str(error)).lower()}") from None
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
        made = self._kept[stamp]
        if isinstance(made, Unknowable):
            raise made.with_traceback(None)
        return made

    async def _stamp(self, name: str, served: Served) -> Stamp:
        files = await asyncio.to_thread(_files, served.folder) if name == "coverage" else ()
        return (name, served.flow.id, served.flow.fingerprint, *files)

    def _served(self, flow: str) -> Served:
        line = self._board.line
        return Served(line.flows[flow], loaded(line, flow), self._board.settings, line.folder)


def _made(maker: Callable[[Served], notes.Overlay], served: Served) -> Made:
    try:
        return maker(served)
    except Unknowable as why:
        return why


def _files(folder: Path) -> Stamp:
    """The files of a folder as they are now."""
    found = (folder if folder.is_dir() else folder.parent).glob("*.y*ml")
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in found))


# Made of the flow


def _findings(served: Served) -> notes.Overlay:
    return overlays.of_findings(served.flow, served.part, served.settings.models, served.settings.data_dir)


def _times(served: Served) -> notes.Overlay:
    return overlays.of_times(served.flow, served.part)


def _coverage(served: Served) -> notes.Overlay:
    covered, _ = overlays.of_coverage(served.flow, served.folder)  # Whether they pass is what `ivr test` tells.
    return covered


MAKERS: Mapping[str, Callable[[Served], notes.Overlay]] = {
    "findings": _findings,
    "coverage": _coverage,
    "times": _times,
}


# Made of calls


async def traffic(board: Board, flow: str, period: Period) -> Mapping[str, Traffic]:
    """What calls did at the nodes of a flow in some days, by the node's id.

    Raises:
        Unknowable: nothing is kept of calls, or the store is away.
    """
    line = board.line
    if line.services.store is None:
        raise Unknowable("nothing is kept of calls")
    flows = [each.id for each in line.flows.values() if flow in (other.id for other in involved(each))]
    since, until = period.since.isoformat(), period.until.isoformat()
    try:
        found = await line.services.store.read(
            lambda connection: [each for id in flows for each in summed(connection, since, until, id)]
        )
    except StoreAway as away:
        raise Unknowable(f"the store is away: {away}") from None
    return of_node(found, flow)
