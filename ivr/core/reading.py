"""Reading what an author wrote: the values of the flow language out of plain data, with mistakes noted in place."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.core.expressions import Expression, ExpressionSyntaxError, expression
from ivr.core.filling import Pattern
from ivr.core.prompts import (
    Announcement,
    ByLanguage,
    Named,
    Pause,
    Piece,
    Prompt,
    Sound,
    Words,
)
from ivr.core.segments import Recording
from ivr.core.templates import Template, template

Path = tuple[str | int, ...]

DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m)?")
UNITS = {"ms": 1, "s": 1_000, "m": 60_000}
LONGEST_S = 24 * 3_600
"""Nothing in a call takes longer than a day."""
SHOWN = 60
"""Characters of an author's text that are quoted in a message."""
PIECES = ("text", "audio", "choices", "silence", "prompt")
"""The keys that make a mapping one piece of a prompt, and not a prompt by language."""

EMPTY = Template("", ())
NOTHING = expression("none")


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake of the author, at a path of the file."""

    path: Path
    check: str
    message: str
    at_key: bool = False
    """Whether the key at the path is wrong, and not its value."""


@dataclass(frozen=True, slots=True)
class Use:
    """A place where an expression stands."""

    path: Path
    expression: Expression
    local: tuple[str, ...]
    """Names that exist only there, such as `body` in a `save`."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A place that gives a variable its value."""

    path: Path
    name: str
    at_key: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that names a node, a prompt or a flow."""

    path: Path
    kind: str
    name: str


@dataclass
class Reading:
    """What reading one flow has brought to light so far."""

    recordings: Callable[[str], tuple[ByLanguage[Recording], str | None]]
    """Finds the files of a recording by name, and says what is wrong with them."""
    problems: list[Problem] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)

    def fault(self, path: Path, message: str, check: str = "schema") -> None:
        """Note a mistake of the author."""
        self.problems.append(Problem(path, check, message))

    # The values of the flow language, wherever they stand

    def duration(self, raw: Any, path: Path) -> int:
        """Milliseconds of `5s`, `500ms`, `2m` or a number of seconds."""
        try:
            return duration(raw)
        except ValueError as error:
            self.fault(path, str(error))
            return 0

    def template(self, text: str, path: Path) -> Template:
        """A text with `{{ … }}`."""
        try:
            made = template(text)
        except ExpressionSyntaxError as error:
            self.fault(path, f"{error}, in “{_shortened(text)}”", "expression-syntax")
            return EMPTY
        self.uses.extend(Use(path, each, ()) for each in made.expressions)
        return made

    def expression(self, source: Any, path: Path, local: tuple[str, ...] = ()) -> Expression:
        """A bare expression; numbers and booleans stand for themselves."""
        text = as_text(source)
        try:
            made = expression(text)
        except ExpressionSyntaxError as error:
            self.fault(path, f"{error}, in “{_shortened(text)}”", "expression-syntax")
            return NOTHING
        self.uses.append(Use(path, made, local))
        return made

    def values(self, raw: Any, path: Path) -> Pattern:
        """Plain data whose texts are templates."""
        match raw:
            case str():
                return self.template(raw, path)
            case dict():
                return {key: self.values(value, (*path, key)) for key, value in raw.items()}
            case list():
                return [self.values(value, (*path, place)) for place, value in enumerate(raw)]
            case float() if not math.isfinite(raw):
                self.fault(path, "a number that is finite is expected; JSON has no others")
                return None
            case _:
                return raw

    def variables(self, raw: Any, path: Path, allowed: tuple[str, ...] = ()) -> dict[str, Pattern]:
        """Variables of this flow, and names allowed besides, with the data that they are given."""
        given = raw or {}
        for name in given:
            if name not in allowed:
                self.assign(name, (*path, name), at_key=True)
        return {name: self.values(value, (*path, name)) for name, value in given.items()}

    def assign(self, name: str, path: Path, *, at_key: bool) -> str:
        """A variable of this flow that is given a value here."""
        self.assignments.append(Assignment(path, name, at_key))
        return name

    def refer(self, kind: str, name: str, path: Path) -> str:
        """A name of something else in the flow, to be looked for when all is read."""
        self.references.append(Reference(path, kind, name))
        return name

    def prompt(self, raw: Any, path: Path) -> Prompt:
        """A prompt: text, a mapping, or a list of these."""
        match raw:
            case None:
                return ()
            case list():
                return tuple(piece for place, item in enumerate(raw) for piece in self.prompt(item, (*path, place)))
            case dict() if not any(key in raw for key in PIECES):
                return (ByLanguage({tag: self.prompt(inner, (*path, tag)) for tag, inner in raw.items()}),)
            case dict():
                return (self._piece(raw, path),)
            case _:
                return (Words(self.template(as_text(raw), path)),)

    def _piece(self, raw: Mapping[str, Any], path: Path) -> Piece:
        if "audio" in raw:
            return self._sound(raw, path)
        if "text" in raw:
            return Words(self.template(as_text(raw["text"]), (*path, "text")))
        if "choices" in raw:
            return Announcement(self.template(as_text(raw["choices"]), (*path, "choices")))
        if "silence" in raw:
            return Pause(self.duration(raw["silence"], (*path, "silence")))
        return Named(self.refer("prompt", as_text(raw["prompt"]), (*path, "prompt")))

    def _sound(self, raw: Mapping[str, Any], path: Path) -> Sound:
        name = as_text(raw["audio"])
        text = self.template(as_text(raw["text"]), (*path, "text")) if "text" in raw else None
        files, fault = self.recordings(name)
        if fault is not None:
            self.fault((*path, "audio"), fault, "recording")
        elif not files.entries and text is None:
            message = f"there is no recording “{name}” in audio_prompts, beside the flow or one folder up"
            self.fault((*path, "audio"), f"{message}; give its words as “text” to have them spoken", "recording")
        return Sound(name, files, text)

    def by_language(self, raw: Any, path: Path, read: Callable[[Any, Path], Any]) -> ByLanguage[Any]:
        """A value that may be given by language."""
        if isinstance(raw, dict):
            return ByLanguage({tag: read(inner, (*path, tag)) for tag, inner in raw.items()})
        return ByLanguage({"": read(raw, path)})

    def phrases(self, raw: Any, path: Path) -> ByLanguage[tuple[str, ...]]:
        """One phrase or several, which may differ by language."""
        if raw is None:
            return ByLanguage({})
        return self.by_language(raw, path, lambda inner, _: tuple(as_text(each) for each in as_list(inner)))

    def label(self, raw: Any, path: Path) -> ByLanguage[Template]:
        """A short text, which may differ by language."""
        if raw is None:
            return ByLanguage({})
        return self.by_language(raw, path, lambda inner, place: self.template(as_text(inner), place))


def duration(raw: Any) -> int:
    """Milliseconds of `5s`, `500ms`, `2m` or a number of seconds.

    Raises:
        ValueError: it is none of these, or longer than a day.
    """
    if isinstance(raw, int | float):
        milliseconds = float(raw) * UNITS["s"] if raw < LONGEST_S else math.inf
    elif match := DURATION.fullmatch(raw.strip()):
        milliseconds = float(match["number"]) * UNITS[match["unit"] or "s"]
    else:
        raise ValueError(f"a duration such as 5s, 500ms, 2m or a number of seconds is expected, found “{raw}”")
    if not milliseconds <= LONGEST_S * UNITS["s"]:
        raise ValueError(f"a duration of at most a day is expected, found “{raw}”")
    return round(milliseconds)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def as_text(raw: Any) -> str:
    """A scalar as its author sees it: `press: 1` is `"1"`."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return "" if raw is None else str(raw)


def as_list(raw: Any) -> list[Any]:
    """One value or several, as several."""
    return raw if isinstance(raw, list) else [raw]
