"""docs/records.md is right: its commands can be given, and its limits, columns and times are those of the program."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from ivr.calls.records import tables
from ivr.calls.records.export import RECORD_COLUMNS, record_as_plain
from ivr.calls.records.figures import OUTCOMES
from ivr.calls.records.record import CallRecord, Leg
from ivr.calls.records.spread import GOAL_MS, LOOKUP_MS
from ivr.calls.records.trail import MOST_LEGS
from ivr.calls.store.engine import database_url
from ivr.cli import run
from ivr.config import SETTINGS
from tests import recorded

PAGE = (Path(__file__).parents[2] / "docs" / "records.md").read_text("utf-8")
SHOWN = [line.partition("#")[0] for line in re.findall(r"^ivr .+$", PAGE, re.MULTILINE)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with calls."""
    folder = tmp_path_factory.mktemp("shown")
    recorded.some(database_url(None, folder), 12)
    return folder


@pytest.mark.parametrize("shown", SHOWN)
def test_commands_do_something(shown: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given, _, _ = shown.partition(">")
    _, *arguments = shlex.split(given.replace("flows/", f"{recorded.FLOWS}/").replace("-o ", f"-o {tmp_path}/"))
    unasked = ("--yes",) if "--delete" in arguments else ()
    code = run([*arguments, *unasked, "--data-dir", str(data)])
    told = capsys.readouterr()
    assert code == 0 or "there is no record of such a call" in told.err


def test_the_columns_are_those_of_the_program() -> None:
    columns = {each for of in tables.COLUMNS.values() for each in of}
    told = {f"`{name}`" for name in (*RECORD_COLUMNS, *tables.NAMES, *columns)}
    assert {name for name in told if name not in PAGE} == set()
    assert {name for name in OUTCOMES if f"| {name} |" not in PAGE} == set()


def test_a_visit_looks_as_it_is_shown() -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
    leg = Leg("crm/ask", 9_000, "next", no_inputs=1)
    numbers = ("+91", "+92", "inbound", 0, "1970-01-01")
    record = CallRecord("r", "c", "c", "f", "v", *numbers, None, None, None, None, (), None, 0, (leg,))
    assert record_as_plain(record)["path"] == [shown]


def test_limits_are_those_of_the_program() -> None:
    for limits in (GOAL_MS, LOOKUP_MS):
        *most, last = (f"{limit / 1000:g}" for limit in limits)
        assert f"{', '.join(most)} and {last} seconds" in re.sub(r"\s+", " ", PAGE)
    assert f"up to {MOST_LEGS} visits" in PAGE
    defaults = {setting.flag: setting.default for setting in SETTINGS}
    kept = {flag: defaults[flag] for flag in ("--keep-records", "--keep-journals", "--keep-figures")}
    assert kept == {"--keep-records": "90d", "--keep-journals": "30d", "--keep-figures": "1095d"}
    for told in ("`--keep-records`, 90 days", "`--keep-journals`, 30 days", "`--keep-figures`, three years"):
        assert told in PAGE
