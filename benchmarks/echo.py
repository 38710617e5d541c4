"""A bare echo on the server that we use: the floor under every latency."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config


async def echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if '"media"' not in message["text"]:
            await send({"type": "websocket.send", "text": message["text"]})


def main() -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{sys.argv[1]}"]
    config.accesslog = None
    config.loglevel = "WARNING"
    asyncio.run(serve(echo, config))


if __name__ == "__main__":
    main()
