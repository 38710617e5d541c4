"""Runs the server: loads flows, renders prompts, serves, and ends in an orderly way."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

from ivr.calls.clock import Clock
from ivr.calls.journals import Journals
from ivr.calls.kept_flows import keep_flows
from ivr.calls.lookups import Lookups
from ivr.calls.services import Services
from ivr.calls.transfers import Transfers
from ivr.carriers.sfvopi import StreamSettings
from ivr.config import Settings
from ivr.document.load import Loaded
from ivr.logs import log
from ivr.server.app import Application
from ivr.server.line import Line
from ivr.server.listening import pools
from ivr.server.precautions import precautions
from ivr.server.tokens import Tokens, stream_key
from ivr.speech.ears import Ears
from ivr.speech.static import static_segments
from ivr.speech.store import PromptStore

WEBSOCKET_BYTES = 1024 * 1024
"""A larger message ends its connection. One that is merely too large to be true is dropped by the dialect."""
UNREAD_MS = 20_000
"""After so long a connection is broken off if the peer takes nothing of what was sent to it."""
GOING_AWAY = 1001
"""RFC 6455, 7.4.1: the endpoint is going away, as a server that goes down."""
CLOSING_MS = 5_000
"""How long connections may take to close once all calls have ended."""
ABORTING_MS = 1_000
"""How long their tasks may take to end once they are cancelled; the end of the event loop ends the rest."""

logger = logging.getLogger(__name__)

Done = TypeVar("Done")
Progress = Callable[[int, int], None]


@asynccontextmanager
async def line(
    loaded: Loaded,
    settings: Settings,
    environ: Mapping[str, str],
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Line]:
    """Everything that serves calls, ready: static prompts are in memory, and recognisers have loaded their models.

    Raises:
        OSError: the data directory can't be used, or the folder of models is none.
        RenderError: speech can't be synthesised at all.
    """
    recordings = settings.data_dir / "recordings"
    recordings.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = settings.stream_key or stream_key(settings.data_dir)
    clock = clock or Clock()
    lookups = Lookups(allow_private=settings.allow_private, limit=settings.max_lookups, clock=clock)
    transfers = None if settings.transfer_url is None else Transfers(settings.transfer_url, clock)
    ears = Ears(pools(loaded, settings, environ))
    journals = _journals(loaded, settings)
    async with PromptStore(settings.data_dir / "prompts", jobs=settings.jobs) as prompts:
        try:
            await ears.start()
            await prompts.start()
            for failure in await prompts.build(static_segments(loaded.flows.values()), progress):
                log(logger, logging.ERROR, "prompt can't be rendered", prompt=failure.segment, why=failure.message)
            services = Services(
                clock=clock,
                prompts=prompts,
                lookups=lookups,
                recordings=recordings,
                ears=ears,
                transfers=transfers,
                journals=journals,
                secrets=settings.secrets,
                stream=_stream(settings),
                media_timeout=settings.media_timeout,
            )
            yield Line(
                flows=loaded.flows,
                findings=loaded.findings,
                services=services,
                tokens=Tokens(key),
                env={name: environ[name] for name in settings.allow_env if name in environ},
                max_calls=settings.max_calls,
                longest_call=settings.stream_timeout // 1000,
            )
        finally:
            await ears.aclose()
            await lookups.aclose()
            if transfers is not None:
                await transfers.aclose()
            if journals is not None:
                await journals.aclose()


def _journals(loaded: Loaded, settings: Settings) -> Journals | None:
    """What keeps the journals of calls, and the flows to replay them on; None if none are to be kept."""
    if not settings.keep_journals:
        return None
    try:
        keep_flows(loaded, settings.data_dir)
    except OSError as error:
        # Calls are worth more than their replays.
        log(logger, logging.ERROR, "flows can't be kept for replays", why=str(error))
    return Journals(settings.data_dir, settings.keep_journals, settings.secrets, loaded.flows.values())


def _stream(settings: Settings) -> StreamSettings:
    return StreamSettings(
        codec=settings.codec,
        sample_rate=settings.sample_rate,
        direction=settings.direction,
        stream_timeout=settings.stream_timeout // 1000,
        keep_call_alive=settings.keep_call_alive,
    )


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that takes connections.

    Raises:
        OSError: the address is in use, or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux, where connections inherit it (RFC 5482)
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
        taken.bind((host, port))
        taken.listen(1024)
    except OSError as error:
        taken.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
    return taken


async def serve(line: Line, settings: Settings, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop`, then let calls end within the drain time, and end all that is left.

    Hypercorn is told to shut down only when no stream is open: with an open one it would drop calls after its own
    time-out, or, on Python 3.12 and later, never end (pgjones/hypercorn#308).
    """
    down = asyncio.Event()
    server = asyncio.create_task(
        hypercorn_serve(
            Application(line, settings),  # type: ignore[arg-type] # Hypercorn's types of ASGI are its own
            _config(listener),
            shutdown_trigger=down.wait,
        )
    )
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((server, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    line.draining = True
    if not server.done():
        await _drain(line, settings.drain)
    down.set()
    done, _ = await asyncio.wait((server,), timeout=CLOSING_MS / 1000)
    if not done:
        log(logger, logging.WARNING, "connections did not close in time")
        # What it raises then is of no interest, but asyncio complains of it if nobody looks.
        server.add_done_callback(lambda cut_off: cut_off.cancelled() or cut_off.exception())
        server.cancel()
        await asyncio.wait((server,), timeout=ABORTING_MS / 1000)
    elif (error := server.exception()) is not None:
        raise error


async def _drain(line: Line, milliseconds: int) -> None:
    """Wait for calls to end by themselves, then end them, and close all streams."""
    if len(line.calls):
        log(logger, logging.INFO, "waiting for calls to end", calls=len(line.calls), milliseconds=milliseconds)
    try:
        async with asyncio.timeout(milliseconds / 1000):
            await line.calls.wait_until_empty()
    except TimeoutError:
        for call in line.calls:
            log(logger, logging.WARNING, "call ended by the end of the server", call=call.session.call.id)
            call.hang_up()
    # What on_hangup does after the last calls has its own limit; streams close meanwhile.
    try:
        async with asyncio.timeout(CLOSING_MS / 1000):
            await line.calls.wait_until_empty()
    except TimeoutError:
        log(logger, logging.WARNING, "work after calls was cut short", calls=len(line.calls))
        for call in line.calls:
            call.abandon()
    for wire in tuple(line.wires):
        wire.close(GOING_AWAY)


def _config(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]  # Hypercorn closes it.
    config.websocket_max_message_size = WEBSOCKET_BYTES
    config.max_app_queue_size = 0  # Unbounded: Hypercorn waits for ever to tell a full queue of the end.
    config.graceful_timeout = CLOSING_MS / 1000
    config.accesslog = None  # Stream URLs are credentials, and steps are logged anyway.
    config.errorlog = logging.getLogger("hypercorn")
    config.loglevel = "WARNING"
    config.include_server_header = False
    return config


def stop_at_signals(stop: asyncio.Event) -> None:
    """Set the event at SIGTERM and SIGINT; at a second one end at once."""
    loop = asyncio.get_running_loop()

    def signalled() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, signalled)


async def build(loaded: Loaded, settings: Settings) -> int:
    """Render all static prompts into the cache, and give how many could not be: 1 for any, 0 for none."""
    segments = static_segments(loaded.flows.values())
    async with PromptStore(settings.data_dir / "prompts", jobs=settings.jobs) as prompts:
        failures = await prompts.build(segments, _progress_bar())
    for failure in failures:
        sys.stderr.write(f"{failure.segment}: {failure.message}\n")
    sys.stdout.write(f"{len(segments) - len(failures)} prompts are ready in {settings.data_dir / 'prompts'}\n")
    return 1 if failures else 0


async def run(loaded: Loaded, settings: Settings, environ: Mapping[str, str], directory: Path) -> int:
    """Serve flows until a signal, and say on standard output when it is ready.

    Raises:
        OSError: the address or the data directory can't be used.
        RenderError: speech can't be synthesised.
    """
    listener = listening_socket(settings.host, settings.port)
    stop = asyncio.Event()
    stop_at_signals(stop)
    with listener:
        async with AsyncExitStack() as stack:
            starting = line(loaded, settings, environ, _progress_bar())
            served = await _unless(stop, stack.enter_async_context(starting))
            if served is not None:
                for warning in precautions(loaded.flows, settings, served.env):
                    log(logger, logging.WARNING, warning)
                log(logger, logging.INFO, "ready", flows=sorted(loaded.flows), directory=str(directory))
                sys.stdout.write(_ready(listener, loaded))
                sys.stdout.flush()
                await serve(served, settings, listener, stop)
    log(logger, logging.INFO, "stopped")
    return 0


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, Done]) -> Done | None:
    """The result of some work; None if the event came first, and the work is cancelled."""
    working, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, stopped):
            task.cancel()
        await asyncio.wait((working, stopped))


def _ready(listener: socket.socket, loaded: Loaded) -> str:
    """What is told once callers are served: the address, and how to call without a telephone."""
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    flows = " or ".join(sorted(id for id, flow in loaded.flows.items() if not flow.is_subflow))
    return f"ready {url}\nin a second terminal: {_program()} call FLOW --url {url}   (FLOW: {flows})\n"


def _program() -> str:
    """How this program is called in a terminal."""
    if shutil.which("ivr"):
        return "ivr"
    return f"{sys.executable} -m ivr" if Path(sys.argv[0]).name == "__main__.py" else sys.argv[0]


def _progress_bar() -> Progress:
    """A bar on the terminal while prompts are rendered; nothing where nobody watches."""
    from tqdm import tqdm

    bar: Any = None

    def progress(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, desc="prompts", unit="", disable=None, leave=False)
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return progress
