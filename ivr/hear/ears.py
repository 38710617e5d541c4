"""A recogniser process that hears one clip after the other, and what becomes of it if it dies of one."""

from __future__ import annotations

import contextlib
import subprocess
from types import TracebackType
from typing import Self

from ivr.core.effects import Listen
from ivr.speech.child import command, environment, how_ended
from ivr.speech.ear_messages import HEAD, Attend, Broken, Leave, Ready, Request, Sound, Taken, decode, encode
from ivr.speech.models import Model
from ivr.speech.reports import Report

_MOST_DEATHS = 5
"""A process that ends more often while clips are heard is not started again."""


class DeafError(Exception):
    """No recogniser process can be had; the message says why."""


class Ears:
    """The process that serves calls as well, `ivr.speech.ear`, with one line at a time."""

    def __init__(self, model: Model) -> None:
        """Prepare a process with a model; it starts with the first clip."""
        where = (str(model.directory),) if model.engine == "vosk" else ()
        self._command = command("ivr.speech.ear", "1", model.engine, *where)
        self.process: subprocess.Popen[bytes] | None = None
        """The process while there is one."""
        self._stream = 0
        self._lead = b""
        self._begun = True
        self._deaths = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def begin(self, lead: bytes) -> None:
        """Begin a call on a line, whose noise is heard at first: A-law at 8 kHz."""
        if self.process is not None:
            self._ask(Leave(self._stream))
        self._stream += 1
        self._lead, self._begun = lead, False

    def hear(self, wanted: Listen, audio: bytes) -> tuple[Report, ...]:
        """Listen for something in the next clip of the line, and return what was reported of it.

        A clip of which the process dies gives nothing. DeafError if it can't be started, or dies of too many.
        """
        try:
            if self.process is None:
                self.process = self._started()
            if not self._begun:
                self._ask(Attend(self._stream, wanted))
                self._ask(Sound(self._stream, self._lead))
                self._begun = True
            self._ask(Attend(self._stream, wanted))
            return self._ask(Sound(self._stream, audio))
        except (EOFError, OSError):
            self._deaths += 1
            self._begun = False
            code = self._end()
            if self._deaths > _MOST_DEATHS:
                raise DeafError(f"the recogniser ended {self._deaths} times by itself, at last with {code}") from None
            return ()

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - our own program
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
        )
        try:
            first = _answer(process)
        except EOFError:
            raise DeafError(f"the recogniser can't be started: it ended with {_end(process)}") from None
        if not isinstance(first, Ready):
            _end(process)
            why = first.why if isinstance(first, Broken) else "it said nonsense"
            raise DeafError(f"the recogniser can't be started: {why}")
        return process

    def _ask(self, request: Request) -> tuple[Report, ...]:
        process = self.process
        if process is None or process.stdin is None:
            raise EOFError
        process.stdin.write(encode(request))
        process.stdin.flush()
        answer = _answer(process)
        return answer.reports if isinstance(answer, Taken) else ()

    def _end(self) -> str:
        process, self.process = self.process, None
        return "nothing" if process is None else _end(process)


def _answer(process: subprocess.Popen[bytes]) -> object:
    if process.stdout is None:
        raise EOFError
    head = process.stdout.read(HEAD.size)
    if len(head) < HEAD.size:
        raise EOFError
    (length,) = HEAD.unpack(head)
    body = process.stdout.read(length)
    if len(body) < length:
        raise EOFError
    return decode(body)


def _end(process: subprocess.Popen[bytes]) -> str:
    """End a process, or clean up behind one that has ended, and say how it did."""
    process.kill()
    code = process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what it did not read any more
                pipe.close()
    return how_ended(code)
