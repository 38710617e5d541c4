"""What there is to draw of a flow, and what is written on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ivr.core.flow import Flow
from ivr.graph.notes import AFTER, BEGIN, ERROR, EVERYWHERE, FAILURE
from ivr.graph.picture import Picture

MENU = """
    start: menu
    language: en-US
    nodes:
      menu:
        type: menu
        prompt: Choose.
        choices: [{choice}]
      end: {{type: hangup}}
"""
CHOICES = (
    ("{press: 1, say: [balance, account], next: end}", "1 · balance"),
    ("{press: 1, say: [balance], label: your balance, next: end}", "1 · your balance"),
    ('{press: "12", next: end}', "12"),
    ("{say: [balance], next: end}", "“balance”"),
    ("{say: {en-US: [balance], de-DE: [Konto]}, next: end}", "“balance”"),
    ("{press: 1, say: {de-DE: [Konto]}, next: end}", "1 · Konto"),
    ('{press: 1, label: "of {{ call.from }}", next: end}', "1 · of {call.from}"),
)


def texts(drawn: Picture, source: str) -> list[str]:
    return [label.text for arrow in drawn.arrows if arrow.source == source for label in arrow.labels]


@pytest.mark.parametrize(("choice", "shown"), CHOICES, ids=[shown for _, shown in CHOICES])
def test_a_choice_is_called_what_callers_call_it(choice: str, shown: str, picture_of: Callable[[str], Picture]) -> None:
    assert texts(picture_of(MENU.format(choice=choice)), "menu") == [shown]


def test_exits_are_told_in_the_words_of_callers(picture_of: Callable[[str], Picture]) -> None:
    drawn = picture_of("""
        start: ask
        variables: {number: ""}
        nodes:
          ask: {type: collect, digits: 1, into: number, attempts: 2, on_failure: end, next: look}
          look: {type: http, url: "https://crm.test/{{ number }}", on_status: {404: ask}, on_error: end, next: decide}
          decide: {type: branch, cases: [{when: number  ==  "1", next: once}], otherwise: end}
          once: {type: collect, digits: 1, into: number, attempts: 1, on_failure: end, next: end}
          end: {type: hangup}
        """)
    assert texts(drawn, "ask") == ["", "after 2 attempts"]
    assert texts(drawn, "look") == ["404", "", "error"]
    assert texts(drawn, "decide") == ['number == "1"', "otherwise"]
    assert texts(drawn, "once") == ["", "after 1 attempt"]


def test_ways_between_the_same_nodes_are_one_arrow_and_all_told(picture_of: Callable[[str], Picture]) -> None:
    drawn = picture_of("""
        start: look
        nodes:
          look: {type: http, url: "https://crm.test/", on_status: {404: end, 410: end}, on_error: end, next: end}
          end: {type: hangup}
        """)
    arrows = [arrow for arrow in drawn.arrows if arrow.source == "look"]
    assert [(arrow.manner, [label.text for label in arrow.labels]) for arrow in arrows] == [
        ("on", ["404", "410", "next"]),
        ("trouble", ["error"]),
    ]


def test_what_holds_everywhere_is_drawn_once(picture_of: Callable[[str], Picture]) -> None:
    drawn = picture_of("""
        start: menu
        universals:
          - {press: "*", say: again, do: repeat}
          - {say: go back, do: back}
          - {press: 0, say: operator, next: agent}
        on_failure: agent
        on_error: sorry
        on_hangup: note
        nodes:
          menu: {type: menu, prompt: Hello., choices: [{press: 1, next: agent}]}
          agent: {type: transfer, to: "+491234"}
          sorry: {type: hangup}
          note: {type: http, method: POST, url: "https://crm.test/"}
        """)
    boxes = {box.key: box for box in drawn.boxes}
    assert boxes[EVERYWHERE].body == "* · repeat this, “go back” · back"
    assert texts(drawn, EVERYWHERE) == ["0 · operator"]
    given = [(arrow.source, arrow.target) for arrow in drawn.arrows if not boxes[arrow.source].is_node]
    assert given == [(BEGIN, "menu"), (AFTER, "note"), (EVERYWHERE, "agent"), (FAILURE, "agent"), (ERROR, "sorry")]
    assert "menu" in boxes[FAILURE].told
    assert "agent" in boxes[ERROR].told
    assert [box.line for box in drawn.boxes if box.is_node] == [11, 12, 13, 14]


def test_boxes_say_what_callers_hear(picture_of: Callable[[str], Picture]) -> None:
    drawn = picture_of("""
        start: menu
        language: de-DE
        variables: {name: ""}
        prompts: {help: {en-US: Press zero., de-DE: Drücken Sie null.}}
        nodes:
          menu:
            type: menu
            prompt:
              - Hallo {{ name | upper }}.
              - {silence: 1s}
              - {audio: nowhere.wav, text: Musik.}
              - {choices: "Für {label} die {press}."}
              - {prompt: help}
            choices: [{press: 1, label: {en-US: sales, de-DE: Verkauf}, next: set}]
          set: {type: set, values: {name: "{{ name ~ 'x' }}", language: en-US}, next: end}
          end: {type: hangup, prompt: "  "}
        """)
    said = {box.key: box.body for box in drawn.boxes}
    assert said["menu"] == "Hallo {name | upper}. Musik. Für Verkauf die 1. Drücken Sie null."
    assert said["set"] == "name = {name ~ 'x'}, language = en-US"
    assert said["end"] == ""


def test_every_node_and_every_exit_is_drawn_once(any_flow: tuple[Flow, Picture]) -> None:
    flow, drawn = any_flow
    assert [box.key for box in drawn.boxes if box.is_node] == [*flow.nodes]
    written = [(node.id, way.name, way.target) for node in flow.nodes.values() for way in node.exits()]
    universals = [(f"universals.{place}", each.next) for place, each in enumerate(flow.universals) if each.next]
    given = [("start", flow.start), *universals, ("on_failure", flow.on_failure), ("on_error", flow.on_error)]
    given.append(("on_hangup", flow.on_hangup))
    nodes = set(flow.nodes)
    found = [(arrow.source, label.exit, arrow.target) for arrow in drawn.arrows for label in arrow.labels]
    assert sorted(each for each in found if each[0] in nodes) == sorted(written)
    assert sorted(each[1:] for each in found if each[0] not in nodes) == sorted(each for each in given if each[1])
