"""How a conversation is shown: line by line, above a line that is being typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:  # A call without a stream is shown too, and starts faster without its third party.
    from ivr.desk.facts import Ending, Line

_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_TO_EMPTY_LINE = "\r\x1b[K"


@dataclass(slots=True)
class Screen:
    """Where the conversation is shown."""

    out: TextIO
    why: bool = False
    over: bool = False
    """Whether the end of a call has been shown."""
    _draft: str = ""
    """A line that is being typed, below all others."""

    def line(self, line: Line) -> None:
        """Show one line of the transcript."""
        if line.who != "engine" or self.why:
            self.show(line.at, line.who, f"{line.node}: {line.text}" if line.node else line.text)

    def pressed(self, at: int, count: int) -> None:
        """Show that keys were pressed, but not which: they may be secret."""
        self.show(at, "caller", "presses a key" if count == 1 else f"presses {count} keys")

    def says(self, at: int, text: str) -> None:
        """Show what the caller begins to say."""
        self.show(at, "caller", f"says {text}")

    def draft(self, text: str) -> None:
        """Show the line that is being typed, as far as it goes; nothing ends it."""
        if text or self._draft:
            self._draft = text
            self.out.write(_TO_EMPTY_LINE + _printable(text))
            self.out.flush()

    def ended(self, ending: Ending) -> None:
        """Show who hung up."""
        self.over = True
        self.show(ending.at, ending.by, "hangs up")

    def hint(self, text: str) -> None:
        """Show what the user should know."""
        self._write(text, dim=True)

    def ask(self, prompt: str) -> None:
        """Show that a line is waited for."""
        self.out.write(prompt)
        self.out.flush()

    def show(self, at: int, who: str, text: str) -> None:
        """Show one thing that was said, done or decided, at its milliseconds of the call."""
        self._write(f"{at / 1000:9.3f}  {who:<6}  {text}", dim=who == "engine")

    def _write(self, text: str, *, dim: bool) -> None:
        shown = _printable(text)
        line = f"{_DIM}{shown}{_PLAIN}\n" if dim and self.out.isatty() else f"{shown}\n"
        self.out.write(f"{_TO_EMPTY_LINE}{line}{_printable(self._draft)}" if self._draft else line)
        self.out.flush()


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "\ufffd" for each in text)
