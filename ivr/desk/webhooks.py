"""The requests that SFVoPI makes of a server for each call: what to do with it, and that it is over."""

from __future__ import annotations

import asyncio
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast, get_args
from urllib.parse import quote, urlsplit

from ivr.carriers.codecs import Codec
from ivr.carriers.facts import Direction
from ivr.carriers.sfvopi import StreamDirection
from ivr.desk.errors import Refused, Unreachable
from ivr.media.frame import SAMPLE_RATE

ANSWER_S = 10
"""How long the carrier waits for the answer to its answer webhook, in seconds."""
HANGUP_S = 5
"""The same for the hangup webhook."""
NORMAL_CLEARING = "16"
"""The cause of ITU-T Q.850 for a call that one of the two ended."""

_LONGEST_ANSWER = 64 * 1024
_SHOWN = 300

Status = Literal["COMPLETED", "FAILED"]


@dataclass(frozen=True, slots=True)
class Dialled:
    """A call as the webhooks tell it."""

    call_id: str
    caller: str
    called: str
    direction: Direction
    answered: datetime
    """In UTC."""

    def answer_fields(self) -> dict[str, object]:
        """Make the body of the answer webhook."""
        return {**self._common("IN_PROGRESS"), "answered_at": _written(self.answered)}

    def hangup_fields(self, status: Status, milliseconds: int) -> dict[str, object]:
        """Make the body of the hangup webhook for a call that lasted so long."""
        began = _written(self.answered)
        return {
            **self._common(status),
            "duration": round(milliseconds / 1000),
            "started_at": began,
            "answer_at": began,
            "ended_at": _written(self.answered + timedelta(milliseconds=milliseconds)),
            "hangup_cause": NORMAL_CLEARING,
        }

    def _common(self, status: str) -> dict[str, object]:
        return {
            "call_uuid": self.call_id,
            "from": self.caller,
            "to": self.called,
            "direction": self.direction.upper(),
            "call_status": status,
        }


@dataclass(frozen=True, slots=True)
class StreamOffer:
    """What the server wants done with a call: a stream to it."""

    url: str
    codec: Codec
    direction: StreamDirection


async def answer(server: str, flow: str | None, dialled: Dialled) -> StreamOffer:
    """Ask the server at a URL what to do with a call; without a flow it decides by the number that was called.

    Raises:
        Unreachable: no web server is there.
        Refused: it has no stream for this call.
    """
    path = "/answer" if flow is None else f"/answer/{quote(flow, safe='')}"
    return _offer(await asyncio.to_thread(_post, server, path, dialled.answer_fields(), ANSWER_S))


async def hangup(server: str, dialled: Dialled, status: Status, milliseconds: int) -> bool:
    """Tell the server that a call is over, and whether it took that; the carrier tells it only once."""
    try:
        await asyncio.to_thread(_post, server, "/hangup", dialled.hangup_fields(status, milliseconds), HANGUP_S)
    except (Unreachable, Refused):
        return False
    return True


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _post(server: str, path: str, fields: Mapping[str, object], patience: float) -> bytes:
    if urlsplit(server).scheme not in ("http", "https"):
        raise Unreachable(f"{server!r} is no address of a server: expected one such as http://127.0.0.1:8080")
    request = urllib.request.Request(  # noqa: S310  the scheme is checked
        server.rstrip("/") + path,
        json.dumps(fields).encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )
    # Without a proxy, like the stream: most often the server is on this very machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=patience) as response:
            return cast(bytes, response.read(_LONGEST_ANSWER))
    except urllib.error.HTTPError as refusal:
        raise Refused(f"the server refuses {path} with status {refusal.code}: {_reason(refusal)}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        raise Unreachable(
            f"no server answers at {server} ({why}); start one by `ivr serve DIR`, name another by --url,"
            " or give the file of a flow instead of its id"
        ) from None


def _reason(refusal: urllib.error.HTTPError) -> str:
    """Return what a refusal says, which our own server does in the `error` of a JSON object."""
    text = refusal.read(_LONGEST_ANSWER).decode(errors="replace")
    try:
        return str(json.loads(text)["error"])
    except (ValueError, TypeError, KeyError):
        return text.strip()[:_SHOWN] or refusal.reason


def _offer(body: bytes) -> StreamOffer:
    try:
        document: Any = json.loads(body)
    except ValueError:
        document = None
    match document:
        case {"stream": {"url": str(url), "codec": codec, "sample_rate": rate, **others}}:
            direction: Any = others.get("direction", "BOTH")
        case _:
            shown = body.decode(errors="replace")[:_SHOWN]
            raise Refused(f"the server's answer has no stream with url, codec and sample_rate: {shown}")
    if urlsplit(url).scheme not in ("ws", "wss"):
        raise Refused(f"the server offers a stream at {url!r}: expected ws://… or wss://…")
    if codec not in get_args(Codec) or rate != SAMPLE_RATE or direction not in get_args(StreamDirection):
        raise Refused(
            f"the server offers a stream of {codec}, {rate}, {direction}: the desk has"
            f" {', '.join(get_args(Codec))}, {SAMPLE_RATE}, {', '.join(get_args(StreamDirection))}"
        )
    return StreamOffer(url, codec, direction)
