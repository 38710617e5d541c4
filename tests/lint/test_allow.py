"""Findings that a file allows with a reason, and allows that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.document.finding import Finding
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint import check
from ivr.lint.allow import sieved
from ivr.speech.machine import Machine

KNOWN = ("dead-end", "sensitive-leak", "trapped-caller", "too-many-choices")


def left(text: str, *found: tuple[str, int], unsteady: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    """What is left of findings, each a check and a line, with those of the comments."""
    source = read(text, "a.yaml")
    assert source.findings == ()
    findings = [Finding(check, "error", "…", "a.yaml", line, 3) for check, line in found]
    return sorted((each.check, each.line) for each in sieved(findings, source, KNOWN, unsteady))


def told(text: str) -> list[str]:
    return [each.message for each in sieved([], read(text, "a.yaml"), KNOWN)]


FLOW = """\
{top}
start: ask
nodes:
  ask:  {ask}
    type: menu
    {above}
    # and more of it

    prompt: {prompt}
    choices: []  {line}
  bye:
    type: hangup
goals: {{}}
"""


def flow(top: str = "#", ask: str = "", above: str = "#", prompt: str = "x", line: str = "") -> str:
    return FLOW.format(top=top, ask=ask, above=above, prompt=prompt, line=line)


@pytest.mark.parametrize(
    ("text", "allowed", "kept"),
    [
        # On the line itself.
        (flow(line="# allow dead-end: it is right"), [("dead-end", 10)], [("dead-end", 9), ("trapped-caller", 10)]),
        (flow(line="#allow dead-end:right"), [("dead-end", 10)], []),
        (flow(line="# Allow dead-end : it is: right"), [("dead-end", 10)], []),
        (flow(line="# allow dead-end, trapped-caller: why"), [("dead-end", 10), ("trapped-caller", 10)], []),
        (flow(prompt='"# allow no: text" # allow dead-end: why'), [("dead-end", 9)], []),
        # Alone, for the next line that is neither blank nor a comment.
        (flow(above="# allow dead-end: why"), [("dead-end", 9)], [("dead-end", 8), ("dead-end", 10)]),
        # At the key of a node, for the whole node.
        (flow(ask="# allow dead-end: why"), [("dead-end", 4), ("dead-end", 10)], [("dead-end", 3), ("dead-end", 11)]),
        (
            flow().replace("  bye:", "  # allow dead-end: why\n  bye:"),
            [("dead-end", 12), ("dead-end", 13)],
            [("dead-end", 10), ("dead-end", 14)],
        ),
        ("nodes: {a: {b: c}, d: e} # allow dead-end: why\nf: g", [("dead-end", 1)], [("dead-end", 2)]),
        # Before the first key, for the whole file.
        (flow(top="# allow dead-end: why"), [("dead-end", 1), ("dead-end", 13)], [("trapped-caller", 5)]),
        ("# what it is\n\n# allow dead-end: why\n---\na: b", [("dead-end", 5)], []),
        # Twice.
        (flow(ask="# allow dead-end: why", line="# allow dead-end: why"), [("dead-end", 10)], []),
    ],
)
def test_allowed_findings_are_not_told(text: str, allowed: list[tuple[str, int]], kept: list[tuple[str, int]]) -> None:
    assert left(text, *allowed, *kept) == sorted(kept)


@pytest.mark.parametrize(
    "text",
    [
        flow(line="# allow callers to go back"),
        flow(line="# allow barge-in: no, the law wants it heard".replace("allow", "Allow")),
        flow(line="# Allow retries: the CRM is slow"),
        flow(line="# to allow dead-end: say why"),
        flow(line="# allowed: dead-end"),
        flow(line="# allow"),
        flow(line="# allow:"),
        flow(line="# dead-end"),
        flow(prompt='"# allow dead-end: why"'),
        flow(prompt="|\n      # allow dead-end: why"),
        flow(prompt="a#allow dead-end"),
    ],
)
def test_other_comments_and_texts_allow_nothing_and_are_not_told_of(text: str) -> None:
    lines = len(text.splitlines())
    found = [("dead-end", line) for line in range(1, lines + 1)]
    assert left(text, *found) == found


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# allow dead-end", "an allow needs a reason: write “# allow dead-end: why it is right here”"),
        ("# allow dead-end:", "an allow needs a reason: write “# allow dead-end: why it is right here”"),
        ("# allow dead-end: -", "an allow needs a reason: write “# allow dead-end: why it is right here”"),
        ("# allow dead-end because", "an allow needs a reason: write “# allow dead-end: why it is right here”"),
        (
            "# allow daed-end: why",
            "there is no check “daed-end” that can be allowed (did you mean “dead-end”?); found on line 10: none",
        ),
        (
            "# allow leak-sensitive: why",
            "there is no check “leak-sensitive” that can be allowed (did you mean “sensitive-leak”?); "
            "found on line 10: none",
        ),
        (
            "# allow dead-end: why",
            "nothing is found by “dead-end” on line 10, so this allows nothing: delete it",
        ),
    ],
)
def test_a_faulty_allow_is_told_of(comment: str, message: str) -> None:
    assert told(flow(line=comment)) == [message]


@pytest.mark.parametrize("comment", ["# allow dead_end: why", "# allow deadend: why", "# allow trapped-callers: why"])
def test_slips_are_no_prose(comment: str) -> None:
    [message] = told(flow(line=comment))
    assert "did you mean" in message


def test_where_nothing_is_found() -> None:
    assert "on line 4 or in the node that begins there" in told(flow(ask="# allow dead-end: why"))[0]
    assert "in this file" in told(flow(top="# allow dead-end: why"))[0]


def test_each_id_is_told_of_at_its_place() -> None:
    source = read(flow(line="# allow dead-end, daed-end, trapped-caller: why"), "a.yaml")
    found = [Finding("dead-end", "error", "…", "a.yaml", 10, 3)]
    faults = [*sieved(found, source, KNOWN)]
    line = source.lines[9]
    assert [(each.check, each.line, each.column - 1) for each in faults] == [
        ("allow", 10, line.index("daed-end")),
        ("allow", 10, line.index("trapped-caller")),
    ]
    assert {each.severity for each in faults} == {"warning"}


def test_an_unknown_id_is_answered_by_what_is_found_there() -> None:
    source = read(flow(line="# allow other-thing: why"), "a.yaml")
    findings = [Finding(check, "error", "…", "a.yaml", 10, 3) for check in ("trapped-caller", "dead-end")]
    [told] = [each for each in sieved(findings, source, KNOWN) if each.check == "allow"]
    assert told.message.endswith("; found on line 10: “dead-end”, “trapped-caller”")


def test_what_may_be_prose_is_only_worth_knowing() -> None:
    [finding] = sieved([], read(flow(line="# allow retries: the CRM is slow"), "a.yaml"), KNOWN)
    assert (finding.severity, finding.line) == ("info", 10)


def test_without_its_reason_an_allow_allows_nothing() -> None:
    assert left(flow(line="# allow dead-end"), ("dead-end", 10)) == [("allow", 10), ("dead-end", 10)]


def test_what_depends_on_the_machine_may_be_allowed_without_need() -> None:
    assert left(flow(line="# allow dead-end: why"), unsteady=("dead-end",)) == []


LOOKUP = """\
start: look_up
language: en-US
nodes:
  look_up:
    type: http
    method: POST
    url: "http://crm.example.com/calls"{comment}
    on_error: bye
    next: bye
  bye: {{type: hangup, prompt: Goodbye.}}
"""


@pytest.mark.parametrize(
    ("comment", "ids"),
    [
        ("", ["plain-http"]),
        ("  # allow plain-http: the CRM is on this side of the firewall", []),
        ("  # allow sensitive-leak: it is none", ["allow", "plain-http"]),
    ],
)
def test_checks_listen_to_what_is_allowed(comment: str, ids: list[str], tmp_path: Path) -> None:
    loaded = load_sources({"a.yaml": read(LOOKUP.format(comment=comment), "a.yaml")}, 2026)
    assert loaded.findings == ()
    assert sorted(each.check for each in check(loaded, Machine.this(None, tmp_path, {}))) == ids


def test_an_allow_counts_in_its_own_file_only(tmp_path: Path) -> None:
    texts = {"a.yaml": "# allow plain-http: inside\n" + LOOKUP.format(comment=""), "b.yaml": LOOKUP.format(comment="")}
    loaded = load_sources({name: read(text, name) for name, text in texts.items()}, 2026)
    [told] = check(loaded, Machine.this(None, tmp_path, {}))
    assert (told.check, told.file) == ("plain-http", "b.yaml")
