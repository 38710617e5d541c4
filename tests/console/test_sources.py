"""Where the parts of a flow stand in its file."""

from __future__ import annotations

import textwrap

import pytest

from ivr.document.source import read
from ivr.server.console.sources import Section, section

FILE = """\
# A flow.
start: hello
nodes:
  # It greets.
  hello:
    type: play

    prompt: Hello.  # lint: allow

  bye: {type: hangup}
  # The end.
goals: {done: bye}
"""


@pytest.mark.parametrize(
    ("name", "is_node", "first", "lines"),
    [
        ("hello", True, 4, "# It greets.|  hello:|    type: play||    prompt: Hello.  # lint: allow"),
        ("bye", True, 10, "  bye: {type: hangup}"),
        ("start", False, 1, "# A flow.|start: hello"),
        ("goals", False, 11, "# The end.|goals: {done: bye}"),
    ],
)
def test_a_part_ends_before_the_comments_of_the_next(name: str, is_node: bool, first: int, lines: str) -> None:
    found = section(read(FILE.encode(), "a.yaml"), name, is_node=is_node)
    assert found is not None
    assert found.first == first
    assert [line.strip() for line in found.lines] == [line.strip() for line in lines.split("|")]


def test_what_stands_in_one_line_is_that_line() -> None:
    source = read(b"{start: a, nodes: {a: {type: hangup}}}\n", "a.yaml")
    assert section(source, "a", is_node=True) == Section(1, ("{start: a, nodes: {a: {type: hangup}}}",))


def test_what_is_not_there_has_no_lines() -> None:
    source = read(textwrap.dedent(FILE).encode(), "a.yaml")
    assert section(source, "start", is_node=True) is None
    assert section(source, "hello", is_node=False) is None
    assert section(read(b"nodes: []", "a.yaml"), "0", is_node=True) is None
