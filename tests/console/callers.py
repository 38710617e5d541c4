"""Calls that a test holds by hand, as a carrier would, while a browser looks at them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from websockets.sync.client import ClientConnection, connect

STREAM = "s1"
TO = "+918000000001"


@dataclass(frozen=True, slots=True)
class Held:
    """A call that goes on."""

    id: str
    """The carrier's id of the call."""
    socket: ClientConnection

    def press(self, key: str) -> None:
        """Press a key."""
        self.socket.send(json.dumps({"event": "dtmf", "streamId": STREAM, "dtmf": {"digit": key}}))

    def ends(self) -> None:
        """Wait until the server ends the call."""
        for _ in self.socket:
            pass


@contextmanager
def calling(url: str, flow: str, caller: str) -> Iterator[Held]:
    """Call a flow, and hang up at the end of the block."""
    id = str(uuid.uuid4())
    fields = {"call_uuid": id, "from": caller, "to": TO, "direction": "INBOUND", "call_status": "IN_PROGRESS"}
    answer = httpx.post(f"{url}/answer/{flow}", json=fields)
    with connect(answer.json()["stream"]["url"], max_size=None) as socket:
        socket.send(json.dumps({"event": "start", "streamId": STREAM, "callId": id}))
        yield Held(id, socket)
