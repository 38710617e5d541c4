"""A real server, and a real browser that looks at its console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it says nothing of types
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    ViewportSize,
    sync_playwright,
)

from tests.console.served import KEYS_ONLY, Served, serving
from tests.debian import needed

RECORDED = 60
"""Calls in the store: more than a page has."""
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
LOOKS: tuple[tuple[ViewportSize, Literal["light", "dark"]], ...] = ((WIDE, "light"), (NARROW, "dark"))
FAKE_MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
ITSELF = ("data", "blob", "about")
"""Schemes of what a page has in itself."""
OFFLINE = ("--disable-background-networking", "--disable-component-update", "--no-first-run", "--mute-audio")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests in the browser run on one Python in CI: nothing in the pages depends on it."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and "playwright_here" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The example flows, and some calls that are over."""
    with serving(tmp_path_factory.mktemp("console"), calls=RECORDED, **KEYS_ONLY) as served:
        yield served


@pytest.fixture(scope="package")
def playwright_here() -> Iterator[Playwright]:
    """What drives browsers. It has the thread's event loop, so it is gone before other folders' tests need theirs."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def start_browser(playwright_here: Playwright) -> Callable[..., Browser]:
    """Start Debian's Chromium with a fake microphone; further flags are for its command line."""
    chromium = needed("chromium", "chromium")

    def start(*flags: str) -> Browser:
        return playwright_here.chromium.launch(
            executable_path=chromium, args=[*FAKE_MICROPHONE, *OFFLINE, *flags], chromium_sandbox=False
        )

    return start


@pytest.fixture(scope="package")
def browser(start_browser: Callable[..., Browser]) -> Iterator[Browser]:
    """One for all tests."""
    browser = start_browser()
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A page of the served console; nothing may go wrong in it, and it may ask nobody else."""
    context = browser.new_context(base_url=served.url, viewport=WIDE, reduced_motion="reduce")
    with watched(context, served.url) as page:
        yield page
    context.close()


@contextmanager
def watched(context: BrowserContext, url: str) -> Iterator[Page]:
    """A new page of a context, which must not complain, nor ask another host than that of a URL."""
    wrong: list[str] = []

    def told(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(message.text)

    def asks(asked: str) -> None:
        parts = urlsplit(asked)
        if parts.scheme not in ITSELF and parts.netloc != urlsplit(url).netloc:
            wrong.append(f"asks {asked}")

    page = context.new_page()
    page.on("console", told)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asks(request.url))
    page.on("websocket", lambda socket: asks(socket.url))
    yield page
    assert wrong == []


@pytest.fixture(scope="package")
def wide_and_narrow() -> Callable[[Page, str], None]:
    """Look at a path on a desk by day and on a telephone by night: all is in the window, and axe finds nothing."""
    axe = Axe()

    def look(page: Page, path: str) -> None:
        for size, scheme in LOOKS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            page.goto(path)
            page.wait_for_load_state("networkidle")
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{path} is {wider} px wider than {size['width']} px"
            found = axe.run(page).response["violations"]
            told = [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
            assert told == [], f"{path} at {size['width']} px, {scheme}"
        page.set_viewport_size(WIDE)

    return look
