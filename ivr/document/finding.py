"""What is wrong in a file, where, and how it is told to people, to programs and to GitHub."""

from __future__ import annotations

import difflib
import itertools
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, assert_never

Severity = Literal["error", "warning", "info"]

MARGIN = "    "
EXCERPT_LENGTH = 120
"""Characters of a long line that are shown around the place."""
QUOTE_LENGTH = 60
LONGEST_COMPARED = 80
"""Words longer than this are compared by their beginning only, because difflib takes quadratic time."""
MOST_COMPARED = 1_000
"""Names that one mistyped word is compared with."""

RESET, BOLD, DIM = "\x1b[0m", "\x1b[1m", "\x1b[2m"
COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "info": "\x1b[2;36m"}
INVISIBLE = frozenset("\ufeff\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that hide, or reorder the text on screen, so that an excerpt would not show what the file says."""


class Position(NamedTuple):
    """A place in a file, both counted from 1, the column in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake, or one thing worth knowing, at one place of one file."""

    check: str
    """The id of the rule that found it, such as `yaml-syntax`."""
    severity: Severity
    message: str
    """What is wrong, what was expected, what is available; one sentence without a full stop."""
    file: str
    line: int
    """Counted from 1."""
    column: int
    """Counted from 1, in characters."""
    path: tuple[str, ...] = ()
    """The shortest call that shows it, a step a line."""

    @property
    def order(self) -> tuple[str, int, int, str, str, str, tuple[str, ...]]:
        """What findings are sorted by: their place first."""
        return self.file, self.line, self.column, self.check, self.message, self.severity, self.path

    def __lt__(self, other: Finding) -> bool:
        """Tell whether this finding is reported before the other."""
        return self.order < other.order


def as_text(findings: Iterable[Finding], lines: Mapping[str, Sequence[str]], *, colour: bool = False) -> str:
    """Tell findings as a compiler does: place, message, the line itself with a caret, and the call that shows it.

    `lines` holds the lines of each file by its name; a finding in any other file is told without its line.
    Nothing of a file reaches the terminal as a control sequence. Without findings the text is empty.
    """
    return "".join(_paragraph(finding, lines.get(finding.file, ()), colour) for finding in sorted(findings))


def report(findings: Iterable[Finding], lines: Mapping[str, Sequence[str]], *, colour: bool = False) -> Iterator[str]:
    """Tell findings to a person who mends them, each as soon as it comes: apart from each other, and counted at last.

    They come in the order in which they are told, and the lines of a file at the latest with its first finding.
    """
    told = []
    for finding in findings:
        yield _paragraph(finding, lines.get(finding.file, ()), colour) + "\n"
        told.append(finding)
    if told:
        yield _counted(told, colour) + "\n"


def as_json(findings: Iterable[Finding]) -> str:
    """Tell findings to programs, in the stable shape of `ivr lint --format json`."""
    entries = [
        {
            "check": finding.check,
            "severity": finding.severity,
            "message": finding.message,
            "file": finding.file,
            "line": finding.line,
            "column": finding.column,
            **({"path": list(finding.path)} if finding.path else {}),
        }
        for finding in sorted(findings)
    ]
    return json.dumps({"findings": entries}, indent=2)


def as_github(findings: Iterable[Finding]) -> str:
    """Tell findings as GitHub workflow commands, a line each, which show them beside the changed lines.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    return "".join(_workflow_command(finding) + "\n" for finding in sorted(findings))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Name the known word that comes closest, ready to follow a message, or nothing if none is close."""
    wanted = word.casefold()[:LONGEST_COMPARED]
    names = list(known)
    if len(names) > MOST_COMPARED:  # in a file with as many mistakes as names, each would be compared with each
        ends = (word[:1], word[-1:])
        alike = (name for name in names if (name[:1], name[-1:]) == ends and abs(len(name) - len(word)) <= 1)
        names = list(itertools.islice(alike, MOST_COMPARED))
    by_spelling = {name.casefold()[:LONGEST_COMPARED]: name for name in sorted(names)}
    close = difflib.get_close_matches(wanted, by_spelling, n=1)
    return f" (did you mean {quoted(by_spelling[close[0]])}?)" if close else ""


def available(known: Iterable[str], limit: int = 8) -> str:
    """List what there is, in the given order, and no more than `limit` of it: `a, b, c and 12 more`."""
    names = list(known)
    if not names:
        return "none"
    more = len(names) - limit
    return ", ".join(map(quoted, names[:limit])) + (f" and {more} more" if more > 0 else "")


def quoted(text: str) -> str:
    """Give text of a file as it can stand in a message: in quotation marks, short, and printable."""
    shown = printable(text[: QUOTE_LENGTH + 1])
    return f"“{shown[:QUOTE_LENGTH]}…”" if len(text) > QUOTE_LENGTH else f"“{shown}”"


def whole(text: str) -> str:
    """Give text of a file as `quoted` does, but all of it."""
    return f"“{printable(' '.join(text.split()))}”"


def _paragraph(finding: Finding, lines: Sequence[str], colour: bool) -> str:
    def painted(text: str, code: str) -> str:
        return f"{code}{text}{RESET}" if colour else text

    known_only = finding.severity == "info"
    place = painted(f"{printable(finding.file)}:{finding.line}:{finding.column}:", DIM if known_only else BOLD)
    severity = painted(f"{finding.severity}:", COLOURS[finding.severity])
    message = f"{printable(finding.message)} [{finding.check}]"
    told = [f"{place} {severity} {painted(message, DIM) if known_only else message}"]
    line = lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
    if line.strip():
        shown_line, indent = excerpt(line, finding.column - 1)
        shown = painted(shown_line, DIM) if known_only else shown_line
        told += [MARGIN + shown, MARGIN + indent + painted("^", COLOURS[finding.severity])]
    if finding.path:
        told.append(f"{MARGIN}the shortest call that shows it:")
        told += [f"{MARGIN}{nth:>3}. {printable(step)}" for nth, step in enumerate(finding.path, 1)]
    return "\n".join(told) + "\n"


def _counted(findings: Sequence[Finding], colour: bool) -> str:
    """How many there are: `3 errors, 1 warning in 2 files`."""
    counts = {severity: sum(each.severity == severity for each in findings) for severity in COLOURS}
    words = [f"{count} {severity}{_plural(count, severity)}" for severity, count in counts.items() if count]
    files = len({finding.file for finding in findings})
    line = f"{', '.join(words)} in {files} file{'s' if files > 1 else ''}"
    return f"{BOLD}{line}{RESET}" if colour else line


def _plural(count: int, severity: str) -> str:
    return "s" if count > 1 and severity != "info" else ""


def several(count: int, one: str, many: str | None = None) -> str:
    """So many things, by the word for one; for many of them it has an s, unless it is told."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def excerpt(line: str, column: int) -> tuple[str, str]:
    """Return the part of the line around a column (from 0), and the blanks that lead to it on screen."""
    column = max(0, min(column, len(line)))
    start = max(0, column - EXCERPT_LENGTH // 2) if len(line) > EXCERPT_LENGTH else 0
    end = start + EXCERPT_LENGTH
    before = ("…" if start else "") + printable(line[start:column], kept="\t")
    after = printable(line[column:end], kept="\t") + ("…" if end < len(line) else "")
    # A tab stays a tab, so that the caret stands right whatever the terminal's tab stops are.
    return before + after, "".join("\t" if c == "\t" else " " * _width(c) for c in before)


def _width(character: str) -> int:
    """Return how many columns a terminal gives to the character (Unicode Standard Annex 11)."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str, kept: str = "") -> str:
    """Give text of a file without anything that would control a terminal or hide what it says."""
    return "".join(c if c in kept or not _is_unsafe(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def _is_unsafe(character: str) -> bool:
    return character in INVISIBLE or unicodedata.category(character) in ("Cc", "Cs", "Cn", "Zl", "Zp")


def _workflow_command(finding: Finding) -> str:
    place = f"file={_escaped_property(finding.file)},line={finding.line},col={finding.column}"
    message = _escaped("\n".join([f"{finding.message} [{finding.check}]", *finding.path]))
    return f"::{_level(finding.severity)} {place},title={_escaped_property(finding.check)}::{message}"


def _level(severity: Severity) -> str:
    match severity:
        case "error" | "warning":
            return severity
        case "info":
            return "notice"
        case unknown:
            assert_never(unknown)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
