"""YAML files as plain values with places, whatever is in them."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.document import scalar
from ivr.document.compose import MAX_DEPTH, MAX_VALUES
from ivr.document.finding import Position
from ivr.document.source import MAX_BYTES, Path, Source, is_allowed, read
from ivr.document.syntax import PARSERS

FLOW = """\
start: welcome
nodes:
  welcome:
    type: menu
    prompt: |
      Welcome.
    choices:
      - {press: 1, say: [balance, "my account"], next: ask}
      - press: "#"
        next: {{key}}
  404: x
"""


def good(text: str | bytes) -> dict[str, Any]:
    """Read a text without findings, the same by each parser."""
    source, *others = (read(text, "f.yaml", parser) for parser in PARSERS)
    assert [other.value for other in others] == [source.value]
    assert source.findings == ()
    assert source.value is not None
    return source.value


def told(text: str | bytes) -> list[tuple[str, int, int, str]]:
    """Read a text with findings, the same by each parser."""
    source, *others = (read(text, "f.yaml", parser) for parser in PARSERS)
    assert [other.findings for other in others] == [source.findings]
    assert all(finding.severity == "error" for finding in source.findings)
    return [(finding.check, finding.line, finding.column, finding.message) for finding in source.findings]


def test_values_and_places() -> None:
    source = read(FLOW.replace("{{key}}", "bye"), "f.yaml")
    assert source.value == {
        "start": "welcome",
        "nodes": {
            "welcome": {
                "type": "menu",
                "prompt": "Welcome.\n",
                "choices": [
                    {"press": 1, "say": ["balance", "my account"], "next": "ask"},
                    {"press": "#", "next": "bye"},
                ],
            },
            "404": "x",
        },
    }
    choices: Path = ("nodes", "welcome", "choices")
    assert source.at(()) == (1, 1)
    assert source.at(("start",)) == (1, 8)
    assert source.key_at(("start",)) == (1, 1)
    assert source.at(("nodes", "welcome")) == (4, 5)
    assert source.key_at(("nodes", "welcome")) == (3, 3)
    assert source.at(("nodes", "welcome", "prompt")) == (5, 13)
    assert source.at(choices) == (8, 7)
    assert source.at((*choices, 0)) == source.key_at((*choices, 0)) == (8, 9)
    assert source.at((*choices, 0, "say", 1)) == (8, 35)
    assert source.key_at((*choices, 1, "next")) == (10, 9)
    assert source.at(("nodes", "404")) == (11, 8)


def test_place_of_what_is_missing_is_the_nearest_around_it() -> None:
    source = read(FLOW.replace("{{key}}", "bye"), "f.yaml")
    assert source.at(("nodes", "welcome", "next")) == source.at(("nodes", "welcome"))
    assert source.key_at(("nodes", "welcome", "next")) == source.key_at(("nodes", "welcome"))
    assert source.at(("nodes", "welcome", "choices", 7, "next")) == source.at(("nodes", "welcome", "choices"))
    assert source.at(("start", "x", 0)) == source.at(("start",))
    assert source.at(("nodes", 404)) == source.at(("nodes",))
    assert read("[", "f.yaml").at(("nodes",)) == read("[", "f.yaml").key_at(("nodes",)) == (1, 1)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(line_break: str) -> None:
    source = read(line_break.join(["a: 1", "b:", "  c: 2", ""]), "f.yaml")
    assert source.at(("b", "c")) == (3, 6)
    assert source.lines == ("a: 1", "b:", "  c: 2", "")


def test_byte_order_mark_is_no_part_of_the_text() -> None:
    assert good("\ufeffa: 1") == good(b"\xef\xbb\xbfa: 1") == {"a": 1}
    assert read("\ufeffa: 1", "f.yaml").key_at(("a",)) == (1, 1)
    assert read("\ufeffa: 1", "f.yaml").lines == ("a: 1",)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("404: x", ["404"]),
        ("012: x\n12: y\n0x1F: z", ["012", "12", "0x1F"]),
        ("null: x\n~: y\ntrue: z\n1.50: w", ["null", "~", "true", "1.50"]),
        ("'a': x\n\"b\": y\n? c\n: z", ["a", "b", "c"]),
        ("? \n: x", [""]),
        ("!!int 5: x\n!!str 6: y", ["5", "6"]),
        ("a: &x key\n*x : 1", ["a", "key"]),
        ("'<<': 1", ["<<"]),
    ],
)
def test_keys_are_text_as_written(text: str, keys: list[str]) -> None:
    assert list(good(text)) == keys


@pytest.mark.parametrize(
    ("text", "line", "column", "first", "value"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, 1, {"a": 1, "b": 2}),
        ("404: 1\n'404': 2\n", 2, 1, 1, {"404": 1}),
        ("x:\n  {a: 1, a: 2}\n", 2, 10, 2, {"x": {"a": 1}}),
        ("<<: {a: 1}\n<<: {b: 1}\n", 2, 1, 1, {"a": 1}),
    ],
)
def test_duplicate_key_names_the_first(text: str, line: int, column: int, first: int, value: object) -> None:
    [(check, *place, message)] = told(text)
    assert (check, place) == ("yaml-duplicate-key", [line, column])
    assert f"on line {first}" in message
    assert read(text, "f.yaml").value == value


def test_findings_are_collected_in_order() -> None:
    found = told("a: 1\na: 2\nb: !!int x\n? [c]\n: d\n<<: 5\ne: 'x\n")
    assert [(check, line) for check, line, _, _ in found] == [
        ("yaml-duplicate-key", 2),
        ("yaml-tag", 3),
        ("yaml-key", 4),
        ("yaml-merge", 6),
        ("yaml-syntax", 7),
    ]


@pytest.mark.parametrize("text", ["? [a]\n: b\n", "? {a: 1}\n: b\n", "a: {{ name }}\n", "a: &x [1]\n*x : 2\n"])
def test_collections_are_no_keys(text: str) -> None:
    [(check, _, _, message)] = told(text)
    assert check == "yaml-key"
    assert "must be in quotes" in message


def test_tags_of_the_core_schema() -> None:
    text = (
        "{a: !!str 5, b: !!int '5', c: !!float 5, d: !!bool 'true', e: !!null '', f: !!map {}, g: !!seq [], h: !!str }"
    )
    value = good(text)
    assert value == {"a": "5", "b": 5, "c": 5.0, "d": True, "e": None, "f": {}, "g": [], "h": ""}
    assert isinstance(value["c"], float)


@pytest.mark.parametrize(
    "tag", ["!foo", "!", "!!python/object:os.system", "!!binary", "!!timestamp", "!!set", "!!map", "!<tag:x,1:y>"]
)
def test_other_tags_are_refused(tag: str) -> None:
    for value in ("x", "'x'"):
        [(check, line, column, message)] = told(f"a: {tag} {value}")
        assert (check, line, column) == ("yaml-tag", 1, 4)
        assert tag.strip("!<>") in message
    assert told(f"a: {tag.replace('map', 'seq')} {{}}")[0][0] == "yaml-tag"
    assert told(f"a: {tag} []")[0][0] == "yaml-tag"


def test_aliases_share_their_value() -> None:
    source = read("a: &x {b: [1]}\nc: *x\nd:\n  - *x\n", "f.yaml")
    assert source.value == {"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}]}
    assert source.value["a"] is source.value["c"] is source.value["d"][0]
    assert source.at(("c", "b", 0)) == source.at(("d", 0, "b", 0)) == (1, 12)
    assert source.key_at(("c",)) == (2, 1)


def test_anchor_may_be_given_again() -> None:
    assert good("a: &x 1\nb: *x\nc: &x 2\nd: *x") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_merged_mappings_give_way() -> None:
    text = """\
one: &one {a: 1, b: 1, c: 1}
two: &two {b: 2, c: 2, d: 2}
both:
  c: 3
  <<: [*one, *two]
  e: 3
chain:
  <<: {<<: *two, d: 4}
list: &list [*two, *one]
by_list: {<<: *list}
"""
    value = good(text)
    assert value["both"] == {"c": 3, "e": 3, "a": 1, "b": 1, "d": 2}
    assert value["chain"] == {"d": 4, "b": 2, "c": 2}
    assert value["by_list"] == {"b": 2, "c": 2, "d": 2, "a": 1}
    source = read(text, "f.yaml")
    assert source.at(("both", "d")) == (2, 27)
    assert source.key_at(("both", "d")) == (2, 24)
    assert source.key_at(("both", "c")) == (4, 3)
    assert source.key_at(("chain", "d")) == (8, 18)


@pytest.mark.parametrize("text", ["<<: 1", "<<:", "<<: [1]", "<<: [{a: 1}, [{a: 1}]]", "a: &x [1]\n<<: *x", "<<: ''"])
def test_merging_anything_else_is_a_mistake(text: str) -> None:
    assert [check for check, *_ in told(text)] == ["yaml-merge"]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("press: *0", 1, 8, "“*0” is an alias, but no such anchor stands before it: put it in quotes"),
        ("a: &office 1\nb: *ofice", 2, 4, "(did you mean “office”?)"),
        ("a: *x\nb: &x 1", 1, 4, "anchors before it: none"),
        ("a: &x [*x]", 1, 8, "inside the very value"),
        ("a: &x {b: {c: [*x]}}", 1, 16, "inside the very value"),
        ("&x a: &x {<<: *x}", 1, 15, "inside the very value"),
    ],
)
def test_alias_without_a_value(text: str, line: int, column: int, words: str) -> None:
    [(check, *place, message)] = told(text)
    assert (check, place) == ("yaml-alias", [line, column])
    assert words in message


def bomb(levels: int, width: int) -> str:
    lines = ["l0: &l0 [lol]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


MANY_KEYS = "a: &a {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\n"


@pytest.mark.parametrize(
    "text",
    [
        bomb(10, 10),
        bomb(50, 2),
        MANY_KEYS + "b: [" + "*a, " * 200 + "]",
        MANY_KEYS + "b: {<<: [" + "*a, " * 200 + "]}",
        MANY_KEYS + "".join(f"b{n}: {{<<: *a}}\n" for n in range(200)),
    ],
    ids=["laughs", "pairs", "aliases", "one merge", "merges"],
)
def test_values_of_a_file_are_limited(text: str) -> None:
    [(check, _, _, message)] = told(text)
    assert check == "yaml-size"
    assert f"{MAX_VALUES:,}" in message


def test_values_without_aliases_are_limited_too() -> None:
    assert read("a: [" + "1," * MAX_VALUES + "]", "f.yaml").findings[0].check == "yaml-size"


def test_many_aliases_of_small_values_are_fine() -> None:
    assert len(good("a: &a {b: 1}\nc: [" + "*a, " * 10_000 + "]")["c"]) == 10_000


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 1000 + "1" + "}" * 1000,
        "- " * 100_000,
        "\n".join("  " * n + "a:" for n in range(100)),
        "a0: &a0 [1]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 100)),
        "a0: &a0 {x: {}}\n" + "\n".join(f"a{n}: &a{n} {{b{n}: {{<<: *a{n - 1}}}}}" for n in range(1, 100)),
    ],
    ids=["lists", "mappings", "dashes", "indentation", "aliases", "merges"],
)
def test_depth_is_limited(text: str) -> None:
    [(check, _, _, message)] = told(text)
    assert check == "yaml-size"
    assert f"more than {MAX_DEPTH}" in message


def test_depth_up_to_the_limit_is_fine() -> None:
    good("{a: " * MAX_DEPTH + "1" + "}" * MAX_DEPTH)


def test_length_is_limited() -> None:
    for text in ("a: " + "x" * MAX_BYTES, "a: " + "é" * (MAX_BYTES // 2), b"\xff" * (MAX_BYTES + 1)):
        [(check, line, column, message)] = told(text)
        assert (check, line, column) == ("yaml-size", 1, 1)
        assert f"{MAX_BYTES:,}" in message
    assert len(good("a: " + "x" * (MAX_BYTES - 3))["a"]) == MAX_BYTES - 3


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "empty"),
        ("# only a comment\n", 1, 1, "empty"),
        ("---\n", 1, 1, "empty"),
        ("\ufeff", 1, 1, "empty"),
        ("null", 1, 1, "empty"),
        ("- a", 1, 1, "is a list: expected a mapping"),
        ("\nhello", 2, 1, "is a single value: expected a mapping"),
        ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
    ],
)
def test_file_is_one_mapping(text: str, line: int, column: int, words: str) -> None:
    [(check, *place, message)] = told(text)
    assert (check, place) == ("yaml-document", [line, column])
    assert words in message
    assert read(text, "f.yaml").value is None


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        (b"a: 1\nb: \xe9t\xe9\n", 2, 4, "0xE9 is not UTF-8"),
        ("a: 1\r\nбв: ".encode() + b"\xff", 2, 5, "0xFF is not UTF-8"),
        (b"\xef\xbb\xbfa: \xff", 1, 4, "0xFF is not UTF-8"),
        (b"a: \xed\xa0\x80", 1, 4, "0xED is not UTF-8"),
        ("a: 1".encode("utf-16"), 1, 1, "UTF-16"),
        ("a: 1\nb: \x07", 2, 4, "U+0007 is not printable"),
        ("a: \x00", 1, 4, "U+0000"),
        ("a: \x7f", 1, 4, "U+007F"),
        ("a: \x9b31m", 1, 4, "U+009B"),
        ("a: '\x85'", 1, 5, "U+0085 is an invisible line separator"),
        ("a: x\u2028y", 1, 5, "U+2028 is an invisible line separator"),
        ("\ufeffa: \ufeff", 1, 4, "U+FEFF is an invisible mark"),
        ("a: \ud800", 1, 4, "U+D800"),
        ("a: \uffff", 1, 4, "U+FFFF"),
        ("# \ufdd0", 1, 3, "U+FDD0 is not a character but reserved"),
        ("a: x\ufdef", 1, 5, "U+FDEF"),
        ('a: "x\\ufdd0"', 1, 4, "U+FDD0"),
        ('? "\\U0000FDD1"\n: x', 1, 3, "U+FDD1"),
    ],
)
def test_characters_that_no_file_may_hold(text: str | bytes, line: int, column: int, words: str) -> None:
    [(check, *place, message)] = told(text)
    assert (check, place) == ("yaml-character", [line, column])
    assert words in message


def test_escapes_may_be_any_other_character() -> None:
    assert good('a: "\\0\\x07\\u2028\\e\\U0001F600"') == {"a": "\0\x07\u2028\x1b😀"}


def check_source(source: Source) -> None:
    assert (source.value is None) <= bool(source.findings)
    assert isinstance(source.value, dict | None)
    for finding in source.findings:
        assert finding.file == "f.yaml"
        assert 1 <= finding.line <= max(1, len(source.lines))
        assert 1 <= finding.column <= len(source.lines[finding.line - 1]) + 1
    waiting: list[tuple[Path, object]] = [((), source.value)]
    while waiting:
        path, value = waiting.pop()
        assert len(path) <= MAX_DEPTH
        source.at(path)
        if isinstance(value, dict):
            assert all(isinstance(key, str) for key in value)
            waiting += [((*path, key), child) for key, child in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), child) for index, child in enumerate(value)]


@settings(max_examples=150, deadline=None)
@given(st.binary() | st.text() | st.text("a:-&*!<[]{}'\"\\\n \t#|>%@,?~1\ufeff\r"), st.sampled_from(PARSERS))
@example(b"a: \xff", PARSERS[0])
@example("\r\n" * 1000, PARSERS[0])
def test_anything_gives_a_source(text: str | bytes, parser: Any) -> None:
    check_source(read(text, "f.yaml", parser))


words = st.text(st.characters(exclude_categories=["Cs", "Zl", "Zp"]).filter(is_allowed), max_size=8)
numbers = st.integers(-(10**50), 10**50) | st.floats(allow_nan=False)
scalars = st.none() | st.booleans() | numbers | words | st.sampled_from(["012", "+9", "yes", "12:30", "~", "<<", "1_0"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=12
)
Places = dict[Path, tuple[Position, Position]]


class Writer:
    """Writes plain values as YAML in mixed styles, and notes where it put them."""

    def __init__(self, flow_below: int) -> None:
        self.text = ""
        self.places: Places = {}
        self.flow_below = flow_below

    def here(self) -> Position:
        lines = self.text.split("\n")
        return Position(len(lines), len(lines[-1]) + 1)

    def write(self, value: object, path: Path = (), key: Position | None = None) -> None:
        block = isinstance(value, dict | list) and value and len(path) < self.flow_below
        if block:
            self.text += "\n" + "  " * len(path) if path else ""
        self.places[path] = (key or self.here(), self.here())
        if isinstance(value, dict):
            for index, (name, child) in enumerate(value.items()):
                self.separate(index, len(path), bool(block), "{")
                place = self.here()
                self.text += self.scalar(name) + ": "
                self.write(child, (*path, name), place)
            self.text += "" if block else "}" if value else "{}"
        elif isinstance(value, list):
            for index, child in enumerate(value):
                self.separate(index, len(path), bool(block), "[")
                self.text += "- " if block else ""
                self.write(child, (*path, index))
            self.text += "" if block else "]" if value else "[]"
        else:
            self.text += self.scalar(value)

    def separate(self, index: int, depth: int, block: bool, opening: str) -> None:
        if index:
            self.text += "\n" + "  " * depth if block else ", "
        elif not block:
            self.text += opening

    def scalar(self, value: object) -> str:
        match value:
            case str() if re.fullmatch(r"\w[\w +]*\w|\w", value, re.ASCII) and scalar.plain(value) == value:
                return value
            case float() if math.isinf(value):
                return ".inf" if value > 0 else "-.inf"
            case _:
                return json.dumps(value, ensure_ascii=False)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(words, values, max_size=5), st.integers(0, 4))
def test_what_is_written_is_read_where_it_was_written(value: dict[str, Any], flow_below: int) -> None:
    writer = Writer(flow_below)
    writer.write(value)
    for parser in PARSERS:
        source = read(writer.text, "f.yaml", parser)
        assert source.findings == ()
        assert repr(source.value) == repr(value)
        for path, (key, place) in writer.places.items():
            assert source.at(path) == place
            assert source.key_at(path) == (key if path and isinstance(path[-1], str) else place)
