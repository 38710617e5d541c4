"""The OpenAPI document names the routes of the server, and the server keeps to it whatever it is sent."""

from __future__ import annotations

import argparse
import asyncio
import re
from pathlib import Path

import pytest
import yaml

from ivr import config
from ivr.server.app import webhooks
from ivr.server.standing import Standing
from tests.doors.api import DOCUMENT, SECRET, tried
from tests.endtoend.conftest import Serve

FLOW = "{start: bye, default: true, nodes: {bye: {type: hangup}}}"


@pytest.mark.parametrize("secret", [SECRET, None])
async def test_its_routes_are_those_of_the_server(serve: Serve, tmp_path: Path, secret: str | None) -> None:
    server = await serve(FLOW)
    settings = config.load(argparse.Namespace(webhook_secret=secret), {}, tmp_path)
    routes = {
        (re.sub(r"<(?:path_)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in webhooks(server.line, settings, Standing()).url_map.iter_rules()
        if not rule.rule.startswith("/console")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    paths = yaml.safe_load(DOCUMENT.read_text("utf-8"))["paths"]
    told = {(path, method) for path, methods in paths.items() for method in methods}
    assert routes == {each for each in told if secret is not None or "{secret}" not in each[0]}


@pytest.mark.slow
async def test_whatever_is_sent_is_answered_as_it_says(serve: Serve) -> None:
    server = await serve(FLOW, webhook_secret=SECRET, max_calls="100000")
    assert await asyncio.to_thread(tried, server.url, 2) > 30
