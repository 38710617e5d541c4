"""Calls from the softphone in a real browser, whose fake microphone speaks, to a real server that listens."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from ivr.core.segments import Speech, Voice
from ivr.media import alaw
from ivr.media.frame import silence
from ivr.media.wav import header
from ivr.speech.store import PromptStore
from tests.console.conftest import WIDE, watched

FLOWS = {
    "main": """
description: The departments of Acme.
start: menu
defaults: {confidence: 0.3}
nodes:
  menu:
    type: menu
    prompt: Welcome to Acme. Which department do you want to be put through to now, sales or support?
    choices: [{press: 1, say: sales, next: sales}, {press: 2, say: support, next: support}]
  sales: {type: hangup, prompt: These are the sales people., reason: sales}
  support: {type: hangup, prompt: These are the support people., reason: support}
""",
    "keys": """
start: first
nodes:
  first:
    type: menu
    prompt: This takes a long time to say, longer than anybody wants to listen to it before a key is pressed.
    choices: [{press: 1, next: mark}, {press: "#", next: bye}]
  mark: {type: set, values: {}, next: second}
  second: {type: menu, prompt: Now press two., choices: [{press: 2, next: bye}, {press: D, next: bye}]}
  bye: {type: hangup, prompt: Goodbye., reason: done}
""",
    "secret": """
start: pin
variables: {pin: ""}
nodes:
  pin: {type: collect, prompt: Your PIN?, into: pin, sensitive: true, digits: 4, timeout: 1m, next: bye}
  bye: {type: hangup, prompt: Thank you.}
""",
}
PASSWORD = "of the tests"
INSECURE = "softphone.test"
"""A name that leads to this machine, of which browsers do not know it."""
BEFORE_MS, AFTER_MS = 1_500, 30_000
"""Silence around what the microphone hears."""
PATIENCE_MS = 20_000


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of these flows, which takes one call at a time."""
    folder = tmp_path_factory.mktemp("softphone")
    flows, data = folder / "flows", folder / "data"
    flows.mkdir()
    for name, text in FLOWS.items():
        (flows / f"{name}.yaml").write_text(text)
    command = [sys.executable, "-m", "ivr", "serve", str(flows), "--port", "0", "--data-dir", str(data)]
    settings = {"IVR_CONSOLE_PASSWORD": PASSWORD, "IVR_SPHINX_RECOGNISERS": "1", "IVR_MAX_CALLS": "1"}
    with (folder / "log").open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **settings}
        )
    with process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("ready http://"), (folder / "log").read_text()
        yield first.removeprefix("ready ").strip()
        process.terminate()


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV file in which a natural voice says a word."""
    folder = tmp_path_factory.mktemp("spoken")

    async def rendered() -> bytes:
        async with PromptStore(folder / "prompts", jobs=1, seconds=60) as store:
            return await store.render(Speech("support", "support", "en-US", Voice(engine="piper"), static=True))

    with ThreadPoolExecutor(1) as elsewhere:  # Playwright has an event loop in this thread.
        said = elsewhere.submit(lambda: asyncio.run(rendered())).result()
    audio = silence(BEFORE_MS) + said + silence(AFTER_MS)
    file = folder / "support.wav"
    file.write_bytes(header(len(audio)) + alaw.decode(audio))
    return file


@pytest.fixture(scope="module")
def caller(start_browser: Callable[..., Browser], spoken: Path) -> Iterator[Browser]:
    """A browser whose microphone hears that once in each call."""
    browser = start_browser(
        f"--use-file-for-fake-audio-capture={spoken}%noloop", f"--host-resolver-rules=MAP {INSECURE} 127.0.0.1"
    )
    yield browser
    browser.close()


class Softphone(Protocol):
    """Opens softphones for a test."""

    def __call__(self, flow: str, *, url: str = "", complains: bool = False) -> Page:
        """One for a flow; at another URL than the server's own if one is given, and in a browser that may complain."""


@pytest.fixture
def softphone(caller: Browser, line: str) -> Iterator[Softphone]:
    """Open softphones; calls that go on are hung up in the end."""
    basic = base64.b64encode(f":{PASSWORD}".encode()).decode()
    with ExitStack() as stack:

        def opened(flow: str, *, url: str = "", complains: bool = False) -> Page:
            context = caller.new_context(
                base_url=url or line,
                viewport=WIDE,
                reduced_motion="reduce",
                extra_http_headers={"Authorization": f"Basic {basic}"},
            )
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page() if complains else stack.enter_context(watched(context, url or line))
            stack.callback(hung_up, page)
            page.goto(f"/console/softphone/{flow}")
            return page

        yield opened


def hung_up(page: Page) -> None:
    if page.locator("#hang-up").is_visible():
        page.click("#hang-up")
    comes_to(page, "ended|idle")


def comes_to(page: Page, state: str) -> None:
    """Wait for a state of the telephone."""
    expect(page.locator("#phone")).to_have_attribute("data-state", re.compile(state), timeout=PATIENCE_MS)


def connected(page: Page) -> Page:
    """Call, and wait until the flow is there."""
    page.click("#again")
    comes_to(page, "talking")
    return page


def hears(page: Page, text: str) -> None:
    expect(page.locator("#transcript .ivr .text", has_text=text)).to_be_visible(timeout=PATIENCE_MS)


def number(page: Page, name: str) -> int:
    """What the telephone has counted."""
    return int(page.locator("#phone").get_attribute(f"data-{name}") or 0)


def listened(page: Page, samples: int = 800) -> None:
    """Wait until so much more was heard."""
    page.wait_for_function(
        "(least) => Number(document.querySelector('#phone').dataset.played ?? 0) > least",
        arg=number(page, "played") + samples,
    )


def test_a_caller_speaks_and_the_flow_goes_on_by_it(softphone: Softphone) -> None:
    page = connected(softphone("main"))
    hears(page, "Which department")
    expect(page.locator("#graph .lit")).to_have_attribute("data-node", "menu")
    hears(page, "support people")
    expect(page.locator("#graph .lit")).to_have_attribute("data-node", "support")
    expect(page.locator("#place")).to_have_text("support")
    expect(page.locator("#transcript .engine .text", has_text="support").first).to_be_visible()
    comes_to(page, "ended")
    expect(page.locator("#status")).to_have_text("The other side hung up.")
    expect(page.locator("#why")).to_have_text("At “support”: “support”.")
    record = page.locator("#record").get_attribute("href")
    assert record is not None
    answer = page.request.get(record, max_redirects=0)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/console/calls/")


def test_a_key_stops_a_prompt_at_once_and_the_next_one_is_heard(softphone: Softphone) -> None:
    page = connected(softphone("keys"))
    hears(page, "a long time")
    listened(page)
    page.click("button[data-key='1']")
    hears(page, "Now press two")
    assert number(page, "dropped") > 0
    expect(page.locator("#transcript .caller .text")).to_have_text("presses 1")
    expect(page.locator("#graph .lit")).to_have_attribute("data-node", "second")
    listened(page)
    page.keyboard.press("d")
    hears(page, "Goodbye")
    comes_to(page, "ended")


def test_the_keyboard_is_for_keys_unless_something_is_typed(softphone: Softphone) -> None:
    page = softphone("keys")
    page.fill("#from", "+91")
    page.locator("#from").press("4")
    expect(page.locator("#from")).to_have_value("+914")
    connected(page)
    page.locator("#reasons").press("1")
    page.keyboard.press("Control+1")
    expect(page.locator("#transcript .caller")).to_have_count(0)
    page.locator("#hang-up").press("#")
    hears(page, "Goodbye")
    page.click("#hang-up")
    comes_to(page, "ended")
    expect(page.locator("#status")).to_have_text("You hung up.")
    expect(page.locator("#again")).to_have_text("Call again")


def test_keys_of_a_flow_that_asks_for_something_sensitive_are_not_shown(softphone: Softphone) -> None:
    page = connected(softphone("secret"))
    for key in "4711":
        page.keyboard.press(key)
    hears(page, "Thank you")
    assert set(page.locator("#transcript .caller .text").all_inner_texts()) == {"presses a key"}
    assert "4711" not in page.locator("main").inner_text()


def test_the_call_goes_on_after_a_break_of_the_stream(softphone: Softphone) -> None:
    page = softphone("keys")
    streams: list[WebSocketRoute] = []
    starts: list[str] = []

    def between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        streams.append(route)

        def passed(message: str | bytes) -> None:
            if '"start"' in str(message):
                starts.append(str(message))
            server.send(message)

        route.on_message(passed)

    page.route_web_socket(re.compile("/stream/"), between)
    connected(page)
    hears(page, "a long time")
    streams[0].close(code=1011)
    comes_to(page, "broken")
    comes_to(page, "talking")
    assert len(set(starts)) == 1
    assert len(starts) == 2
    page.keyboard.press("1")
    hears(page, "Now press two")


def test_a_server_that_takes_no_more_calls_says_so(softphone: Softphone) -> None:
    connected(softphone("keys"))
    other = softphone("keys", complains=True)
    other.click("#again")
    comes_to(other, "ended")
    expect(other.locator("#status")).to_contain_text("the server takes no more than 1 calls at a time")


def test_a_page_that_may_have_no_microphone_calls_by_keys(softphone: Softphone, line: str) -> None:
    url = f"http://{INSECURE}:{urlsplit(line).port}"
    page = connected(softphone("keys", url=url, complains=True))
    expect(page.locator("#notice")).to_contain_text("browsers give it only to pages over https, or on localhost")
    hears(page, "a long time")
    listened(page)
    page.keyboard.press("#")
    hears(page, "Goodbye")
    comes_to(page, "ended")


def test_a_browser_that_plays_nothing_says_so_and_takes_no_call(softphone: Softphone, line: str) -> None:
    page = softphone("keys", url=f"http://{INSECURE}:{urlsplit(line).port}", complains=True)
    # Nobody has touched the page, and it has no microphone: so the browser keeps the loudspeaker back, as others do for
    # ever where there is none.
    page.add_init_script("addEventListener('load', () => document.querySelector('#call').requestSubmit())")
    page.reload()
    comes_to(page, "ended")
    expect(page.locator("#status")).to_contain_text("The call was not taken: the browser plays no sound here")
    listened(connected(page))


def test_the_page_fits_on_a_desk_and_on_a_telephone(
    softphone: Softphone, wide_and_narrow: Callable[[Page, str], None]
) -> None:
    wide_and_narrow(softphone("main"), "/console/softphone/main")
