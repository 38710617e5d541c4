"""A flow as Mermaid: what GitHub is given to draw."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.graph.mermaid import as_mermaid, escaped, name
from ivr.graph.notes import FLOW, Note
from ivr.graph.picture import Picture

STATEMENT = re.compile(
    r"    (?:"
    r'(?P<box>\w+)(?:\[|\{\{|\{|>|\[\(|\[/|\[\[|\(\[|\(\(|\()"[^"]*"(?:\]|\}\}|\}|\)\]|/\]|\]\]|\]\)|\)\)|\))'
    r'|(?P<source>\w+) (?:-->|-\.->)(?:\|"[^"]*"\|)? (?P<target>\w+)'
    r"|classDef \w+ [\w#:,\- ]+|class [\w,]+ \w+)"
)
SPECIAL = (
    ('say "yes"', "say #34;yes#34;"),
    ("press # or *", "press #35; or #42;"),
    ("1. first", "1#46; first"),
    ("12) first", "12#41; first"),
    ("- dash", "#45; dash"),
    ("<b>&amp;", "#60;b#62;#38;amp;"),
    ("`code` %%{init}%%", "#96;code#96; #37;#37;{init}#37;#37;"),
    ("style classDef", "st#121;le class#68;ef"),
    ("end [a] {b} (c) |d| ü 漢 नमस्ते", "end [a] {b} (c) |d| ü 漢 नमस्ते"),
    ("two\nlines \x1b[0m", "two lines �[0m"),
)


def test_a_small_flow(shop: Picture, golden: Callable[[Path, str], None]) -> None:
    golden(Path(__file__).parent / "shop.mmd", as_mermaid(shop))


@pytest.mark.parametrize(("text", "written"), SPECIAL, ids=[text for text, _ in SPECIAL])
def test_text_stands_for_itself(text: str, written: str) -> None:
    assert escaped(text) == written


def test_every_line_is_a_statement_and_everything_is_there_once(any_picture: Picture) -> None:
    first, *lines = as_mermaid(any_picture).splitlines()
    assert first == "flowchart TD"
    found = [STATEMENT.fullmatch(line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    statements = [match for match in found if match]
    assert [match["box"] for match in statements if match["box"]] == [name(box.key) for box in any_picture.boxes]
    arrows = [(match["source"], match["target"]) for match in statements if match["source"]]
    assert arrows == [(name(arrow.source), name(arrow.target)) for arrow in any_picture.arrows]


def test_names_differ_where_ids_do() -> None:
    ids = ("end", "a b", "a_20_b", "a_b", "a-b", 'a"_22_', 'a_22_"', "x_a", "名前", "n_end", "flow_start")
    assert len({name(each) for each in ids}) == len(ids)
    assert name("end") == "n_end"
    assert all(re.fullmatch(r"[A-Za-z]\w*", name(each), re.ASCII) for each in ids)


def test_notes_colour_their_node_and_are_told(picture_of: Callable[[str], Picture]) -> None:
    drawn = picture_of("{start: a, nodes: {a: {type: play, prompt: Hi, next: b}, b: {type: hangup}}}")
    found = {"a": Note("warning", "1 warning", ("line 1: odd",)), FLOW: Note("info", "1 hint", ("line 2: so",))}
    times = {"a": Note("plain", "0–3 s", ("reached after 0 s",)), "b": Note("plain", "4 s")}
    lines = as_mermaid(drawn, (found, times)).splitlines()
    assert '    n_a["<b>a</b><br><i>play</i><br>Hi<br><b>1 warning</b><br><b>0–3 s</b><br>line 1: odd"]' in lines
    assert '    n_b(["<b>b</b><br><i>hangup</i><br><b>4 s</b>"])' in lines
    assert '    flow_itself["<b>1 hint</b><br>line 2: so"]' in lines
    assert "    class n_a warning" in lines
    assert "    class flow_itself info" in lines
