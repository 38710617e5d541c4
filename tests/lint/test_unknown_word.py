"""Phrases that a machine's models can't hear are found where they are written, and languages without a model once."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr import lint
from ivr.document.finding import Finding
from ivr.document.load import Loaded, load_sources
from ivr.document.source import read
from ivr.lint.checks.unknown_word import SPEECH_MODEL, UNKNOWN_WORD
from ivr.speech.machine import Machine
from ivr.speech.models import Model, find

PARTS = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLr.fst", "graph/disambig_tid.int")
GRAPH = struct.pack("<ii6si8siiQqqq", 2125659606, 6, b"vector", 8, b"standard", 2, 0, 0, 0, 0, 0)
"""The head of a graph of OpenFst without symbols, so that the words stand in a list beside it."""

FLOW = """\
language: en-US
start: ask
universals:
  - {press: "*", say: repeat, do: repeat}
nodes:
  ask:
    type: menu
    choices:
      - press: 1
        say: {en-US: [sales, "new-billing"], hi-IN: [बिक्री]}
        next: colour
      - {press: 2, say: Support, next: colour}
  colour:
    type: collect
    into: colour
    speech:
      - red
      - green one
    next: number
  number: {type: collect, into: number, digits: 4, speech: digits, next: ask}
"""


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., Machine]:
    """A machine with models of given words, by language."""

    def made(**models: str) -> Machine:
        found: list[Model] = []
        for name, words in models.items():
            folder = tmp_path / "models" / name
            for part in PARTS:
                (folder / part).parent.mkdir(parents=True, exist_ok=True)
                (folder / part).write_bytes(b"x")
            (folder / "graph/Gr.fst").write_bytes(GRAPH)
            lines = (f"{word} {number}\n" for number, word in enumerate(words.split()))
            (folder / "graph/words.txt").write_text("".join(lines), "utf-8")
            model = find(name.replace("_", "-"), [folder])
            assert model is not None
            found.append(model)
        return Machine(tuple(found), tmp_path / "words")

    return made


def loaded(text: str, name: str = "main.yaml") -> Loaded:
    made = load_sources({name: read(text, name)}, 2026)
    assert not made.findings
    return made


def check(flows: Loaded, there: Machine) -> tuple[Finding, ...]:
    """What is found of phrases, whatever else is."""
    return tuple(each for each in lint.check(flows, there) if each.check in (UNKNOWN_WORD.id, SPEECH_MODEL.id))


def places(findings: tuple[Finding, ...]) -> list[tuple[str, int, int]]:
    return [(each.severity, each.line, each.column) for each in findings]


def test_a_flow_whose_words_are_known_is_fine(machine: Callable[..., Machine]) -> None:
    there = machine(en="repeat sales new billing SUPPORT red green one", hi="बिक्री repeat support Red green one")
    assert check(loaded(FLOW), there) == ()


def test_each_unknown_word_is_told_where_its_phrase_is(machine: Callable[..., Machine]) -> None:
    findings = check(
        loaded(FLOW), machine(en="repeats sale new support red one", hi="बिक्री repeat support red green one")
    )
    assert places(findings) == [
        ("warning", 4, 23),
        ("warning", 10, 23),
        ("warning", 10, 30),
        ("warning", 18, 9),
    ]
    assert {each.check for each in findings} == {"unknown-word"}
    assert [each.message for each in findings] == [
        "callers can't say “repeat” in en-US: en does not know “repeat”; it knows “repeats”",
        "callers can't say “sales” in en-US: en does not know “sales”; it knows “sale”",
        "callers can't say “new-billing” in en-US: en does not know “billing”; choose other words",
        "callers can't say “green one” in en-US: en does not know “green”; choose other words",
    ]


def test_what_is_for_every_language_must_be_known_in_each(machine: Callable[..., Machine]) -> None:
    findings = check(loaded(FLOW), machine(en="repeat sales new billing support red green one", hi="बिक्री green one"))
    assert places(findings) == [("warning", 4, 23), ("warning", 12, 25), ("warning", 17, 9)]
    assert all("in hi-IN: hi does not know" in each.message for each in findings)


def test_a_language_without_a_model_is_told_once(machine: Callable[..., Machine]) -> None:
    findings = check(loaded(FLOW), machine(en="repeat sales new billing support red green one"))
    assert findings == (
        Finding(
            "speech-model",
            "info",
            "there is no speech model for hi-IN, so callers are served by keys only; to get one: ivr models get hi-IN",
            "main.yaml",
            4,
            23,
        ),
    )
    assert places(check(loaded(FLOW), machine())) == [("info", 4, 23), ("info", 4, 23)]


@pytest.mark.parametrize("speech", ["digits", "any"])
def test_digits_and_free_speech_need_a_model_and_no_words(machine: Callable[..., Machine], speech: str) -> None:
    flow = "{start: n, language: hi, nodes: {n: {type: collect, into: x, digits: 3, speech: " + speech + ", next: n}}}"
    assert check(loaded(flow), machine(hi="x")) == ()
    assert places(check(loaded(flow), machine(en="x"))) == [("info", 1, flow.rindex(speech) + 1)]


def test_a_flow_for_keys_needs_no_model(machine: Callable[..., Machine]) -> None:
    flow = "{start: n, language: hi, nodes: {n: {type: collect, into: x, digits: 3, next: n}}}"
    assert check(loaded(flow), machine()) == ()


def test_words_that_can_not_be_read_are_told_once(machine: Callable[..., Machine]) -> None:
    there = machine(en="x", hi="x")
    for model in there.models:
        (model.directory / "graph/Gr.fst").write_bytes(b"nonsense")
    findings = check(loaded(FLOW), there)
    assert [(each.check, each.severity) for each in findings] == [("speech-model", "warning")] * 2
    assert "this is no graph of OpenFst" in findings[0].message


def test_a_phrase_without_a_word_can_not_be_said(machine: Callable[..., Machine]) -> None:
    [finding] = check(
        loaded('{start: n, nodes: {n: {type: menu, choices: [{press: 1, say: "?!", next: n}]}}}'), machine(en="x")
    )
    assert finding.message == "callers can't say “?!” in en-US: en does not know “?!”; choose other words"


def test_aliases_are_told_where_they_are_written(machine: Callable[..., Machine]) -> None:
    flow = """\
start: a
nodes:
  a: {type: menu, choices: [{press: 1, say: &said [hello], next: b}]}
  b: {type: menu, choices: [{press: 1, say: *said, next: a}]}
"""
    assert places(check(loaded(flow), machine(en="x"))) == [("warning", 3, 52)]
