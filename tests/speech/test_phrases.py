"""Every place at which a flow lists phrases is walked over, and tells in which languages its calls are listened to."""

from __future__ import annotations

import pytest

from ivr.core.flow import Flow
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.speech.phrases import asked
from ivr.speech.static import languages_heard

FLOW = """\
language: en-US
start: ask
universals: [{press: "*", say: repeat, do: repeat}]
nodes:
  ask:
    type: menu
    choices:
      - {press: 1, say: {en-US: sales, hi-IN: बिक्री}, next: colour}
      - {press: 2, next: colour}
  colour: {type: collect, into: colour, speech: [red, green], next: number}
  number: {type: collect, into: number, digits: 4, speech: digits, next: story}
  story: {type: collect, into: story, speech: any, next: code}
  code: {type: collect, into: code, digits: 4, next: ask}
"""


def flow(text: str) -> Flow:
    made = load_sources({"main.yaml": read(text, "main.yaml")}, 2026)
    assert not made.findings
    return made.flows["main"]


def test_each_place_is_named() -> None:
    found = [(path, None if say is None else dict(say.entries)) for path, say in asked(flow(FLOW))]
    assert found == [
        (("universals", 0, "say"), {"": ("repeat",)}),
        (("nodes", "ask", "choices", 0, "say"), {"en-US": ("sales",), "hi-IN": ("बिक्री",)}),
        (("nodes", "ask", "choices", 1, "say"), {}),
        (("nodes", "colour", "speech"), {"": ("red", "green")}),
        (("nodes", "number", "speech"), None),
        (("nodes", "story", "speech"), None),
    ]


@pytest.mark.parametrize(
    ("node", "heard"),
    [
        ("{type: collect, into: x, digits: 3, next: n}", ()),
        ("{type: menu, choices: [{press: 1, next: n}]}", ()),
        ("{type: menu, choices: [{press: 1, say: one, next: n}]}", ("fr",)),
        ("{type: collect, into: x, digits: 3, speech: digits, next: n}", ("fr",)),
        ("{type: collect, into: x, speech: [rouge], next: n}", ("fr",)),
    ],
)
def test_only_what_may_be_said_is_listened_for(node: str, heard: tuple[str, ...]) -> None:
    assert languages_heard([flow(f"{{start: n, language: fr, nodes: {{n: {node}}}}}")]) == heard
