"""Flow files that are whole load without a finding; each mistake is told exactly as the file beside it says.

`tests/flows/bad/NAME.yaml` has one mistake (but for `many_mistakes_at_once`), and `NAME.out` what is said of it.
`IVR_UPDATE_GOLDEN=1` writes the latter.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.document.finding import as_text
from ivr.document.load import flow_files, load

FLOWS = Path(__file__).parent.parent / "flows"
YEAR = 2026
BAD = sorted((FLOWS / "bad").glob("*.yaml"))


def test_whole_flows_load_without_a_finding() -> None:
    loaded = load(flow_files(FLOWS / "ok"), YEAR)
    assert as_text(loaded.findings, loaded.lines) == ""
    assert set(loaded.flows) == {path.stem for path in flow_files(FLOWS / "ok")}


@pytest.mark.parametrize("path", BAD, ids=[path.stem for path in BAD])
def test_a_mistake_is_told_with_its_place(path: Path, golden: Callable[[Path, str], None]) -> None:
    loaded = load([path], YEAR)
    told = as_text(loaded.findings, loaded.lines).replace(f"{path.parent}/", "")
    golden(path.with_suffix(".out"), told)
    assert told
    assert not loaded.flows
    assert "given schemas" not in told


def test_every_mistake_has_its_file() -> None:
    outs = {path.stem for path in (FLOWS / "bad").glob("*.out")}
    assert outs == {path.stem for path in BAD}
