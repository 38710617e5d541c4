"""The page of the softphone, with which a browser calls a flow: it is carrier, telephone and caller at once."""

from __future__ import annotations

import functools
import uuid
from datetime import UTC, datetime
from urllib.parse import quote

from quart import Blueprint, jsonify, redirect, render_template, request
from quart.typing import ResponseReturnValue

from ivr.calls.records.record import CallRecord
from ivr.calls.store.records import record_of_call
from ivr.carriers.facts import AnswerRequest
from ivr.carriers.lenient import phone_number
from ivr.carriers.sfvopi import answer_document
from ivr.core.flow import Flow
from ivr.server.console.board import Board
from ivr.server.console.words import ended
from ivr.server.stream import PREFIX

CALLER = "+919999999999"
"""The number that calls, unless another is told."""
KEYPAD = ("123A", "456B", "789C", "*0#D")
"""ITU-T Q.23."""


def add(site: Blueprint, board: Board) -> None:
    """Add the page to the console."""
    page = functools.partial(_page, board)
    site.add_url_rule("/softphone", "softphone", page)
    site.add_url_rule("/softphone/<flow>", "softphone_of", page)
    site.add_url_rule("/softphone/<flow>", "softphone_call", functools.partial(_call, board), methods=["POST"])
    site.add_url_rule("/softphone/record/<call>", "softphone_record", functools.partial(_record, board))


async def _page(board: Board, flow: str | None = None) -> ResponseReturnValue:
    flows = _flows(board)
    known = flow is None or flow in (each.id for each in flows)
    default = next((each.id for each in flows if each.default), None)
    shown = await render_template(
        "console/softphone.html",
        flows=flows,
        chosen=flow if known and flow else default,
        unknown="" if known else flow,
        caller=CALLER,
        keypad=KEYPAD,
    )
    return shown, 200 if known else 404


def _flows(board: Board) -> list[Flow]:
    """Those that can be called."""
    return [flow for _, flow in sorted(board.line.flows.items()) if not flow.is_subflow]


async def _call(board: Board, flow: str) -> ResponseReturnValue:
    """Answer a call as the answer webhook does; the stream is where the page is, whatever the public URL is."""
    line, told = board.line, await request.get_json(silent=True)
    called = line.flows[flow].numbers[:1] if flow in line.flows else ()
    asked = AnswerRequest(
        call_id=str(uuid.uuid4()),
        caller=phone_number(told.get("from")) if isinstance(told, dict) else "",
        called=called[0] if called else "",
        direction="inbound",
        status="IN_PROGRESS",
        request_id="",
        answered_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
    url = f"{PREFIX}{line.answer(asked, flow)}"
    return jsonify({"call_id": asked.call_id, **answer_document(url, line.services.stream)})


async def _record(board: Board, call: str) -> ResponseReturnValue:
    """Lead to the record of a call; tell scripts why it ended, or nothing as long as that is not written."""
    record = await _kept(board, call)
    if not request.accept_mimetypes.accept_html:
        over = record is not None and record.ended is not None
        return jsonify(
            {"why": ended(record.reason, record.ended_by), "node": record.ended_by} if record and over else {}
        )
    if record is None:
        return await render_template("console/softphone_record.html"), 404
    return redirect(f"/console/calls/{quote(record.record, safe='')}", 303)


async def _kept(board: Board, call: str) -> CallRecord | None:
    store = board.line.services.store
    return None if store is None else await store.read(lambda connection: record_of_call(connection, call))
