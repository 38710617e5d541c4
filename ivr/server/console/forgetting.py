"""The page on which all that is kept of a caller is deleted."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass

from quart import Blueprint, render_template, request
from quart.typing import ResponseReturnValue

from ivr.calls.recordings import delete_of
from ivr.calls.store.records import deleted
from ivr.server.console.board import Board
from ivr.server.console.stores import the_store


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted."""

    calls: int
    recordings: int
    fault: str
    """Why a recording could not be deleted; empty where all of them were."""


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
    calls, recordings, fault = 0, 0, ""
    while tokens := await the_store(board).change(lambda connection: deleted(connection, number)):
        calls += len(tokens)
        try:
            recordings += await asyncio.to_thread(delete_of, board.line.services.recordings, tokens)
        except OSError as error:
            fault = str(error.strerror)
    done = Forgotten(calls, recordings, fault)
    return await render_template("console/forget.html", number=number, done=done, trouble="")
