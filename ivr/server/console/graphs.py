"""The pages of the graphs: each flow as callers come by it, and what is known of its nodes."""

from __future__ import annotations

import functools

from quart import Blueprint, Response, jsonify
from quart.typing import ResponseReturnValue

from ivr.document.finding import available, did_you_mean
from ivr.graph.svg import style
from ivr.server.console.board import Board
from ivr.server.console.pictures import Pictures

SCOPE = "svg[data-flow] "
"""What the rules of pictures are for on pages, whose own classes have the same names."""


def add(site: Blueprint, board: Board) -> None:
    """Add the page to the console."""
    pictures = Pictures(board)
    site.add_url_rule("/graph.css", "graph_style", _style)
    site.add_url_rule("/graph/<flow>.svg", "graph_picture", functools.partial(_picture, board, pictures))


async def _style() -> Response:
    return Response(style(SCOPE), content_type="text/css; charset=utf-8")


async def _picture(board: Board, pictures: Pictures, flow: str) -> ResponseReturnValue:
    """The picture alone, for pages that have the style."""
    if flow not in board.line.flows:
        return jsonify({"error": _unknown(board, flow)}), 404
    return Response(await pictures.drawn(flow, ()), content_type="image/svg+xml; charset=utf-8")


def _unknown(board: Board, flow: str) -> str:
    known = sorted(board.line.flows)
    return f"there is no flow “{flow}”{did_you_mean(flow, known)}; there are {available(known)}"
