"""`ivr graph`: what it prints or writes, and its exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ivr import cli

FLOWS = Path(__file__).parents[2] / "flows"
SHOP = Path(__file__).parent / "shop.yaml"
ODD = """
start: hello
nodes:
  hello: {type: play, prompt: Hello., next: bye}
  alone: {type: play, prompt: Nobody comes here., next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""

Captured = pytest.CaptureFixture[str]


def test_mermaid_is_printed(capsys: Captured) -> None:
    assert cli.run(["graph", str(SHOP)]) == 0
    assert capsys.readouterr().out.startswith("flowchart TD\n")


def test_what_mermaid_would_refuse_is_told_of(tmp_path: Path, capsys: Captured) -> None:
    plays = "".join(f"  n{place}: {{type: play, prompt: Hello., next: n{place + 1}}}\n" for place in range(501))
    flow = tmp_path / "long.yaml"
    flow.write_text(f"start: n0\nnodes:\n{plays}  n501: {{type: hangup}}\n")
    assert cli.run(["graph", str(flow)]) == 0
    printed = capsys.readouterr()
    assert printed.out.count(" --> ") == 502
    assert "Mermaid draws no more than 500 arrows or 50,000 characters; --format svg draws all of it" in printed.err


def test_svg_is_written_to_a_file(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "shop.svg"
    assert cli.run(["graph", str(SHOP), "--format", "svg", "-o", str(file)]) == 0
    assert file.read_text(encoding="utf-8").startswith("<svg ")
    assert capsys.readouterr().out == ""


def test_findings_are_drawn_and_are_no_failure(tmp_path: Path, capsys: Captured) -> None:
    flow = tmp_path / "odd.yaml"
    flow.write_text(ODD)
    assert cli.run(["graph", str(flow), "--overlay", "findings"]) == 0
    assert "[unreachable-node]" in capsys.readouterr().out


def test_overlays_join(tmp_path: Path, capsys: Captured) -> None:
    flow = tmp_path / "odd.yaml"
    flow.write_text(ODD)
    for given in (["--overlay", "findings,times"], ["--overlay", "findings", "--overlay", "times"]):
        assert cli.run(["graph", str(flow), *given]) == 0
        told = capsys.readouterr().out
        assert "[unreachable-node]" in told
        assert "<b>0 s</b>" in told


def test_what_scenarios_take_is_drawn(tmp_path: Path, capsys: Captured) -> None:
    flow = tmp_path / "odd.yaml"
    flow.write_text(ODD)
    assert cli.run(["graph", str(flow), "--overlay", "coverage"]) == 2
    assert "there are no scenarios (*.test.yaml) in this folder" in capsys.readouterr().err
    (tmp_path / "odd.test.yaml").write_text("{flow: odd, scenarios: [{name: short, steps: [], ends: alone}]}")
    assert cli.run(["graph", str(flow), "--overlay", "coverage"]) == 0
    drawn = capsys.readouterr()
    assert "<b>1 of 1 exit</b>" in drawn.out
    assert "<b>not reached</b><br>no scenario comes here" in drawn.out
    assert f"not all scenarios pass; ivr test {tmp_path}" in drawn.err


def test_an_overlay_that_there_is_not(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run(["graph", str(SHOP), "--overlay", "heat"])
    assert ended.value.code == 2
    assert "there is no “heat”; there are: coverage, findings, times" in capsys.readouterr().err


def test_a_subflow_has_no_times(capsys: Captured) -> None:
    assert cli.run(["graph", str(FLOWS / "verify.yaml"), "--overlay", "times"]) == 2
    assert "only other flows call a flow with a return" in capsys.readouterr().err


def test_a_flow_that_can_not_be_drawn(tmp_path: Path, capsys: Captured) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("{start: nowhere, nodes: {bye: {type: hangup}}}")
    for path in (broken, tmp_path / "none.yaml", tmp_path):
        assert cli.run(["graph", str(path)]) == 2
        assert "no file of a flow without errors" in capsys.readouterr().err


def test_a_file_that_can_not_be_written(tmp_path: Path, capsys: Captured) -> None:
    assert cli.run(["graph", str(SHOP), "-o", str(tmp_path / "none" / "shop.mmd")]) == 2
    assert "shop.mmd" in capsys.readouterr().err


def test_the_same_flow_gives_the_same_bytes(tmp_path: Path) -> None:
    drawn = set()
    for seed in ("1", "2"):
        file = tmp_path / f"{seed}.svg"
        program = [sys.executable, "-m", "ivr", "graph", str(FLOWS / "clinic.yaml"), "--format", "svg", "-o", str(file)]
        subprocess.run(program, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
        drawn.add(file.read_bytes())
    assert len(drawn) == 1
