"""docs/security.md is right: its commands, expressions and flows do what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivr.calls.lookups import ANSWER_LIMIT
from ivr.cli import run
from ivr.config import SETTINGS
from ivr.core.effects import Fetch
from ivr.core.events import LookupAnswered
from ivr.core.expressions import ExpressionError, Scope, expression
from ivr.core.values import MASK
from ivr.document.compose import MAX_VALUES
from ivr.document.source import MAX_BYTES
from ivr.server.app import WEBHOOK_BYTES
from ivr.server.line import FIRST_STREAM_MS
from ivr.server.precautions import SHORTEST_SECRET

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
KIB = 1024
ROW = re.compile(r"^\| `(?P<source>[^`]+)` \| (?:error: (?P<error>.+)|`(?P<result>.+)`) \|$", re.MULTILINE)
FLOW = re.compile(r"^```yaml \S+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOCTOR = re.compile(r"^```text ivr (?P<command>.+)\n(?P<told>(?:.+\n)+)```$", re.MULTILINE)
SCOPE = Scope({}, "en-US", lambda: datetime(2026, 11, 23, tzinfo=UTC), lambda _: True)


@pytest.mark.parametrize("row", [each.groups() for each in ROW.finditer(PAGE)], ids=str)
def test_expressions_are_bounded_as_it_says(row: tuple[str, str | None, str | None]) -> None:
    source, error, result = row
    source = source.replace("\\|", "|")
    if error is None:
        assert expression(source).evaluate(SCOPE) == result
    else:
        with pytest.raises(ExpressionError, match=re.escape(error)):
            expression(source).evaluate(SCOPE)


@pytest.mark.slow
def test_the_doctor_says_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = DOCTOR.search(PAGE)
    assert shown is not None
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text("{start: bye, nodes: {bye: {type: hangup}}}")
    with chdir(tmp_path):
        run([*shown["command"].split(), "--port", "0", "--data-dir", "data"])
    assert shown["told"] in capsys.readouterr().out


def test_what_a_lookup_repeats_is_masked(flow_of: Callable[..., Any], call: Callable[..., Any]) -> None:
    shown = FLOW.search(PAGE)
    assert shown is not None

    def answer(fetch: Fetch, now: int) -> LookupAnswered:
        assert fetch.url.endswith("73915842")
        return LookupAnswered(now, fetch.lookup, 200, {}, {"message": "Card 7391 5842 is blocked."})

    line = call(flow_of(shown[1]), answer)
    line.press(" ".join(f"{key}@{4000 + 100 * number}" for number, key in enumerate("73915842")))
    line.advance(20_000)
    told = [each.text for each in line.lines]
    assert MASK in told
    assert not any("5842" in each for each in told)


def test_its_settings_and_numbers_are_those_of_the_program() -> None:
    flags = {setting.flag for setting in SETTINGS}
    assert set(re.findall(r"--[a-z-]+[a-z]", PAGE)) - {"--seconds"} <= flags
    assert f"of {SHORTEST_SECRET} characters or more" in PAGE
    assert f"at most {WEBHOOK_BYTES // KIB} KiB" in PAGE
    assert f"{ANSWER_LIMIT // KIB // KIB} MiB |" in PAGE
    assert f"{MAX_BYTES // KIB // KIB} MiB of YAML" in PAGE
    assert FIRST_STREAM_MS == 120_000
    assert f"at most {MAX_VALUES:,} values" in PAGE
