"""Findings for people, for programs and for GitHub."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ivr.document.finding import (
    EXCERPT_LENGTH,
    Finding,
    Severity,
    as_github,
    as_json,
    as_text,
    available,
    did_you_mean,
    quoted,
    report,
)


def finding(
    line: int = 2,
    column: int = 3,
    check: str = "unknown-node",
    severity: Severity = "error",
    message: str = "there is no node “mian”",
    file: str = "flows/a.yaml",
    path: tuple[str, ...] = (),
) -> Finding:
    return Finding(check, severity, message, file, line, column, path)


def test_order_is_by_place_then_check_then_message() -> None:
    ordered = [
        finding(9, 9, "z", file="a"),
        finding(1, 1, "z", file="b"),
        finding(1, 2, "b", file="b"),
        finding(1, 2, "c", message="m", file="b"),
        finding(1, 2, "c", message="n", file="b"),
        finding(2, 1, "a", file="b"),
        finding(10, 1, "a", file="b"),
    ]
    backwards = ordered[::-1]
    assert sorted(backwards) == ordered


def test_text_has_place_line_caret_and_path() -> None:
    lines = {"flows/a.yaml": ("start: main", "  next: mian")}
    shown = as_text([finding(2, 9, path=("press 1", "press 2"))], lines)
    assert shown == (
        "flows/a.yaml:2:9: error: there is no node “mian” [unknown-node]\n"
        "      next: mian\n"
        "            ^\n"
        "    the shortest call that shows it:\n"
        "      1. press 1\n"
        "      2. press 2\n"
    )


@pytest.mark.parametrize("lines", [{}, {"flows/a.yaml": ()}, {"flows/a.yaml": ("x", "   ")}])
def test_text_goes_without_a_line_that_is_not_there_or_blank(lines: dict[str, tuple[str, ...]]) -> None:
    assert as_text([finding()], lines) == "flows/a.yaml:2:3: error: there is no node “mian” [unknown-node]\n"


def test_text_of_no_findings_is_empty() -> None:
    assert as_text([], {}) == "".join(report([], {})) == ""


def test_a_report_sets_findings_apart_and_counts_them() -> None:
    found = [finding(), finding(3, severity="warning"), finding(4), finding(file="flows/b.yaml", severity="info")]
    assert "".join(report(found, {})) == (
        "flows/a.yaml:2:3: error: there is no node “mian” [unknown-node]\n\n"
        "flows/a.yaml:3:3: warning: there is no node “mian” [unknown-node]\n\n"
        "flows/a.yaml:4:3: error: there is no node “mian” [unknown-node]\n\n"
        "flows/b.yaml:2:3: info: there is no node “mian” [unknown-node]\n\n"
        "2 errors, 1 warning, 1 info in 2 files\n"
    )


def test_a_report_does_not_wait_for_the_last_finding() -> None:
    def found() -> Iterator[Finding]:
        yield finding()
        raise AssertionError("this one was not asked for")

    assert next(report(found(), {})).startswith("flows/a.yaml:2:3: error")


@pytest.mark.parametrize(
    ("severities", "told"),
    [
        (["error"], "1 error in 1 file"),
        (["warning", "warning"], "2 warnings in 1 file"),
        (["info", "info"], "2 info in 1 file"),
    ],
)
def test_what_there_is_none_of_is_not_counted(severities: list[Severity], told: str) -> None:
    found = [finding(line, severity=severity) for line, severity in enumerate(severities, 1)]
    assert [*report(found, {})][-1] == f"{told}\n"


@pytest.mark.parametrize(
    ("line", "column", "indent"),
    [
        ("abc", 1, ""),
        ("abc", 3, "  "),
        ("abc", 4, "   "),
        ("abc", 99, "   "),
        ("\tx: y", 5, "\t   "),
        ("स्वागत", 6, " " * 4),
        ("你好x", 3, "    "),
        ("e\N{COMBINING ACUTE ACCENT}x", 3, " "),
        ("😀x", 2, "  "),
    ],
)
def test_caret_stands_under_the_place(line: str, column: int, indent: str) -> None:
    shown = as_text([finding(1, column)], {"flows/a.yaml": (line,)}).splitlines()
    assert shown[1] == "    " + line
    assert shown[2] == "    " + indent + "^"


def test_long_line_is_cut_around_the_place() -> None:
    line = "a" * 5000 + "X" + "b" * 5000
    _, excerpt, caret = as_text([finding(1, 5001)], {"flows/a.yaml": (line,)}).splitlines()
    assert len(excerpt) <= EXCERPT_LENGTH + 6
    assert excerpt[len(caret) - 1] == "X"
    assert excerpt.strip().startswith("…")
    assert excerpt.endswith("…")


def test_nothing_of_a_file_controls_the_terminal() -> None:
    nasty = "\x1b[31m\x07\u202e\udc80\ufeff"
    shown = as_text([finding(1, 1, message=nasty, file=nasty, path=(nasty,))], {nasty: (nasty + "x",)})
    assert not set(nasty) & set(shown) - set("[31m")
    shown.encode("utf-8")


def test_colour_only_when_asked_for() -> None:
    assert "\x1b" not in as_text([finding()], {"flows/a.yaml": ("a", "b")})
    assert "\x1b[1;31merror:\x1b[0m" in as_text([finding()], {"flows/a.yaml": ("a", "b")}, colour=True)


def test_what_is_only_worth_knowing_is_dim() -> None:
    shown = as_text([finding(severity="info")], {"flows/a.yaml": ("a", "b")}, colour=True).splitlines()
    assert shown[0].startswith("\x1b[2mflows/a.yaml:2:3:\x1b[0m \x1b[2;36minfo:\x1b[0m \x1b[2mthere is")
    assert shown[1] == "    \x1b[2mb\x1b[0m"


def test_json_has_the_documented_shape() -> None:
    told = json.loads(as_json([finding(severity="info", path=("press 1",)), finding(1, 1, severity="warning")]))
    assert told == {
        "findings": [
            {
                "check": "unknown-node",
                "severity": "warning",
                "message": "there is no node “mian”",
                "file": "flows/a.yaml",
                "line": 1,
                "column": 1,
            },
            {
                "check": "unknown-node",
                "severity": "info",
                "message": "there is no node “mian”",
                "file": "flows/a.yaml",
                "line": 2,
                "column": 3,
                "path": ["press 1"],
            },
        ]
    }


def test_github_commands_are_escaped() -> None:
    shown = as_github(
        [
            finding(message="100 %\r\nor, so: yes", file="a,b:c.yaml", path=("press 1",)),
            finding(3, severity="info"),
            finding(4, severity="warning"),
        ]
    ).splitlines()
    assert shown == [
        "::error file=a%2Cb%3Ac.yaml,line=2,col=3,title=unknown-node"
        "::100 %25%0D%0Aor, so: yes [unknown-node]%0Apress 1",
        "::notice file=flows/a.yaml,line=3,col=3,title=unknown-node::there is no node “mian” [unknown-node]",
        "::warning file=flows/a.yaml,line=4,col=3,title=unknown-node::there is no node “mian” [unknown-node]",
    ]


@pytest.mark.parametrize(
    ("word", "known", "told"),
    [
        ("balanc", ["balance", "hours"], " (did you mean “balance”?)"),
        ("KOLKATA", ["Kolkata"], " (did you mean “Kolkata”?)"),
        ("xyz", ["balance"], ""),
        ("x", [], ""),
        ("a" * 100_000, ["a" * 99_999], f" (did you mean “{'a' * 60}…”?)"),
    ],
)
def test_did_you_mean(word: str, known: list[str], told: str) -> None:
    assert did_you_mean(word, known) == told


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ([], "none"),
        (["b", "a"], "“b”, “a”"),
        (["a", "b", "c"], "“a”, “b”, “c”"),
        (["a", "b", "c", "d", "e"], "“a”, “b”, “c” and 2 more"),
    ],
)
def test_available_is_shortened(known: list[str], told: str) -> None:
    assert available(known, limit=3) == told


def test_quoted_is_short_and_printable() -> None:
    assert quoted("a\nb\x1b") == "“a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}”"
    assert len(quoted("x" * 1000)) == 63
