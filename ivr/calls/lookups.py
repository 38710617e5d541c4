"""One HTTP request of a flow, sent once: what came back, or why nothing usable did."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import re
import ssl
import time
import zlib
from base64 import b64encode
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import version
from typing import Any

import httpcore
import httpx

from ivr.calls.clock import Clock
from ivr.calls.connections import Connections
from ivr.calls.guard import GuardedBackend, UnreachableError
from ivr.calls.meters import METERS
from ivr.core.effects import Fetch
from ivr.core.events import LookupFault
from ivr.core.requests import BROKEN, full_url, too_late
from ivr.core.values import (
    Sensitive,
    TooDeepError,
    UnknownSecretError,
    clean,
    fill,
    mask_references,
    references,
)

ANSWER_LIMIT = 1024 * 1024
"""Bytes that an answer's body may have, decompressed."""

IN_FLIGHT = 200
"""Lookups of one process on their way at the same time, unless the settings say otherwise."""

THREAD_WORTHY = 64 * 1024
"""Bytes from which on a body is parsed in a thread, so that it holds up no call's audio."""

_DEFAULT_HEADERS = {
    "User-Agent": f"ivr/{version('ivr')}",
    "Accept": "application/json, */*;q=0.1",
    "Accept-Encoding": "gzip",
}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2: token
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110, 5.5: all but the tab
_FRAMING = ("content-length", "transfer-encoding", "connection")
_JSON_TYPE = re.compile(r"(application|text)/([^;\s]+\+)?json\s*(;|$)", re.IGNORECASE)  # RFC 6839, 3.1: +json
_GZIP = 16 + zlib.MAX_WBITS

# At the level of debugging httpcore writes down hosts and headers, which may hold secrets.
logging.getLogger("httpcore").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer, of any status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case; the values of a repeated one are joined by a comma (RFC 9110, 5.3)."""
    body: Any = field(repr=False)
    """The parsed JSON; None where there is none, and where an answer that is not 2xx has none of use."""


@dataclass(frozen=True, slots=True)
class Fault:
    """No usable answer came."""

    fault: LookupFault
    message: str
    """For people: without the URL, which may hold what a caller entered, and without any secret."""


class _RequestError(Exception):
    """The request can't be sent as asked; its text is fit for people."""


class _BodyError(Exception):
    """The answer's body is of no use; its text is fit for people."""


class Lookups:
    """Sends the lookups of all calls of a process; retries and backoff are the core's.

    No redirect is followed, no cookie is kept from one call to the next, no proxy and no netrc is taken from
    the environment. Only the certificates to trust may come from there (SSL_CERT_FILE, SSL_CERT_DIR).
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        limit: int = IN_FLIGHT,
        answer_limit: int = ANSWER_LIMIT,
        clock: Clock | None = None,
    ) -> None:
        """Prepare to send at most `limit` lookups at a time; later ones wait within their own time-out.

        Time-outs are those of `clock`; of real time if it is None.
        """
        self._free = asyncio.Semaphore(limit)
        self._answer_limit = answer_limit
        self._clock = clock or Clock()
        self._backend = GuardedBackend(allow_private=allow_private)
        self._connections = Connections(self._backend, _certificates(), limit)

    async def send(self, fetch: Fetch, secrets: Mapping[str, str]) -> Answer | Fault:
        """Send `fetch`, filled with `secrets`, once, and return what came of it; only cancelling raises.

        Faults: "timeout" if the last byte is not there within the time-out; "connect" if there is no such
        server, it is private, or it does not speak TLS or HTTP to the end; "body" if the data don't fit: an
        answer of 2xx that is too large or not the JSON it claims to be, and also a request that can't be
        written, because of a line break in a header or a secret that nobody gave: no retry would mend that.
        """
        began = time.perf_counter()
        answer = await self._answer(fetch, secrets)
        outcome = f"{answer.status // 100}xx" if isinstance(answer, Answer) else answer.fault
        METERS.looked_up(outcome, time.perf_counter() - began)
        return answer

    async def _answer(self, fetch: Fetch, secrets: Mapping[str, str]) -> Answer | Fault:
        try:
            async with self._clock.limit(fetch.timeout), self._free:
                return await self._exchange(_request(fetch, secrets))
        except (TimeoutError, httpcore.TimeoutException):
            return Fault("timeout", too_late(fetch.timeout))
        except (_RequestError, _BodyError) as error:
            return Fault("body", str(error))
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            message = _breakdown(error)
            for name in references(fetch.url):  # the server's address may itself be a secret
                message = message.replace(secrets[name], f"[secret {name}]") if secrets[name] else message
            return Fault("connect", message)

    async def aclose(self) -> None:
        """Close all connections; nothing may be sent any more."""
        await self._connections.aclose()
        self._backend.close()

    async def _exchange(self, request: httpx.Request) -> Answer:
        # Without httpx's client, which logs URLs, keeps cookies and unpacks without bound.
        async with self._connections.response(request) as response:
            headers = httpx.Headers(response.headers)
            try:
                raw = await _read(response.body, headers, self._answer_limit)
                parse = partial(_parse, raw, headers.get("content-type", ""))
                body = await asyncio.to_thread(parse) if len(raw) > THREAD_WORTHY else parse()
            except _BodyError:
                if httpx.codes.is_success(response.status):
                    raise
                body = None
            return Answer(response.status, clean(dict(headers)), body)


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # reading them takes longer than a lookup may


def _request(fetch: Fetch, secrets: Mapping[str, str]) -> httpx.Request:
    """Build the request; this is the one place where secrets take the place of their references."""
    try:
        url = httpx.URL(full_url(fetch, secrets))
        if url.scheme not in ("http", "https") or not url.host:
            raise httpx.InvalidURL("")
        headers = httpx.Headers(_DEFAULT_HEADERS, encoding="utf-8")
        headers["Idempotency-Key"] = _header("Idempotency-Key", fetch.key)
        if url.userinfo:
            headers["Authorization"] = "Basic " + b64encode(f"{url.username}:{url.password}".encode()).decode()
        for name, value in fetch.headers.items():
            headers[name] = _header(name, fill(value, secrets))
        body, form = _filled(fetch.json, secrets), _filled(fetch.form, secrets)
        return httpx.Request(fetch.method, url, headers=headers, json=body, data=form)
    except UnknownSecretError as error:
        raise _RequestError(str(error)) from None
    except httpx.InvalidURL:
        raise UnreachableError("the URL is none; expected http:// or https://, then a server") from None
    except (ValueError, TypeError, RecursionError):
        raise _RequestError("the request holds a value that JSON or UTF-8 can't write") from None


def _header(name: str, value: str) -> str:
    """Return the value as it may be sent; a line break would let a caller add headers of his own."""
    if not _HEADER_NAME.fullmatch(name):
        raise _RequestError(f"{mask_references(name)!r} is no name of a header")
    if name.lower() in _FRAMING:
        raise _RequestError(f"header {name} follows from the request itself and can't be set")
    if _CONTROL.search(value):
        raise _RequestError(f"the value of header {name} holds a line break or another control character")
    return value.strip(" \t")


def _filled(value: Any, secrets: Mapping[str, str]) -> Any:
    match value:
        case str():
            return fill(value, secrets)
        case Sensitive():
            return _filled(value.value, secrets)
        case Mapping():
            return {key: _filled(inner, secrets) for key, inner in value.items()}
        case list() | tuple():
            return [_filled(inner, secrets) for inner in value]
        case _:
            return value


async def _read(stream: AsyncIterable[bytes], headers: httpx.Headers, limit: int) -> bytes:
    """Return the body, unpacked, never holding more than `limit` bytes of it however small it came."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise _BodyError(f"the answer is packed as {coding[:20]!r}; expected gzip or nothing")
    unpacker = None if coding == "identity" else zlib.decompressobj(_GZIP)
    body = bytearray()
    packed = False
    async for chunk in stream:
        if unpacker is None:
            body += chunk
        elif not unpacker.eof:
            packed = True
            try:
                body += unpacker.decompress(chunk, limit + 1 - len(body))
            except zlib.error:
                raise _BodyError("the answer is not the gzip it claims to be") from None
        if len(body) > limit:
            raise _BodyError(f"the answer is larger than {limit} bytes")
    if packed and unpacker is not None and not unpacker.eof:
        raise _BodyError("the answer's gzip is cut off")
    return bytes(body)


def _parse(raw: bytes, content_type: str) -> Any:
    """Return the JSON of a body, None if it neither claims to be JSON nor is a JSON object or array."""
    claimed = _JSON_TYPE.match(content_type.strip()) is not None
    if not raw.strip() or not (claimed or raw.lstrip()[:1] in (b"{", b"[")):
        return None
    try:
        return clean(json.loads(raw, parse_float=_finite, parse_constant=_finite))
    except json.JSONDecodeError as error:
        wrong = f"{error.msg} in line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError:
        wrong = "its text is not UTF-8"
    except TooDeepError as error:
        wrong = str(error)
    except RecursionError:
        wrong = str(TooDeepError())
    except ValueError:
        wrong = "it holds a number out of all bounds, or NaN"
    if claimed:
        raise _BodyError(f"the answer is not usable JSON: {wrong}")
    return None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _breakdown(error: BaseException) -> str:
    """Return what broke, in words of ours: the libraries' own may quote the URL and the headers."""
    if isinstance(error, UnreachableError):
        return str(error)
    if isinstance(error, httpcore.ProtocolError):
        return "the server broke off, or did not answer in HTTP"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) and "'" not in cause.verify_message:
            return f"the server's certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLCertVerificationError):  # the message quotes the server's name
            return "the server's certificate is for another name"
        if isinstance(cause, ssl.SSLError):
            return f"the server did not speak TLS: {cause.reason}"
        cause = cause.__cause__ or cause.__context__
    return BROKEN
