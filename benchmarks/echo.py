"""A bare echo on the server that we use: the floor under every latency."""

from __future__ import annotations

from typing import Any

from benchmarks.capacity.bare_asgi import run


async def echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if '"media"' not in message["text"]:
            await send({"type": "websocket.send", "text": message["text"]})


if __name__ == "__main__":
    run(echo)
