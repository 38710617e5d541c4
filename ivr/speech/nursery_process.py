"""The processes that load models, and those that they fork, as seen by who asks them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
from asyncio import StreamReader, StreamWriter

from ivr.speech.child import command, environment, how_ended
from ivr.speech.ear_messages import HEAD, Answer, Gone, Request, decode, encode

_END_SECONDS = 2.0
"""For a process to end that is asked nothing any more."""


class Forked:
    """A recogniser process that was forked by another one than this."""

    def __init__(self, answers: StreamReader, requests: StreamWriter) -> None:
        """Take over one end of a connection at whose other end the process is, or will be."""
        self.pid = 0
        """Its process id; 0 until it has said it."""
        self._answers = answers
        self._requests = requests
        self._code: int | None = None
        self._asked_all = False

    @property
    def end(self) -> str:
        """How it ended, once it has."""
        return "it is unknown how" if self._code is None else how_ended(self._code)

    def ask(self, request: Request) -> bool:
        """Ask something; False if it can't be asked any more."""
        if self._asked_all or self._requests.is_closing():
            return False
        self._requests.write(encode(request))
        return True

    async def answer(self) -> Answer | Request:
        """The next answer.

        Raises:
            IncompleteReadError, ConnectionError: there is none any more.
            ValueError: it is nonsense.
        """
        (length,) = HEAD.unpack(await self._answers.readexactly(HEAD.size))
        answer = decode(await self._answers.readexactly(length))
        if isinstance(answer, Gone):
            self._code = answer.code
        return answer

    def ask_no_more(self) -> None:
        """Let it end by itself."""
        if not self._asked_all and not self._requests.is_closing():
            self._requests.write_eof()
        self._asked_all = True

    def kill(self) -> None:
        """End it at once: it holds nothing that could be lost."""
        if self._code is None and self.pid and not self._answers.at_eof():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        elif not self.pid:
            self._requests.close()

    async def stop(self) -> None:
        """Wait a while for it to end, end it if it does not, and clean up behind it."""
        self.ask_no_more()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone(), _END_SECONDS)
        self.kill()
        if self._code is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone(), _END_SECONDS)
        self._requests.close()
        with contextlib.suppress(OSError):
            await self._requests.wait_closed()

    async def _gone(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while self._code is None:
                await self.answer()


class Nursery:
    """A process that has loaded a model, to fork recogniser processes: for this process, and for those it forks.

    Where it was started before workers were forked, all of them share it. Should it end by itself, whoever wants a
    recogniser next starts another one for itself.
    """

    def __init__(self, arguments: tuple[str, ...]) -> None:
        """Prepare it with the arguments of `ivr.speech.ear`; it is not started."""
        self._arguments = arguments
        self._orders: socket.socket | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        """The one that takes orders comes last."""
        self._parent = os.getpid()

    def start(self) -> None:
        """Start it, and don't wait until it is ready; OSError if it can't be."""
        self.leave()
        if self._parent != os.getpid():
            self._parent, self._processes = os.getpid(), []
        self._orders, theirs = socket.socketpair()
        with theirs:
            program = command("ivr.speech.nursery", *self._arguments)
            self._processes.append(
                subprocess.Popen(  # noqa: S603 - our own program
                    program, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment()
                )
            )

    async def forked(self) -> Forked:
        """Have a process forked, which says later that it is ready, or why it can't be; OSError if there is none."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._order(theirs)
            except OSError:  # it has ended
                self.start()
                self._order(theirs)
        return Forked(*await asyncio.open_unix_connection(sock=ours))

    def leave(self) -> None:
        """Want no more of it: it ends once nobody does; `forked` would start another one."""
        orders, self._orders = self._orders, None
        if orders is not None:
            orders.close()

    async def aclose(self) -> None:
        """Want no more of it, and end it at once if it is ours."""
        self.leave()
        if self._parent == os.getpid():
            for process in self._processes:
                process.kill()
                await asyncio.to_thread(process.wait)
            self._processes.clear()

    def _order(self, connection: socket.socket) -> None:
        if self._orders is None:
            raise BrokenPipeError
        socket.send_fds(self._orders, [b"\0"], [connection.fileno()])
