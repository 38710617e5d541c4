"""What a process is told by signals, and by the death of its parent."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, field

KEPT_BACK = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
"""Signals that the supervisor takes one by one, and that a worker gets only once it can follow them."""


@dataclass(slots=True)
class Orders:
    """What a serving process is to do; nothing is taken back."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Take no new calls, let those that go on end, and end."""
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    """Let no call go on."""
    reload: asyncio.Event = field(default_factory=asyncio.Event)
    """Load the flows anew; cleared by whoever does so."""

    def follow_signals(self) -> None:
        """Follow a person, or whatever manages services: a second signal to stop ends the process at once."""

        def stop() -> None:
            if self.stop.is_set():
                os._exit(1)
            self.stop.set()

        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload.set)

    def follow_parent(self, alive: int) -> None:
        """Follow the supervisor, and end without it: `alive` is a pipe that closes with it.

        What a terminal sends to all its processes comes from the supervisor as well.
        """
        loop = asyncio.get_running_loop()

        def orphaned() -> None:
            loop.remove_reader(alive)
            self.hurry.set()
            self.stop.set()

        loop.add_reader(alive, orphaned)
        loop.add_signal_handler(signal.SIGTERM, self.stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload.set)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, KEPT_BACK)
