"""Makes the pictures of the console in these documents: `make screenshots`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import wave
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests import demo_crm
from tests.console.served import Served, serving

HERE = Path(__file__).parent
CALLS = 2_000
"""Calls that are over, in 90 days."""
WIDE, NARROW = ViewportSize(width=1280, height=860), ViewportSize(width=390, height=844)
FLAGS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--mute-audio", "--hide-scrollbars")
PATIENCE_MS = 30_000
PRESS_MS = 200
RATE = 48_000


def silent(file: Path) -> Path:
    """Write a second of silence, for a caller who only presses keys."""
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(bytes(2 * RATE))
    return file


def shoot(page: Page, name: str) -> None:
    """Keep what is seen of a page."""
    page.screenshot(path=HERE / f"{name}.png", animations="disabled")


def call_from_softphone(page: Page) -> None:
    """Call for the balance of an account, up to the question for its PIN."""
    page.goto("/console/softphone/balance")
    page.get_by_role("button", name="Call", exact=True).click()
    said = page.get_by_role("log")
    said.get_by_text("account number").first.wait_for(timeout=PATIENCE_MS)
    for key in "123455":
        page.keyboard.press(key)
        page.wait_for_timeout(PRESS_MS)
    said.get_by_text("That was").first.wait_for(timeout=PATIENCE_MS)
    page.keyboard.press("1")
    said.get_by_text("PIN").first.wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(500)


def pictures(browser: Browser, served: Served) -> None:
    """Make all of them, those of a call in progress first."""
    context = browser.new_context(base_url=served.url, viewport=WIDE, permissions=["microphone"])
    softphone, page = context.new_page(), context.new_page()
    call_from_softphone(softphone)
    shoot(softphone, "softphone")
    page.goto("/console/")
    page.locator("#calls a, #calls button").first.click()
    page.get_by_role("log").get_by_text("PIN").first.wait_for(timeout=PATIENCE_MS)
    shoot(page, "live")
    page.goto("/console/graph/main?days=90")
    page.wait_for_load_state("networkidle")
    page.locator("[data-node=main_menu]").click()
    page.locator("#node pre, #node ol, #node table").first.wait_for(timeout=PATIENCE_MS)
    shoot(page, "graph")
    for name in ("calls", "figures"):
        page.goto(f"/console/{name}")
        shoot(page, name)
    page.goto("/console/calls?flow=balance&outcome=contained")
    page.locator("table a[href^='/console/calls/']").first.click()
    page.wait_for_load_state("networkidle")
    shoot(page, "call")
    context.close()
    narrow = browser.new_context(base_url=served.url, viewport=NARROW, color_scheme="dark", permissions=["microphone"])
    page = narrow.new_page()
    call_from_softphone(page)
    shoot(page, "softphone-narrow")
    narrow.close()


def main() -> None:
    """Serve, look, and keep what is seen."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no chromium here: Debian's package `chromium` has it")
    with ExitStack() as stack:
        crm, _ = stack.enter_context(demo_crm.running("demo"))
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = stack.enter_context(serving(data, calls=CALLS, crm=crm))
        playwright = stack.enter_context(sync_playwright())
        silence = f"--use-file-for-fake-audio-capture={silent(data / 'silence.wav')}"
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, silence], chromium_sandbox=False)
        pictures(browser, served)
        browser.close()


if __name__ == "__main__":
    main()
