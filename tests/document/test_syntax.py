"""Faults of YAML in plain words, and two parsers that agree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.document.source import Path, Source, read
from ivr.document.syntax import PARSERS, NewParser, PurePython

FAULTS = [
    ("a: b: c\n", 1, 5, "a “:” can't stand here"),
    ("a: 1\n b: 2\n", 2, 3, "a “:” can't stand here"),
    ("prompt: Note: press 1\n", 1, 13, "put the text in quotes if the colon belongs to it"),
    ("a: b\nc\nd: 1\n", 2, 1, "expected “key: value” or a list entry"),
    ("a: [1, 2\nb: 3\n", 2, 2, "expected “,” or “]” in the list that is opened with “[” on line 1"),
    ("a: {x: 1\nb: 3\n", 2, 2, "expected “,” or “}” in the mapping that is opened with “{” on line 1"),
    ("a:\n  b: {c: 1\n", 2, 6, "the “{” that stands here is never closed"),
    ("a: [x, y", 1, 4, "the “[” that stands here is never closed"),
    ("a: {text: Hello {{ name }}}\n", 1, 17, "must be in quotes"),
    ("a: {b:}\n", 1, 6, "a “:” inside […] or {…} needs a space after it"),
    ("a: 'x\nb: 1\n", 1, 4, "the quoted text that begins here is never closed"),
    ('a: "x\n', 1, 4, "the quoted text that begins here is never closed"),
    ('a: "x\n---\n"\n', 2, 1, "can't stand inside the quoted text begun on line 1"),
    ('a: "\\q"\n', 1, 4, "an unknown escape"),
    ('a: "\\xZZ"\n', 1, 4, "a broken escape"),
    ('a: "\\ud83d\\ude00"\n', 1, 4, "an escape that is no character"),
    ('a: "\\UFFFFFFFF"\n', 1, 4, "an escape that is no character"),
    ('a: "\\U00110000"\n', 1, 4, "an escape that is no character"),
    ("a: 'it's fine'\n", 1, 8, "expected a key of the mapping that begins on line 1 in column 1"),
    ('a: "say "yes" now"\n', 1, 10, "the quotes of the value before"),
    ("a:\n  - b\n c: 1\n", 3, 2, "expected a key of the mapping"),
    ("- a\nb: 1\n", 2, 1, "expected “- ” or the end of the list that begins on line 1 in column 1"),
    ("a: - b\n", 1, 4, "a list can't begin here"),
    ("a: ? b\n", 1, 4, "a “?” can't begin a key here"),
    ("a:\n\tb: 1\n", 2, 1, "a tab can't indent: use spaces"),
    ("a: x\n\ty\n", 2, 1, "a tab can't indent: use spaces"),
    ("a: |\n\tx\n", 2, 1, "a tab can't indent: use spaces"),
    ("a: @x\n", 1, 4, "text can't begin with “@”"),
    ("a: `x\n", 1, 4, "text can't begin with “`”"),
    ("a: %x\n", 1, 4, "text can't begin with “%”"),
    ("a:\n%x\n", 2, 1, "a line can't begin with “%” here"),
    ("# c\n%FOO\n---\na: 1\n", 2, 1, "a line can't begin with “%” here"),
    ("%YAML 2.0\n---\na: 1\n", 1, 1, "a line can't begin with “%” here"),
    ("press: *\n", 1, 8, "text that begins with “*” must be in quotes"),
    ("a: & b\n", 1, 4, "text that begins with “&” must be in quotes"),
    ("a: !<x\n", 1, 4, "text that begins with “!” must be in quotes"),
    ("a: !x!y z\n", 1, 4, "text that begins with “!” must be in quotes"),
    ("a: ]\n", 1, 4, "expected a value"),
    ("a: [", 1, 5, "the closing bracket is missing"),
    ("a:\n  b: {\n", 3, 1, "the closing bracket is missing"),
    ("a: [b:?c]", 1, 6, "a “:” inside […] or {…} needs a space after it"),
    ("a: |x\n  b\n", 1, 4, "can follow “|” or “>” on its line"),
    ("a: |0\n  b\n", 1, 4, "can follow “|” or “>” on its line"),
    ("a: > b\n", 1, 4, "can follow “|” or “>” on its line"),
    ("{a: 1}\n{b: 2}\n", 2, 1, "the document has ended before this"),
    ("a: 1\r\nb: 'x\r\n", 2, 4, "never closed"),
    ("ключ: 'x\n", 1, 7, "never closed"),
    ("😀: 'x\n", 1, 4, "never closed"),
]

SAME = [
    ("a: \tb\tc \td\t\n", {"a": "b\tc \td"}),
    ("a:\t b\t# c\n", {"a": "b"}),
    ("a: x\n   \ty\n\n z\n", {"a": "x y\nz"}),
    ("a: [Are you there?, b?]\n", {"a": ["Are you there?", "b?"]}),
    ("a: {b: Are you there?}\n", {"a": {"b": "Are you there?"}}),
    ("a: [http://crm.test/x, b:c, -1]\n", {"a": ["http://crm.test/x", "b:c", -1]}),
    ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
    ("--- {a: 1}\n...\n", {"a": 1}),
    ("a: one\n  two\n\n\n  three # c\n", {"a": "one two\n\nthree"}),
    ("a: b#c\nd: 'it''s'\ne: \"\\x41\\u00e9\\U0001F600\\\n  b\"\n", {"a": "b#c", "d": "it's", "e": "Aé😀b"}),
    ("a: |\n  x\n   y\n\nb: >-\n  x\n  y\n", {"a": "x\n y\n", "b": "x y"}),
    ("a: 1\r\nb:\r  c: 2\r\n", {"a": 1, "b": {"c": 2}}),
    ("a:", {"a": None}),
    ("{a: \n }", {"a": None}),
    ("a:\n-\n- ", {"a": [None, None]}),
    ("? a\n? b\n", {"a": None, "b": None}),
]

TOKENS = [
    *("a", "b", "c: ", "a: ", "b:\n", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", "\n ", " ", "1", "~", "x y", "é"),
    *("[", "]", "{", "}", ", ", ",", "'", '"', "'x'", '"y"', "''", "\\", "\\n", "|\n", ">\n", "|-\n  x\n", "|2\n"),
    *("&a ", "*a ", "*a", "!!str ", "!x ", "#c\n", " #c\n", "<<: *a", "---\n", "...\n", "@", "%", "😀", "\r\n", "\r"),
    *("\nk: ", "\nm: ", "\n- ", "what?", "b:c", "b:?", "\n%x\n", '"\\u'),
]


def paths(value: object, path: Path = ()) -> list[Path]:
    match value:
        case dict():
            inner = [part for key, child in value.items() for part in paths(child, (*path, key))]
        case list():
            inner = [part for index, child in enumerate(value) for part in paths(child, (*path, index))]
        case _:
            inner = []
    return [path, *inner]


def places(source: Source) -> list[object]:
    return [(path, source.at(path), source.key_at(path)) for path in paths(source.value)]


def test_both_parsers_are_here() -> None:
    assert len(PARSERS) == 2
    assert PARSERS[1] is PurePython


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("text", "line", "column", "words"), FAULTS)
def test_fault_in_plain_words(parser: NewParser, text: str, line: int, column: int, words: str) -> None:
    source = read(text, "f.yaml", parser)
    found = source.findings[-1]
    assert source.value is None
    assert (found.check, found.severity, found.line, found.column) == ("yaml-syntax", "error", line, column)
    assert words in found.message


@pytest.mark.parametrize(("text", "line", "column", "words"), FAULTS)
def test_faults_are_the_same_from_both(text: str, line: int, column: int, words: str) -> None:
    assert read(text, "f", PARSERS[0]).findings == read(text, "f", PARSERS[1]).findings, (line, column, words)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("text", "value"), SAME)
def test_values_are_the_same_from_both(parser: NewParser, text: str, value: object) -> None:
    source = read(text, "f.yaml", parser)
    assert (source.findings, source.value) == ((), value)
    assert places(source) == places(read(text, "f.yaml"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=16), st.sampled_from(["", "k: ", "k:\n- a: "]))
def test_parsers_agree_on_anything_like_yaml(tokens: list[str], beginning: str) -> None:
    one, other = (read(beginning + "".join(tokens), "f.yaml", parser) for parser in PARSERS)
    assert repr(one.value) == repr(other.value)
    assert bool(one.findings) == bool(other.findings)
    assert places(one) == places(other)
    assert not any("not YAML" in finding.message for finding in one.findings + other.findings)
