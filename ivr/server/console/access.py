"""Who may see the console and the metrics: whoever knows the password, and without one only this machine."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
from typing import Literal
from urllib.parse import urlsplit

from itsdangerous import BadSignature
from quart import Request, Response

from ivr.config import Settings
from ivr.server.precautions import is_local
from ivr.server.proxies import asked_at
from ivr.server.tokens import Tokens

COOKIE = "ivr_console"
LASTS_S = 12 * 3600
"""How long a login lasts."""
WRONG_S = 1.0
"""How long a wrong password takes, one after the other: nobody guesses many."""
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""Headers by which proxies tell that somebody else asks."""
_IN = "in"

Standing = Literal["open", "closed", "login"]
"""Whether a request is let in, can never be, or must bring the password."""


class Access:
    """The door of the console."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        """Let in as the settings say; all processes with the same key know each other's logins."""
        self._settings = settings
        self._password = settings.console_password
        # Whoever changes the password ends all logins.
        purpose = hashlib.sha256((self._password or "").encode()).hexdigest()
        self._signer = tokens.signer(f"ivr.console.{purpose}")
        self._one_wrong = asyncio.Lock()

    def standing(self, request: Request) -> Standing:
        """Whether a request is let in."""
        if self._password is None:
            return "open" if self._is_of_this_machine(request) else "closed"
        if self._knows_password(request) or self._is_signed(request.cookies.get(COOKIE, "")):
            return "open"
        return "login"

    def is_from_elsewhere(self, request: Request) -> bool:
        """Whether a browser sends this because a page of another site tells it to: cross-site request forgery."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return True
        origin = request.headers.get("Origin")
        _, host = asked_at(request, trust_proxy=self._settings.trust_proxy)
        return origin is not None and urlsplit(origin).netloc != host

    async def log_in(self, password: str, response: Response) -> bool:
        """Let a browser in from now on, if it knows the password."""
        if self._password is None or not _same(password, self._password):
            async with self._one_wrong:
                await asyncio.sleep(WRONG_S)
            return False
        response.set_cookie(
            COOKIE,
            self._signer.sign(_IN).decode(),
            max_age=LASTS_S,
            path="/",
            secure=(self._settings.public_url or "").startswith("https://"),
            httponly=True,
            samesite="Strict",
        )
        return True

    @property
    def has_password(self) -> bool:
        """Whether there is anything to log in with."""
        return self._password is not None

    def _is_of_this_machine(self, request: Request) -> bool:
        """Whether this can only come from here: no proxy, and no name that somebody else's DNS leads here."""
        settings = self._settings
        if settings.public_url is not None or settings.trust_proxy or not is_local(settings.host):
            return False
        if any(name in request.headers for name in FORWARDED):
            return False
        return _is_loopback(request.remote_addr or "") and is_local(urlsplit(f"//{request.host}").hostname or "")

    def _knows_password(self, request: Request) -> bool:
        given = request.authorization
        password = None if given is None or given.type != "basic" else given.password
        return password is not None and _same(password, self._password or "")

    def _is_signed(self, cookie: str) -> bool:
        try:
            return self._signer.unsign(cookie, max_age=LASTS_S) == _IN.encode()
        except BadSignature:
            return False


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass"))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
