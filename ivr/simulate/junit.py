"""How scenarios went, as the JUnit XML that CI systems read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from ivr.document.load import TEST_SUFFIXES
from ivr.simulate.report import Paper, failure
from ivr.simulate.results import Result

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even as a reference (W3C XML 1.0, section 2.2)."""
PLAIN = Paper(colour=False)


def as_junit(results: Iterable[Result]) -> str:
    """A suite for each file, a case for each scenario; mistakes in files are errors.

    The shape that Jenkins, GitLab and GitHub's reporters share: https://github.com/testmoapp/junitxml
    """
    suites = [(file, list(group)) for file, group in groupby(results, key=lambda each: each.file)]
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    lines.append(f'<testsuites name="ivr test"{_counts([each for _, group in suites for each in group])}>')
    for file, group in suites:
        lines.append(f"  <testsuite{_attributes(name=file)}{_counts(group)}>")
        lines.extend(_case(each) for each in group)
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>\n"])


def _counts(results: list[Result]) -> str:
    errors = sum(each.is_mistake for each in results)
    failures = sum(not each.passed for each in results) - errors
    return _attributes(
        tests=str(len(results)),
        failures=str(failures),
        errors=str(errors),
        skipped="0",
        time=_seconds(sum(each.seconds for each in results)),
    )


def _case(result: Result) -> str:
    named = _attributes(
        name=result.name or result.place,
        classname=_class(result.file),
        file=result.file,
        line=str(result.position.line),
        time=_seconds(result.seconds),
    )
    if result.passed:
        return f"    <testcase{named}/>"
    kind, sort = ("error", "mistake") if result.is_mistake else ("failure", "differs")
    told = f"{_attributes(message=result.message or '', type=sort)}>{escape(_clean(failure(result, PLAIN)))}"
    return f"    <testcase{named}>\n      <{kind}{told}</{kind}>\n    </testcase>"


def _class(file: str) -> str:
    """The file as a dotted name, by which reports group: `flows.main` for `flows/main.test.yaml`."""
    for suffix in TEST_SUFFIXES:
        file = file.removesuffix(suffix)
    return ".".join(part for part in re.split(r"[/\\]", file) if part.strip("."))


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(_clean(value))}" for name, value in values.items())


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
