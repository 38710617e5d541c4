"""The expression language: what it gives, what it refuses, and what it may not be able to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ivr.core.expressions import FILTERS, ExpressionError, ExpressionSyntaxError, Scope, expression
from ivr.core.templates import template
from ivr.core.values import MASK, Sensitive, reference

BODY = {"items": [1, 2], "get": 3, "a": {"b": "x", "keys": None}, "n": "12"}
SCOPE = Scope(
    variables={
        "account": "0123",
        "count": 2,
        "name": "Asha",
        "none": None,
        "pin": Sensitive("4711"),
        "long": "x" * 40_000,
    },
    language="en-US",
    now=lambda: datetime(2026, 11, 23, 10, 5, tzinfo=ZoneInfo("Asia/Kolkata")),
    is_open=lambda name: name == "office",
    call=lambda: {"from": "+911", "id": "c1"},
    env={"CRM_URL": "http://crm.test"},
    local={"body": BODY, "name": "local"},
)

VALUES: list[tuple[str, Any]] = [
    ('account == "0123"', True),
    ("account == 123", False),
    ("account | int + 1", 124),
    ("count + 1", 3),
    ("name", "local"),
    ("none", None),
    ("(1, 'a', none)", [1, "a", None]),
    ("body.items", [1, 2]),
    ("body.items[0]", 1),
    ("body['get']", 3),
    ("body.a.keys", None),
    ("body.a", {"b": "x", "keys": None}),
    ("[body] | map(attribute='items') | list", [[1, 2]]),
    ("[body] | map(attribute='get') | first", 3),
    ("body | attr('get')", 3),
    ("account[0]", "0"),
    ("account[1:]", "123"),
    ("call.from ~ call.id", "+911c1"),
    ("env.CRM_URL", "http://crm.test"),
    ("secret.TOKEN", reference("TOKEN")),
    ("'Bearer ' ~ secret['TOKEN']", "Bearer " + reference("TOKEN")),
    ("language", "en-US"),
    ("is_open('office')", True),
    ("is_open('shop')", False),
    ("now.hour", 10),
    ("now", "2026-11-23T10:05:00+05:30"),
    ("now | date", "November 23, 2026"),
    ("now | time", "10:05 AM"),
    ("'2026-01-02' | date", "January 2, 2026"),
    ("'2026-01-02T22:10' | time", "10:10 PM"),
    ("account | digits", "0 1 2 3"),
    ("'12-34 5' | digits", "1 2 3 4 5"),
    ("21 | ordinal", "21st"),
    ("112 | ordinal", "112th"),
    ("'3' | ordinal", "3rd"),
    ("1250 | currency('INR')", "1250 Indian rupees"),
    ("'1.5' | currency('USD')", "1.50 US dollars"),
    ("1 | currency('USD')", "1 US dollar"),
    ("'4539578763621486' | luhn", True),
    ("'4539578763621487' | luhn", False),
    ("'12a' | luhn", False),
    ("nothing is defined", False),
    ("nothing | default('x')", "x"),
    ("body.nothing | default('x')", "x"),
    ("error is defined", False),
    ("elapsed is defined", False),
    ("range(3) | list", [0, 1, 2]),
    ("dict(a=1)", {"a": 1}),
    ("1 <= count <= 3 and not none", True),
    ("'yes' if count else 'no'", "yes"),
    ("'\\ud800'", "?"),
    ("'<b>' | escape", "&lt;b&gt;"),
]


@pytest.mark.parametrize(("source", "value"), VALUES, ids=[source for source, _ in VALUES])
def test_values(source: str, value: Any) -> None:
    made = expression(source).evaluate(SCOPE)
    assert made == value
    assert type(made) is type(value)


ERRORS = [
    ("nothing", "'nothing' is undefined"),
    ("nothing.a", "'nothing' is undefined"),
    ("body.nothing", "there is no “nothing” here; there are: a, get, items, n"),
    ("body.nothing.more", "there is no “nothing” here"),
    ("body.a.items", "there is no “items” here"),
    ("body.items[7]", "there is no item 7 in a list of 2"),
    ("account.upper", "there is no “upper” in a text"),
    ("account.upper()", "only functions can be called"),
    ("nothing()", "only functions can be called"),
    ("''.__class__", "there is no “__class__” in a text"),
    ("'' | attr('__class__')", "there is no “__class__” in a text"),
    ("body.__class__", "there is no “__class__” here"),
    ("is_open.__globals__", "there is no “__globals__”"),
    ("now.tzinfo", "there is no “tzinfo” in a value"),
    ("count.real", "there is no “real” in a number"),
    ("error.kind", "'error' is undefined"),
    ("secret", "secret is not a value"),
    ("is_open", "is no value"),
    ("name if count > 5", "no else section"),
    ("account > 5", "not supported"),
    ("1 / 0", "division by zero"),
    ("'x' | int | ordinal ~ ('y' | ordinal)", "invalid literal"),
    ("'a' * 100000", "a product makes more than 65536"),
    ("100000 * [1]", "a product makes more than 65536"),
    ("[[1] * 60000] * 60000", "computes too much"),
    ("2 ** 100000", "more than 4096 bits"),
    ("(2 ** 4000) * (2 ** 4000)", "more than 4096 bits"),
    ("1e308 * 10", "not finite"),
    ("'%s' % name", "% formats no text here"),
    ("range(10000000)", "Range too big"),
    ("'x' | currency('USD')", "an amount of money is expected"),
    ("'1e999999999' | currency('USD')", "too large"),
    ("'nan' | currency('USD')", "too large"),
    ("1 | currency('rupees')", "is not an ISO 4217 currency code"),
    ("'today' | date", "an ISO 8601 date or time is expected"),
    ("'2026-01-02' | time", "found a date"),
    ("secret['a b']", "a secret's name is letters"),
]


@pytest.mark.parametrize(("source", "message"), ERRORS, ids=[source for source, _ in ERRORS])
def test_errors(source: str, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        expression(source).evaluate(SCOPE)
    assert message in str(raised.value)
    assert str(raised.value).startswith(source)


SYNTAX = [
    ("", "an expression is expected, nothing was found"),
    ("  ", "an expression is expected, nothing was found"),
    ("a b", "one expression is expected, and “b” goes on after its end"),
    ("a, b", "one expression is expected, and “,” goes on after its end"),
    ("a }} {{ b", "one expression is expected, and “}}” goes on after its end"),
    ("{{ a }}", "an expression stands here without “{{” and “}}”"),
    ("1 +", "something is missing at the end"),
    ("(a", "“)” is missing"),
    ("f(a", "a bracket is never closed"),
    ("[1, 2", "a bracket is never closed"),
    ("a.", "a name is expected after the dot"),
    ("'a", "a quotation mark is never closed"),
    ("a & b", "“&” is not expected here"),
    ("a | uper", "there is no filter “uper” (did you mean “upper”?)"),
    ("b if c else a | nothing_like_it", "there is no filter “nothing_like_it”"),
    ("a is emty", "there is no test “emty”"),
    ("[1, 2] | random", "there is no filter “random”"),
    ("(" * 300 + ")" * 300, "too deeply nested"),
    ("-" * 5_000 + "1", "too deeply nested"),
]


@pytest.mark.parametrize(("source", "message"), SYNTAX, ids=[source[:20] for source, _ in SYNTAX])
def test_syntax(source: str, message: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as raised:
        expression(source)
    assert message in str(raised.value)


@pytest.mark.parametrize("source", ["pin", "pin ~ 'x'", "[1, pin]", "pin | length > 2", "account if pin else name"])
def test_what_is_made_of_something_sensitive_is_sensitive(source: str) -> None:
    assert isinstance(expression(source).evaluate(SCOPE), Sensitive)


@pytest.mark.parametrize("source", ["body[pin]", "pin | ordinal ~ 'x' | ordinal", "[][pin]", "is_open(pin ~ pin.x)"])
def test_errors_do_not_tell_what_is_sensitive(source: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        expression(source).evaluate(SCOPE)
    assert "4711" not in str(raised.value)


def test_an_expression_tells_what_it_reads() -> None:
    made = expression("is_open('a') and env.X == secret['Y'] ~ b.c ~ body and is_open(d) and call.from and elapsed")
    assert made.reads == ("b", "body", "d", "elapsed")
    assert (made.env, made.secrets, made.hours) == (("X",), ("Y",), ("a",))


def test_the_filters_of_the_language_are_there() -> None:
    assert {"digits", "ordinal", "currency", "date", "time", "luhn", "int", "default", "upper"} <= set(FILTERS)


def test_a_day_late_in_the_year_has_its_zone() -> None:
    scope = Scope({}, "de-DE", lambda: datetime(2026, 7, 1, tzinfo=UTC), lambda _: False)
    assert expression("now | time").evaluate(scope) == "00:00"
    assert expression("3 | ordinal").evaluate(scope) == "3."


# Templates

TEXTS = [
    ("", ""),
    ("Hello.", "Hello."),
    ("{{ count }}", "2"),
    ("Hello {{ name }}, {{ none }}{{ true }}.", "Hello local, true."),
    ("a\n{{ count }}\n", "a\n2\n"),
    ("{# not said #}x", "x"),
    ("{ braces } }}", "{ braces } }}"),
    ("{{ '{{' }}", "{{"),
    ("50 % {of} it", "50 % {of} it"),
]


@pytest.mark.parametrize(("source", "text"), TEXTS, ids=[source for source, _ in TEXTS])
def test_texts(source: str, text: str) -> None:
    assert template(source).text(SCOPE).value == text


TYPES: list[tuple[str, Any]] = [
    ("{{ count }}", 2),
    ("{{ body.items }}", [1, 2]),
    ("{{ none }}", None),
    ("{{ '12' }}", "12"),
    (" {{ count }}", " 2"),
    ("{{ count }}{{ count }}", "22"),
    ("12", "12"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "value"), TYPES, ids=[source for source, _ in TYPES])
def test_a_template_alone_keeps_its_type(source: str, value: Any) -> None:
    assert template(source).value(SCOPE) == value


def test_what_is_shown_of_a_text_is_masked() -> None:
    made = template("PIN {{ pin }}, key {{ secret.KEY }}").text(SCOPE)
    assert made.value == f"PIN 4711, key {reference('KEY')}"
    assert made.shown == f"PIN {MASK}, key [secret KEY]"
    assert made.sensitive
    assert "4711" not in repr(made)
    assert template("PIN {{ pin }}").value(SCOPE) == Sensitive("PIN 4711")


@pytest.mark.parametrize("source", ["{% if a %}x{% endif %}", "{% raw %}x{% endraw %}", "x {% set a = 1 %}"])
def test_statements_are_refused(source: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match="not part of the flow language"):
        template(source)


@pytest.mark.parametrize("source", ["{{ a", "{{ }}", "{{ a b }}", "{{ (a }}", "{# a"])
def test_broken_templates_are_refused(source: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        template(source)
