"""Tells what of this machine works, and what to do about the rest."""

from __future__ import annotations

import asyncio
import http.client
import resource
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ivr.calls.store.engine import database_url
from ivr.calls.store.errors import StoreError
from ivr.calls.store.store import Store
from ivr.config import Settings
from ivr.core.flow import Flow
from ivr.core.segments import Speech, Voice
from ivr.document.load import Loaded
from ivr.server.precautions import is_local, missing, open_doors
from ivr.server.tokens import KEY_FILE, stream_key
from ivr.speech.machine import Machine
from ivr.speech.models import engine_for, notice
from ivr.speech.static import languages_heard, static_segments
from ivr.speech.store import PromptStore
from ivr.speech.workers import RenderError

State = Literal["ok", "warning", "broken"]

MEBIBYTE = 1024 * 1024
FULL, NEARLY_FULL = 100 * MEBIBYTE, 1024 * MEBIBYTE
"""Bytes of free space below which a data directory is broken, and below which it is told."""
BUILT = 1_767_225_600
"""2026-01-01 UTC, in seconds: a clock that shows an earlier time is wrong."""
SPOKEN = "One, two, three."
PORT_TIMEOUT_S = 2.0
FILES_A_CALL = 2
"""The socket of a call, and one for its lookup or its recording."""
OTHER_FILES = 200
OTHERS = 0o077
"""The rights of everybody but the owner of a file."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found of one thing."""

    name: str
    state: State
    found: str
    remedy: str = ""
    """What to do about it; empty where nothing is to be done."""


async def examine(loaded: Loaded | None, settings: Settings, environ: Mapping[str, str]) -> AsyncIterator[Diagnosis]:
    """Look at everything that serving needs, with the flows that are to be served, if any; nothing raises."""
    flows = {} if loaded is None else loaded.flows
    examinations: tuple[Callable[[], Iterable[Diagnosis]], ...] = (
        lambda: _flows(loaded),
        lambda: _data_directory(settings.data_dir),
        lambda: _models(flows, settings, environ),
        lambda: _port(settings.host, settings.port),
        lambda: _doors(flows, settings, environ),
        lambda: _console(settings),
        lambda: _files(settings),
        _clock,
    )
    for each in examinations:
        for diagnosis in await asyncio.to_thread(lambda each=each: tuple(each())):  # type: ignore[misc]  # a default binds it
            yield diagnosis
    async for diagnosis in _synthesis(flows):
        yield diagnosis
    yield await _store(settings)


def _flows(loaded: Loaded | None) -> Iterator[Diagnosis]:
    if loaded is None:
        return
    broken = sorted({finding.file for finding in loaded.findings if finding.severity == "error"})
    if broken:
        yield Diagnosis("flows", "broken", f"there are errors in {', '.join(broken)}", "ivr lint says which")
    elif not loaded.flows:
        yield Diagnosis("flows", "broken", "there are none", "write one into the folder, as NAME.yaml")
    else:
        yield Diagnosis("flows", "ok", f"{', '.join(sorted(loaded.flows))} can be served")


def _data_directory(data: Path) -> Iterator[Diagnosis]:
    name = "data directory"
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(bytes(1))
        free = shutil.disk_usage(data).free
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        yield Diagnosis(name, "broken", f"{data} can't be written: {why}", "name another one with --data-dir")
        return
    room = f"{data} can be written and has {free // MEBIBYTE:,} MiB of free space"
    if free < FULL:
        yield Diagnosis(name, "broken", room, "make room, or name another one with --data-dir")
    elif free < NEARLY_FULL:
        yield Diagnosis(name, "warning", room, "make room: recordings and journals go there")
    else:
        yield Diagnosis(name, "ok", room)
    key = data / KEY_FILE
    if key.exists() and key.stat().st_mode & OTHERS:
        yield Diagnosis("stream key", "warning", f"others can read {key}", f"chmod 600 {key}")


def _models(flows: Mapping[str, Flow], settings: Settings, environ: Mapping[str, str]) -> Iterator[Diagnosis]:
    name = "understanding"
    try:
        machine = Machine.this(settings.models, settings.data_dir, environ)
    except OSError as error:
        yield Diagnosis(name, "broken", f"{error.filename or settings.models} is no folder of models", "see --models")
        return
    for broken in machine.broken:
        yield Diagnosis(name, "warning", f"{broken.directory} can't be used: {broken.why}", "fetch it again")
    for language in languages_heard(flows.values()):
        model = engine_for(language, machine.models)
        yield Diagnosis(name, "ok" if model else "warning", notice(language, model))


def _port(host: str, port: int) -> Iterator[Diagnosis]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((host, port))
        except OSError as error:
            if _serves(host, port):
                yield Diagnosis("port", "ok", f"a server of ivr listens on {host}:{port}")
            else:
                why = (error.strerror or str(error)).lower()
                remedy = "stop what listens there, or choose others with --host and --port"
                yield Diagnosis("port", "broken", f"{host}:{port} can't be taken: {why}", remedy)
            return
    yield Diagnosis("port", "ok", f"{host}:{port} is free")


def _serves(host: str, port: int) -> bool:
    """Whether a server of ours answers there."""
    try:
        with closing(http.client.HTTPConnection(host, port, timeout=PORT_TIMEOUT_S)) as connection:
            connection.request("GET", "/health/live")
            return b'"live"' in connection.getresponse().read(100)
    except (OSError, http.client.HTTPException):
        return False


def _doors(flows: Mapping[str, Flow], settings: Settings, environ: Mapping[str, str]) -> Iterator[Diagnosis]:
    env = {name: environ[name] for name in settings.allow_env if name in environ}
    for each in missing(flows, settings, env):
        found, _, remedy = each.partition(": ")
        yield Diagnosis("names of flows", "broken", found, remedy)
    for each in open_doors(settings):
        found, _, remedy = each.partition(": ")
        yield Diagnosis("doors", "warning", found, remedy)


def _console(settings: Settings) -> Iterator[Diagnosis]:
    """To whom `/console` and `/metrics` open, as the door of the console decides it."""
    is_local_only = settings.public_url is None and not settings.trust_proxy and is_local(settings.host)
    if settings.console_password is not None:
        yield Diagnosis("console", "ok", "/console and /metrics open with the password")
    elif is_local_only:
        yield Diagnosis("console", "ok", "/console and /metrics open on this machine only")
    else:
        yield Diagnosis("console", "ok", "/console and /metrics open to nobody", "to see them set --console-password")


def _files(settings: Settings) -> Iterator[Diagnosis]:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = FILES_A_CALL * settings.max_calls + OTHER_FILES
    if allowed != resource.RLIM_INFINITY and allowed < needed:
        found = f"a process may have {allowed} files open, and {settings.max_calls} calls need {needed}"
        yield Diagnosis("open files", "warning", found, "raise it (ulimit -n, LimitNOFILE=), or lower --max-calls")
    else:
        yield Diagnosis("open files", "ok", f"{settings.max_calls} calls fit")


def _clock() -> Iterator[Diagnosis]:
    if time.time() < BUILT:
        told = time.strftime("%Y-%m-%d", time.gmtime())
        yield Diagnosis("clock", "broken", f"it shows {told}", "set it: opening hours and journals go by it")
    elif (sync := Path("/run/systemd/timesync")).is_dir() and not (sync / "synchronized").exists():
        yield Diagnosis("clock", "warning", "it is not synchronised", "see timedatectl: opening hours go by it")
    else:
        yield Diagnosis("clock", "ok", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))
    try:
        ZoneInfo("Asia/Kolkata")
    except ZoneInfoNotFoundError:
        yield Diagnosis("time zones", "broken", "there are none", "pip install tzdata")


async def _synthesis(flows: Mapping[str, Flow]) -> AsyncIterator[Diagnosis]:
    """Let each voice of the flows say something."""
    voices = {(each.language, each.voice): each for each in static_segments(flows.values()) if isinstance(each, Speech)}
    sample = Speech(SPOKEN, SPOKEN, "en-US", Voice(), static=True)
    with tempfile.TemporaryDirectory(prefix="ivr-doctor-") as folder:
        try:
            async with PromptStore(Path(folder), jobs=1) as prompts:
                await prompts.start()
                for language, voice in voices or ((sample.language, sample.voice),):
                    spoken = replace(sample, language=language, voice=voice)
                    named = f"{language}{f', {voice.name}' if voice.name else ''}"
                    failures = await prompts.build([spoken])
                    if failures:
                        yield Diagnosis("synthesis", "broken", f"{named}: {failures[0].message}", "see docs/serving.md")
                    else:
                        yield Diagnosis("synthesis", "ok", f"{named} is spoken")
        except (RenderError, OSError) as error:
            yield Diagnosis("synthesis", "broken", str(error), "pip install --force-reinstall espeakng-loader pyttsx3")


async def _store(settings: Settings) -> Diagnosis:
    name = "store"
    try:
        key = settings.stream_key or stream_key(settings.data_dir)
        store = Store(database_url(settings.database, settings.data_dir), key, keep=settings.keep_journals)
        await store.open()
    except (StoreError, OSError, ValueError) as error:
        return Diagnosis(name, "broken", str(error), "see --database and --data-dir")
    try:
        if store.health.state == "ok":
            return Diagnosis(name, "ok", "calls can be kept")
        return Diagnosis(name, "broken", "the database can't be reached", "start it, or see --database")
    finally:
        await store.aclose()


def worst(found: Iterable[Diagnosis]) -> State:
    """How bad it is."""
    states = {each.state for each in found}
    return "broken" if "broken" in states else "warning" if "warning" in states else "ok"
