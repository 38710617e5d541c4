"""Which scenarios are asked for, and what becomes of those that can't be run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.document.scenarios import Scenario
from ivr.simulate.results import Result, Round, span
from ivr.simulate.selection import selection
from ivr.simulate.suite import Folder, SuiteError, gather, picked

MAIN = """
start: day
hours: {office: {open: {mon-sun: "00:00-24:00"}, holidays: IN}}
nodes:
  day: {type: branch, cases: [{when: is_open('office'), next: work}], otherwise: rest}
  work: {type: hangup, prompt: Work., on_error: rest}
  rest: {type: hangup, prompt: Rest.}
"""
OTHER = "{start: a, nodes: {a: {type: subflow, flow: sub, next: b}, b: {type: hangup, prompt: Bye.}}}"
SUB = "{start: r, nodes: {r: {type: return}}}"
BROKEN = "{start: x, nodes: {a: {type: hangup}}}"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Make a folder of flows and scenarios."""

    def written(**texts: str) -> Path:
        for name, text in {"main": MAIN, "other": OTHER, "sub": SUB, **texts}.items():
            (tmp_path / f"{name.replace('_', '.')}.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return written


def scenario(name: str, more: str = "") -> str:
    return f"  - {{name: {name}, steps: []{more}}}\n"


def names(folders: tuple[Folder, ...]) -> list[str]:
    return [case.scenario.name for folder in folders for case in folder.cases]


def results(*paths: Path) -> list[Result]:
    return list(Round(gather(paths)).run())


ONE = "flow: main\nscenarios:\n" + scenario("one") + scenario("two", ", flow: other")
THREE = "scenarios:\n" + scenario("three", ", flow: main")


def test_folders_files_and_flows_can_be_asked_for(write: Write) -> None:
    folder = write(a_test=ONE, b_test=THREE)
    assert names(gather([folder])) == ["one", "two", "three"]
    assert names(gather([folder / "a.test.yaml"])) == ["one", "two"]
    assert names(gather([folder / "main.yaml"])) == ["one", "three"]
    assert names(gather([folder / "other.yaml", folder / "b.test.yaml"])) == ["two", "three"]
    assert names(gather([folder / "main.yaml", folder, folder])) == ["one", "two", "three"]


def test_what_can_not_be_asked_for_is_told(write: Write, tmp_path: Path) -> None:
    folder = write(a_test=ONE, empty_test="scenarios: []")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    for path, message in (
        (folder / "gone", "there is no such file or folder"),
        (folder / "notes.txt", r"expected a folder, a flow \(\*.yaml\) or a file of scenarios"),
        (folder / "empty", r"there are no scenarios \(\*.test.yaml\) in this folder"),
        (folder / "empty.test.yaml", "there are no scenarios in this file"),
        (folder / "sub.yaml", "no scenario in .* names the flow “sub”"),
    ):
        with pytest.raises(SuiteError, match=message):
            gather([path])


def test_scenarios_are_picked_by_words_in_file_flow_and_name(write: Write) -> None:
    folders = gather([write(a_test=ONE, b_test=THREE)])
    assert names(picked(folders, selection("other or b.test"))) == ["two", "three"]
    assert names(picked(folders, selection("main and not three"))) == ["one"]
    with pytest.raises(SuiteError, match="no scenario is picked; there are “one”, “two”, “three”"):
        picked(folders, selection("four"))


def test_flows_that_no_scenario_calls_are_seen_where_their_folder_is_asked_for(write: Write) -> None:
    folder = write(a_test="flow: other\nscenarios:\n" + scenario("one", ", ends: b"))
    whole, part = Round(gather([folder])), Round(gather([folder / "other.yaml"]))
    assert [each.passed for tried in (whole, part) for each in tried.run()] == [True, True]
    assert {id: each.nodes.percent for id, each in whole.coverage.items()} == {"main": 0, "other": 100, "sub": 100}
    assert {id: each.nodes.percent for id, each in part.coverage.items()} == {"other": 100, "sub": 100}


def test_flows_of_the_same_name_in_two_folders_are_told_apart_by_their_files(write: Write, tmp_path: Path) -> None:
    folder = write(a_test=ONE)
    (tmp_path / "more").mkdir()
    for name in ("main.yaml", "b.test.yaml"):
        (tmp_path / "more" / name).write_text({"main.yaml": MAIN}.get(name, THREE))
    tried = Round(gather([folder, tmp_path / "more"]))
    assert all(each.passed for each in tried.run())
    assert set(tried.coverage) == {str(folder / "main.yaml"), str(tmp_path / "more" / "main.yaml"), "other", "sub"}


UNRUNNABLE = [
    ("flow: mian\nscenarios:\n" + scenario("one"), (1, 7), "there is no flow “mian” (did you mean “main”?); there are"),
    ("scenarios:\n" + scenario("one", ", flow: sub"), (2, 34), "“sub” has a return, so only other flows can call it; "),
    ("scenarios:\n" + scenario("one", ", flow: broken"), (2, 34), "the flow “broken” has errors: "),
    (
        "flow: main\nscenarios:\n" + scenario("one", ', call: {now: "2100-01-01T00:00:00Z"}'),
        (3, 40),
        "a call can't be made in 2100: expected a year from 1970 to 2099",
    ),
]


@pytest.mark.parametrize(("text", "position", "message"), UNRUNNABLE, ids=[each[2] for each in UNRUNNABLE])
def test_a_scenario_that_can_not_be_run_fails_at_its_place(
    text: str, position: tuple[int, int], message: str, write: Write
) -> None:
    first, *rest = results(write(a_test=text, b_test=THREE, broken=BROKEN))
    assert (first.name, first.position, first.outcome) == ("one", position, None)
    assert (first.message or "").startswith(message)
    assert rest[0].passed


def test_mistakes_in_files_hide_no_scenarios(write: Write) -> None:
    wrong = "flow: main\nscenarios:\n  - {name: one, steps: [{here: x}]}\n"
    folder = write(a_test=wrong, b_test=THREE, c_test="[", broken=BROKEN)
    found = results(folder)
    assert [(Path(each.file).name, each.is_mistake, each.passed) for each in found] == [
        ("a.test.yaml", True, False),
        ("a.test.yaml", True, False),
        ("b.test.yaml", False, True),
        ("c.test.yaml", True, False),
        ("broken.yaml", True, False),
    ]
    assert found[0].position == (3, 25)
    assert "did you mean “hear”?" in f"{found[0].message} {found[1].message}"
    assert "there is no node “x”" in (found[-1].message or "")


def test_mistakes_in_files_about_other_flows_are_left_out_where_one_flow_is_asked_for(write: Write) -> None:
    wrong = "flow: other\nscenarios:\n  - {name: one, steps: [{here: x}]}\n"
    folder = write(a_test=wrong, b_test=THREE, c_test="[")
    assert [Path(each.file).name for each in results(folder / "main.yaml")] == ["b.test.yaml", "c.test.yaml"]
    assert {Path(each.file).name for each in results(folder / "other.yaml")} == {"a.test.yaml", "c.test.yaml"}


REPUBLIC_DAYS = (1994, 2019, 2023, 2024, 2026, 2031, 2040, 2099)


def test_holidays_are_known_in_whatever_year_a_call_is_made(write: Write) -> None:
    listed = "".join(
        scenario(f"{day} {year}", f', call: {{now: "{year}-01-{day}T12:00:00Z"}}, ends: {end}')
        for year in REPUBLIC_DAYS
        for day, end in ((26, "rest"), (27, "work"))
    )
    found = results(write(a_test=f"flow: main\nscenarios:\n{listed}"))
    assert [each.message for each in found] == [None] * (2 * len(REPUBLIC_DAYS))


def test_a_call_at_the_turn_of_the_year_sees_both_years() -> None:
    def made(*when: int) -> tuple[int, int]:
        return span(Scenario("", "", (), (), now=datetime(*when, tzinfo=UTC)))  # type: ignore[arg-type,misc]  # numbers of a time

    assert made(2026, 6, 1) == (2026, 2026)
    assert made(2026, 12, 31, 20) == (2026, 2027)
    assert made(2027, 1, 1, 4) == (2026, 2027)
