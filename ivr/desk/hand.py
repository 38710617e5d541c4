"""A caller by hand: keys are pressed as they are typed, and a line that begins with `say` is spoken at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from ivr.desk.carrier import DeskCarrier
from ivr.desk.errors import ProtocolFault, WrongUse
from ivr.desk.keyboard import Typing
from ivr.desk.mouth import Mouth
from ivr.desk.screen import Screen
from ivr.desk.script import TYPED_KEYS, Say, action

HINT = "keys: 0-9 * #   speak: say TEXT and Enter   hang up: q"

_ESCAPE = "\x1b"
_END = "\x04"
"""Ctrl-D, which hangs up in the middle of a line too."""
_LEAVING = "qQ" + _END
_LINE_BEGINS = "s"
_LINE_ENDS = "\r\n"
_RUBOUT = "\x7f\b"


async def by_hand(call: DeskCarrier, mouth: Mouth, typing: Typing, screen: Screen) -> None:
    """Do what is typed, until the call is left or over."""
    line = ""
    async with _background() as begin:
        while typed := await typing.chunk():
            if typed.startswith(_ESCAPE):
                # An arrow or the like, which may have digits in it.
                screen.draft(line := "")
                screen.hint(HINT)
                continue
            for key in typed:
                if key == _END or (not line and key in _LEAVING):
                    screen.draft("")
                    return
                if line and key in _LINE_ENDS:
                    screen.draft("")
                    if (text := _said(line)) is None:
                        screen.hint(HINT)
                    else:
                        begin(_say_or_hint(call, mouth, screen, text))
                    line = ""
                elif line or key in _LINE_BEGINS:
                    line = line[:-1] if key in _RUBOUT else line + key
                    screen.draft(line)
                elif key in TYPED_KEYS:
                    screen.pressed(call.at(), 1)
                    await call.press(key)
                else:
                    screen.hint(HINT)
        screen.draft("")


async def say(call: DeskCarrier, mouth: Mouth, screen: Screen, text: str) -> None:
    """Speak a text into a call, and come back when it is said, or the call over.

    Raises:
        WrongUse: it can't be spoken.
    """
    audio = await mouth.spoken(text)
    if call.ending is None:
        screen.says(call.at(), text)
        await call.speak(audio)


async def _say_or_hint(call: DeskCarrier, mouth: Mouth, screen: Screen, text: str) -> None:
    try:
        await say(call, mouth, screen, text)
    except WrongUse as error:
        screen.hint(str(error))
    except ProtocolFault:
        pass  # It has ended the call, which is told there.


def _said(line: str) -> str | None:
    """What a typed line says; None if it is something else."""
    try:
        meant = action(line)
    except WrongUse:
        return None
    return meant.text if isinstance(meant, Say) else None


@asynccontextmanager
async def _background() -> AsyncIterator[Callable[[Coroutine[Any, Any, None]], None]]:
    """Give a way to begin work that nobody waits for; what is not done when the block is left is given up."""
    tasks: set[asyncio.Task[None]] = set()

    def begin(work: Coroutine[Any, Any, None]) -> None:
        tasks.add(asyncio.create_task(work))

    try:
        yield begin
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
