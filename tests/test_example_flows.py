"""The flows that people start from: they load without a finding, every scenario passes, and their CRM answers."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx

from ivr.document import finding
from ivr.document.load import flow_files, load
from ivr.simulate.report import Paper, failures, table
from ivr.simulate.results import Round
from ivr.simulate.suite import gather
from tests import demo_crm

ROOT = Path(__file__).parents[1]
FLOWS = ROOT / "flows"
LOADED = load(flow_files(FLOWS), 2026)


def test_the_flows_load_without_a_finding() -> None:
    assert finding.as_text(LOADED.findings, LOADED.lines) == ""
    assert set(LOADED.flows) == {"balance", "clinic", "main", "verify"}


def test_every_scenario_passes_and_together_they_take_all_that_may_happen() -> None:
    made = Round(gather([FLOWS]))
    plain = Paper(colour=False)
    assert "".join(failures(list(made.run()), plain)) == ""
    shares = [part for each in made.coverage.values() for part in (each.nodes, each.exits, each.events)]
    assert all(part.written and not part.missing for part in shares), table(made.coverage, plain)


def test_every_menu_announces_at_most_five_choices() -> None:
    for flow in LOADED.flows.values():
        for node in flow.nodes.values():
            choices = getattr(node, "choices", ())
            assert len(choices) <= 5, f"{flow.id}/{node.id}"
            assert all(choice.label.entries for choice in choices), f"{flow.id}/{node.id}"


def test_a_human_can_be_asked_for_wherever_something_is_asked() -> None:
    for flow in LOADED.flows.values():
        assert any(each.next == "operator" and each.press and each.say.entries for each in flow.universals), flow.id


@contextmanager
def demo_service() -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """The demo service as `make serve` starts it, and a client that has its token."""
    headers = {"Authorization": "Bearer known to both"}
    with (
        demo_crm.running("known to both") as (address, process),
        httpx.Client(base_url=address, headers=headers, timeout=10, trust_env=False) as client,
    ):
        yield client, process


def test_the_demo_service_answers_what_the_flows_ask() -> None:
    with demo_service() as (client, _):
        found = client.get("/accounts/123455")
        right = client.post("/verify", json={"account": "123455", "pin": "4711"})
        wrong = client.post("/verify", json={"account": "123455", "pin": "0000"})
        unknown = client.post("/verify", json={"account": "999999", "pin": "4711"})
        reported = client.post("/calls", json={"call": "1", "reason": "caller"})
    assert found.json() == {"balance": 1250, "last_payment": "2026-11-02", "customer": {"first_name": "Asha"}}
    assert [each.json()["ok"] for each in (right, wrong, unknown)] == [True, False, False]
    assert reported.status_code == 201


def test_the_demo_service_has_patients_and_appointments() -> None:
    booking = {"patient": "100231", "department": "dental", "day": "monday"}
    with demo_service() as (client, _):
        found = client.get("/patients/200462").json()
        unknown = client.get("/patients/999999")
        booked = client.post("/appointments", json=booking)
        full = client.post("/appointments", json={**booking, "day": "saturday"})
        wrong = client.post("/appointments", json={**booking, "department": "magic"})
        cancelled = client.post("/appointments/cancel", json={"patient": "200462"})
        nobody = client.post("/appointments/cancel", json={"patient": "999999"})
    assert (found["first_name"], found["appointment"]["at"]) == ("Ravi", "2026-12-02T10:30")
    assert datetime.fromisoformat(booked.json()["at"]).strftime("%A %H:%M") == "Monday 10:30"
    assert [each.status_code for each in (unknown, booked, full, wrong, cancelled, nobody)] == [
        404,
        201,
        409,
        400,
        200,
        400,
    ]


def test_the_demo_service_has_accounts_to_fail_with() -> None:
    with demo_service() as (client, _):
        statuses = {number: client.get(f"/accounts/{number}").status_code for number in ("500009", "400002", "x")}
        usable = [client.post("/verify", json={"account": n, "pin": "4711"}).json()["ok"] for n in ("500009", "400002")]
        started = time.monotonic()
        slow = client.get("/accounts/300004")
    assert statuses == {"500009": 500, "400002": 404, "x": 404}
    assert usable == [True, True]
    assert slow.status_code == 200
    assert time.monotonic() - started >= 3


def test_the_demo_service_refuses_whoever_lacks_the_token() -> None:
    with demo_service() as (client, _):
        for token in ("", "Bearer", "Bearer wrong", "known to both"):
            headers = {"Authorization": token}
            refused = client.get("/accounts/123455", headers=headers)
            unverified = client.post("/verify", headers=headers, json={"account": "123455", "pin": "4711"})
            assert [refused.status_code, unverified.status_code] == [401, 401]
            assert "balance" not in refused.text


def test_the_demo_service_takes_no_nonsense() -> None:
    with demo_service() as (client, _):
        statuses = [
            client.post("/verify", content=b"no json").status_code,
            client.post("/verify", json=["123455", "4711"]).status_code,
            client.post("/verify", content=b"x" * 100_000).status_code,
            client.post("/nowhere", json={}).status_code,
        ]
    assert statuses == [400, 400, 413, 404]


def test_the_demo_service_ends_with_its_parent() -> None:
    with demo_service() as (client, process):
        assert client.get("/accounts/123455").status_code == 200
        assert process.poll() is None
    assert process.returncode == 0
