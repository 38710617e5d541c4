"""A call in a terminal: shows what is said as it is said, and takes the caller's keys."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO, assert_never

from ivr.core.spoken import DEFAULT_LANGUAGE
from ivr.desk.carrier import CALLED, CALLER, DeskCarrier
from ivr.desk.clock import Clock
from ivr.desk.errors import BrokenOff, DeskError, ProtocolFault, Unreachable, WrongUse
from ivr.desk.facts import Manners
from ivr.desk.hand import HINT, by_hand, say
from ivr.desk.keyboard import Typing, typed_at
from ivr.desk.mouth import Mouth
from ivr.desk.screen import Screen
from ivr.desk.script import HangUp, Hear, Press, Say, Wait, action
from ivr.desk.serving import fresh_server
from ivr.desk.stream import NORMAL_CLOSURE
from ivr.document.source import read
from ivr.media import alaw
from ivr.media.wav import header

FINE, FAILED, WRONG_USE = 0, 1, 2

URL = "http://127.0.0.1:8080"
"""Where a server is by default."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for."""

    flow: str | None = None
    """The id of a flow, or its file."""
    url: str | None = None
    """The server's, with the webhook secret as its path if there is one; None is `URL`."""
    caller: str = CALLER
    called: str = CALLED
    language: str | None = None
    """The BCP 47 tag of what the caller says; None is the language of the flow's file, else en-US."""
    wav: Path | None = None
    """Where to write what the caller heard."""
    why: bool = False
    """Show the reasons of the engine too."""
    serving: tuple[str, ...] = ()
    """Further flags of `ivr serve`, where a server is started for the call."""
    patience: int = 300_000
    """Milliseconds that the call may go on after the last line of a script."""


async def run(
    options: Options,
    *,
    stdin: TextIO | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
    clock: Clock | None = None,
) -> int:
    """Make a call and return the exit code of the program.

    It is 0 if the call ended in an orderly way; 1 if something was not heard, or the server refused the call or broke
    it off; 2 for wrong use, or without a server.

    Args:
        options: what is asked for.
        stdin: where keys or lines come from, a real file; standard input if None.
        out: where the conversation is shown; standard output if None.
        err: where is told what went wrong; standard error if None.
        clock: the time to live by; real time if None.
    """
    complaints, screen = err or sys.stderr, Screen(out or sys.stdout, options.why)
    call = asyncio.create_task(_call(options, stdin or sys.stdin, screen, clock))
    interrupted = asyncio.Event()

    def interrupt() -> None:
        interrupted.set()
        call.cancel()

    with _at_signals(interrupt):
        try:
            await call
        except DeskError as error:
            notes = getattr(error, "__notes__", [])
            complaints.write("\n".join(["ivr call: " + str(error), *notes]) + "\n")
            return WRONG_USE if isinstance(error, Unreachable | WrongUse) else FAILED
        except asyncio.CancelledError:
            if not interrupted.is_set():
                raise
            return FINE if screen.over else FAILED  # With a call open, the interruption has hung it up in order.
    return FINE


@contextmanager
def _at_signals(act: Callable[[], None]) -> Iterator[None]:
    """Act on what would otherwise end the process, and leave its terminal in disorder."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for each in signals:
        loop.add_signal_handler(each, act)
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


async def _call(options: Options, stdin: TextIO, screen: Screen, clock: Clock | None) -> None:
    if options.wav is not None:
        _check_folder(options.wav)
    file = _flow_file(options)
    if file is None:
        await _dial(options, options.url or URL, options.flow, stdin, screen, clock)
        return
    if options.language is None:
        options = replace(options, language=language_of(file))
    screen.hint(f"starting a server for {file.parent}/; the first time it takes a while, to synthesise all prompts")
    async with fresh_server(file.parent, options.serving) as server:
        await _dial(options, server, file.stem, stdin, screen, clock)


def _check_folder(wav: Path) -> None:
    if not wav.parent.is_dir():
        raise WrongUse(f"{wav} can't be written: there is no folder {wav.parent}")


def _flow_file(options: Options) -> Path | None:
    """The file of the flow; None where its id is given."""
    file = Path(options.flow or "")
    if file.suffix not in (".yaml", ".yml") and len(file.parts) < 2:
        return None
    if options.url is not None:
        raise WrongUse(f"{file} is a file, which is served for this call alone: give its id, or leave out --url")
    if not file.is_file():
        raise WrongUse(f"there is no file {file}; expected the file of a flow, or the id of one that is served")
    return file


def language_of(file: Path) -> str | None:
    """The language that the file of a flow names, if it can be read at all: else the server tells what is wrong."""
    match read(file.read_bytes(), str(file)).value:
        case {"language": str(language)}:
            return language
        case _:
            return None


async def _dial(
    options: Options, server: str, flow: str | None, stdin: TextIO, screen: Screen, clock: Clock | None
) -> None:
    call: DeskCarrier | None = None
    try:
        async with (
            DeskCarrier.call(
                server,
                flow,
                caller=options.caller,
                called=options.called,
                clock=clock,
                manners=Manners(returns=True),
                told=screen.line,
            ) as call,
            Mouth(options.language or DEFAULT_LANGUAGE) as mouth,
            _typing(call, stdin) as typing,
        ):
            if stdin.isatty():
                screen.hint(HINT)
                await by_hand(call, mouth, typing, screen)
            else:
                await _by_script(call, mouth, typing, screen, options.patience)
    finally:
        if call is not None and call.ending is not None:
            screen.ended(call.ending)
            if options.wav is not None:
                options.wav.write_bytes(header(len(call.audio)) + alaw.decode(call.audio))
    if call.ending is not None and call.ending.by == "ivr" and call.ending.code != NORMAL_CLOSURE:
        raise BrokenOff(f"the server broke the call off (WebSocket close code {call.ending.code})")


@asynccontextmanager
async def _typing(call: DeskCarrier, stdin: TextIO) -> AsyncIterator[Typing]:
    """Read what is typed until the call ends; what was typed before is still given."""
    async with typed_at(stdin.fileno()) as typing:

        async def finish() -> None:
            with suppress(ProtocolFault):
                await call.ended(within=None)
            typing.finish()

        finishing = asyncio.create_task(finish())
        try:
            yield typing
        finally:
            finishing.cancel()


async def _by_script(call: DeskCarrier, mouth: Mouth, typing: Typing, screen: Screen, patience: int) -> None:
    async for line in typing.lines():
        match action(line):
            case Press(keys=keys):
                screen.pressed(call.at(), len(keys))
                await call.press(keys)
            case Say(text=text):
                await say(call, mouth, screen, text)
            case Wait(milliseconds=milliseconds):
                await call.passes(milliseconds)
            case Hear(text=text):
                await call.hears(text)
            case HangUp():
                return
            case None:
                pass
            case other:
                assert_never(other)
    await call.ended(within=patience)
