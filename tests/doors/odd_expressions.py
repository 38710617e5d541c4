"""Expressions and templates that nobody should write, and what must hold whatever they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import strategies as st

from ivr.core.expressions import FILTERS, TESTS, ExpressionError, ExpressionSyntaxError, Scope, expression
from ivr.core.templates import template
from ivr.core.values import Sensitive

PIN = "73915842"

NAMES = ("account", "body", "pin", "nothing", "call", "env", "secret.X", "secret", "now", "language", "error", "name")
ATOMS = (
    *NAMES,
    "1",
    "0",
    "-1",
    "2.5",
    "1e308",
    "10 ** 9",
    "'a'",
    "''",
    "'%s%*d'",
    "'a.b.0'",
    "true",
    "none",
    "[]",
    "{}",
)
GROWN = (
    "'ab ' * 20000",
    "range(60000)",
    "[[0] * 200] * 200",
    "'<a> (' * 9000",
    "10 ** 1200",
    "{'a': [1, 2]}",
    "'\\ud800'",
)
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or")
MAPPING, PICKING = ("map",), ("select", "reject", "selectattr", "rejectattr")
ARGUMENTS = ("attribute", "default", "width", "indent", "start", "wrapstring", "target", "fill_with", "precision", "d")
ATTRIBUTES = ("a", "items", "__class__", "format", "_run", "X", "HOME", "id", "year", "0")
CALLED = ("range", "dict", "is_open", "call", "lipsum", "name", "self")
values = st.recursive(
    st.sampled_from(ATOMS + GROWN),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(OPERATORS), inner)
        | st.builds("({} | {})".format, inner, st.sampled_from(FILTERS))
        | st.builds("({} | {}({}))".format, inner, st.sampled_from(FILTERS), inner)
        | st.builds("({} | {}({}, {}))".format, inner, st.sampled_from(FILTERS), inner, inner)
        | st.builds("({} | {}('{}', {}))".format, inner, st.sampled_from(MAPPING), st.sampled_from(FILTERS), inner)
        | st.builds("({} | {}('{}', {}))".format, inner, st.sampled_from(PICKING), st.sampled_from(TESTS), inner)
        | st.builds("({} | {}({}={}))".format, inner, st.sampled_from(FILTERS), st.sampled_from(ARGUMENTS), inner)
        | st.builds("({} is {})".format, inner, st.sampled_from(TESTS))
        | st.builds("({} is {}({}))".format, inner, st.sampled_from(TESTS), inner)
        | st.builds("({} if {} else {})".format, inner, inner, inner)
        | st.builds("{}[{}]".format, inner, inner)
        | st.builds("{}[{}:{}]".format, inner, inner, inner)
        | st.builds("{}.{}".format, inner, st.sampled_from(ATTRIBUTES))
        | st.builds("{}({})".format, st.sampled_from(CALLED), inner)
        | st.builds("[{}, {}]".format, inner, inner)
        | st.builds("{{{}: {}}}".format, inner, inner)
    ),
    max_leaves=8,
)
SCOPE = Scope(
    {"account": "0123", "pin": Sensitive(PIN), "name": "Asha"},
    "en-US",
    lambda: datetime(2026, 11, 23, tzinfo=UTC),
    lambda name: len(name) > 1,
    lambda: {"id": "c1", "from": "+91\r\n"},
    {"CITY": "Pune"},
    local={"body": {"a": [{"b": 1}, {"b": "x"}], "t": "<b>&" * 100, "deep": [[[[1]]]]}},
)


def evaluate(source: str) -> None:
    try:
        found = expression(source)
    except ExpressionSyntaxError as error:
        fit(error)
        return
    try:
        value = found.evaluate(SCOPE)
    except ExpressionError as error:
        fit(error, len(source))
        return
    if isinstance(value, Sensitive):
        value = value.value
    else:
        assert "pin" not in found.names
    json.dumps(value, allow_nan=False).encode()


def fill_in(source: str) -> None:
    try:
        text = template(source).text(SCOPE)
    except (ExpressionError, ExpressionSyntaxError) as error:
        fit(error, len(source))
        return
    assert PIN not in text.shown


def fit(error: Exception, quoted: int = 0) -> None:
    """Fail unless an error says something, not too much, and nothing that is sensitive."""
    assert 0 < len(str(error)) < quoted + 2_000
    assert PIN not in str(error)
