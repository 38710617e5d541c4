"""The HTTP side: webhooks, health, metrics and the console by Quart, streams beside it."""

from __future__ import annotations

import functools
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from quart import Quart, Response, jsonify, request

from ivr.carriers.facts import WebhookError
from ivr.carriers.sfvopi import answer_document, answer_request, hangup_report, ring_report
from ivr.config import Settings
from ivr.document.load import RoutingError
from ivr.logs import log
from ivr.server import metrics
from ivr.server.console.access import Access
from ivr.server.console.board import Board
from ivr.server.console.site import console
from ivr.server.health import readiness
from ivr.server.line import Line, Refused
from ivr.server.proxies import asked_at
from ivr.server.standing import Standing
from ivr.server.stream import PREFIX, Receive, Send, opener, serve_stream

WEBHOOK_BYTES = 64 * 1024
"""A webhook has a few hundred bytes."""
KIB = 1024
SECRET_HEADER = "X-IVR-Secret"  # noqa: S105 - the name of a header, not a secret

logger = logging.getLogger(__name__)


class Application:
    """ASGI: streams are served here, everything else is Quart's."""

    def __init__(self, line: Line, settings: Settings, standing: Standing) -> None:
        """Serve a line."""
        self._line = line
        self._open_frames = opener(settings.media)
        self._start_timeout = settings.start_timeout / 1000
        self._most_bytes = settings.max_message * KIB
        self._quart = webhooks(line, settings, standing)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one connection or request."""
        if scope["type"] == "websocket" and scope["path"].startswith(PREFIX):
            await serve_stream(
                self._line, self._open_frames, self._start_timeout, self._most_bytes, scope, receive, send
            )
        else:
            await self._quart(scope, receive, send)  # type: ignore[arg-type] # Quart has narrower types of its own


def webhooks(line: Line, settings: Settings, standing: Standing) -> Quart:
    """The application for all that is no stream."""
    app = Quart("ivr", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = WEBHOOK_BYTES

    async def answer(flow: str | None = None) -> Response:
        asked = answer_request(await _fields())
        url = f"{_public_url(settings)}{PREFIX}{line.answer(asked, flow)}"
        return jsonify(answer_document(url, line.services.stream))

    async def hangup() -> Response:
        report = hangup_report(await _fields())
        log(
            logger,
            logging.INFO,
            "call hung up",
            call=report.call_id,
            status=report.status,
            seconds=report.duration,
            cause=report.cause,
        )
        driver = line.calls.find(report.call_id)
        if driver is not None:
            driver.hang_up()
        else:
            line.seats.hang_up(report.call_id)
        return jsonify({})

    async def ring() -> Response:
        report = ring_report(await _fields())
        log(logger, logging.INFO, "call rings", call=report.call_id, status=report.status)
        return jsonify({})

    async def live() -> Response:
        return jsonify({"status": "live"})

    async def ready() -> tuple[Response, int]:
        state = readiness(line, standing)
        return jsonify(state), 200 if state["ready"] else 503

    async def last_of_its_connection(response: Response) -> Response:
        if standing.ending:  # The next request is another server's, though a proxy would keep the connection.
            response.headers["Connection"] = "close"
        return response

    guarded = functools.partial(_guarded, settings.webhook_secret)
    for prefix in ("", "/<path_secret>") if settings.webhook_secret else ("",):
        for path, view in (("/answer", answer), ("/answer/<flow>", answer), ("/hangup", hangup), ("/ring", ring)):
            name = f"{prefix}{path}"
            app.add_url_rule(name, name, guarded(view), methods=["GET", "POST"])
    app.add_url_rule("/health/live", "live", live)
    app.add_url_rule("/health/ready", "ready", ready)

    app.after_request(last_of_its_connection)
    app.register_error_handler(WebhookError, functools.partial(_failure, 400))
    app.register_error_handler(RoutingError, functools.partial(_failure, 404))
    app.register_error_handler(Refused, _refusal)
    access = Access(settings, line.tokens)
    metrics.add(app, line, standing, access)
    app.register_blueprint(console(Board(line, settings, standing), access))
    return app


def _guarded(secret: str | None, view: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """Serve only who knows the webhook secret, if there is one."""

    @functools.wraps(view)
    async def guarded(path_secret: str = "", **arguments: str) -> Response:
        if secret is not None:
            told = path_secret or request.headers.get(SECRET_HEADER, "")
            if not hmac.compare_digest(told.encode(), secret.encode()):
                raise Refused(403, "the webhook secret is missing or wrong")
        return await view(**arguments)

    return guarded


async def _fields() -> Mapping[str, object]:
    """What a webhook says, whether as JSON, as a form or in the query."""
    fields: dict[str, object] = dict(request.args)
    if request.is_json:
        fields.update(_json_object(await request.get_data()))
    else:
        fields.update(await request.form)
    return fields


def _json_object(body: str | bytes) -> Mapping[str, object]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise WebhookError("a JSON object is expected in the body of the webhook")
    return value


def _public_url(settings: Settings) -> str:
    """Where the carrier reaches us, for WebSockets."""
    url = settings.public_url
    if url is None:
        url = "://".join(asked_at(request, trust_proxy=settings.trust_proxy))
    for http, websocket in (("http://", "ws://"), ("https://", "wss://")):
        if url.startswith(http):
            return websocket + url.removeprefix(http).rstrip("/")
    return url.rstrip("/")


async def _failure(status: int, error: Exception) -> tuple[Response, int]:
    log(logger, logging.WARNING, "webhook refused", path=_path(), status=status, why=str(error))
    return jsonify({"error": str(error)}), status


async def _refusal(error: Refused) -> tuple[Response, int]:
    return await _failure(error.status, error)


def _path() -> str:
    """The path of the request without the webhook secret."""
    secret = (request.view_args or {}).get("path_secret", "")
    return request.path.replace(secret, "…") if secret else request.path
