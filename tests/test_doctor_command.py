"""`ivr doctor` says what of a machine works, and what to do about the rest."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from ivr.cli import run

FLOW = """
start: look
nodes:
  look: {type: http, url: "{{ env.CRM }}/x", on_error: bye, next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text(FLOW)
    return tmp_path / "flows"


def examined(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, list[Any]]]:
    """The exit code, and what was found by what was looked at."""
    code = run(["doctor", "--format", "json", *map(str, arguments)])
    found: dict[str, list[Any]] = {}
    for each in json.loads(capsys.readouterr().out)["checks"]:
        found.setdefault(each["name"], []).append(each)
    return code, found


@pytest.mark.slow
def test_a_machine_that_works(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flows / "main.yaml").write_text("{start: bye, nodes: {bye: {type: hangup, prompt: Goodbye.}}}")
    code, found = examined(capsys, flows, "--data-dir", flows.parent / "data", "--port", 0)
    assert {name: [each["state"] for each in all_of] for name, all_of in found.items()} == {
        "flows": ["ok"],
        "data directory": ["ok"],
        "port": ["ok"],
        "console": ["ok"],
        "open files": ["ok"],
        "clock": ["ok"],
        "synthesis": ["ok"],
        "store": ["ok"],
    }
    assert code == 0


@pytest.mark.slow
def test_what_is_broken_comes_with_its_remedy(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flows / "other.yaml").write_text("start: nowhere")
    data = flows.parent / "file"
    data.write_text("")
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104  to be in the way
        taken.listen()
        port = taken.getsockname()[1]
        code, found = examined(
            capsys,
            flows,
            "--data-dir",
            data,
            "--host",
            "0.0.0.0",  # noqa: S104  as above
            "--port",
            port,
            "--models",
            data,
        )
    assert code == 1
    for name in ("flows", "data directory", "port", "names of flows", "store", "understanding"):
        (each,) = found[name]
        assert each["state"] == "broken", each
        assert each["remedy"], each
    (doors,) = found["doors"]
    assert (doors["state"], doors["remedy"]) == ("warning", "set --webhook-secret")
    (console,) = found["console"]
    assert (console["found"], console["remedy"]) == (
        "/console and /metrics open to nobody",
        "to see them set --console-password",
    )


@pytest.mark.slow
def test_people_are_told_in_rows(flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = flows.parent / "data" / "stream.key"
    key.parent.mkdir()
    key.write_text("k" * 40)
    key.chmod(0o644)
    assert run(["doctor", "--data-dir", str(key.parent), "--port", "0", "--max-calls", "100000"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert "ok       synthesis       en-US is spoken" in rows
    assert f"WARNING  stream key      others can read {key}" in rows
    assert f"{'':25}→ chmod 600 {key}" in rows
    assert any(row.startswith("WARNING  open files") for row in rows)
