"""The pages of the calls that are kept, in a browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from ivr.media.wav import header
from tests.console.callers import calling
from tests.console.conftest import RECORDED
from tests.console.served import Served

PAGE = 50
PATIENCE = 400
SECOND = 8_000
"""Samples."""


def rows(page: Page, query: str = "") -> list[dict[str, str]]:
    """What is found, as CSV."""
    response = page.request.get(f"/console/calls.csv?{query}")
    assert response.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(response.text().splitlines()))


def recorded(page: Page, served: Served, caller: str) -> dict[str, str]:
    """The record of a new call from a number, once it is over."""
    with calling(served.url, "main", caller) as call:
        pass
    for _ in range(PATIENCE):
        for found in rows(page, "flow=main"):
            if found["call"] == call.id and found["ended"]:
                return found
        page.wait_for_timeout(50)
    raise AssertionError(f"the call {call.id} has no record")


def test_calls_are_found_page_by_page(page: Page) -> None:
    page.goto("/console/calls")
    body = page.locator("tbody tr")
    expect(body).to_have_count(PAGE)
    page.get_by_role("link", name="older").click()
    expect(page).to_have_url(re.compile("before="))
    assert body.count() >= RECORDED - PAGE
    page.get_by_role("link", name="newer").click()
    expect(body).to_have_count(PAGE)

    oldest = rows(page)[-1]
    page.get_by_label("Flow").select_option(oldest["flow"])
    page.get_by_label("Outcome").select_option(oldest["outcome"])
    page.get_by_label("Began from").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_label("Began from")).to_have_value("2020-01-01T00:00")
    found = rows(page, page.url.partition("?")[2])
    assert oldest in found
    assert {(each["flow"], each["outcome"]) for each in found} == {(oldest["flow"], oldest["outcome"])}
    expect(body).to_have_count(len(found))
    expect(page.get_by_text(f"{len(found)} calls found" if len(found) > 1 else "1 call found")).to_be_visible()

    assert page.request.get("/console/calls?since=yesterday").status == 400
    page.goto("/console/calls?number=%2B00%25")
    expect(page.get_by_text("No call is found")).to_be_visible()


def test_a_call_tells_its_way_and_what_was_said_and_is_made_again(page: Page) -> None:
    call = next(each for each in rows(page, "flow=balance") if ";" in each["path"])
    page.goto(f"/console/calls?number=%2B{call['caller'].removeprefix('+')}")
    page.locator(f"a[href$='{call['record']}']").click()
    expect(page.get_by_role("heading", name=f"Call of {call['caller']}")).to_be_visible()
    way = page.get_by_role("table", name="The nodes that the call came to, in order")
    assert [each.inner_text() for each in way.get_by_role("rowheader").all()] == call["path"].split(";")
    expect(page.locator(".transcript li").first).to_contain_text("Welcome to Acme accounts.")
    expect(page.get_by_role("link", name="Its way in the graph")).to_be_visible()

    page.get_by_role("button", name="Make its decisions again").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"all \d+ decisions are the same"))


def test_a_caller_is_forgotten_with_all_recordings(page: Page, served: Served) -> None:
    caller = "+911111100011"
    call = recorded(page, served, caller)
    record, token = call["record"], call["call"]
    audio = served.data / "recordings" / f"{token}-1.wav"
    audio.write_bytes(header(SECOND) + bytes(2 * SECOND))
    stuck = audio.with_name(f"{token}-0.wav")  # It would be the first one to go.
    page.goto(f"/console/calls/{record}")
    page.wait_for_function("document.querySelector('audio').duration === 1")
    for name in (f"{token}-2.wav", "..%2F..%2Fivr.db", "%2E%2E/ivr.db"):
        assert page.request.get(f"/console/calls/{record}/recordings/{name}").status == 404

    page.goto("/console/calls?number=911111100011")
    page.get_by_role("link", name="Delete a caller's calls").click()
    number = page.get_by_label("number")
    number.fill("+91 11111 00011")
    page.get_by_role("button", name="Delete these calls").click()
    page.get_by_label("I am sure").check()
    stuck.mkdir()
    page.get_by_role("button", name="Delete these calls").click()
    expect(page.get_by_role("status")).to_contain_text(f"{stuck}: Is a directory. Mend that, and delete again.")
    assert page.request.get(f"/console/calls/{record}").status == 200
    assert audio.exists()
    stuck.rmdir()
    page.goto("/console/calls/forget")
    number.fill(caller)
    page.get_by_label("I am sure").check()
    page.get_by_role("button", name="Delete these calls").click()
    expect(page.get_by_role("status")).to_contain_text(f"Deleted: 1 call of {caller}, and 1 recording.")
    assert not audio.exists()
    gone = page.request.get(f"/console/calls/{record}")
    assert (gone.status, "This is not there" in gone.text()) == (404, True)


def test_what_callers_are_called_is_never_code(page: Page, served: Served) -> None:
    record = recorded(page, served, "<img src=x onerror=alert(1)>")["record"]
    page.goto(f"/console/calls/{record}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<img src=x")
    assert page.locator("img").count() == 0


def test_they_are_for_everybody(page: Page, wide_and_narrow: Callable[[Page, str], None]) -> None:
    newest = rows(page)[0]["record"]
    for path in ("calls?outcome=abandoned", f"calls/{newest}?replay=yes"):
        wide_and_narrow(page, f"/console/{path}")
