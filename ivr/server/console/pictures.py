"""The drawn pictures of the flows that are served, each drawn once."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping, Sequence

from ivr.core.flow import Flow
from ivr.document.load import Loaded
from ivr.graph.notes import Overlay
from ivr.graph.picture import Box, picture
from ivr.graph.svg import as_part
from ivr.nodes.subflow import Subflow, involved
from ivr.server.console.board import Board
from ivr.server.console.sources import loaded

MOST = 50
"""Pictures that are kept."""
SOON_S = 0.15
"""How long a page waits for its picture: that of a flow of a hundred nodes is there by then."""


class Pictures:
    """Pictures of the board's flows as parts of pages; they are drawn in threads, so that calls go on."""

    def __init__(self, board: Board) -> None:
        """Draw none yet."""
        self._board = board
        self._drawn: dict[Hashable, asyncio.Task[str]] = {}
        """By what decides how they look; the one that was asked for first comes first."""

    async def drawn(self, flow: str, overlays: Sequence[Overlay]) -> str:
        """The picture of a flow that is served, with what is laid over it; KeyError if it is not."""
        return await asyncio.shield(self._drawing(flow, overlays))

    async def soon(self, flow: str) -> str | None:
        """The picture without overlays, if it is there soon; it goes on being drawn if not. KeyError as above."""
        done, _ = await asyncio.wait((self._drawing(flow, ()),), timeout=SOON_S)
        return next((each.result() for each in done), None)

    def _drawing(self, flow: str, overlays: Sequence[Overlay]) -> asyncio.Task[str]:
        part, there = loaded(self._board.line, flow), self._board.line.flows[flow]
        looks = (flow, there.fingerprint, *(frozenset(each.items()) for each in overlays))
        if looks not in self._drawn:
            self._drawn[looks] = asyncio.create_task(asyncio.to_thread(_draw, there, part, overlays))
            if len(self._drawn) > MOST:
                del self._drawn[next(iter(self._drawn))]
        return self._drawn[looks]


def told_of(flow: Flow, part: Loaded) -> tuple[Box, ...]:
    """The nodes of a flow as its picture has them."""
    return tuple(box for box in picture(flow, part.sources[flow.file]).boxes if box.is_node)


def _draw(flow: Flow, part: Loaded, overlays: Sequence[Overlay]) -> str:
    return as_part(picture(flow, part.sources[flow.file]), overlays, behind(flow))


def behind(flow: Flow) -> Mapping[str, tuple[str, ...]]:
    """The flows that each node of a flow leads into, by the node's id: a call in one of them is at this node."""
    return {
        node.id: tuple(each.id for each in involved(flow.flow(node.flow)))
        for node in flow.nodes.values()
        if isinstance(node, Subflow)
    }
