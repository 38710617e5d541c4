"""What is typed into a terminal, key by key as it comes, or written into a pipe or file, line by line."""

from __future__ import annotations

import asyncio
import codecs
import os
import termios
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

_CHUNK = 4096


class Typing:
    """The text that arrives at a file descriptor, until its end or `finish`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def chunk(self) -> str:
        """Wait for the next piece, most often a single key; empty at the end."""
        while piece := await self._arrived.get():
            if text := self._decoder.decode(piece):
                return text
        return ""

    async def lines(self) -> AsyncIterator[str]:
        """Give whole lines as they come; the last one may lack its end."""
        rest = b""
        while piece := await self._arrived.get():
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line.decode(errors="replace")
        if rest:
            yield rest.decode(errors="replace")

    def arrive(self, piece: bytes) -> None:
        """Take a piece; an empty one is the end."""
        self._arrived.put_nowait(piece)

    def finish(self) -> None:
        """Expect nothing more than what has arrived already."""
        self.arrive(b"")


@asynccontextmanager
async def typed_at(descriptor: int) -> AsyncIterator[Typing]:
    """Read a file descriptor without blocking; a terminal gives single keys, and is restored in the end."""
    typing = Typing()
    with _single_keys(descriptor), _watched(descriptor, typing):
        yield typing


@contextmanager
def _single_keys(descriptor: int) -> Iterator[None]:
    """Let a terminal hand on each key at once, unseen; anything else is left as it is."""
    if not os.isatty(descriptor):
        yield
        return
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _watched(descriptor: int, typing: Typing) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def read() -> bool:
        try:
            piece = os.read(descriptor, _CHUNK)
        except OSError:
            piece = b""  # The terminal is gone.
        if not piece:
            loop.remove_reader(descriptor)
        typing.arrive(piece)
        return bool(piece)

    try:
        loop.add_reader(descriptor, read)
    except OSError:
        # epoll takes no ordinary file, nor /dev/null; they never block.
        while read():
            pass
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
