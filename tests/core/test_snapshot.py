"""A session survives being written and read, and no data in it can pretend to be something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.effects import Listen
from ivr.core.session import Activation, Call, Session, Swallow, Trouble
from ivr.core.snapshot import SnapshotError, from_json, to_json
from ivr.core.values import MASK, Sensitive

CALL = Call("c1", "+911", "+912", "outbound", 1_767_607_200_000, can_transfer=False)
PLAIN = Session(CALL, {}, "en-US", (Activation("main", "ask", {}),))
FULL = Session(
    call=CALL,
    env={"CRM_URL": "http://crm.test"},
    language="hi-IN",
    stack=(
        Activation("main", "ask", {"a": [1, {"b": None}], "pin": Sensitive("4711")}, ("menu", "ask")),
        Activation("verify", "pin", {"list": Sensitive([{"x": "1"}])}),
    ),
    phase="talking",
    memory={"entry": "47", "missed": 1, "speaking": False, "candidate": None},
    playing=(3, 4),
    listening=Listen("hi-IN", ("हाँ", "no"), digits=6, free=True),
    keys_hint=3,
    fetching=7,
    recording="c1-8",
    deadline=12_500,
    keys="12#",
    swallow=Swallow("#", 9_000),
    error=Trouble("status", "the server answered 500", "lookup"),
    recovering=True,
    chain=5,
    serial=8,
    goals=(("served", 100), ("agent", 200)),
    over_at=1,
    reason="failure",
    ended_by="verify/pin",
)

json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(["map", "sensitive"]), inner)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("session", [PLAIN, FULL], ids=["plain", "full"])
def test_a_session_survives(session: Session) -> None:
    assert from_json(to_json(session)) == session


@given(json_data, json_data)
def test_data_survive_and_stay_what_they_are(open_data: Any, hidden: Any) -> None:
    variables = {"open": open_data, "hidden": Sensitive(hidden)}
    session = replace(PLAIN, stack=(Activation("main", "ask", variables),))
    read = from_json(to_json(session)).here.variables
    assert read == variables
    assert json.dumps(read["open"]) == json.dumps(open_data)


def test_what_is_read_is_masked_again() -> None:
    assert repr(from_json(to_json(FULL)).stack[0].variables["pin"]) == MASK


def test_the_text_is_strict_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json(replace(PLAIN, stack=(Activation("main", "ask", {"x": float("inf")}),)))


BROKEN: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("no JSON", lambda _: "{"),
    ("a list", lambda _: []),
    ("another version", lambda text: {**text, "version": 2}),
    ("no version", lambda text: {"session": text["session"]}),
    ("a field too many", lambda text: {**text, "session": {**text["session"], "more": 1}}),
    ("a field missing", lambda text: {**text, "session": {"call": text["session"]["call"]}}),
    ("a wrong type", lambda text: {**text, "session": {**text["session"], "serial": "8"}}),
    ("a wrong phase", lambda text: {**text, "session": {**text["session"], "phase": "asleep"}}),
    ("an unmarked mapping", lambda text: {**text, "session": {**text["session"], "memory": {"a": {"b": 1}}}}),
    ("a short tuple", lambda text: {**text, "session": {**text["session"], "goals": [["served"]]}}),
]


@pytest.mark.parametrize("change", [each[1] for each in BROKEN], ids=[each[0] for each in BROKEN])
def test_anything_else_is_refused(change: Callable[[dict[str, Any]], Any]) -> None:
    changed = change(json.loads(to_json(FULL)))
    with pytest.raises(SnapshotError):
        from_json(changed if isinstance(changed, str) else json.dumps(changed))
