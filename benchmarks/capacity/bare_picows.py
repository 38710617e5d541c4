"""The floor under `ivr serve --media fast`: the least that can answer the same callers on picows."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from benchmarks.capacity.script import CHUNK_MS, LEAD_MS, SILENCE_S, messages

MESSAGES = [each.encode() for each in messages()]
CHECKPOINT = b'{"event":"checkpoint","streamId":"S","name":"played"}'
CLEAR = b'{"event":"clearAudio","streamId":"S"}'
MEDIA, KEY, PLAYED = b'{"event": "media"', b'{"event": "dtmf"', b'{"event": "playedStream"'


class Call(WSListener):
    """One call: the menu as timers, of which one is set at any moment."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            if frame.msg_type == WSMsgType.CLOSE:
                transport.disconnect()
            return
        message = frame.get_payload_as_memoryview()
        if message[: len(MEDIA)] == MEDIA:
            return
        if message[: len(KEY)] == KEY:
            transport.send(WSMsgType.TEXT, CLEAR)
            self._play()
        elif message[: len(PLAYED)] == PLAYED:
            self._later(self._loop.time() + SILENCE_S, self._play)
        else:
            self._play()

    def on_ws_disconnected(self, _: WSTransport) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _later(self, when: float, what: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(when, what)

    def _play(self) -> None:
        self._began, self._sent = self._loop.time() - LEAD_MS / 1000, 0
        self._go_on()

    def _go_on(self) -> None:
        while self._sent < len(MESSAGES):
            due = self._began + (self._sent + 1) * CHUNK_MS / 1000
            if due > self._loop.time():
                self._later(due, self._go_on)
                return
            self._transport.send(WSMsgType.TEXT, MESSAGES[self._sent])
            self._sent += 1
        self._transport.send(WSMsgType.TEXT, CHECKPOINT)


def _call(_: WSUpgradeRequest) -> WSListener:
    return Call()


async def _main(port: int) -> None:
    server = await ws_create_server(_call, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop if sys.argv[2:] == ["uvloop"] else None) as runner:
        runner.run(_main(int(sys.argv[1])))
