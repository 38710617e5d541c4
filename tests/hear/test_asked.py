"""What nodes listen for, and what they take from the words of a recogniser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ivr.core.digits import Digits
from ivr.core.events import Answered
from ivr.core.flow import Flow
from ivr.core.spoken import normal
from ivr.hear.asked import BEGUN, NOTHING, OTHER, Answer, Question, languages, questions

FLOW = """
    start: top
    language: en-US
    universals:
      - {press: 0, say: {en-US: [operator], hi-IN: [ऑपरेटर]}, next: bye}
      - {say: repeat, do: repeat}
    nodes:
      top:
        type: menu
        choices:
          - {press: 1, say: {en-US: [sales, Repeat], hi-IN: [बिक्री]}, next: bye}
          - {say: support, next: name}
          - {press: 9, next: change}
      name: {type: collect, into: name, speech: [red, green], confirm: Is it right?, confidence: 0.7, next: pin}
      pin: {type: collect, into: pin, digits: 4, next: code}
      code: {type: collect, into: code, digits: {min: 4, max: 6}, speech: digits, next: story}
      story: {type: collect, into: story, speech: any, next: bye}
      change: {type: set, values: {language: hi-IN}, next: top}
      bye: {type: hangup}
"""


def test_each_node_that_listens_is_a_question_in_each_language(flow_of: Callable[..., Flow]) -> None:
    found = questions(flow_of(FLOW))
    nodes = ["top", "name", "name", "pin", "code", "story"]
    assert [each.node for each in found] == nodes * 2
    assert [each.language for each in found] == ["en-US"] * 6 + ["hi-IN"] * 6
    assert [each.moment for each in found[:6]] == ["asks", "asks", "confirms", "asks", "asks", "asks"]
    top, name, confirmation, pin, code, story, hindi = found[:7]
    assert top.phrases == ("sales", "Repeat", "support", "operator")
    assert [each.name for each in top.answers] == ["1", "support", "0", "repeat"]
    assert (name.phrases, name.confidence) == (("red", "green", "operator", "repeat"), 0.7)
    assert confirmation.phrases[0] == "yes"
    assert pin.phrases == ("operator", "repeat")
    assert (code.digits is not None, code.wanted.digits) == (True, 6)
    assert story.free
    assert hindi.phrases == ("बिक्री", "support", "ऑपरेटर", "repeat")


@pytest.mark.parametrize("node", ["top", "name", "pin", "code", "story"])
@pytest.mark.parametrize("language", ["en-US", "hi-IN"])
def test_the_recogniser_is_asked_as_in_calls(
    flow_of: Callable[..., Flow], steps: Callable[..., Any], node: str, language: str
) -> None:
    flow = flow_of(FLOW.replace("start: top", f"start: {node}"))
    asked = next(each for each in questions(flow) if (each.node, each.language) == (node, language)).wanted
    call = steps(flow)
    call.session = replace(call.session, language=language)
    wanted = call.tell(Answered(0)).session.listening
    assert set(map(normal, wanted.phrases)) == set(map(normal, asked.phrases))
    assert (wanted.language, wanted.digits, wanted.free) == (asked.language, asked.digits, asked.free)


def test_languages_are_those_of_phrases_and_of_switches(flow_of: Callable[..., Flow]) -> None:
    assert languages(flow_of(FLOW)) == ("en-US", "hi-IN")
    assert languages(flow_of("{start: bye, language: de, nodes: {bye: {type: hangup}}}")) == ("de",)
    assert questions(flow_of("{start: bye, nodes: {bye: {type: hangup}}}")) == ()


@pytest.mark.parametrize(
    ("question", "texts", "label"),
    [
        (Question("a", "asks", "en-US", (Answer("1", ("My Account!",)),)), ["my account"], "My Account!"),
        (Question("a", "asks", "en-US", (Answer("1", ("sales",)),)), ["support", "sales"], "sales"),
        (Question("a", "asks", "en-US", (Answer("1", ("sales",)),)), ["support", ""], NOTHING),
        (Question("a", "asks", "en-US", (), Digits(4, 4)), ["one oh double four"], "1044"),
        (Question("a", "asks", "en-US", (), Digits(4, 4)), ["one oh"], BEGUN),
        (Question("a", "asks", "en-US", (), Digits(4, 4)), ["one oh", "", "double four"], "1044"),
        (Question("a", "asks", "en-US", (), Digits(4, 4)), ["one oh", "one two three"], NOTHING),
        (Question("a", "asks", "en-US", (), Digits(4, 4)), ["one two three four five"], NOTHING),
        (Question("a", "asks", "en-US", (Answer("0", ("operator",)),), Digits(4, 4)), ["one", "operator"], "operator"),
        (Question("a", "asks", "en-US", (Answer("0", ("operator",)),), free=True), ["operator"], "operator"),
        (Question("a", "asks", "en-US", (), free=True), ["my car broke down"], OTHER),
    ],
)
def test_what_a_node_takes(question: Question, texts: list[str], label: str) -> None:
    assert question.label(texts) == label
