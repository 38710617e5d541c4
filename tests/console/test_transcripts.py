"""Transcripts for pages: rows of a journal, also of one that grows, and searches in addresses."""

from __future__ import annotations

import pytest

from ivr.calls.records.record import CallRecord
from ivr.core.effects import Explain
from ivr.core.events import Answered, HungUp, KeyPressed, LookupFailed
from ivr.core.session import Call
from ivr.document.journal import Ending, Entry, Head, Hidden, ending_line, entry_line, head_line
from ivr.server.console import transcripts
from ivr.server.console.searches import SearchError, search
from ivr.server.console.transcripts import Row, transcript

HEAD = Head("main", "f", Call("c", "+1", "+2", "inbound", 0), {}, "en-US")
ENTRIES = (
    Entry(Answered(0), "menu", 1, said=("Press one.",)),
    Entry(KeyPressed(900, ""), "menu", 1, Hidden("digit", "menu")),
    Entry(
        KeyPressed(1000, "1"), "look", 0, decisions=(Explain("menu", "key 1 chooses “look”", "choices.1", "choice"),)
    ),
    Entry(LookupFailed(2000, 1, "connect", "refused"), "bye", 0),
    Entry(HungUp(3000), "bye", 0, decisions=(Explain("bye", "the caller hung up", cause="hangup"),)),
    Entry(HungUp(3001), "bye", 0),
)
LINES = [head_line(HEAD), *map(entry_line, ENTRIES), ending_line(Ending(3000, "caller", "caller"))]
ROWS = (
    Row(0, "ivr", "menu", "Press one.", 2),
    Row(900, "caller", "menu", "presses a key that is not in the record", 3),
    Row(1000, "caller", "menu", "presses 1", 4),
    Row(1000, "engine", "menu", "key 1 chooses “look”", 4),
    Row(2000, "world", "bye", "the lookup fails: refused", 5),
    Row(3000, "caller", "bye", "hangs up", 6),
    Row(3000, "engine", "bye", "the caller hung up", 6),
    Row(3000, "world", "", "the call is over: the caller hung up", 8),
)


@pytest.mark.parametrize("lines", range(len(LINES) + 1))
@pytest.mark.parametrize("after", range(len(LINES) + 1))
def test_a_journal_gives_what_is_new_after_any_line(lines: int, after: int) -> None:
    found = transcript("".join(LINES[:lines]) + '{"cut', after)
    assert found.rows == tuple(row for row in ROWS if after < row.line <= lines)
    assert found.line == (0 if lines == 0 else max(lines, after))
    assert found.fault == ""


def test_of_too_many_rows_the_last_ones_are_given() -> None:
    number = transcripts.MOST_ROWS + 3
    found = transcript(LINES[0] + LINES[1] * number)
    assert (len(found.rows), found.omitted, found.line) == (transcripts.MOST_ROWS, 3, number + 1)


def test_a_journal_that_cannot_be_read_says_why() -> None:
    found = transcript('{"journal": 99}\n{}\n')
    assert found.rows == ()
    assert "version" in found.fault


def test_a_search_is_all_in_the_address() -> None:
    asked = {"number": " +91 ", "outcome": "going", "since": "2026-01-31", "until": "2026-01-31", "else": "1"}
    found = search(asked, ["3-a", "nonsense", "2-b"])
    assert (found.wanted.number, found.wanted.outcome, found.wanted.going) == ("+91", None, True)
    assert found.wanted.until is not None
    assert found.wanted.since is not None
    assert found.wanted.until - found.wanted.since == 24 * 3_600_000
    assert found.before == (2, "b")
    assert found.newer == "number=%2B91&outcome=going&since=2026-01-31&until=2026-01-31&before=3-a"
    last = CallRecord("r", "c", "t", "main", "f", "", "", "inbound", 1, "", None, None, None, None, (), None, 0, ())
    assert found.older(last) == f"{found.newer}&before=2-b&before=1-r"


@pytest.mark.parametrize("asked", [{"since": "yesterday"}, {"until": "9999-12-31"}, {"outcome": "good"}])
def test_a_search_that_cannot_be_understood_says_what_was_expected(asked: dict[str, str]) -> None:
    with pytest.raises(SearchError, match=r"2026-01-31T09:30|contained, transferred"):
        search(asked, [])
