"""Calls from a terminal to the real server: what is shown, what is typed, and how they end."""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import signal
import socket
import sys
import termios
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest
import pytest_asyncio

from ivr import config
from ivr.calls.clock import Clock
from ivr.desk.hand import HINT
from ivr.desk.terminal import Options, language_of, run
from ivr.document.load import load
from ivr.server.assignment import Assignment
from ivr.server.edition import first_edition
from ivr.server.opening import line
from ivr.server.orders import Orders
from ivr.server.serving import serve
from ivr.server.sockets import listening_socket

FLOW = """
start: menu
variables: {code: ""}
nodes:
  menu:
    type: menu
    prompt: Main menu.
    attempts: 1
    timeout: 8s
    on_failure: bye
    choices: [{press: 1, next: ask}, {press: 2, next: bye}, {press: 3, next: spoken}]
  ask: {type: collect, prompt: Code?, digits: 3, into: code, sensitive: true, next: told, on_failure: bye}
  told: {type: play, prompt: "Thanks for {{ code }}.", next: bye}
  spoken: {type: record, prompt: Speak., into: code, max_duration: 10m, silence: 10m, next: bye}
  bye: {type: hangup, prompt: Bye.}
"""
RATE = 10

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("flows")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(folder: Path) -> AsyncIterator[str]:
    """Where the flow is served, ten times as fast as in life."""
    flow = folder / "desk.yaml"
    flow.write_text(FLOW)
    settings = config.load(argparse.Namespace(data_dir=str(folder / "data")), {}, folder)
    listener, orders = listening_socket("127.0.0.1", 0), Orders()
    host, port = listener.getsockname()
    async with line(Assignment(first_edition(load([flow])), settings, {}, folder), clock=Clock(RATE)) as served:
        serving = asyncio.create_task(serve(served, settings, listener, orders))
        yield f"http://{host}:{port}"
        orders.stop.set()
        await serving


@contextmanager
def script(text: str) -> Iterator[TextIO]:
    """Lines in a pipe that is closed behind them."""
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    with os.fdopen(read) as lines:
        yield lines


async def call(options: Options, text: str) -> tuple[int, str, str]:
    """The exit code, what was shown, and what was complained of."""
    out, err = io.StringIO(), io.StringIO()
    with script(text) as stdin:
        code = await run(options, stdin=stdin, out=out, err=err, clock=Clock(RATE))
    return code, out.getvalue(), err.getvalue()


def shown(out: str) -> list[str]:
    """Lines without their times."""
    return [row.split(maxsplit=1)[1] for row in out.splitlines()]


def taken(file: Path) -> str:
    """What a file says, which is removed."""
    text = file.read_text()
    file.unlink()
    return text


# Scripts


async def test_a_script_goes_through_a_call_and_keys_are_not_shown(url: str) -> None:
    code, out, err = await call(Options("desk", url), "hear main menu\n1\n\nhear CODE\nwait 100ms\n471\nhear thanks\n")
    assert (code, err) == (0, "")
    assert shown(out) == [
        "ivr     menu: Main menu.",
        "caller  presses a key",
        "ivr     ask: Code?",
        "caller  presses 3 keys",
        "ivr     told: Thanks for •••.",
        "ivr     bye: Bye.",
        "ivr     hangs up",
    ]


async def test_reasons_are_shown_on_demand_and_the_server_may_choose_the_flow(url: str) -> None:
    code, out, _ = await call(Options(None, url, why=True), "2\n")
    assert code == 0
    assert any(row.startswith("engine  menu: ") for row in shown(out))
    assert "\x1b" not in out


async def test_what_was_heard_is_written_as_wav(url: str, tmp_path: Path) -> None:
    file = tmp_path / "heard.wav"
    code, out, _ = await call(Options("desk", url, wav=file), "wait 1s\nhang up\n9\n")
    assert code == 0
    assert shown(out)[-1] == "caller  hangs up"
    with wave.open(str(file)) as heard:
        assert (heard.getframerate(), heard.getsampwidth(), heard.getnchannels()) == (8000, 2, 1)
        assert heard.getnframes() >= 8000
        loudest = max(abs(sample) for sample in memoryview(heard.readframes(8000)).cast("h"))
    assert loudest > 1000


async def test_a_script_that_hears_nothing_of_the_kind_fails(url: str, tmp_path: Path) -> None:
    file = tmp_path / "heard.wav"
    code, out, err = await call(Options("desk", url, wav=file), "hear elephants\n")
    assert code == 1
    assert "ivr call: “elephants” was not heard before the call ended; heard was: Main menu. / Bye.\n" in err
    assert shown(out)[-1] == "ivr     hangs up"
    assert file.exists()


async def test_a_call_that_goes_on_after_the_script_is_ended(url: str) -> None:
    code, out, err = await call(Options("desk", url, patience=200), "")
    assert code == 1
    assert "the call did not end within 0.2 s" in err
    assert shown(out)[-1] == "caller  hangs up"


async def test_a_line_that_means_nothing_is_wrong_use(url: str) -> None:
    code, out, err = await call(Options("desk", url), "hear main\ntell me\n")
    assert code == 2
    assert "“tell me” is no line of a script" in err
    assert shown(out)[-1] == "caller  hangs up"


# What is said


def recorded(folder: Path) -> float:
    """Seconds of sound in the recording that a call left, which is removed."""
    (file,) = (folder / "data" / "recordings").glob("*.wav")
    with wave.open(str(file)) as sound:
        samples = memoryview(sound.readframes(sound.getnframes())).cast("h")
    file.unlink()
    return sum(abs(sample) > 500 for sample in samples) / 8000


async def test_what_is_said_is_spoken_into_the_line_before_the_script_goes_on(url: str, folder: Path) -> None:
    lines = "hear main\n3\nhear speak\nwait 2s\nsay this is Asha and I am calling again\n#\nhear bye\n"
    code, out, err = await call(Options("desk", url), lines)
    assert (code, err) == (0, "")
    assert shown(out)[3:] == [
        "caller  says this is Asha and I am calling again",
        "caller  presses a key",
        "ivr     bye: Bye.",
        "ivr     hangs up",
    ]
    assert recorded(folder) > 0.5


@pytest.mark.parametrize(
    ("language", "text", "complaint"),
    [
        ("tlh", "yes", "“yes” can't be said: there is no voice for the language 'tlh'; available are af,"),
        ("hi-IN", "<b>", "there is nothing to say in “<b>”"),
    ],
)
async def test_what_can_not_be_said_is_wrong_use(url: str, language: str, text: str, complaint: str) -> None:
    code, out, err = await call(Options("desk", url, language=language), f"3\nhear speak\nsay {text}\n")
    assert code == 2
    assert complaint in err
    assert shown(out)[-1] == "caller  hangs up"


@pytest.mark.parametrize(
    ("text", "language"),
    [("language: hi-IN\nstart: x", "hi-IN"), ("start: x", None), ("language: [", None), ("language: 3", None)],
)
async def test_the_caller_speaks_the_language_of_the_flow_s_file(
    tmp_path: Path, text: str, language: str | None
) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert language_of(tmp_path / "a.yaml") == language


# Keys of a terminal


class Screen:
    """A terminal from its user's side."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        os.set_blocking(self.master, False)
        self.stdin = os.fdopen(slave, closefd=True)
        self.out = os.fdopen(os.dup(slave), "w")
        self.text = ""

    async def shows(self, text: str) -> None:
        """Wait until a text is on the screen, behind the last one waited for."""
        async with asyncio.timeout(10):
            while text not in self.text:
                await asyncio.sleep(0.01)
                try:
                    self.text += os.read(self.master, 65_536).decode()
                except BlockingIOError:
                    continue
        self.text = self.text.partition(text)[2]

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def close(self) -> None:
        self.stdin.close()
        self.out.close()
        os.close(self.master)


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.close()


async def test_keys_are_pressed_as_typed_and_other_keys_bring_a_hint(url: str, screen: Screen) -> None:
    conversation = asyncio.create_task(
        run(Options("desk", url, why=True), stdin=screen.stdin, out=screen.out, clock=Clock(RATE))
    )
    await screen.shows(f"\x1b[2m{HINT}\x1b[0m")
    await screen.shows("ivr     menu: Main menu.")
    screen.type("\x1b[1~x")
    await screen.shows(HINT)
    screen.type("1")
    await screen.shows("presses a key")
    await screen.shows("\x1b[2m")
    await screen.shows("ask: Code?")
    screen.type("471")
    await screen.shows("Thanks for •••.")
    await screen.shows("hangs up")
    assert await conversation == 0


async def test_a_line_is_said_at_its_end_and_may_be_corrected_and_keys_in_it_are_text(
    url: str, screen: Screen, folder: Path
) -> None:
    conversation = asyncio.create_task(run(Options("desk", url), stdin=screen.stdin, out=screen.out, clock=Clock(RATE)))
    await screen.shows("Main menu.")
    screen.type("3")
    await screen.shows("Speak.")
    screen.type("say no, queue 27\x7f\x7f12\n")
    await screen.shows("caller  says no, queue 12\n".replace("\n", "\r\n"))
    screen.type("s\x7fsing\n")
    await screen.shows(HINT)
    await asyncio.sleep(0.2)  # Two seconds of the call, in which it is said.
    screen.type("#")
    await screen.shows("hangs up")
    assert await conversation == 0
    assert recorded(folder) > 0.3


async def test_what_comes_while_a_line_is_typed_is_shown_above_it(url: str, screen: Screen) -> None:
    conversation = asyncio.create_task(run(Options("desk", url), stdin=screen.stdin, out=screen.out, clock=Clock(RATE)))
    await screen.shows("Main menu.")
    screen.type("say y")
    await screen.shows("\x1b[Ksay y")
    await screen.shows("bye: Bye.\r\nsay y")
    await screen.shows("\r\x1b[K")
    await screen.shows("hangs up")
    assert await conversation == 0


async def test_a_line_that_can_not_be_said_brings_a_hint_and_the_call_goes_on(url: str, screen: Screen) -> None:
    options = Options("desk", url, language="tlh")
    conversation = asyncio.create_task(run(options, stdin=screen.stdin, out=screen.out, clock=Clock(RATE)))
    await screen.shows("Main menu.")
    screen.type("3")
    await screen.shows("Speak.")
    screen.type("say yes\n")
    await screen.shows("“yes” can't be said: there is no voice for the language 'tlh'")
    screen.type("say no")
    await screen.shows("say no")
    screen.type("\x04")
    await screen.shows("caller  hangs up")
    assert await conversation == 0


@pytest.mark.parametrize("leave", ["q", "\x04", "SIGINT", "SIGTERM"])
async def test_the_caller_leaves_and_the_terminal_is_as_before(url: str, screen: Screen, leave: str) -> None:
    before = termios.tcgetattr(screen.stdin.fileno())
    conversation = asyncio.create_task(run(Options("desk", url), stdin=screen.stdin, out=screen.out, clock=Clock(RATE)))
    await screen.shows("Main menu.")
    assert termios.tcgetattr(screen.stdin.fileno()) != before
    if leave.startswith("SIG"):
        os.kill(os.getpid(), signal.Signals[leave])
    else:
        screen.type(leave)
    await screen.shows("caller  hangs up")
    assert await conversation == 0
    assert termios.tcgetattr(screen.stdin.fileno()) == before


# Calls that don't come about


async def test_a_flow_that_is_not_served_is_refused(url: str) -> None:
    code, out, err = await call(Options("nothing", url), "")
    assert (code, out) == (1, "")
    assert "refuses /answer/nothing with status 404" in err


async def test_without_a_server_it_is_told_how_to_start_one() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        code, _, err = await call(Options("desk", f"http://127.0.0.1:{free.getsockname()[1]}"), "")
    assert code == 2
    assert "start one by `ivr serve DIR`" in err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (Options("flows/nothing.yaml"), "there is no file flows/nothing.yaml"),
        (Options("a.yml", "http://127.0.0.1:1"), "give its id, or leave out --url"),
        (
            Options("desk", wav=Path("nowhere/heard.wav")),
            "nowhere/heard.wav can't be written: there is no folder nowhere",
        ),
    ],
)
async def test_wrong_use_is_told_before_anything_happens(options: Options, complaint: str) -> None:
    code, out, err = await call(options, "")
    assert (code, out) == (2, "")
    assert complaint in err


# Servers for one call


@pytest.mark.slow
async def test_the_file_of_a_flow_is_served_for_one_call(tmp_path: Path) -> None:
    flow = tmp_path / "short.yaml"
    flow.write_text(FLOW)
    serving = ("--data-dir", str(tmp_path / "data"))
    out, err = io.StringIO(), io.StringIO()
    with script("hear main\n2\n") as stdin:
        assert await run(Options(str(flow), serving=serving), stdin=stdin, out=out, err=err) == 0
    assert err.getvalue() == ""
    assert out.getvalue().splitlines()[0].startswith(f"starting a server for {tmp_path}/")
    assert shown(out.getvalue())[-1] == "ivr     hangs up"


@pytest.mark.slow
async def test_a_server_that_does_not_start_says_why_and_where_its_log_is(tmp_path: Path) -> None:
    flow = tmp_path / "broken.yaml"
    flow.write_text("start: nowhere\nnodes: {}\n")
    code, _, err = await call(Options(str(flow)), "")
    assert code == 2
    assert "the server did not start (exit code 2):" in err
    assert "broken.yaml" in taken(Path(err.split("the server's log is in ")[1].strip()))


@pytest.mark.slow
async def test_a_server_that_dies_in_a_call_has_broken_it_off(tmp_path: Path, screen: Screen) -> None:
    (tmp_path / "short.yaml").write_text(FLOW)
    command = (sys.executable, "-m", "ivr", "serve", str(tmp_path), "--port", "0", "--data-dir", str(tmp_path / "data"))
    server = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert server.stdout is not None
    url = (await server.stdout.readline()).decode().split()[1]
    err = io.StringIO()
    options, clock = Options("short", url), Clock(RATE)
    conversation = asyncio.create_task(run(options, stdin=screen.stdin, out=screen.out, err=err, clock=clock))
    try:
        await screen.shows("Main menu.")
    finally:
        server.kill()
        await server.wait()
    await screen.shows("carrier  lost the stream (1006), and will try to come back")
    await screen.shows("ivr     hangs up")
    assert await conversation == 1
    assert "the server broke the call off (WebSocket close code 1006)" in err.getvalue()
