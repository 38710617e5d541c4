"""The operator's webhook hands calls on, and its answers become faults that flows know."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ivr.calls.transfers import Handover, Outcome, Transfers
from ivr.core.values import reference

HANDOVER = Handover("call-1", "+919999999999", "+918000000001", "main", "operator", "SFV_STRM_BI_1")


class Operator:
    """Answers every transfer with the same status and body, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, b""
        self.asked: list[tuple[bytes, dict[str, str]]] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        self.asked.append((head, json.loads(await reader.readexactly(int(length.split(b":")[1])))))
        answer = f"HTTP/1.1 {self.status} X\r\nContent-Type: application/json\r\nContent-Length: {len(self.body)}"
        writer.write(answer.encode() + b"\r\n\r\n" + self.body)
        writer.close()


@pytest_asyncio.fixture
async def operator() -> AsyncIterator[Operator]:
    scripted = Operator()
    async with await asyncio.start_server(scripted.serve, "127.0.0.1", 0) as listening:
        scripted.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/transfer"
        yield scripted


async def outcome(url: str, handover: Handover = HANDOVER) -> Outcome:
    transfers = Transfers(url)
    try:
        return await transfers.transfer(handover, {"DESK": "+918000000009"})
    finally:
        await transfers.aclose()


async def test_the_operator_learns_who_is_to_be_handed_on_to_whom(operator: Operator) -> None:
    assert await outcome(operator.url) == Outcome()
    head, asked = operator.asked[0]
    assert head.startswith(b"POST /transfer HTTP/1.1\r\n")
    assert b"idempotency-key: call-1/transfer/main/operator\r\n" in head.lower()
    assert asked == {
        "call_id": "call-1",
        "stream_id": "SFV_STRM_BI_1",
        "from": "+919999999999",
        "to": "+918000000001",
        "flow": "main",
        "node": "operator",
    }
    await outcome(operator.url, Handover("call-2", "", "sip:desk@example.test", "main", "operator"))
    assert "stream_id" not in operator.asked[1][1]


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (204, b"", None),
        (200, b"{}", None),
        (200, b'["busy"]', None),
        (202, b'{"result": "transferred"}', None),
        (200, b'{"result": "busy"}', "busy"),
        (409, b'{"result": "no_answer"}', "no_answer"),
        (200, b'{"result": "unsupported"}', "unsupported"),
        (200, b'{"result": "failed"}', "unsupported"),
        (200, b'{"result": ["busy"]}', "unsupported"),
        (200, b"{busy", "unsupported"),
        (404, b"", "unsupported"),
        (302, b"", "unsupported"),
        (500, b'{"result": "transferred"}', "unsupported"),
    ],
)
async def test_answers_become_faults(operator: Operator, status: int, body: bytes, fault: str | None) -> None:
    operator.status, operator.body = status, body
    became = await outcome(operator.url)
    assert became.fault == fault
    assert bool(became.message) == (fault is not None)


async def test_an_unknown_result_is_shown_with_what_is_known(operator: Operator) -> None:
    operator.body = json.dumps({"result": "x" * 1000}).encode()
    became = await outcome(operator.url)
    assert became.message == (
        f"transfer_url answered '{'x' * 40}'; expected one of transferred, unsupported, busy, no_answer"
    )


async def test_an_operator_out_of_reach_can_not_transfer() -> None:
    became = await outcome("http://127.0.0.1:1/secret-path")
    assert became == Outcome("unsupported", "transfer_url: no connection to 127.0.0.1 port 1: connection refused")


async def test_a_secret_target_is_filled_in(operator: Operator) -> None:
    handover = Handover("call-1", "", reference("DESK"), "main", "operator")
    await outcome(operator.url, handover)
    assert operator.asked[0][1]["to"] == "+918000000009"
    assert "9999" not in repr(HANDOVER)


async def test_a_call_id_that_no_header_can_carry_is_a_fault(operator: Operator) -> None:
    became = await outcome(operator.url, Handover("a\r\nb", "", "", "main", "operator"))
    assert became.fault == "unsupported"
    assert operator.asked == []
