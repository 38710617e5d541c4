"""A process that listens to many callers through one speech model, for as long as its parent lives.

It is started as `python -m ivr.speech.ear LISTENERS vosk MODEL_DIR` or `… LISTENERS sphinx`, or forked by
`ivr.speech.nursery`. What a native library does to itself there costs a phrase, and no call.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, Never, assert_never

from ivr.core.effects import Listen
from ivr.speech.child import place, serving
from ivr.speech.ear_messages import HEAD, Answer, Attend, Broken, Leave, Ready, Request, Sound, Taken, decode, encode
from ivr.speech.engine import Engine, Recogniser
from ivr.speech.listener import Listener
from ivr.speech.reports import Deaf

FAILED = "the recogniser failed"


def main(arguments: Sequence[str]) -> None:
    """Serve requests from standard input until it ends, and answer on standard output; return if broken."""
    requests, outgoing = serving(HEAD, request)
    streams = made(arguments)
    if isinstance(streams, Broken):
        _answer(outgoing, streams)
        return
    listen(streams, requests, outgoing)


def made(arguments: Sequence[str]) -> Streams | Broken:
    """Load the engine that the arguments of the program name."""
    listeners, *engine = arguments
    try:
        return Streams(_engine(engine), int(listeners))
    except Exception as error:
        # Whatever the reason, it concerns the model and no caller, and the operator has to know it.
        return Broken(f"{type(error).__name__}: {error}")


def listen(streams: Streams, requests: SimpleQueue[Request], outgoing: BinaryIO, pid: int = 0) -> Never:
    """Say that this process is ready, and do what is asked for ever."""
    _answer(outgoing, Ready(pid))
    while True:
        _answer(outgoing, streams.take(requests.get()))


class Streams:
    """The callers that are listened to, and the recognisers that wait for others."""

    def __init__(self, engine: Engine, listeners: int) -> None:
        """Make so many recognisers, so that no caller waits until one is made."""
        self._engine = engine
        self._idle = [engine.recogniser() for _ in range(listeners)]
        self._open: dict[int, _Stream] = {}

    def take(self, asked: Request) -> Taken:
        """Do what is asked; what fails costs one stream one phrase, or what it listens for."""
        match asked:
            case Attend(stream, wanted):
                return self._attend(stream, wanted)
            case Sound(stream, audio):
                return self._hear(stream, audio)
            case Leave(stream):
                return self._leave(stream)
            case _:
                assert_never(asked)

    def _attend(self, number: int, wanted: Listen) -> Taken:
        try:
            if number not in self._open:
                self._open[number] = _Stream(self._idle.pop() if self._idle else self._engine.recogniser())
            self._open[number].attend(wanted)
        except Exception as error:  # of whatever library stands behind the engine
            self._open.pop(number, None)  # with its recogniser, whose state is unknown
            return Taken((Deaf(FAILED),), place(error))
        return Taken()

    def _hear(self, number: int, audio: bytes) -> Taken:
        stream = self._open.get(number)
        if stream is None:  # it has failed
            return Taken()
        try:
            return Taken(stream.listener.hear(audio))
        except Exception as error:  # as above
            fault = place(error)
        try:
            stream.begin_anew()
        except Exception:  # the first fault says enough
            del self._open[number]
            return Taken((Deaf(FAILED),), fault)
        return Taken((), fault)

    def _leave(self, number: int) -> Taken:
        stream = self._open.pop(number, None)
        if stream is None:
            return Taken()
        try:
            stream.listener.stop()
        except Exception as error:  # as above
            return Taken((), place(error))
        self._idle.append(stream.recogniser)
        return Taken()


class _Stream:
    """One caller, who is listened to from the first `attend` on."""

    def __init__(self, recogniser: Recogniser) -> None:
        self.recogniser = recogniser
        self.listener = Listener(recogniser)
        self._wanted: Listen | None = None

    def attend(self, wanted: Listen) -> None:
        self._wanted = wanted
        self.listener.listen(wanted)

    def begin_anew(self) -> None:
        self.listener.stop()
        if self._wanted is not None:
            self.listener.listen(self._wanted)


def _engine(arguments: Sequence[str]) -> Engine:
    """Load an engine; no process has to have the libraries of the other one."""
    match arguments:
        case ["vosk", directory]:
            from ivr.speech.vosk_engine import VoskEngine

            return VoskEngine(Path(directory))
        case ["sphinx"]:
            from ivr.speech.sphinx_engine import SphinxEngine

            return SphinxEngine()
        case _:
            raise ValueError(f"no engine: {' '.join(arguments)!r}; there are 'vosk MODEL_DIR' and 'sphinx'")


def request(message: bytes) -> Request:
    """Read a request; ValueError if it is none."""
    match decode(message):
        case Attend() | Sound() | Leave() as asked:
            return asked
        case answer:
            raise ValueError(f"no request: {answer}")


def _answer(outgoing: BinaryIO, answer: Answer) -> None:
    outgoing.write(encode(answer))
    outgoing.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(1)  # the thread that reads would not let an orderly end come to its end
