"""What was found of a flow, told to people, to programs, and as a picture."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from ivr.hear.asked import Answer, Question
from ivr.hear.figures import Take, Trial, figures
from ivr.hear.hearing import Ear, Hearing, as_json
from ivr.hear.picture import as_svg
from ivr.hear.report import as_text

MENU = Question("top", "asks", "en-US", (Answer("1", ("sales",)), Answer("2", ("<help & more>",))), confidence=0.5)


@pytest.fixture
def found() -> Hearing:
    own = [
        *[Trial("sales", "piper", (Take("sales", 0.9),))] * 9,
        Trial("sales", "piper", ()),
        *[Trial("<help & more>", "piper", (Take("sales", 0.6),))] * 5,
        *[Trial("<help & more>", "piper", (Take("<help & more>", 0.7),))] * 5,
    ]
    foreign = [Trial("hello", "piper", (Take("sales", 0.65),)), *[Trial("hello", "piper", ())] * 9]
    return Hearing(
        flow="main",
        fingerprint="f00",
        rates=(165,),
        noise=(30.0, None),
        limit=0.02,
        ears=(Ear("en-US", "sphinx", "PocketSphinx", ("piper", "espeak+f2"), ("blorb",)), Ear("hi-IN", None, None)),
        figures=(figures(MENU, MENU.phrases, own, foreign, 0.02),),
    )


def test_people_read_tables_and_what_to_avoid(found: Hearing) -> None:
    told = as_text(found)
    assert "main: at 165 words a minute, with noise 30 dB below speech and no noise" in told
    assert "en-US: spoken by piper, espeak+f2, heard by PocketSphinx, which lacks words of “blorb”" in told
    assert "hi-IN: there is no model, so nothing was tried" in told
    assert (
        "at confidence 0.5 70 % of the phrases are understood and 10 % of other utterances pass (1 of 10, 1 as “sales”)"
        in told
    )
    assert "  at 0.66 70 % of the phrases are understood and 0 % of other utterances pass: that keeps them" in told
    [line] = [line for line in told.splitlines() if "most often" in line]
    assert line.strip() == "top (en-US): “<help & more>” gives another answer in 5 of 10, most often “sales”"
    assert [line.split() for line in told.splitlines() if line.split()[:2] == ["1", "sales"]] == [
        ["1", "sales", "90", "%", "0", "%", "10", "%"]
    ]


def test_people_are_told_that_all_is_well(found: Hearing) -> None:
    good = figures(MENU, ("sales",), [Trial("sales", "piper", (Take("sales", 0.9),))], (), 0.02)
    assert as_text(replace(found, figures=(good,))).endswith("No phrase is to be avoided.\n")
    assert "No node listens" in as_text(replace(found, figures=()))


def test_the_json_is_what_the_documentation_says(found: Hearing) -> None:
    told = json.loads(as_json(found))
    assert list(told) == ["flow", "fingerprint", "rates", "noise", "limit", "languages", "nodes"]
    assert told["noise"] == [30.0, None]
    assert told["languages"][0] == {
        "language": "en-US", "engine": "sphinx", "model": "PocketSphinx", "voices": ["piper", "espeak+f2"],
        "unknown": ["blorb"],
    }  # fmt: skip
    [node] = told["nodes"]
    assert node["phrases"][1] == {
        "phrase": "<help & more>", "answer": "2", "trials": 10, "right": 5, "wrong": 5, "by_voice": {"piper": 5},
        "taken_for": "sales", "avoid": "confused",
    }  # fmt: skip
    assert node["matrix"] == {
        "said": ["sales", "<help & more>"],
        "heard": ["sales", "<help & more>", ""],
        "counts": [[9, 0, 1], [5, 5, 0]],
    }
    assert (node["others"], node["passed"], node["counted_at"]) == (10, {"sales": 1}, 0.5)
    assert node["own"] == {"confidence": 0.5, "false_accepts": 0.1, "recognised": 0.7}
    assert node["threshold"] == {"confidence": 0.66, "false_accepts": 0.0, "recognised": 0.7}


def test_the_picture_is_whole_and_has_a_number_for_each_count(found: Hearing) -> None:
    root = ElementTree.fromstring(as_svg(found))  # noqa: S314 - we wrote it
    svg = "{http://www.w3.org/2000/svg}"
    texts = [each.text for each in root.iter(f"{svg}text")]
    assert "main: what its phrases are taken for" in texts
    assert "<help & more>" in texts
    numbers = [each.text for each in root.iter(f"{svg}text") if (each.get("class") or "").startswith("number")]
    assert numbers == ["90", "10", "50", "50"]
    kinds = [each.get("class") for each in root.iter(f"{svg}rect") if each.get("fill-opacity")]
    assert kinds == ["right", "nothing", "wrong", "right"]
    assert "“<help & more>” taken for “sales”: 5 of 10" in [each.text for each in root.iter(f"{svg}title")]


def test_nothing_is_drawn_outside_of_the_picture(found: Hearing) -> None:
    root = ElementTree.fromstring(as_svg(found))  # noqa: S314 - we wrote it
    width, height = (float(root.get(name) or 0) for name in ("width", "height"))
    for group in root.findall("{http://www.w3.org/2000/svg}g"):
        left, top = map(float, (group.get("transform") or "").removeprefix("translate(").removesuffix(")").split())
        for box in group.iter("{http://www.w3.org/2000/svg}rect"):
            x, y, wide, high = (float(box.get(name) or 0) for name in ("x", "y", "width", "height"))
            assert left + x + wide <= width
            assert top + y + high <= height
