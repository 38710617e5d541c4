"""A process that loads a speech model once, and forks recogniser processes that share its memory.

It is started as `python -m ivr.speech.nursery LISTENERS vosk MODEL_DIR` or `… LISTENERS sphinx` by
`ivr.speech.nursery_process`, with a socket as its standard input. Each byte that comes there brings a connection, and
each connection gets a process of its own, which is an `ivr.speech.ear` at the other end of it. Nothing in a model
changes once it is loaded, so that all of them read the same pages of memory.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ivr.speech.child import serving
from ivr.speech.ear import Streams, listen, made, request
from ivr.speech.ear_messages import HEAD, Broken, Gone, encode


def main(arguments: Sequence[str]) -> None:
    """Fork a process for each connection until standard input ends: then nobody wants another one."""
    # What ends its parent does not end it: callers may be listened to until their calls have ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    orders = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    nursery = Nursery(made(arguments), orders)
    # To look for garbage would write into each object, and take its page out of the shared memory.
    gc.freeze()
    while nursery.turn():
        pass


@dataclass(frozen=True, slots=True)
class Forked:
    """A process that lives, and the connection that it serves."""

    pid: int
    connection: socket.socket


class Nursery:
    """What is loaded, and the processes that were forked."""

    def __init__(self, streams: Streams | Broken, orders: socket.socket) -> None:
        """Fork for those who send connections to `orders`."""
        self._streams = streams
        self._orders = orders
        self._forked: dict[int, Forked] = {}
        """By a pipe whose other end only the process has: it closes with it."""

    def turn(self) -> bool:
        """Wait for the next orders and ends of processes, and see to them; False once there will be no more orders."""
        poll = select.poll()
        for number in (self._orders.fileno(), *self._forked):
            poll.register(number, select.POLLIN)
        for number, _ in poll.poll():
            if number in self._forked:
                self._bury(number)
            elif not self._take_order():
                return False
        return True

    def _take_order(self) -> bool:
        order, connections, _, _ = socket.recv_fds(self._orders, 1, 1)
        for connection in connections:
            self._serve(socket.socket(fileno=connection))
        return bool(order)

    def _serve(self, connection: socket.socket) -> None:
        """Fork a process for a connection, or say there why not."""
        if isinstance(self._streams, Broken):
            _tell(connection, self._streams)
            return
        lives, dies = os.pipe()
        try:
            pid = os.fork()
        except OSError as error:  # the machine is short of something
            os.close(lives)
            _tell(connection, Broken(str(error)))
        else:
            if not pid:
                self._be_an_ear(self._streams, connection, lives)
            self._forked[lives] = Forked(pid, connection)
        finally:
            os.close(dies)

    def _be_an_ear(self, streams: Streams, connection: socket.socket, lives: int) -> None:
        try:
            # Whoever waits for the end of another process would wait for that of this one too.
            for number in (lives, *self._forked):
                os.close(number)
            for other in self._forked.values():
                other.connection.close()
            self._orders.close()
            for standard in (sys.stdin, sys.stdout):
                os.dup2(connection.fileno(), standard.fileno())
            connection.close()
            listen(streams, *serving(HEAD, request), os.getpid())
        finally:
            os._exit(1)

    def _bury(self, number: int) -> None:
        """Tell how a process ended."""
        os.close(number)
        forked = self._forked.pop(number)
        _, status = os.waitpid(forked.pid, 0)
        _tell(forked.connection, Gone(os.waitstatus_to_exitcode(status)))


def _tell(connection: socket.socket, last: Broken | Gone) -> None:
    """Say the last that is said on a connection, if anybody is there to hear it."""
    with connection, contextlib.suppress(OSError):
        connection.setblocking(False)
        connection.sendall(encode(last))


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)
