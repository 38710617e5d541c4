"""What is told of settings that flows miss, and of doors that stand open."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr import config
from ivr.server.precautions import precautions

FLOW = """
start: look
nodes:
  look:
    type: http
    url: "{{ env.CRM }}/x"
    headers: {Authorization: "{{ secret.TOKEN }}"}
    on_error: bye
    next: bye
  bye: {type: hangup}
"""
STRONG = "a-secret-of-some-length"


@pytest.fixture
def told(tmp_path: Path, flow_of: Callable[..., Any]) -> Callable[..., list[str]]:
    def warnings(env: dict[str, str], **flags: Any) -> list[str]:
        settings = config.load(argparse.Namespace(**flags), {"IVR_SECRET_OTHER": "x"}, tmp_path)
        return list(precautions({"main": flow_of(FLOW)}, settings, env))

    return warnings


def test_names_that_nobody_gave(told: Callable[..., list[str]]) -> None:
    assert told({}) == [
        "the flow “main” reads env.CRM: set CRM in the environment and allow it by --allow-env CRM",
        "the flow “main” uses secret.TOKEN: give it in --secrets FILE or as IVR_SECRET_TOKEN",
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_server_for_this_machine_alone_needs_no_secret(told: Callable[..., list[str]], host: str) -> None:
    assert len(told({"CRM": "x"}, host=host)) == 1


@pytest.mark.parametrize(
    ("flags", "warning"),
    [
        ({}, "can start calls: set --webhook-secret"),
        ({"webhook_secret": "short"}, "the webhook secret can be guessed"),
        ({"webhook_secret": STRONG, "public_url": "http://ivr.example.com"}, "unencrypted"),
        ({"webhook_secret": STRONG, "allow_private": True}, "--allow-private"),
    ],
)
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "ivr.example.com"])  # noqa: S104  nothing listens
def test_open_doors(told: Callable[..., list[str]], host: str, flags: dict[str, Any], warning: str) -> None:
    *_, last = told({"CRM": "x"}, host=host, **flags)
    assert warning in last


def test_closed_doors(told: Callable[..., list[str]]) -> None:
    safe = {"webhook_secret": STRONG, "public_url": "https://ivr.example.com"}
    assert len(told({"CRM": "x"}, host="0.0.0.0", **safe)) == 1  # noqa: S104  nothing listens
