"""Lookups that everybody can read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ivr.lint.checks.plain_http import PLAIN_HTTP
from tests.lint.one_check import found_by

found = partial(found_by, PLAIN_HTTP)


FLOW = """
start: look
variables: {base: "%s"}
nodes:
  look: {type: http, url: "%s", on_error: bye, next: bye}
  bye: {type: hangup, prompt: "{{ base }}"}
"""


@pytest.mark.parametrize(
    ("url", "severity"),
    [
        ("http://crm.acme.com/accounts", "warning"),
        ("HTTP://api.example.com:8080/x", "warning"),
        ("http://8.8.8.8/x", "warning"),
        ("http://user@crm.acme.co.in/x?y={{ call.id }}", "warning"),
        ("http://{{ env.TENANT }}.acme.com/x", "info"),
        ("http://{{ env.HOST }}/x", "info"),
        ("http://192.168.1.20/x", "info"),
        ("http://10.0.0.1:9000", "info"),
        ("http://[fd00::1]/x", "info"),
        ("http://crm:8080/x", "info"),
        ("http://crm.corp.internal/x", "info"),
    ],
)
def test_plain_http_is_told(tmp_path: Path, url: str, severity: str) -> None:
    [(line, told, message)] = found(tmp_path, main=FLOW % ("", url))
    assert line.startswith("look:")
    assert told == severity
    assert "over plain http" in message


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.acme.com/x",
        "HTTPS://crm.acme.com/x",
        "{{ env.CRM_URL }}/x",
        "http://localhost:8080/x",
        "http://api.localhost/x",
        "http://127.0.0.1/x",
        "http://127.8.0.1:80",
        "http://[::1]:80/x",
        "http://crm.test/x",
        "http://crm.example/x",
        "http://crm.invalid./x",
    ],
)
def test_other_lookups_are_not_told(tmp_path: Path, url: str) -> None:
    assert found(tmp_path, main=FLOW % ("", url)) == []


def test_a_variable_that_urls_begin_with(tmp_path: Path) -> None:
    [(line, severity, message)] = found(tmp_path, main=FLOW % ("http://crm.acme.com", "{{ base }}/x"))
    assert (line, severity) == ('variables: {base: "http://crm.acme.com"}', "warning")
    assert (
        message
        == "the lookup goes to “crm.acme.com” over plain http: anybody on the way can read and change it; write https"
    )
    assert found(tmp_path, main=FLOW % ("https://crm.acme.com", "{{ base }}/x")) == []
    assert found(tmp_path, main=FLOW % ("http://crm.acme.com", "https://x.com/{{ base }}")) == []
