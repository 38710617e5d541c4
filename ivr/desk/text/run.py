"""A call in the terminal without audio and without a server: lines are typed, and time passes only when it is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

from ivr.core.flow import Flow
from ivr.desk.errors import DeskError
from ivr.desk.screen import Screen
from ivr.desk.text.call import TextCall
from ivr.desk.text.save import NotKept, check
from ivr.desk.text.setting import Wishes, beside, setting
from ivr.desk.text.talk import Keeping, Talk

FINE, FAILED, WRONG_USE = 0, 1, 2
PROMPT = "> "


def run(
    flow: Flow,
    wishes: Wishes,
    keeping: Keeping,
    *,
    why: bool = False,
    stdin: TextIO | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Make a call and return the exit code of the program.

    It is 0 if the call ended in an orderly way or was hung up, 1 if a line that was not typed in a terminal could not
    be done or a scenario that was kept does not pass, and 2 for wrong use.

    Args:
        flow: what is called.
        wishes: what is asked for of the call.
        keeping: where it is kept.
        why: show the reasons of the engine too.
        stdin: where lines come from; standard input if None.
        out: where the conversation is shown; standard output if None.
        err: where is told what went wrong; standard error if None.

    Raises:
        OSError: a file can't be read or written.
    """
    lines, complaints = stdin or sys.stdin, err or sys.stderr
    screen = Screen(out or sys.stdout, why)
    try:
        if keeping.file is not None:
            check(keeping.file)
        begun, notes = setting(flow, wishes, beside(flow))
        for note in notes:
            screen.hint(note)
        talk = Talk(TextCall(begun), screen, keeping, by_hand=lines.isatty())
        talk.start()
        if not _converse(talk, lines, screen, complaints):
            return FAILED
        talk.finish()
    except DeskError as error:
        _complain(complaints, error)
        return FAILED if isinstance(error, NotKept) else WRONG_USE
    return FINE


def _converse(talk: Talk, lines: TextIO, screen: Screen, complaints: TextIO) -> bool:
    """Do line by line what is said; False if a line that nobody can put right could not be done."""
    for number, line in enumerate(_typed(lines, screen), 1):
        try:
            if not talk.take(line):
                break
        except DeskError as error:
            _complain(complaints, error)
            if not lines.isatty():
                _complain(complaints, f"line {number} could not be done, so the call was broken off")
                return False
    return True


def _complain(complaints: TextIO, error: object) -> None:
    complaints.write(f"ivr call: {error}\n")


def _typed(lines: TextIO, screen: Screen) -> Iterator[str]:
    """One line after another, up to the end or Ctrl-C."""
    if isinstance(lines, TextIOWrapper):
        lines.reconfigure(errors="replace")
    if not lines.isatty():
        with suppress(KeyboardInterrupt):
            yield from lines
        return
    if lines is sys.stdin:
        with suppress(ImportError):
            import readline  # noqa: F401 - it gives `input` a history
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            yield _line(lines, screen)
    screen.ask("\n")


def _line(lines: TextIO, screen: Screen) -> str:
    """One line of a terminal.

    Raises:
        EOFError: there is none any more.
    """
    if lines is sys.stdin:
        return input(PROMPT)
    screen.ask(PROMPT)
    if line := lines.readline():
        return line
    raise EOFError
