"""Comments of YAML files, told from everything in which a `#` is a character of the text."""

from __future__ import annotations

import pytest

from ivr.document.comments import comments
from ivr.document.source import read
from ivr.document.syntax import PARSERS, NewParser

FILE = """\
# a comment
a: "x # text
  # text
  end" # after quotes that go on for lines
b: | # behind the sign of a block
  # text
  more # text

# below a block
c: >-
    # text
    # text
  # less indented than its block
d: 'it''s # text' # after quotes
e: a#text # after unquoted text
f: [a, # inside of brackets
  "b # text", c] #without a blank
g: !!str # between a tag and its value
  "x"
h: {# at a brace is no comment
}
"""
WANTED = [
    (1, "# a comment", True),
    (4, "# after quotes that go on for lines", False),
    (5, "# behind the sign of a block", False),
    (9, "# below a block", True),
    (13, "# less indented than its block", True),
    (14, "# after quotes", False),
    (15, "# after unquoted text", False),
    (16, "# inside of brackets", False),
    (17, "#without a blank", False),
    (18, "# between a tag and its value", False),
]


@pytest.mark.parametrize("parser", PARSERS)
def test_comments_are_told_from_text(parser: NewParser) -> None:
    lines = FILE.splitlines()[:-2]
    assert read("\n".join(lines), "a.yaml", parser).findings == ()
    found = comments(lines, parser)
    assert [(each.position.line, each.text, each.alone) for each in found] == WANTED
    for each in found:
        assert lines[each.position.line - 1][each.position.column - 1 :] == each.text


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("text", ["a: |\n  # text\n", "a: |\n  # text", "a: |", "a: >-\n\n\n", "a: ''", 'a: "\\\n #"'])
def test_the_end_of_a_file_is_no_trap(text: str, parser: NewParser) -> None:
    assert comments(text.split("\n"), parser) == ()


def test_places_are_counted_in_characters() -> None:
    [found] = comments(['a: "आपका 😀" # स्वागत'])
    assert found.position == (1, 13)
    assert found.text == "# स्वागत"
