"""Findings, times and coverage as notes at nodes."""

from __future__ import annotations

from ivr.document.finding import Finding, Severity
from ivr.document.source import read
from ivr.graph.notes import EVERYWHERE, FLOW, Note, Taken, of_coverage, of_findings, of_times

FILE = "main.yaml"
TEXT = """
start: a
variables: {x: 1}
nodes:
  a:
    type: play
    prompt: Hi
    next: b
  b: {type: play, prompt: Yes, next: c}
  c: {type: hangup}
universals:
  - {press: 0, next: c}
prompts: {apology: Sorry.}
"""


def at(line: int, column: int = 5, severity: Severity = "warning", file: str = FILE) -> Finding:
    return Finding("odd", severity, f"in line {line}", file, line, column)


def test_a_finding_is_at_the_node_in_whose_lines_it_stands() -> None:
    found = [
        at(8),
        at(7, severity="error"),
        at(9, 40),
        at(9, 3, severity="info"),
        at(12),
        at(3),
        at(13, 1),
        at(2, file="x"),
    ]
    notes = of_findings(found, read(TEXT, FILE))
    assert notes["a"] == Note("error", "1 error, 1 warning", ("line 7: in line 7 [odd]", "line 8: in line 8 [odd]"))
    assert (notes["b"].tone, notes["b"].badge) == ("warning", "1 warning, 1 hint")
    assert notes[EVERYWHERE].lines == ("line 12: in line 12 [odd]",)
    assert notes[FLOW].badge == "2 warnings"
    assert set(notes) == {"a", "b", EVERYWHERE, FLOW}


def test_nodes_of_one_line_are_told_apart() -> None:
    text = "{start: a, nodes: {a: {type: play, prompt: Hi, next: b}, b: {type: hangup}}}"
    notes = of_findings([at(1, text.index("b:") + 6), at(1, text.index("play") + 1)], read(text, FILE))
    assert set(notes) == {"a", "b"}


def test_times_are_told_in_seconds() -> None:
    notes = of_times({"a": (0, 0), "b": (1_499, 40_500)})
    assert notes["a"].badge == "0 s"
    assert notes["b"] == Note("plain", "1–41 s", ("reached after 1.5 s at the soonest, and 40.5 s at the worst",))


def test_what_was_not_taken_is_named() -> None:
    notes = of_coverage(
        {
            "whole": Taken(True, 1),
            "end": Taken(True, 0),
            "some": Taken(True, 3, ("choices.2",), ("silence",)),
            "calm": Taken(True, 2, (), ("silence", "wrong")),
            "none": Taken(False, 2, ("next", "on_error")),
        }
    )
    assert notes["whole"] == Note("plain", "1 of 1 exit")
    assert notes["end"] == Note("plain", "reached")
    lines = ("no scenario takes the exit choices.2", "in no scenario: silence")
    assert notes["some"] == Note("warning", "2 of 3 exits", lines)
    assert notes["calm"] == Note("info", "2 of 2 exits", ("in no scenario: silence", "in no scenario: wrong"))
    assert notes["none"] == Note("warning", "not reached", ("no scenario comes here",))
