"""Sensitive values and references to secrets never show what they stand for."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import pprint
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.core.values import (
    MASK,
    MAX_DEPTH,
    Sensitive,
    TooDeepError,
    UnknownSecretError,
    clean,
    fill,
    mask_references,
    reference,
    references,
    reveal,
)

PIN = "4711"


@dataclasses.dataclass(frozen=True)
class Remembered:
    entries: dict[str, object]


def test_a_sensitive_value_prints_masked_everywhere() -> None:
    pin = Sensitive(PIN)
    shown = [
        repr(pin),
        str(pin),
        f"{pin}",
        f"{pin!r:>40}",
        f"{pin:>40}",
        "{:d}".format(pin),  # noqa: UP032  the method is one of the ways to print
        "%s %r" % (pin, pin),  # noqa: UP031  the operator is one of the ways to print
        pprint.pformat({"pin": [pin]}),
        repr(dataclasses.asdict(Remembered({"pin": pin}))),
        repr(Remembered({"pin": (pin,)})),
    ]
    assert not [text for text in shown if PIN in text]
    assert f"{pin:>40}" == MASK


def test_json_refuses_a_sensitive_value() -> None:
    with pytest.raises(TypeError) as refused:
        json.dumps({"pin": Sensitive(PIN)})
    assert PIN not in str(refused.value)


def test_a_sensitive_value_is_frozen_and_equal_by_value() -> None:
    assert Sensitive(PIN) == Sensitive("47" + "11")
    assert Sensitive(PIN) != Sensitive("0815")
    assert Sensitive(PIN) != PIN
    assert len({Sensitive(PIN), Sensitive(PIN)}) == 1
    with pytest.raises(AttributeError):
        Sensitive(PIN).value = "0815"
    with pytest.raises(AttributeError):
        del Sensitive(PIN).value


def test_a_sensitive_value_survives_copies() -> None:
    pin = Sensitive({"digits": [4, 7]})
    assert copy.deepcopy(pin) == pin
    assert pickle.loads(pickle.dumps(pin)) == pin  # noqa: S301  our own bytes
    assert Sensitive(pin) == pin


def test_reveal_unwraps_at_any_depth() -> None:
    assert reveal(Sensitive(PIN)) == PIN
    assert reveal({"a": [Sensitive(1), (Sensitive([Sensitive(2)]),)], "b": 3}) == {"a": [1, ([2],)], "b": 3}


def test_a_reference_is_filled_only_on_demand() -> None:
    text = f"Bearer {reference('TOKEN')}."
    assert references(text) == ("TOKEN",)
    assert mask_references(text) == "Bearer [secret TOKEN]."
    assert fill(text, {"TOKEN": "s3 cret"}) == "Bearer s3 cret."
    assert fill(text, {"TOKEN": "s3 cret"}, quote) == "Bearer s3%20cret."


def test_an_unknown_secret_is_named_with_the_setting_that_gives_it() -> None:
    with pytest.raises(UnknownSecretError) as unknown:
        fill(reference("TOKEN"), {"OTHER": PIN})
    assert "TOKEN" in str(unknown.value)
    assert "--secrets" in str(unknown.value)
    assert "IVR_SECRET_TOKEN" in str(unknown.value)
    assert "OTHER" in str(unknown.value)
    assert PIN not in str(unknown.value)


@pytest.mark.parametrize("name", ["", "a b", "1a", "a-b", "a\ufdd1"])
def test_a_secrets_name_is_an_identifier(name: str) -> None:
    with pytest.raises(ValueError, match="name is letters"):
        reference(name)


def test_half_a_reference_vanishes() -> None:
    half = reference("TOKEN")[:4]
    assert references(half) == ()
    assert fill(half, {}) == "TOK"
    assert mask_references(half) == "TOK"


def test_clean_takes_references_out_of_what_comes_from_outside() -> None:
    body = {reference("A"): [reference("B"), {"x": f"é{reference('C')}"}], "n": 1, "t": None}
    assert clean(body) == {"A": ["B", {"x": "éC"}], "n": 1, "t": None}
    assert clean("\ud800 one \udfff") == "\ufffd one \ufffd"


def test_clean_bounds_the_depth_of_a_value() -> None:
    def nested(levels: int) -> list[Any]:
        value: list[Any] = []
        for _ in range(levels - 1):
            value = [value]
        return value

    assert clean(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(TooDeepError, match="100 levels"):
        clean(nested(MAX_DEPTH + 1))
    with pytest.raises(TooDeepError):
        clean(nested(100_000))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(st.sampled_from("a\ufdd0\ufdd1\ud800é")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.sampled_from("b\ufdd0")), inner),
    )
)
def test_what_is_clean_refers_to_nothing_and_can_be_written(value: Any) -> None:
    text = json.dumps(clean(value), ensure_ascii=False)
    text.encode()
    assert "\ufdd0" not in text
    assert "\ufdd1" not in text
