"""Where a request was asked, as the client saw it: proxies that are trusted tell that."""

from __future__ import annotations

from quart import Request


def asked_at(request: Request, *, trust_proxy: bool) -> tuple[str, str]:
    """The scheme and the host, with its port where that is not the usual one."""
    if not trust_proxy:
        return request.scheme, request.host
    scheme, host = (_first(request.headers.get(f"X-Forwarded-{name}")) for name in ("Proto", "Host"))
    return scheme or request.scheme, host or request.host


def _first(header: str | None) -> str:
    """The first of several values: the one that the outermost proxy wrote."""
    return (header or "").split(",")[0].strip()
