"""What an expression of a flow may not do: read what it is not given, or take more time and memory than a call has."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime

import pytest

from ivr.core.budget import GROWTH
from ivr.core.expressions import FILTERS, ExpressionError, ExpressionSyntaxError, Scope, expression
from ivr.core.templates import template

TEXT = "('a' * 60000)"
GREEDY = [
    "'x' | center(10 ** 9) | length",
    "'x\\ny' | indent(10 ** 9) | length",
    f"('a\\n' * 20000) | indent({TEXT}) | length",
    "'%1000000000d' | format(1) | length",
    "'%.1000000000f' | format(1.5) | length",
    "'%*d' | format(10 ** 9, 1) | length",
    "'%*d' | format(-(10 ** 9), 1) | length",
    "'%((a))1000000000d' | format(**{'(a)': 1}) | length",
    "[1] | batch(10 ** 9, 0) | list | length",
    "[1] | slice(10 ** 9) | list | length",
    "1.5 | round(10 ** 8, 'ceil')",
    "[1, [2]] | tojson(indent=10 ** 8) | length",
    f"{TEXT} | replace('a', {TEXT}) | length",
    f"{TEXT} | replace('', {TEXT}) | length",
    f"{TEXT} | wordwrap(1, wrapstring={TEXT}) | length",
    f"range(60000) | join({TEXT}) | length",
    f"('x ' * 30000) | urlize(target={TEXT}) | length",
    "range(99999) | map('center', 60000) | list | length",
    "range(99999) | map('string') | map('list') | sum(start=[]) | length",
    "range(99999) | select('in', [0] * 60000) | list | length",
    "range(60000) | groupby('a' * 60000, 'a' * 60000) | length",
    "([['a']] * 60000) | map(attribute='0.' * 20000 ~ '0') | list | length",
    "([range(99999)] * 60000) | map('sum') | sum",
    "([range(99999)] * 60000) | map('list') | map('length') | sum",
    "[[[0] * 60000] * 60000] | string | length",
    "([[0] * 60000] * 60000) | pprint | length",
    "([[0] * 60000] * 60000) | tojson | length",
    "([[0] * 60000] * 60000) | sort | length",
    "([[0] * 60000] * 60000) ~ ''",
    "[0] * 60000 in [[[0] * 60000] * 60000]",
    "dict(a=[[0] * 60000] * 60000) | length",
    "range(99999) | map('filesizeformat') | join | length",
    f"{TEXT} | list | map('list') | map('first') | map('upper') | map('lower') | join | length",
]
"""Each would take seconds or gigabytes, and few look at more than they make."""

SCOPE = Scope({}, "en-US", lambda: datetime(2026, 11, 23, tzinfo=UTC), lambda _: True, dict, {"CITY": "Pune"})
MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize("source", GREEDY)
def test_what_computes_too_much_is_an_error_before_it_is_done(source: str) -> None:
    with pytest.raises(ExpressionError, match=r"too much|at most") as refused:
        expression(source).evaluate(SCOPE)
    assert len(str(refused.value)) < 300


PROGRAM = """
import resource, sys
from datetime import UTC, datetime
from ivr.core.expressions import FILTERS, ExpressionError, Scope, expression
large = sys.argv[1:]
scope = Scope({}, "en-US", lambda: datetime(2026, 11, 23, tzinfo=UTC), lambda _: True)
expression("'a' | upper").evaluate(scope)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 200 * 2**20,) * 2)
for name in FILTERS:
    for value in large:
        for arguments in ("", *(f"({each})" for each in large[1:]), f"({large[2]}, {large[2]})", "(60000, 60000)"):
            try:
                expression(f"{value} | {name}{arguments} | length").evaluate(scope)
            except ExpressionError as error:
                assert "MemoryError" not in str(error), (name, value[:20], arguments[:20])
"""
LARGE = ("[['a' * 60000] * 60000]", "range(60000)", TEXT, "10 ** 1200")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and looked at as Linux does it")
def test_no_filter_outgrows_large_arguments() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM, *LARGE], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_growth_is_told_of_filters_that_exist() -> None:
    assert set(FILTERS) >= GROWTH.keys()


@pytest.mark.parametrize("source", GREEDY)
def test_nothing_is_computed_while_it_is_compiled(source: str) -> None:
    tracemalloc.start()
    expression(f"{source} == 7")
    template(f"a {{{{ {source} }}}} b")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20 * MEBIBYTE


def test_ordinary_work_on_a_large_answer_is_done() -> None:
    rows = [{"name": f"n{row}", "price": row, "tags": ["a", "b"]} for row in range(5_000)]
    local = {"body": {"rows": rows, "text": "word " * 10_000}}
    scope = Scope({}, "en-US", SCOPE.now, SCOPE.is_open, local=local)
    for source, expected in {
        "body.rows | selectattr('price', 'gt', 4990) | map(attribute='name') | join(', ') | length": 61,
        "body.rows | map(attribute='price') | sum": 12_497_500,
        "body.rows | sort(attribute='price', reverse=true) | map(attribute='name') | first": "n4999",
        "body.rows | tojson | length > 100000": True,
        "body.text | wordcount": 10_000,
        "body.text | replace('word', 'number') | length": 70_000,
        "'n77' in (body.rows | map(attribute='name') | list)": True,
    }.items():
        assert expression(source).evaluate(scope) == expected


OUTSIDE = [
    "env.HOME",
    "env['HOME']",
    "env['HO' ~ 'ME']",
    "env | attr('HOME')",
    "env.get('HOME')",
    "env | dictsort | map('first') | select('eq', 'HOME') | first",
    "(env | items | list)[1]",
    "[env] | map(attribute='HOME') | first",
    "[env] | map('attr', 'HOME') | first",
    "[env] | groupby('HOME') | first",
    "[env] | sort(attribute='HOME') | map(attribute='HOME') | first",
    "[env] | sum(attribute='HOME')",
    "env.__class__",
    "env['__class__']",
    "env | attr('__class__')",
    "dict(env).HOME",
    "env[0]",
    "''.__class__.__mro__",
    "is_open.__globals__",
    "is_open._run",
    "is_open | attr('_run')",
    "[is_open] | map(attribute='_run') | first",
    "range.__self__",
    "self.__init__",
    "self._TemplateReference__context",
    "self | attr('_TemplateReference__context')",
    "now.__class__",
    "now | attr('tzinfo')",
    "'{0.__class__}'.format(now)",
    "'%(a)s' % {'a': 1}",
    "lipsum()",
    "cycler()",
    "namespace()",
    "secret | first",
    "secret.items()",
    "1[2:3]",
    "env[1:2]",
    "is_open[:]",
    "'a'['b':]",
]


@pytest.mark.parametrize("source", OUTSIDE)
def test_what_is_not_given_is_out_of_reach(source: str) -> None:
    with pytest.raises(ExpressionError):
        expression(source).evaluate(SCOPE)


def test_all_of_env_is_what_the_operator_allows() -> None:
    assert expression("env").evaluate(SCOPE) == {"CITY": "Pune"}
    assert expression("env | items | list").evaluate(SCOPE) == [["CITY", "Pune"]]


@pytest.mark.parametrize(
    "source", ["{% for a in env %}{% endfor %}", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"]
)
def test_texts_have_no_statements(source: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match="not part of the flow language"):
        template(source)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5000,
        "[" * 5000 + "]" * 5000,
        "not " * 5000 + "1",
        "-" * 5000 + "1",
        "1" + "|abs" * 5000,
        "1" + ".a" * 5000,
        "a(" * 500,
    ],
)
def test_nesting_without_end_is_no_expression(source: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        expression(source)


def test_expressions_are_not_longer_than_they_can_be_compiled() -> None:
    with pytest.raises(ExpressionSyntaxError, match="at most 16,384 characters"):
        expression(f"[{'1,' * 10_000}]")
    with pytest.raises(ExpressionSyntaxError, match="at most 16,384 characters"):
        template("{{ a }}" * 10_000)
    assert template("x" * 100_000).static


def test_what_can_be_called_shows_no_address_of_memory() -> None:
    assert expression("[is_open, range] | string").evaluate(SCOPE) == "[<function>, <function>]"


@pytest.mark.parametrize("source", ["body.x", "body[name]", "1 | attr(name)", "[1] | map(name) | list", "name | date"])
def test_an_error_repeats_little_of_what_came_from_outside(source: str) -> None:
    local = {"body": {"k" * 100_000: 1}, "name": "n" * 60_000}
    with pytest.raises(ExpressionError) as refused:
        expression(source).evaluate(Scope({}, "en-US", SCOPE.now, SCOPE.is_open, local=local))
    assert len(str(refused.value)) < 1_100
