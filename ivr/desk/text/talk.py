"""The conversation of a call in the terminal: what each line does, and what is shown of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from ivr.core.reading import duration
from ivr.core.values import clean
from ivr.desk.errors import WrongUse
from ivr.desk.screen import Screen
from ivr.desk.script import Action, HangUp, Hear, Press, Say, Wait, action
from ivr.desk.text.call import Past, TextCall
from ivr.desk.text.facts import reasons, variables, whereabouts
from ivr.desk.text.save import keep
from ivr.document.scenarios import Exchange
from ivr.simulate.caller import Differed
from ivr.simulate.transcript import Line

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
FAULTS = ("timeout", "connect")
STATUSES = range(100, 600)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whether and where the call is kept as a scenario."""

    file: Path | None = None
    name: str | None = None


class Talk:
    """The call as it is, and all that it was before each input."""

    def __init__(self, call: TextCall, screen: Screen, keeping: Keeping, *, by_hand: bool) -> None:
        """Hold a call that has not begun; `by_hand` if somebody types who may want to know what to do next."""
        self._by_hand = by_hand
        self._call = call
        self._screen = screen
        self._keeping = keeping
        self._pasts: list[tuple[str, Past]] = []
        """What was done, in words that hold no key, and what the call was before."""
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
        word, _, rest = line.partition(" ")
        if word in COMMANDS:
            COMMANDS[word](self, rest.strip())
            return True
        if word.startswith("/"):
            raise WrongUse(f"there is no {word}; there are:\n{LINES}")
        deed = action(line, or_said=True)
        if deed is None:
            return not self._call.over and self._hear_out()
        if self._call.over and not isinstance(deed, Hear):
            raise WrongUse("the call is over, so the caller can do nothing more; /back undoes the last input")
        self._do(deed)
        return True

    def finish(self) -> None:
        """Hang up if the call goes on, let its last work end, and keep it if that is wanted.

        Raises:
            WrongUse: it can't be kept there.
            NotKept: the scenario does not pass.
        """
        self._by_hand = False
        if self._call.phone.session.ended_by is None:
            self._do(HangUp())
        while (until := self._call.phone.session.over_limit) is not None and not self._call.over:
            self._do(Wait(max(until - self._call.phone.now, 1)))
        if self._keeping.file is not None and self._kept != (self._keeping.file, self._call.past):
            self._keep(self._keeping.file)

    # What the caller does

    def _do(self, deed: Action) -> None:
        said = self._words(deed)
        self._change(said or "the time that passed", lambda: self._act(deed), said)

    def _words(self, deed: Action) -> str:
        """What the caller does, as it is shown: keys may be secret."""
        match deed:
            case Press(keys):
                return "presses a key" if len(keys) == 1 else f"presses {len(keys)} keys"
            case Say(text):
                return "speaks" if self._call.setting.flow.private else f"says {text}"
            case HangUp():
                return "hangs up"
            case Wait() | Hear():
                return ""
            case _:
                assert_never(deed)

    def _act(self, deed: Action) -> None:
        match deed:
            case Press(keys):
                self._call.press(keys)
            case Say(text):
                self._call.say(text)
            case Wait(milliseconds):
                self._call.skip(milliseconds)
            case Hear(text):
                self._call.hear(text)
            case HangUp():
                self._call.hang_up()
            case _:
                assert_never(deed)

    def _change(self, name: str, deed: Callable[[], None], said: str = "") -> None:
        """Do something that can be undone, and show what comes of it."""
        before = self._call.past
        try:
            deed()
        except Differed as error:
            self._call = TextCall(self._call.setting, before)
            raise WrongUse(str(error)) from None
        if (self._call.past.steps, self._call.past.answers) != (before.steps, before.answers):
            self._pasts.append((name, before))
            self._tell(said)

    def _hear_out(self) -> bool:
        if self._call.moves:
            self._change("the time that passed", self._call.hear_out)
        else:
            waits = self._call.pending is not None
            self._screen.hint(PENDING if waits else "nothing is playing; /skip 5s lets time pass")
        return True

    # Commands

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
            milliseconds = duration(length)
        except ValueError as error:
            raise WrongUse(f"/skip: {error}") from None
        if self._call.over:
            raise WrongUse("the call is over, and its time stands still")
        self._do(Wait(milliseconds))

    def answer(self, text: str) -> None:
        """Say what the server answers."""
        status, _, body = text.partition(" ") if text[:1].isdecimal() else ("200", "", text)
        if not status.isdecimal() or int(status) not in STATUSES:
            raise WrongUse(f"/answer takes a status from 100 to 599 and JSON, such as 200 {{}}; found “{text}”")
        try:
            made = Exchange("", int(status), clean(json.loads(body)) if body.strip() else None)
        except ValueError as error:
            raise WrongUse(f"/answer: “{body}” is no JSON that a server may send: {error}") from None
        self._answered(made, f"/answer {status}")

    def fail(self, fault: str) -> None:
        """Say that no answer comes."""
        match fault:
            case "timeout" | "connect":
                self._answered(Exchange("", error=fault), f"/fail {fault}")
            case _:
                raise WrongUse(f"/fail takes {' or '.join(FAULTS)}, found “{fault}”")

    def _answered(self, exchange: Exchange, name: str) -> None:
        def answer() -> None:
            self._call = self._call.answered(exchange)

        self._change(name, answer)

    def back(self, _: str) -> None:
        """Undo the last input."""
        if not self._pasts:
            raise WrongUse("/back: this is the beginning of the call")
        name, past = self._pasts.pop()
        self._call = TextCall(self._call.setting, past)
        self._screen.hint(f"undone: {name}; the call is again at")
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

    # What is shown

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


COMMANDS: Mapping[str, Callable[[Talk, str], None]] = {
    "/answer": Talk.answer,
    "/fail": Talk.fail,
    "/skip": Talk.skip,
    "/back": Talk.back,
    "/why": Talk.why,
    "/vars": Talk.vars,
    "/at": Talk.at,
    "/save": Talk.save,
    "/help": Talk.help,
}
