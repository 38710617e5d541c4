"""The page of the calls that go on, in a browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.console.callers import calling
from tests.console.served import Served

CALLER = "+911111100001"


def test_a_call_is_followed_and_hung_up(page: Page, served: Served) -> None:
    page.goto("/console/")
    with calling(served.url, "main", CALLER) as call:
        link = page.get_by_role("link", name=CALLER)
        link.focus()
        link.press("Enter")
        log = page.get_by_role("log")
        expect(log).to_contain_text("Welcome to Acme.")
        call.press("2")
        expect(log.get_by_role("listitem").filter(has_text="presses 2")).to_be_visible()
        expect(link).to_be_focused()
        expect(link).to_have_attribute("aria-current", "true")

        page.get_by_role("button", name=f"Hang up on {CALLER}").press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(CALLER)
        dialog.get_by_role("button", name="Hang up").press("Enter")
        call.ends()
        expect(page.get_by_text("The call is over: an operator hung up.")).to_be_visible()
        expect(link).to_have_count(0)
    page.get_by_role("link", name="Its record").click()
    expect(page.get_by_role("heading", name=f"Call of {CALLER}")).to_be_visible()


def test_a_page_without_code_shows_and_ends_calls_too(page: Page, served: Served) -> None:
    caller = "+911111100002"
    with calling(served.url, "main", caller) as call:
        record = ""
        while not record:
            told = page.request.get("/console/live.json").json()["calls"]
            record = next((each["record"] for each in told if each["caller"] == caller), "")
        shown = page.request.get(f"/console/?call={record}").text()
        assert caller in shown
        assert "Calls now" in shown
        assert caller in page.request.get(f"/console/calls/{record}").text()
        page.request.post("/console/live/hang-up", form={"record": record, "call": call.id})
        call.ends()
        assert page.request.post("/console/live/hang-up", data={"record": record, "call": call.id}).status == 404


def test_it_is_for_everybody(page: Page, served: Served, wide_and_narrow: Callable[[Page, str], None]) -> None:
    with calling(served.url, "main", "+911111100003"):
        page.goto("/console/")
        page.get_by_role("link", name="+911111100003").click()
        expect(page.get_by_role("log")).to_contain_text("Welcome to Acme.")
        wide_and_narrow(page, page.url)


def test_a_server_that_is_gone_is_told_of_and_nothing_is_lost(page: Page, served: Served) -> None:
    with calling(served.url, "main", "+911111100004"):
        page.goto("/console/")
        link = page.get_by_role("link", name="+911111100004")
        expect(link).to_be_visible()
        page.route("**/live.json*", lambda route: route.fulfill(status=200, body="", content_type="text/html"))
        expect(page.get_by_text("This page shows how it was")).to_be_visible()
        expect(link).to_be_visible()
