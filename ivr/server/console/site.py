"""The console's blueprint: its pages, who may see them, and what browsers may do with them."""

from __future__ import annotations

import functools
from urllib.parse import urlencode

from quart import Blueprint, Response, jsonify, redirect, render_template, request
from quart.typing import ResponseReturnValue

from ivr.calls.records.export import moment_of
from ivr.calls.store.errors import StoreAway
from ivr.document.finding import several
from ivr.server.console import calls, figures, graphs, live, softphone
from ivr.server.console.access import COOKIE, Access
from ivr.server.console.board import Board

PREFIX = "/console"
PAGES = (live, softphone, graphs, calls, figures)
"""All pages, in the order of their links."""
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "connect", "worker")),
        "img-src 'self' data:",
        "media-src 'self' blob:",
        *(f"{kind} 'none'" for kind in ("frame-ancestors", "base-uri")),
        "form-action 'self'",
    )
)
"""What pages may load (W3C, Content Security Policy Level 3): nothing of other hosts, and no code inside of pages."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "microphone=(self)",
}
READING = ("GET", "HEAD")
_FREE = ("static", "login", "enter")
"""Endpoints for those who are not let in yet."""


def console(board: Board, access: Access) -> Blueprint:
    """All of the console."""
    site = Blueprint(
        "console", __name__, url_prefix=PREFIX, static_folder="static", template_folder="templates", root_path=None
    )
    for page in PAGES:
        page.add(site, board)
    site.add_url_rule("/login", "login", _login, methods=["GET"])
    site.add_url_rule("/login", "enter", functools.partial(_enter, access), methods=["POST"])
    site.add_url_rule("/logout", "leave", _leave, methods=["POST"])
    site.before_request(functools.partial(_only_whom, access))
    site.after_request(_guarded)
    site.register_error_handler(StoreAway, _away)
    site.app_context_processor(functools.partial(_known_to_all, access))
    site.add_app_template_filter(moment_of, "moment")
    site.add_app_template_filter(lasting)
    site.add_app_template_filter(several)
    return site


def lasting(milliseconds: int) -> str:
    """How long something takes, as `m:ss`, with hours where there are some."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _known_to_all(access: Access) -> dict[str, object]:
    return {"has_password": access.has_password}


async def _only_whom(access: Access) -> ResponseReturnValue | None:
    """Answer instead of a page to those who may not see it."""
    if request.method not in READING and access.is_from_elsewhere(request):
        return jsonify({"error": "this was sent by a page of another site"}), 403
    if (request.endpoint or "").rpartition(".")[2] in _FREE and (access.has_password or request.endpoint == "static"):
        return None
    match access.standing(request):
        case "open":
            return None
        case "closed":
            return await render_template("console/closed.html"), 403
        case "login" if request.method in READING and request.accept_mimetypes.accept_html:
            return redirect(f"{PREFIX}/login?{urlencode({'to': request.path})}", 303)
        case "login":
            return jsonify({"error": "the login has run out"}), 401


async def _guarded(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _away(error: StoreAway) -> ResponseReturnValue:
    if request.accept_mimetypes.accept_html:
        return await render_template("console/away.html", why=str(error)), 503
    return jsonify({"error": f"the store is away: {error}"}), 503


async def _login() -> str:
    return await render_template("console/login.html", to=request.args.get("to", ""), wrong=False)


async def _enter(access: Access) -> ResponseReturnValue:
    fields = await request.form
    to = fields.get("to", "")
    # Only a page of the console, never another site.
    there = to if to == PREFIX or to.startswith(f"{PREFIX}/") else f"{PREFIX}/"
    response = Response("", 303, {"Location": there})
    if await access.log_in(fields.get("password", ""), response):
        return response
    return await render_template("console/login.html", to=to, wrong=True), 401


async def _leave() -> ResponseReturnValue:
    response = Response("", 303, {"Location": f"{PREFIX}/login"})
    response.delete_cookie(COOKIE, path="/")
    return response
