"""A call in the terminal without audio and without a server: lines are typed, and time passes only when it is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, assert_never

from ivr.core.flow import Flow
from ivr.core.reading import duration
from ivr.core.values import clean
from ivr.desk.errors import DeskError, WrongUse
from ivr.desk.screen import Screen
from ivr.desk.script import HangUp, Hear, Press, Say, Wait, action
from ivr.desk.text_call import Past, TextCall
from ivr.desk.text_facts import reasons, variables, whereabouts
from ivr.desk.text_save import NotKept, check, keep
from ivr.desk.text_setting import Wishes, beside, setting
from ivr.document.scenarios import Exchange
from ivr.simulate.transcript import Line

FINE, FAILED, WRONG_USE = 0, 1, 2

LINES = """\
  12#             presses these keys, 100 ms apart (also press 12#)
  balance         is said, as any other text is (also say balance)
  an empty line   hears out what is playing
  /skip 5s        lets time pass (also wait 5s)
  hear TEXT       lets time pass, at most 30 s, until a prompt with this text begins
  hang up         ends the call, as Ctrl-C and Ctrl-D do
  /answer 200 {}  is what comes of the request that was sent: status and JSON, which may both be left out
  /fail timeout   or /fail connect is what comes of it
  /back           undoes the last of these, again and again
  /why            tells the reasons of what happened since the last input
  /vars           tells the variables, the language, the node and the attempt, goals, the last error
  /at             tells where the call is, and what it waits for
  /save FILE      keeps the call so far as a scenario
  /help           shows these lines"""
"""The lines that there are, for people."""
PENDING = "the flow waits for an answer: /answer 200 {…}, /fail timeout, /fail connect, or /skip 1s"
OVER = "the call is over: /why, /vars, /back, /save FILE; an empty line or Ctrl-D leaves"
PROMPT = "> "
FAULTS = ("timeout", "connect")


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whether and where the call is kept as a scenario."""

    file: Path | None = None
    name: str | None = None


def run(
    flow: Flow,
    wishes: Wishes,
    keeping: Keeping = Keeping(),
    *,
    why: bool = False,
    stdin: TextIO | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Make a call and return the exit code of the program.

    It is 0 if the call ended in an orderly way or was hung up, 1 if a line that was not typed in a terminal could not
    be done or a scenario that was kept does not pass, and 2 for wrong use.

    Raises:
        OSError: a file can't be read or written.
    """
    lines, complaints = stdin or sys.stdin, err or sys.stderr
    if isinstance(lines, TextIOWrapper):
        lines.reconfigure(errors="replace")

    def complain(error: Exception) -> None:
        complaints.write(f"ivr call: {error}\n")

    try:
        if keeping.file is not None:
            check(keeping.file)
        begun, notes = setting(flow, wishes, beside(flow))
    except WrongUse as error:
        complain(error)
        return WRONG_USE
    screen = Screen(out or sys.stdout, why)
    for note in notes:
        screen.hint(note)
    talk = _Talk(TextCall(begun), screen, keeping, by_hand=lines.isatty())
    try:
        talk.start()
        for line in iter(_typed(lines, screen), None):
            try:
                if not talk.take(line):
                    break
            except DeskError as error:
                complain(error)
                if not lines.isatty():
                    complaints.write(f"ivr call: “{line.strip()}” could not be done, so the call was broken off\n")
                    return FAILED
        talk.finish()
    except DeskError as error:
        complain(error)
        return FAILED if isinstance(error, NotKept) else WRONG_USE
    return FINE


def _typed(lines: TextIO, screen: Screen) -> Callable[[], str | None]:
    """What gives one line after another, and None at the end or at Ctrl-C."""
    by_hand = lines.isatty()
    if by_hand and lines is sys.stdin:
        with suppress(ImportError):
            import readline  # noqa: F401 - it gives `input` a history

    def line() -> str | None:
        with suppress(EOFError, KeyboardInterrupt):
            if by_hand and lines is sys.stdin:
                return input(PROMPT)
            if by_hand:
                screen.ask(PROMPT)
            if typed := lines.readline():
                return typed
        if by_hand:
            screen.ask("\n")
        return None

    return line


class _Talk:
    """The conversation: the call as it is, and all that it was before each input."""

    def __init__(self, call: TextCall, screen: Screen, keeping: Keeping, *, by_hand: bool) -> None:
        self._by_hand = by_hand
        self._call = call
        self._screen = screen
        self._keeping = keeping
        self._pasts: list[tuple[str, Past]] = []
        self._told: list[Line] = []
        self._kept: tuple[Path, Past] | None = None
        """Where the call was kept last, as it was then."""

    def start(self) -> None:
        """Let the call be answered."""
        self._call.start()
        self._tell()

    def take(self, line: str) -> bool:
        """Do what a line says; False if it says to leave.

        Raises:
            WrongUse: it means nothing, or nothing now.
            NotHeard: what was to be heard did not come.
            NotKept: a scenario that was kept does not pass.
        """
        line = str(clean(line)).strip()
        if line.startswith("/"):
            self._command(line)
            return True
        if not line:
            return not self._call.over and self._hear_out()
        deed = action(line, or_said=True)
        if self._call.over and not isinstance(deed, Hear):
            raise WrongUse(f"“{line}” comes too late: the call is over; /back undoes the last input")
        before = self._call.past
        match deed:
            case Press(keys):
                self._call.press(keys)
                said = "presses a key" if len(keys) == 1 else f"presses {len(keys)} keys"
            case Say(text):
                self._call.say(text)
                said = "speaks" if self._call.setting.flow.private else f"says {text}"
            case Wait(milliseconds):
                self._call.skip(milliseconds)
                said = ""
            case Hear(text):
                self._call.hear(text)
                said = ""
            case HangUp():
                self._call.hang_up()
                said = "hangs up"
            case None:
                return True
            case _:
                assert_never(deed)
        self._pasts.append((line, before))
        self._tell(said)
        return True

    def finish(self) -> None:
        """Hang up if the call goes on, let its last work end, and keep it if that is wanted.

        Raises:
            WrongUse: it can't be kept there.
            NotKept: the scenario does not pass.
        """
        self._by_hand = False
        if self._call.phone.session.ended_by is None:
            self._call.hang_up()
            self._tell("hangs up")
        while (until := self._call.phone.session.over_limit) is not None and not self._call.over:
            self._call.skip(max(until - self._call.phone.now, 1))
            self._tell()
        if self._keeping.file is not None and self._kept != (self._keeping.file, self._call.past):
            self._keep(self._keeping.file)

    def _hear_out(self) -> bool:
        before = self._call.past
        if self._call.hear_out():
            self._pasts.append(("", before))
            self._tell()
        elif self._call.pending is None:
            self._screen.hint("nothing is playing; /skip 5s lets time pass")
        else:
            self._screen.hint(PENDING)
        return True

    def _command(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word not in COMMANDS:
            raise WrongUse(f"there is no {word}; there are:\n{LINES}")
        COMMANDS[word](self, rest.strip())

    def why(self, _: str) -> None:
        """Tell the reasons."""
        self._facts(reasons(self._call))

    def vars(self, _: str) -> None:
        """Tell the variables."""
        self._facts(variables(self._call))

    def at(self, _: str) -> None:
        """Tell where the call is."""
        self._facts(whereabouts(self._call))

    def help(self, _: str) -> None:
        """Tell what there is."""
        self._facts(LINES.splitlines())

    def _facts(self, lines: list[str]) -> None:
        for line in lines:
            self._screen.hint(line)

    def skip(self, length: str) -> None:
        """Let time pass."""
        try:
            duration(length)
        except ValueError as error:
            raise WrongUse(f"/skip: {error}") from None
        self.take(f"wait {length}")

    def answer(self, text: str) -> None:
        """Say what the server answers."""
        status, _, body = text.partition(" ") if text[:1].isdecimal() else ("200", "", text)
        if not status.isdecimal() or not 100 <= int(status) <= 599:
            raise WrongUse(f"/answer takes a status from 100 to 599 and JSON, such as 200 {{}}; found “{text}”")
        try:
            made = Exchange("", int(status), json.loads(body) if body.strip() else None)
        except ValueError as error:
            raise WrongUse(f"/answer: “{body}” is no JSON: {error}") from None
        self._answered(made, f"/answer {text}".strip())

    def fail(self, fault: str) -> None:
        """Say that no answer comes."""
        match fault:
            case "timeout" | "connect":
                self._answered(Exchange("", error=fault), f"/fail {fault}")
            case _:
                raise WrongUse(f"/fail takes {' or '.join(FAULTS)}, found “{fault}”")

    def _answered(self, exchange: Exchange, line: str) -> None:
        before = self._call.past
        self._call = self._call.answered(exchange)
        self._pasts.append((line, before))
        self._tell()

    def back(self, _: str) -> None:
        """Undo the last input."""
        if not self._pasts:
            raise WrongUse("/back: this is the beginning of the call")
        line, past = self._pasts.pop()
        self._call = TextCall(self._call.setting, past)
        self._screen.hint(f"undone: {line or 'an empty line'}; the call is again at")
        self._told = self._call.phone.lines[: self._call.begins]
        self._tell()

    def save(self, name: str) -> None:
        """Keep the call so far."""
        if not name:
            raise WrongUse("/save takes the name of a scenario file, such as flows/main.test.yaml")
        self._keep(Path(name))

    def _keep(self, file: Path) -> None:
        call = self._call
        name = keep(file, call.scenario(self._keeping.name or call.name), call.setting.flow)
        self._kept = (file, call.past)
        self._screen.hint(f"kept in {file} as “{name}”; it passes")

    def _tell(self, said: str = "") -> None:
        """Show what has happened since this was last done; `said` is what the caller did."""
        lines = self._call.phone.lines
        same = (known == line for known, line in zip(self._told, lines, strict=False))
        begin = next((place for place, equal in enumerate(same) if not equal), min(len(self._told), len(lines)))
        seen = False
        for line in lines[begin:]:
            if line.who == "caller":
                if said:
                    self._screen.show(line.at, line.who, said)
                said = ""
            elif line.who != "engine" or self._screen.why:
                self._screen.show(line.at, line.who, line.text)
                seen = True
        if not seen:
            self._screen.hint(f"nothing else happened up to {self._call.phone.now / 1000:.3f} s")
        self._told = list(lines)
        if self._call.pending is not None:
            self._screen.hint(PENDING)
        elif self._call.over and self._by_hand:
            self._screen.hint(OVER)


COMMANDS: Mapping[str, Callable[[_Talk, str], None]] = {
    "/answer": _Talk.answer,
    "/fail": _Talk.fail,
    "/skip": _Talk.skip,
    "/back": _Talk.back,
    "/why": _Talk.why,
    "/vars": _Talk.vars,
    "/at": _Talk.at,
    "/save": _Talk.save,
    "/help": _Talk.help,
}
