"""Findings that the author of a file allows, each with a reason: `# allow sensitive-leak: the caller must hear it`.

A comment at the end of a line covers the findings of that line, and on the line of a node's key those of the whole
node; one that stands alone does so for the next line. Before the first key it covers the whole file.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, pairwise

from ivr.document.comments import Comment, comments
from ivr.document.finding import Finding, Position, Severity, available, did_you_mean, quoted
from ivr.document.source import Source

ALLOW = "allow"
MARK = re.compile(r"#+[ \t]*allow\b", re.IGNORECASE)
"""What a line must hold to be looked at."""
ID = r"[\w-]+"
LISTED = re.compile(rf"(?P<ids>{ID}(?:[ \t]*,[ \t]*{ID})*)[ \t]*(?P<colon>:|$)(?P<reason>.*)")
"""`a, b: why`; without the colon, nothing follows."""
NAMED = re.compile(ID)
SLIP = 0.85
"""How alike a word and an id must be, from 0 to 1, so that the word is no prose."""
END_OF_FILE = Position(2**31, 1)


@dataclass(frozen=True, slots=True)
class Scope:
    """The lines of a file that a comment covers: from the one place on, and before the other."""

    begin: Position
    end: Position

    def among(self, found: Sequence[Finding]) -> Sequence[Finding]:
        """Those of some findings, sorted by their places, that stand in these lines."""
        return found[bisect_left(found, self.begin, key=_place) : bisect_left(found, self.end, key=_place)]


@dataclass(frozen=True, slots=True)
class Allow:
    """One id of one comment."""

    check: str
    position: Position
    """Of the id."""
    scopes: tuple[Scope, ...]
    where: str
    """The covered lines, as messages name them."""
    reason: str

    def covered(self, found: Sequence[Finding]) -> Iterator[Finding]:
        """Those of some findings, sorted by their places, that stand where it holds."""
        return chain.from_iterable(scope.among(found) for scope in self.scopes)


def _place(finding: Finding) -> Position:
    return Position(finding.line, finding.column)


def sieved(
    found: Iterable[Finding], source: Source, known: Collection[str], unsteady: Collection[str] = ()
) -> Iterator[Finding]:
    """The findings in one file that no comment of it allows, and those of the comments themselves.

    Args:
        found: what the checks found in it.
        source: the file.
        known: the ids of all checks.
        unsteady: the ids of those whose findings depend on more than the files: there an allow may be without use
            here and needed elsewhere.
    """
    by_check: dict[str, list[Finding]] = {}
    for finding in sorted(found):
        by_check.setdefault(finding.check, []).append(finding)
    allows = _allows(source, known)
    allowed = {each for allow in allows if allow.reason for each in allow.covered(by_check.get(allow.check, ()))}
    for some in by_check.values():
        yield from (finding for finding in some if finding not in allowed)
    for allow in allows:
        if message := _fault(allow, by_check, known, unsteady):
            severity: Severity = "warning" if "-" in allow.check or _is_meant(allow.check, known) else "info"
            yield Finding(ALLOW, severity, message, source.file, *allow.position)


def _allows(source: Source, known: Collection[str]) -> tuple[Allow, ...]:
    if not any(MARK.search(line) for line in source.lines):
        return ()
    written = comments(source.lines)
    alone = {each.position.line for each in written if each.alone}
    nodes = _nodes(source)
    found: list[Allow] = []
    for comment in written:
        if listed := _listed(comment, known):
            ids, reason = listed
            scopes, where = _scopes(comment, source, alone, nodes)
            found.extend(Allow(id, place, scopes, where, reason) for id, place in ids)
    return tuple(found)


def _listed(comment: Comment, known: Collection[str]) -> tuple[list[tuple[str, Position]], str] | None:
    """The ids of a comment with their places, and its reason; None if it is another kind of comment.

    Prose may begin with the same word: `# allow callers to go back`, `# Allow retries: the CRM is slow`. What only
    may be prose, `# allow retries: the CRM is slow`, is no more than worth knowing.
    """
    mark = MARK.match(comment.text)
    if mark is None:
        return None
    after = comment.text[mark.end() :].lstrip()
    begin = comment.position.column + len(comment.text) - len(after)
    listed = LISTED.match(after)
    named = listed["ids"] if listed else _first(after)
    ids = [(each.group(), Position(comment.position.line, begin + each.start())) for each in NAMED.finditer(named)]
    colon = bool(listed and listed["colon"])
    if not any(_is_meant(id, known) for id, _ in ids) and not (colon and mark.group().endswith("allow")):
        return None
    reason = listed["reason"].strip() if listed and colon else ""
    return ids, reason if re.search(r"\w", reason) else ""


def _first(text: str) -> str:
    named = NAMED.match(text)
    return named.group() if named else ""


def _is_meant(id: str, known: Collection[str]) -> bool:
    """Whether a word is the id of a check, or would be but for a slip."""
    return id in known or bool(get_close_matches(id.casefold().replace("_", "-"), known, n=1, cutoff=SLIP))


def _scopes(
    comment: Comment, source: Source, alone: Collection[int], nodes: Mapping[int, Scope]
) -> tuple[tuple[Scope, ...], str]:
    line = comment.position.line
    if comment.alone:
        if source.root is not None and line < source.root.position.line:
            return (Scope(Position(1, 1), END_OF_FILE),), "in this file"
        line = _next_line(line, source.lines, alone)
    scopes = [Scope(Position(line, 1), Position(line + 1, 1))]
    if line in nodes:
        return (*scopes, nodes[line]), f"on line {line} or in the node that begins there"
    return tuple(scopes), f"on line {line}"


def _next_line(line: int, lines: Sequence[str], alone: Collection[int]) -> int:
    """The first line below that holds more than blanks and comments; at the end of the file, the line itself."""
    below = range(line + 1, len(lines) + 1)
    return next((each for each in below if each not in alone and lines[each - 1].strip()), line)


def _nodes(source: Source) -> Mapping[int, Scope]:
    """The nodes that have a line of their own, by the line of their key."""
    nodes = source.root.children.get("nodes") if source.root else None
    if source.root is None or nodes is None:
        return {}
    keys = sorted(key for key, _ in nodes[1].children.values())
    after = min((key for key, _ in source.root.children.values() if keys and key > keys[-1]), default=END_OF_FILE)
    crowded = {a.line for a, b in pairwise(keys) if a.line == b.line}
    return {a.line: Scope(a, b) for a, b in pairwise([*keys, after]) if a.line not in crowded}


def _fault(
    allow: Allow, told: Mapping[str, Sequence[Finding]], known: Collection[str], unsteady: Collection[str]
) -> str | None:
    """What is wrong with an allow itself; the findings of its file are given by check."""
    if allow.check not in known:
        here = sorted(check for check, found in told.items() if any(True for _ in allow.covered(found)))
        what = f"there is no check {quoted(allow.check)} that can be allowed{_meant(allow.check, known)}"
        return f"{what}; found {allow.where}: {available(here)}"
    if not allow.reason:
        return f"an allow needs a reason: write “# allow {allow.check}: why it is right here”"
    if allow.check in unsteady or any(True for _ in allow.covered(told.get(allow.check, ()))):
        return None
    return f"nothing is found by {quoted(allow.check)} {allow.where}, so this allows nothing: delete it"


def _meant(id: str, known: Collection[str]) -> str:
    """The check that is meant, ready to follow a message; also where its words stand in another order."""
    words = sorted(id.casefold().replace("_", "-").split("-"))
    same = [each for each in known if sorted(each.split("-")) == words]
    return did_you_mean(same[0] if same else id, known)
