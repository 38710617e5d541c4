"""`ivr test`: what it prints for people and programs, and its exit codes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ivr import cli
from ivr.simulate.report import Paper, progress
from ivr.simulate.results import Round
from ivr.simulate.suite import gather

FLOW = """\
start: menu
variables: {x: 1}
nodes:
  menu:
    type: menu
    prompt: For sales press 1.
    choices: [{press: 1, next: sales}, {press: 2, next: bye}]
    on_failure: bye
  sales: {type: transfer, to: "100", prompt: One moment., on_error: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""
SCENARIOS = """\
flow: main
scenarios:
  - name: sales
    steps:
      - hear: For sales
      - press: 1
    ends: sales
  - name: support
    steps:
      - hear: For sales
      - hear: For support
      - press: 2
    ends: bye
  - name: goodbye
    steps:
      - press: 2
      - check: x == 2
"""
TOLD = """\
main.test.yaml .FF                                                        [100%]

=================================== FAILURES ===================================
________________________________ main: support _________________________________
main.test.yaml:11:9

    0.000  ivr     For sales press 1.
    6.417  ivr     For sales press 1.
   12.834  ivr     For sales press 1.
   19.251  ivr     Goodbye.
   19.991  world   the call ends: hangup

   9 |     steps:
  10 |       - hear: For sales
> 11 |       - hear: For support
     |         ^
  12 |       - press: 2
  13 |     ends: bye
  expected: to hear “For support”
  happened: “For support” was not heard within 30 s; heard was: For sales press 1. / For sales press 1. / Goodbye.

________________________________ main: goodbye _________________________________
main.test.yaml:17:9

    0.000  ivr     For sales press 1.
    0.000  caller  presses a key
    0.000  ivr     stops
    0.000  ivr     Goodbye.

  15 |     steps:
  16 |       - press: 2
> 17 |       - check: x == 2
     |         ^
  expected: x == 2
  happened: this does not hold: x == 2; x is 1

flow   nodes   exits  events  missing
main   100 %    75 %    50 %  exits sales.on_error; events menu.wrong, menu.hangup and 1 more

main: 75 % of its exits, and 80 % are asked for; no scenario takes sales.on_error
2 failed, 1 passed in 0.00 s
"""
REASON = re.compile(r"^ .*  engine  .*\n", re.MULTILINE)
SECONDS = re.compile(r"in \d+\.\d\d s$", re.MULTILINE)
BUILT_WELL = """\
flow: main
scenarios:
  - {name: failure, steps: [press: 1], call: {transfer: busy}, ends: bye}
  - {name: sales, steps: [press: 1], ends: sales}
  - {name: bye, steps: [press: 2], ends: bye}
  - {name: silence, steps: [], ends: bye}
"""
HOSTILE = """\
flow: main
scenarios:
  - {name: "\\e[31mred & <b> \\0 ]]> \\" '", steps: [hear: "\\x08 ]]> \\uD7FF"]}
"""

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a flow and its scenarios, in which the program runs."""
    (tmp_path / "main.yaml").write_text(FLOW)
    (tmp_path / "main.test.yaml").write_text(SCENARIOS)
    with chdir(tmp_path):
        yield tmp_path


@pytest.mark.usefixtures("folder")
def test_what_people_are_told(capsys: Captured) -> None:
    assert cli.run(["test", ".", "--fail-under", "80"]) == 1
    told = SECONDS.sub("in 0.00 s", REASON.sub("", capsys.readouterr().out))
    assert told == TOLD.replace("was: For sales press 1. ", "was: For sales press 1. / For sales press 1. ")


@pytest.mark.usefixtures("folder")
def test_what_programs_are_told(capsys: Captured) -> None:
    assert cli.run(["test", ".", "--format", "json", "-k", "sales or goodbye"]) == 1
    told = json.loads(capsys.readouterr().out)
    passed = {"file": "main.test.yaml", "name": "sales", "flow": "main", "passed": True}
    message = "main.test.yaml:17:9: this does not hold: x == 2; x is 1"
    failed = {**passed, "name": "goodbye", "passed": False, "message": message}
    assert told["scenarios"] == [passed, failed]
    assert told["coverage"] == {"main": {"nodes": 1.0, "exits": 0.5}}
    missing = told["missing"]["main"]
    assert (missing["nodes"], missing["exits"][0]) == ([], {"node": "menu", "exit": "on_failure"})
    assert missing["events"][-1] == {"node": "sales", "event": "not_handed_over"}


def test_what_ci_systems_are_told(folder: Path, capsys: Captured) -> None:
    (folder / "mistaken.test.yaml").write_text("flow: main")
    assert cli.run(["test", ".", "--format", "junit"]) == 1
    root = ElementTree.fromstring(capsys.readouterr().out.encode())  # noqa: S314 - we wrote it ourselves
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4", "failures": "2", "errors": "1", "skipped": "0"
    }  # fmt: skip
    suite, mistaken = root.findall("testsuite")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("main.test.yaml", "3", "2")
    assert (mistaken.get("name"), mistaken.get("errors")) == ("mistaken.test.yaml", "1")
    case = suite.findall("testcase")[2]
    assert (case.get("name"), case.get("classname"), case.get("line")) == ("goodbye", "main", "17")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "this does not hold: x == 2; x is 1"
    assert "caller  presses a key" in (failure.text or "")
    assert "> 17 |       - check: x == 2" in (failure.text or "")
    assert mistaken.find("testcase/error") is not None


@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_whatever_a_file_holds_the_report_is_sound(form: str, folder: Path, capsys: Captured) -> None:
    (folder / "main.test.yaml").write_text(HOSTILE)
    assert cli.run(["test", ".", "--format", form]) == 1
    told = capsys.readouterr().out
    if form == "json":
        assert json.loads(told)["scenarios"][0]["name"].startswith("\x1b[31mred")
        return
    assert not re.search("[\x00-\x09\x0b-\x1f]", told)
    if form == "junit":
        case = ElementTree.fromstring(told.encode()).find(".//testcase")  # noqa: S314 - we wrote it ourselves
        assert case is not None
        assert case.get("name") == "�[31mred & <b> � ]]> \" '"


@pytest.mark.parametrize(("options", "code"), [
    (["."], 0),
    ([".", "--fail-under", "100"], 0),
    ([".", "--fail-under", "100", "-k", "sales"], 1),
    ([".", "--fail-under", "75", "-k", "not silence"], 0),
    (["main.yaml", "--fail-under", "100%"], 0),
    ([".", "-k", "(sales"], 2),
    ([".", "-k", "nothing like it"], 2),
    (["gone"], 2),
])  # fmt: skip
def test_exit_codes(options: list[str], code: int, folder: Path, capsys: Captured) -> None:
    (folder / "main.test.yaml").write_text(BUILT_WELL)
    assert cli.run(["test", *options]) == code
    told = capsys.readouterr()
    assert (told.err != "") == (code == 2)


@pytest.mark.parametrize("share", ["-1", "101", "most", "nan"])
def test_a_share_is_a_number_of_percent(share: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run(["test", "--fail-under", share])
    assert ended.value.code == 2
    assert f"expected a number from 0 to 100, found “{share}”" in capsys.readouterr().err


def test_a_threshold_is_told_beside_what_programs_read(folder: Path, capsys: Captured) -> None:
    (folder / "main.test.yaml").write_text(BUILT_WELL)
    assert cli.run(["test", ".", "--format", "json", "--fail-under", "100", "-k", "bye"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["coverage"]["main"]["exits"] == 0.25
    assert "main: 25 % of its exits, and 100 % are asked for; no scenario takes menu.choices.1," in told.err


def test_long_files_fill_lines_and_failures_have_colours(folder: Path) -> None:
    many = "".join(f"  - {{name: n{number}, steps: []}}\n" for number in range(80))
    (folder / "main.test.yaml").write_text("flow: main\nscenarios:\n" + many + "  - {name: x, steps: [], ends: bye}\n")
    rounds = [Round(gather([Path()])) for _ in range(2)]
    plain = "".join(progress(rounds[0].run(), rounds[0].scenarios, Paper(colour=False)))
    assert [len(line) for line in plain.splitlines()] == [73, 80]
    assert plain.endswith(" [100%]\n")
    coloured = "".join(progress(rounds[1].run(), rounds[1].scenarios, Paper(colour=True)))
    assert re.sub("\x1b\\[[0-9]+m", "", coloured) == plain
    assert "\x1b[32m.\x1b[0m" in coloured


def test_failures_for_one_reason_are_told_once(folder: Path, capsys: Captured) -> None:
    (folder / "main.yaml").write_text("{start: gone, nodes: {a: {type: hangup}}}")
    assert cli.run(["test", "."]) == 1
    told = capsys.readouterr().out
    assert "__ main: sales and 2 more __" in told
    assert told.count("the flow “main” has errors: main.yaml:1:9: there is no node “gone”") == 1
    assert "3 failed in" in told
