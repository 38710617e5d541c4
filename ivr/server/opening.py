"""Opens all that calls need, and closes it behind them."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from ivr.calls.clock import Clock
from ivr.calls.lookups import Lookups
from ivr.calls.recordings import Shelf
from ivr.calls.services import Services
from ivr.calls.store.engine import database_url
from ivr.calls.store.store import Store
from ivr.calls.transfers import Transfers
from ivr.carriers.sfvopi import StreamSettings
from ivr.config import Settings
from ivr.core.flow import Flow
from ivr.logs import log
from ivr.server.assignment import Assignment
from ivr.server.line import Line
from ivr.server.listening import pools
from ivr.server.places import Places, Seats
from ivr.server.sharing import prompts_folder
from ivr.server.tokens import Tokens, stream_key
from ivr.speech.ears import Ears
from ivr.speech.static import static_segments
from ivr.speech.store import PromptStore

Progress = Callable[[int, int], None]
MEBIBYTE = 1024 * 1024
_LOCK = "prompts.lock"
_LOOK_AGAIN_S = 0.05

logger = logging.getLogger(__name__)


@asynccontextmanager
async def line(
    assignment: Assignment, seats: Seats | None = None, progress: Progress | None = None, clock: Clock | None = None
) -> AsyncIterator[Line]:
    """Everything that serves calls, ready: static prompts are in memory, and recognisers have loaded their models.

    Raises:
        OSError: the data directory can't be used, or the folder of models is none.
        StoreError: the store can't be used; one that is only away is no error.
        RenderError: speech can't be synthesised at all.
    """
    edition, settings, environ = assignment.edition, assignment.settings, assignment.environ
    recordings = settings.data_dir / "recordings"
    recordings.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = settings.stream_key or stream_key(settings.data_dir)
    clock = clock or Clock()
    async with AsyncExitStack() as stack:
        # What is entered first is left last: the store still gets the answers of the last lookups.
        store = await _store(stack, settings, key)
        await store.keep_flows(*edition.parts)
        lookups = Lookups(allow_private=settings.allow_private, limit=settings.max_lookups, clock=clock)
        stack.push_async_callback(lookups.aclose)
        transfers = None if settings.transfer_url is None else Transfers(settings.transfer_url, clock)
        if transfers is not None:
            stack.push_async_callback(transfers.aclose)
        ears = Ears(pools(edition, settings, environ), assignment.shared.nurseries)
        stack.push_async_callback(ears.aclose)
        known = PromptStore(prompts_folder(settings), jobs=settings.jobs, known=assignment.shared.sounds)
        prompts = await stack.enter_async_context(known)
        recognisers = asyncio.create_task(ears.start())
        stack.callback(recognisers.cancel)
        all_there = await rendered(prompts, edition.flows, settings.data_dir, progress)
        await recognisers
        # The first calls may come while these are still being started: what every call says is there.
        synthesisers = asyncio.create_task(prompts.start())
        stack.callback(synthesisers.cancel)
        if not all_there:
            await synthesisers  # If they can't be started, that is why.
        synthesisers.add_done_callback(_mute)
        services = Services(
            clock=clock,
            prompts=prompts,
            lookups=lookups,
            recordings=recordings,
            shelf=Shelf(recordings, settings.max_recordings * MEBIBYTE),
            ears=ears,
            transfers=transfers,
            store=store,
            secrets=settings.secrets,
            stream=_stream(settings),
            media_timeout=settings.media_timeout,
            reconnect=settings.reconnect,
            max_duration=settings.max_duration,
        )
        yield Line(
            flows=edition.flows,
            findings=edition.loaded.findings,
            parts=edition.parts,
            services=services,
            tokens=Tokens(key),
            env={name: environ[name] for name in settings.allow_env if name in environ},
            longest_call=settings.stream_timeout // 1000,
            folder=assignment.directory,
            max_unread=settings.max_unread,
            seats=seats or Places(1, settings.max_calls, patience=settings.start_timeout).mine(),
        )


def _mute(synthesisers: asyncio.Task[None]) -> None:
    """Log that nothing can be synthesised any more; prompts that were rendered before are heard nevertheless."""
    if not synthesisers.cancelled() and (error := synthesisers.exception()) is not None:
        log(logger, logging.ERROR, "speech can't be synthesised", why=str(error))


async def _store(stack: AsyncExitStack, settings: Settings, key: str) -> Store:
    """The store of calls, open; StoreError."""
    url = database_url(settings.database, settings.data_dir)
    store = Store(
        url,
        key,
        keep=settings.keep_journals,
        keep_records=settings.keep_records,
        keep_figures=settings.keep_figures,
        secrets=settings.secrets,
    )
    await store.open()
    stack.push_async_callback(store.aclose)
    return store


async def rendered(
    prompts: PromptStore, flows: Mapping[str, Flow], data: Path, progress: Progress | None = None
) -> bool:
    """Bring all static prompts of flows into memory; False if some can't be rendered, which are logged.

    Processes that share a data directory do it one after the other, so that each prompt is rendered once.

    Raises:
        RenderError: as of `PromptStore.build`.
    """
    async with _alone(data / _LOCK):
        failures = await prompts.build(static_segments(flows.values()), progress)
    for failure in failures:
        log(logger, logging.ERROR, "prompt can't be rendered", prompt=failure.segment, why=failure.message)
    return not failures


@asynccontextmanager
async def _alone(lock: Path) -> AsyncIterator[None]:
    """Keep other processes that ask for the same lock waiting; where files can't be locked nobody waits."""
    file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with contextlib.suppress(OSError):
            while not _locked(file):  # noqa: ASYNC110 - another process frees it, and tells nobody
                await asyncio.sleep(_LOOK_AGAIN_S)
        yield
    finally:
        os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stream(settings: Settings) -> StreamSettings:
    return StreamSettings(
        codec=settings.codec,
        sample_rate=settings.sample_rate,
        direction=settings.direction,
        stream_timeout=settings.stream_timeout // 1000,
        keep_call_alive=settings.keep_call_alive,
    )
