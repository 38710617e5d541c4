"""Who may see the console: this machine, or whoever knows the password; and no page of another site gives orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.endtoend.conftest import Serve, Server

FLOW = "{start: bye, default: true, nodes: {bye: {type: hangup}}}"
PASSWORD = "correct horse"
HTML = {"Accept": "text/html"}


async def get(server: Server, path: str = "/console/figures", **headers: str) -> httpx.Response:
    return await server.ask("GET", path, headers={**HTML, **headers})


async def log_in(server: Server, password: str, to: str = "") -> httpx.Response:
    return await server.ask("POST", "/console/login", data={"password": password, "to": to}, headers=HTML)


def cookie(response: httpx.Response) -> str:
    return response.headers["Set-Cookie"].partition(";")[0]


async def test_on_localhost_it_is_open(serve: Serve) -> None:
    server = await serve(FLOW)
    assert (await get(server)).status_code == 200
    port = httpx.URL(server.url).port
    assert (await get(server, Host=f"localhost:{port}")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_who_comes_from_elsewhere_is_told_what_opens_it(serve: Serve, headers: Mapping[str, str]) -> None:
    server = await serve(FLOW)
    for path in ("/console/", "/console/figures", "/console/login"):
        refused = await get(server, path, **headers)
        assert refused.status_code == 403
        assert "IVR_CONSOLE_PASSWORD" in refused.text


@pytest.mark.parametrize("setting", [{"public_url": "https://ivr.example.com"}, {"trust_proxy": True}])
async def test_behind_a_proxy_nobody_counts_as_this_machine(serve: Serve, setting: Mapping[str, Any]) -> None:
    server = await serve(FLOW, **setting)
    assert (await get(server)).status_code == 403


async def test_a_password_opens_it(serve: Serve) -> None:
    server = await serve(FLOW, console_password=PASSWORD)
    asked = await get(server)
    assert (asked.status_code, asked.headers["Location"]) == (303, "/console/login?to=%2Fconsole%2Ffigures")
    wrong = await log_in(server, "incorrect horse")
    assert wrong.status_code == 401
    assert "Set-Cookie" not in wrong.headers
    right = await log_in(server, PASSWORD, "/console/figures")
    assert (right.status_code, right.headers["Location"]) == (303, "/console/figures")
    assert {"HttpOnly", "SameSite=Strict"} <= set(right.headers["Set-Cookie"].split("; "))
    assert (await get(server, Cookie=cookie(right))).status_code == 200
    name, _, value = cookie(right).partition("=")
    forged = f"{name}={value.swapcase()}"
    assert (await get(server, Cookie=forged)).status_code == 303
    with_password = await server.ask("GET", "/console/figures", headers=HTML, auth=("anybody", PASSWORD))
    assert with_password.status_code == 200


async def test_metrics_are_for_who_may_see_the_console(serve: Serve) -> None:
    server = await serve(FLOW, console_password=PASSWORD)
    refused = await server.ask("GET", "/metrics")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="ivr"')
    assert (await server.ask("GET", "/metrics", auth=("prometheus", "a guess"))).status_code == 401
    assert "ivr_build_info" in (await server.ask("GET", "/metrics", auth=("prometheus", PASSWORD))).text
    without = await serve(FLOW)
    assert (await without.ask("GET", "/metrics")).status_code == 200
    assert (await without.ask("GET", "/metrics", headers={"Via": "1.1 proxy"})).status_code == 403


async def test_another_password_ends_all_logins(serve: Serve) -> None:
    key = "k" * 32
    before = await serve(FLOW, console_password=PASSWORD, stream_key=key)
    after = await serve(FLOW, console_password="another one", stream_key=key)
    login = cookie(await log_in(before, PASSWORD))
    assert (await get(before, Cookie=login)).status_code == 200
    assert (await get(after, Cookie=login)).status_code == 303


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example/", "/consoles", "/answer"])
async def test_a_login_leads_to_a_page_of_the_console_only(serve: Serve, to: str) -> None:
    server = await serve(FLOW, console_password=PASSWORD)
    assert (await log_in(server, PASSWORD, to)).headers["Location"] == "/console/"


async def test_programs_are_told_that_a_login_is_missing(serve: Serve) -> None:
    server = await serve(FLOW, console_password=PASSWORD)
    refused = await server.ask("GET", "/console/figures", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()) == (401, {"error": "the login has run out"})


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_other_sites_can_t_give_orders(serve: Serve, headers: Mapping[str, str]) -> None:
    server = await serve(FLOW, console_password=PASSWORD)
    refused = await server.ask("POST", "/console/login", data={"password": PASSWORD}, headers={**HTML, **headers})
    assert refused.status_code == 403


async def test_pages_may_load_nothing_from_elsewhere(serve: Serve) -> None:
    headers = (await get(await serve(FLOW))).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
