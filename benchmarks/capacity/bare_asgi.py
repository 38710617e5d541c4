"""The floor under `ivr serve`: the least that can answer the same callers on Hypercorn."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from benchmarks.capacity.script import CHUNK_MS, LEAD_MS, SILENCE_S, messages

MESSAGES = [{"type": "websocket.send", "text": each} for each in messages()]
CHECKPOINT = {"type": "websocket.send", "text": '{"event":"checkpoint","streamId":"S","name":"played"}'}
CLEAR = {"type": "websocket.send", "text": '{"event":"clearAudio","streamId":"S"}'}


async def answer(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    await receive()
    played = asyncio.Event()
    menu = asyncio.create_task(_menu(send, played))
    while (message := await receive())["type"] == "websocket.receive":
        text = message["text"]
        if text.startswith('{"event": "media"'):
            continue
        if text.startswith('{"event": "dtmf"'):
            menu.cancel()
            await send(CLEAR)
            played = asyncio.Event()
            menu = asyncio.create_task(_menu(send, played))
        elif text.startswith('{"event": "playedStream"'):
            played.set()
    menu.cancel()


async def _menu(send: Any, played: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time() - LEAD_MS / 1000
        for number, message in enumerate(MESSAGES, 1):
            if (early := began + number * CHUNK_MS / 1000 - loop.time()) > 0:
                await asyncio.sleep(early)
            await send(message)
        await send(CHECKPOINT)
        await played.wait()
        played.clear()
        await asyncio.sleep(SILENCE_S)


def run(application: Any) -> None:
    """Serve an ASGI application at the port that the command line names, without access log."""
    config = Config()
    config.bind = [f"127.0.0.1:{sys.argv[1]}"]
    config.accesslog = None
    config.loglevel = "WARNING"
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    run(answer)
