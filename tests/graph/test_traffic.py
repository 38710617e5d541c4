"""What calls did at each node, over the picture of a flow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.calls.records.spread import LOOKUP_MS, spread
from ivr.calls.records.traffic import Attempt, LookupFigures, Traffic
from ivr.calls.store.engine import database_url
from ivr.cli import run
from ivr.graph.notes import Note, of_traffic
from tests import recorded

Captured = pytest.CaptureFixture[str]
MENU = Traffic(
    node="menu",
    reached=1_000,
    visits=1_200,
    milliseconds=7_800_000,
    no_inputs=150,
    no_matches=51,
    used_up=1,
    exits=(("choices.0", 1_149),),
    attempts=(Attempt(1, 1_200, 150, 40), Attempt(2, 150, 50, 10), Attempt(3, 50, 1, 0)),
    lookups=None,
)


def test_a_node_tells_of_its_calls_and_of_those_who_left() -> None:
    assert of_traffic({"menu": MENU}, ["menu", "bye"]) == {
        "menu": Note(
            "plain",
            "1,000 calls, 50 left",
            (
                "1,000 calls came here, in 1,200 visits of 6.5 s on average",
                "50 callers hung up here (5.0% of the calls)",
                "150 no-inputs and 51 no-matches; the attempts were used up in 1 visit",
                "attempt 1: of 1,200 visits 150 missed, 40 left",
                "attempt 2: of 150 visits 50 missed, 10 left",
                "attempt 3: of 50 visits 1 missed, 0 left",
            ),
        ),
        "bye": Note("plain", "no call", ("no call came here",)),
    }


def test_a_node_where_nothing_is_amiss_says_little() -> None:
    quiet = Traffic("bye", 1, 1, 2_000, 0, 0, 0, (), (), None)
    assert of_traffic({"bye": quiet}, ["bye"])["bye"] == Note(
        "plain", "1 call", ("1 call came here, in 1 visit of 2.0 s on average",)
    )


def test_lookups_are_told_of() -> None:
    lookups = LookupFigures(80, 4, 3, 43_500, spread(LOOKUP_MS, {"500": 87}))
    note = of_traffic({"look": replace(MENU, lookups=lookups)}, ["look"])["look"]
    assert note.lines[-1] == "87 lookups, of which 3 failed, 0.5 s on average"


@pytest.mark.parametrize(
    ("node", "tone"),
    [
        (replace(MENU, attempts=(Attempt(1, 1_200, 0, 99),)), "plain"),
        (replace(MENU, attempts=(Attempt(1, 1_200, 0, 100),)), "warning"),
        (replace(MENU, used_up=120), "warning"),
        (replace(MENU, lookups=LookupFigures(20, 0, 3, 0, spread(LOOKUP_MS, {"50": 23}))), "warning"),
        (replace(MENU, lookups=LookupFigures(3, 0, 2, 0, spread(LOOKUP_MS, {"50": 5}))), "plain"),
        (replace(MENU, reached=4, visits=4, used_up=0, attempts=(Attempt(1, 4, 0, 2),)), "plain"),
    ],
)
def test_a_node_where_much_is_lost_is_a_warning(node: Traffic, tone: str) -> None:
    assert of_traffic({"menu": node}, ["menu"])["menu"].tone == tone


def test_traffic_out_of_the_store_is_drawn(tmp_path: Path, capsys: Captured) -> None:
    recorded.some(database_url(None, tmp_path), 60)
    flows = recorded.FLOWS
    for flow in ("clinic", "verify"):
        arguments = ["graph", str(flows / f"{flow}.yaml"), "--overlay", "traffic", "--data-dir", str(tmp_path)]
        assert run([*arguments, "--since", "120d"]) == 0
        told = capsys.readouterr()
        assert " calls came here, in " in told.out
        assert "<b>no call</b>" in told.out
        assert told.err == ""


def test_no_traffic_yet_is_no_error(tmp_path: Path, capsys: Captured) -> None:
    arguments = ["graph", str(recorded.FLOWS / "main.yaml"), "--overlay", "traffic", "--data-dir", str(tmp_path)]
    assert run([*arguments, "--since", "2026-01-31"]) == 0
    told = capsys.readouterr()
    assert "<b>no call</b>" in told.out
    assert told.err.startswith("ivr graph: no call of main since 2026-01-31 is counted in sqlite://")
    assert run([*arguments, "--since", "soon"]) == 2
    assert "--since: expected a time such as 2026-01-31 or 12h; got 'soon'" in capsys.readouterr().err
