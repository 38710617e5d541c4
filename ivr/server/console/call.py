"""The page of one call: what became of it, its way, what was said and why, and its decisions made again."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path

from quart import Blueprint, render_template, request, send_file
from quart.typing import ResponseReturnValue

from ivr.calls.recordings import files_of
from ivr.calls.records.record import CallRecord
from ivr.calls.store.flows import kept_flow
from ivr.calls.store.page import storable
from ivr.calls.store.records import journal_of
from ivr.calls.store.records import record as record_of
from ivr.server.console.board import Board
from ivr.server.console.paths import FULL, visits
from ivr.server.console.replaying import Verdict, verdict
from ivr.server.console.stores import the_store
from ivr.server.console.transcripts import transcript
from ivr.server.console.words import LOOKS, OUTCOMES, ended


def add(site: Blueprint, board: Board) -> None:
    """Add the page to the console."""
    one_by_one = asyncio.Lock()
    site.add_url_rule("/calls/<record>", "call", functools.partial(_page, board, one_by_one))
    site.add_url_rule("/calls/<record>/recordings/<name>", "recording", functools.partial(_recording, board))


async def _page(board: Board, one_by_one: asyncio.Lock, record: str) -> ResponseReturnValue:
    id = storable(record)
    found, lines = await the_store(board).read(
        lambda connection: (record_of(connection, id), transcript(journal_of(connection, id)))
    )
    if found is None:
        return await render_template("console/missing.html", record=record), 404
    wants_replay = "replay" in request.args
    return await render_template(
        "console/call.html",
        call=found,
        lines=lines,
        visits=visits(found),
        full=FULL,
        recordings=await asyncio.to_thread(_names, board.line.services.recordings, found.token),
        kept=board.settings.keep_journals > 0,
        served=found.flow in board.line.flows,
        verdict=await _verdict(board, one_by_one, found) if wants_replay else None,
        outcome=OUTCOMES[found.outcome] if found.outcome else "",
        look=LOOKS[found.outcome] if found.outcome else "",
        ended=ended(found.reason, found.ended_by),
    )


async def _verdict(board: Board, one_by_one: asyncio.Lock, call: CallRecord) -> Verdict:
    text, kept = await the_store(board).read(
        lambda connection: (journal_of(connection, call.record), kept_flow(connection, call.fingerprint))
    )
    async with one_by_one:  # It computes for as long as it takes, and calls go on beside it.
        return await asyncio.to_thread(verdict, text, kept, board.settings.data_dir)


async def _recording(board: Board, record: str, name: str) -> ResponseReturnValue:
    """The audio of a recording of a call."""
    found = await the_store(board).read(lambda connection: record_of(connection, storable(record)))
    folder = board.line.services.recordings
    # A name is looked for among those that there are: none leads out of the folder.
    if found is None or name not in await asyncio.to_thread(_names, folder, found.token):
        return await render_template("console/missing.html", record=record), 404
    return await send_file(folder / name, mimetype="audio/wav", conditional=True, cache_timeout=0)


def _names(folder: Path, token: str) -> list[str]:
    """The files of what a caller recorded in a call, in order; none where they are not on this machine."""
    return [path.name for path in files_of(folder, (token,))]
