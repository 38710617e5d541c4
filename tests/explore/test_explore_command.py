"""`ivr explore` writes a scenario file, and tells what it holds and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.cli import run

PARKING = Path(__file__).parent / "parking.yaml"


def test_a_file_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "parking.test.yaml"
    assert run(["explore", str(PARKING), "-o", str(file)]) == 0
    assert capsys.readouterr() == ("", f"{file}: 20 scenarios\n")
    assert file.read_text("utf-8") == PARKING.with_name("parking.test.yaml").read_text("utf-8")
    assert run(["explore", str(PARKING), "-o", str(file)]) == 2
    assert "exists, and may have been edited" in capsys.readouterr().err


def test_what_is_not_taken_stands_at_the_top(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flow = tmp_path / "odd.yaml"
    flow.write_text(
        """\
start: first
nodes:
  first: {type: branch, cases: [{when: "(call.from | length) * 7 == 4711 * 7", next: bye}], otherwise: other}
  bye: {type: hangup, prompt: Goodbye.}
  other: {type: hangup, prompt: Something else.}
""",
        "utf-8",
    )
    assert run(["explore", str(flow)]) == 0
    told = capsys.readouterr()
    remark = "No call was found that leaves “first” by cases.0; there may be one.\n"
    assert remark in told.err
    assert told.out.startswith(f"# {remark}")
    assert "hear: Something else." in told.out


def test_flows_that_can_t_be_called_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flow = tmp_path / "inner.yaml"
    flow.write_text("start: on\nnodes: {on: {type: return}}\n", "utf-8")
    assert run(["explore", str(flow)]) == 2
    assert "only other flows can call it" in capsys.readouterr().err
    assert run(["explore", str(tmp_path / "nothing.yaml")]) == 2


def test_nothing_can_be_written_of_a_flow_that_never_asks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flow = tmp_path / "on.yaml"
    flow.write_text("start: on\nnodes: {on: {type: play, prompt: And on., next: on}}\n", "utf-8")
    assert run(["explore", str(flow)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "no scenario could be written" in told.err
