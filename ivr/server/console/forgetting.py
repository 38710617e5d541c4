"""The page on which all that is kept of a caller is deleted."""

from __future__ import annotations

import functools

from quart import Blueprint, render_template, request
from quart.typing import ResponseReturnValue

from ivr.calls.store.forgetting import Forgotten, StillThere, forgotten
from ivr.server.console.board import Board
from ivr.server.console.stores import the_store


def add(site: Blueprint, board: Board) -> None:
    """Add the page to the console."""
    site.add_url_rule("/calls/forget", "forgetting", _page, methods=["GET"])
    site.add_url_rule("/calls/forget", "forget", functools.partial(_forget, board), methods=["POST"])


async def _page() -> str:
    number = request.args.get("number", "")
    return await render_template("console/forget.html", number=number, done=None, trouble="")


async def _forget(board: Board) -> ResponseReturnValue:
    fields = await request.form
    number = fields.get("number", "").strip()
    if not any(each.isalnum() for each in number) or fields.get("sure") != "yes":
        trouble = "Say whose calls, and that you are sure."
        return await render_template("console/forget.html", number=number, done=None, trouble=trouble), 400
    done, trouble = Forgotten(), ""
    recordings = board.line.services.recordings
    try:
        while some := await the_store(board).change(lambda connection: forgotten(connection, number, recordings)):
            done += some
    except StillThere as error:
        trouble = str(error)
    return await render_template("console/forget.html", number=number, done=done, trouble=trouble)
