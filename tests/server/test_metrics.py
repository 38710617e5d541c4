"""`/metrics` tells the sum of what all workers count, to whom it may; its page and its alarms name what it tells."""

from __future__ import annotations

import argparse
import os
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from prometheus_client.parser import text_string_to_metric_families
from quart import Quart

from ivr import config
from ivr.calls.clock import Clock
from ivr.calls.lookups import Lookups
from ivr.calls.meters import METERS
from ivr.calls.services import Services
from ivr.calls.store.store import Store
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.server import sheets
from ivr.server.console.access import Access
from ivr.server.line import Line
from ivr.server.metrics import ANSWERED, ENDED, GOING, METRICS, STEP, STORE, add, counted, metrics
from ivr.server.places import Places
from ivr.server.sheets import DIRECTORY, Sample, Sheet, directory_of_workers
from ivr.server.standing import Standing
from ivr.server.tokens import Tokens
from ivr.speech.store import PromptStore

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "metrics.md").read_text("utf-8")
RULES = (ROOT / "docs" / "operating" / "ivr.rules.yml").read_text("utf-8")
NAMES = {metric.name for metric in METRICS}
MAIN = "{start: bye, nodes: {bye: {type: hangup}}}"
UNHEARD = {"ivr_recogniser_listening", "ivr_recogniser_limit"}
"""Told only where somebody listens."""

Told = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@pytest_asyncio.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    loaded = load_sources({"main.yaml": read(MAIN, "main")})
    lookups = Lookups()
    store = Store(f"sqlite:///{tmp_path}/ivr.db", "k" * 32, keep=0)
    await store.open()
    async with PromptStore(tmp_path / "prompts", jobs=1) as prompts:
        services = Services(Clock(), prompts, lookups, tmp_path, store=store)
        tokens, seats = Tokens("k" * 32), Places(2, 7).mine()
        yield Line(loaded.flows, (), services, tokens, {}, longest_call=3600, seats=seats)
    await store.aclose()
    await lookups.aclose()


def settings(tmp_path: Path, **environ: str) -> config.Settings:
    return config.load(argparse.Namespace(), {"HOME": str(tmp_path), **environ}, tmp_path)


def told(text: bytes) -> Told:
    """All samples of an exposition."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def value(text: bytes, name: str, **labels: str) -> float | None:
    return told(text).get((name, frozenset(labels.items())))


def here() -> Path:
    """The directory of the workers."""
    return Path(os.environ[DIRECTORY])


def samples(answered: int, going: int, *, store: bool, short: int = 0, long: int = 0) -> list[Sample]:
    return [
        (ANSWERED, "", ("main",), answered),
        (GOING, "", ("main",), going),
        (STORE, "", (), store),
        (STEP, "_bucket", ("0.001",), short),
        (STEP, "_bucket", ("inf",), long),
        (STEP, "_sum", (), 0.5),
    ]


# The sum of all workers


def test_what_workers_count_is_summed_and_outlives_them(tmp_path: Path, line: Line) -> None:
    with directory_of_workers(tmp_path):
        first, second = Sheet(here(), 0), Sheet(here(), 1)
        first.write(samples(2, 1, store=True, short=3, long=1))
        second.write(samples(3, 2, store=False, short=1))
        page = metrics(line, Standing())
        assert value(page, "ivr_calls_answered_total", flow="main") == 5
        assert value(page, "ivr_calls_in_progress", flow="main") == 3
        assert value(page, "ivr_store_up") == 0
        assert value(page, "ivr_step_seconds_bucket", le="0.001") == 4
        assert value(page, "ivr_step_seconds_bucket", le="+Inf") == 5
        assert value(page, "ivr_step_seconds_count") == 5
        assert value(page, "ivr_step_seconds_sum") == 1

        sheets.forget(1)
        page = metrics(line, Standing())
        assert value(page, "ivr_calls_answered_total", flow="main") == 5
        assert value(page, "ivr_calls_in_progress", flow="main") == 1
        assert value(page, "ivr_store_up") == 1

        files = len(list(here().iterdir()))
        successor = Sheet(here(), 1)
        successor.write(samples(1, 1, store=True, long=1))
        successor.write(samples(2, 0, store=True, long=1))
        page = metrics(line, Standing())
        assert value(page, "ivr_calls_answered_total", flow="main") == 7
        assert value(page, "ivr_calls_in_progress", flow="main") == 1
        assert value(page, "ivr_step_seconds_count") == 6
        assert len(list(here().iterdir())) == files + 2
        for each in (first, second, successor):
            each.close()


async def test_all_metrics_are_told_and_no_others(tmp_path: Path, line: Line) -> None:
    METERS.steps["main", "Answered"] += 1
    with directory_of_workers(tmp_path):
        sheet = Sheet(here(), 0)
        sheet.write(counted(line))
        sheet.close()
        page = metrics(line, Standing())
    kinds = {each.name: each for each in text_string_to_metric_families(page.decode())}
    assert {f"{name}_total" if each.type == "counter" else name for name, each in kinds.items()} == NAMES - UNHEARD
    for metric in METRICS:
        family = kinds.get(metric.name.removesuffix("_total"))
        assert family is None or family.documentation == metric.help
    assert value(page, "ivr_calls_limit") == 7
    assert value(page, "ivr_workers_wanted") == 2
    assert value(page, "ivr_ready") == 1
    assert value(page, "ivr_store_up") == 1
    assert value(page, ENDED.name, flow="main", outcome="abandoned", reason="caller") is not None


# The directory


def test_directories_are_removed_at_the_end_and_of_servers_that_were_killed(tmp_path: Path) -> None:
    killed = tmp_path / "run" / "1-abc.metrics"
    killed.mkdir(parents=True)
    (killed / "counter_0.db").write_bytes(b"")
    with directory_of_workers(tmp_path):
        assert not killed.exists()
        older = here()
        with directory_of_workers(tmp_path):
            assert here() != older
            assert older.is_dir()
        assert here() == older
    assert DIRECTORY not in os.environ
    assert list((tmp_path / "run").iterdir()) == []


def test_where_nothing_can_be_written_nothing_is_counted_and_all_else_goes_on(tmp_path: Path, line: Line) -> None:
    assert sheets.sheet(0) is None
    sheets.forget(0)
    assert value(metrics(line, Standing()), "ivr_ready") == 1
    with directory_of_workers(tmp_path):
        (here() / "counter_0.db").mkdir()
        assert sheets.sheet(0) is None


# Who is told


@pytest.mark.parametrize(
    ("environ", "headers", "status"),
    [
        ({}, {}, 200),
        ({}, {"X-Forwarded-For": "192.0.2.1"}, 403),
        ({"IVR_CONSOLE_PASSWORD": "correct horse battery"}, {}, 401),
        (
            {"IVR_CONSOLE_PASSWORD": "correct horse battery"},
            {"Authorization": "Basic " + b64encode(b"prometheus:correct horse battery").decode()},
            200,
        ),
    ],
    ids=["this machine", "through a proxy", "without the password", "with the password"],
)
async def test_metrics_are_told_to_whom_the_console_opens(
    tmp_path: Path, line: Line, environ: Mapping[str, str], headers: Mapping[str, str], status: int
) -> None:
    app = Quart("metrics", static_folder=None)
    add(app, line, Standing(), Access(settings(tmp_path, **environ), line.tokens))
    client = app.test_client()
    answer = await client.get("/metrics", headers=headers, scope_base={"client": ("127.0.0.1", 1)})
    assert answer.status_code == status
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert (b"ivr_ready 1.0" in await answer.get_data()) == (status == 200)


async def test_webhooks_that_are_refused_are_counted(tmp_path: Path, line: Line) -> None:
    async def refusing(path_secret: str = "") -> tuple[str, int]:
        return path_secret, 404

    app = Quart("metrics", static_folder=None)
    add(app, line, Standing(), Access(settings(tmp_path), line.tokens))
    app.add_url_rule("/<path_secret>/answer", "/<path_secret>/answer", refusing)
    app.add_url_rule("/other", "other", refusing)
    before = METERS.webhooks_refused[404]
    for path in ("/secret/answer", "/other", "/nowhere"):
        assert (await app.test_client().get(path)).status_code == 404
    assert METERS.webhooks_refused[404] == before + 1


# The page, and the alarms


def test_the_page_has_every_metric_with_its_labels_and_no_other() -> None:
    shown = re.findall(r"^\| `(ivr_\w+)` \| (.*?) \| (.*?) \|", PAGE, re.MULTILINE)
    expected = [(each.name, ", ".join(f"`{label}`" for label in each.labels)) for each in METRICS]
    assert [(name, labels) for name, labels, _ in shown] == expected
    assert all(meaning for _, _, meaning in shown)


def named(expression: str) -> set[str]:
    """The metrics that an expression of Prometheus reads."""
    return {re.sub(r"_(bucket|sum|count)$", "", each) for each in re.findall(r"\bivr_[a-z_]+", expression)}


def test_alarms_read_metrics_that_there_are() -> None:
    rules = [rule for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]]
    assert len(rules) > 8
    for rule in rules:
        assert {"alert", "expr", "annotations"} <= set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["annotations"]["summary"]
        assert named(rule["expr"]), rule
        assert named(rule["expr"]) <= NAMES, rule
    for expression in re.findall(r"```promql\n(.*?)```", PAGE, re.DOTALL):
        assert named(expression)
        assert named(expression) <= NAMES
