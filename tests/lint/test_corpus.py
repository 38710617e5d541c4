"""Each flow of `tests/flows/lint` has one mistake that only checks see, told of exactly as the file beside it says.

The name of a flow, or of a folder of flows, is the id of the check, and more after `--` where it has several.
`IVR_UPDATE_GOLDEN=1` writes the `.out` files.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ivr.document.finding import as_text
from ivr.document.load import flow_files, load
from ivr.lint import check
from ivr.speech.machine import Machine

CORPUS = Path(__file__).parent.parent / "flows" / "lint"
TODAY = date(2026, 11, 23)
CASES = sorted(path for path in CORPUS.iterdir() if path.is_dir() or path.suffix == ".yaml")


@pytest.mark.parametrize("case", CASES, ids=[path.stem for path in CASES])
def test_a_mistake_is_found_and_nothing_else(case: Path, tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    loaded = load(flow_files(case), TODAY.year)
    assert loaded.findings == ()
    found = check(loaded, Machine.this(None, tmp_path, {}), TODAY)
    golden(case.with_suffix(".out"), as_text(found, loaded.lines).replace(f"{CORPUS}/", ""))
    assert {each.check for each in found} == {case.stem.split("--")[0]}


def test_every_mistake_has_its_file() -> None:
    assert {path.stem for path in CORPUS.glob("*.out")} == {path.stem for path in CASES}
