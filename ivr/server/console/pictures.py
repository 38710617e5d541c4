"""The drawn pictures of the flows that are served, each drawn once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

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


class Pictures:
    """Pictures of the board's flows as parts of pages."""

    def __init__(self, board: Board) -> None:
        """Draw none yet."""
        self._board = board
        self._drawn: dict[str, str] = {}
        """Pictures without overlays, by the fingerprint of their flow; the oldest one first."""

    async def drawn(self, flow: str, overlays: Sequence[Overlay]) -> str:
        """The picture of a flow that is served; KeyError if it is not.

        A big one takes half a second, in a thread, so that calls go on.
        """
        part, there = loaded(self._board.line, flow), self._board.line.flows[flow]
        if overlays:
            return await asyncio.to_thread(_draw, there, part, overlays)
        if there.fingerprint not in self._drawn:
            self._drawn[there.fingerprint] = await asyncio.to_thread(_draw, there, part, ())
            if len(self._drawn) > MOST:
                del self._drawn[next(iter(self._drawn))]
        return self._drawn[there.fingerprint]


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
