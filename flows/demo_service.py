"""A CRM for the example flows to ask: `python flows/demo_service.py PORT` (0 takes a free port).

It listens on 127.0.0.1 alone, knows the accounts and patients below, nothing else, and keeps nothing. Every request
needs the token that `IVR_SECRET_CRM_TOKEN` holds, which is where `ivr serve` finds `secret.CRM_TOKEN` too. It ends
when its standard input does, and so with the program that started it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"
TOKEN_VARIABLE = "IVR_SECRET_CRM_TOKEN"  # noqa: S105  the name of a variable
USUAL_TOKEN = "demo"  # noqa: S105  it guards made-up accounts, from this machine alone
LONGEST_BODY = 65_536
"""Bytes of a request that are read; a longer one is refused."""

PIN = "4711"
"""That of every account."""
ACCOUNTS: Mapping[str, Mapping[str, Any]] = {
    "123455": {"balance": 1250, "last_payment": "2026-11-02", "customer": {"first_name": "Asha"}},
    "200006": {"balance": 0, "last_payment": None, "customer": {"first_name": "Ravi"}},
    "300004": {"balance": 78.5, "last_payment": "2026-10-19", "customer": {"first_name": "Meera"}},
}
SLOW, SLOW_SECONDS = "300004", 3.0
"""This account takes its time, so that callers hear what they hear while they wait."""
BROKEN = "500009"
"""Its PIN is right, but looking it up fails."""
GONE = "400002"
"""Its PIN is right, but there is no such account any more."""

PATIENTS: Mapping[str, Mapping[str, Any]] = {
    "100231": {"first_name": "Asha", "appointment": None},
    "200462": {"first_name": "Ravi", "appointment": {"department": "dental", "at": "2026-12-02T10:30"}},
}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DEPARTMENTS: Mapping[str, str] = {"general": "09:00", "dental": "10:30", "children": "11:15", "eyes": "16:45"}
"""When each of them has time."""
FULL = "saturday"
"""A day on which none of them has."""

Answer = tuple[HTTPStatus, Any]


def account(number: str) -> Answer:
    """GET /accounts/NUMBER: what is known of an account."""
    if number == SLOW:
        time.sleep(SLOW_SECONDS)
    if number == BROKEN:
        return HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "this account always fails"}
    if number not in ACCOUNTS:
        return HTTPStatus.NOT_FOUND, {"error": "there is no such account"}
    return HTTPStatus.OK, ACCOUNTS[number]


def verify(body: Any) -> Answer:
    """POST /verify {account, pin}: whether the two belong together, and no word of which one is wrong."""
    match body:
        case {"account": str(number), "pin": str(pin)}:
            known = number in (*ACCOUNTS, BROKEN, GONE)
            return HTTPStatus.OK, {"ok": known and compare_digest(pin.encode(), PIN.encode())}
        case _:
            return HTTPStatus.BAD_REQUEST, {"error": "expected an account and a pin"}


def calls(body: Any) -> Answer:
    """POST /calls: a call that has ended; a real CRM would keep it."""
    return HTTPStatus.CREATED, {"noted": isinstance(body, dict)}


def patient(number: str) -> Answer:
    """GET /patients/NUMBER: who it is, and the appointment there is."""
    if number not in PATIENTS:
        return HTTPStatus.NOT_FOUND, {"error": "there is no such patient"}
    return HTTPStatus.OK, PATIENTS[number]


def appointments(body: Any) -> Answer:
    """POST /appointments {patient, department, day}: make the appointment, or move it, to the next such day."""
    match body:
        case {"patient": str(number), "department": str(department), "day": str(day)} if (
            number in PATIENTS and department in DEPARTMENTS and day in DAYS
        ):
            if day == FULL:
                return HTTPStatus.CONFLICT, {"error": "that day has no time left"}
            return HTTPStatus.CREATED, {"at": f"{next_date(day)}T{DEPARTMENTS[department]}"}
        case _:
            return HTTPStatus.BAD_REQUEST, {"error": "expected a patient, a department and a day that there are"}


def cancel(body: Any) -> Answer:
    """POST /appointments/cancel {patient}: the appointment is no more."""
    match body:
        case {"patient": str(number)} if number in PATIENTS:
            return HTTPStatus.OK, {"cancelled": True}
        case _:
            return HTTPStatus.BAD_REQUEST, {"error": "expected a patient that there is"}


def next_date(day: str) -> str:
    """The date of the next such day after today."""
    today = datetime.now(UTC).date()
    ahead = (DAYS.index(day) - today.weekday() - 1) % len(DAYS) + 1
    return (today + timedelta(days=ahead)).isoformat()


GETS: Mapping[str, Callable[[str], Answer]] = {"/accounts": account, "/patients": patient}
POSTS: Mapping[str, Callable[[Any], Answer]] = {
    "/verify": verify,
    "/calls": calls,
    "/appointments": appointments,
    "/appointments/cancel": cancel,
}


class CRM(BaseHTTPRequestHandler):
    """One connection to the service."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    """Seconds for which a silent connection is kept."""

    def do_GET(self) -> None:
        """Answer with an account or a patient."""
        if not self._welcome():
            return
        kind, _, number = self.path.rpartition("/")
        if kind not in GETS:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})
            return
        self._answer(*GETS[kind](number))

    def do_POST(self) -> None:
        """Read a JSON body, and answer it."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            self.close_connection = True  # What follows on it is a body that nobody reads.
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"expected 0 to {LONGEST_BODY} bytes"})
            return
        text = self.rfile.read(int(length))
        if not self._welcome():
            return
        if self.path not in POSTS:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there is no such page"})
            return
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        self._answer(*POSTS[self.path](body))

    def _welcome(self) -> bool:
        """Refuse whoever does not bring the token."""
        token = os.environ.get(TOKEN_VARIABLE, USUAL_TOKEN)
        given = self.headers.get("Authorization", "")
        if compare_digest(given.encode("utf-8", "surrogateescape"), f"Bearer {token}".encode()):
            return True
        self._answer(HTTPStatus.UNAUTHORIZED, {"error": f"expected the token of {TOKEN_VARIABLE}"})
        return False

    def _answer(self, status: HTTPStatus, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Keep quiet: the paths hold the numbers of accounts and patients."""


def end_with_parent(server: ThreadingHTTPServer) -> None:
    """Stop serving at the end of standard input."""
    # Not sys.stdin: Python can't end while another thread holds its lock.
    while os.read(0, LONGEST_BODY):
        pass
    server.shutdown()


def main(port: int) -> None:
    """Serve until the parent ends, or Ctrl-C."""
    if not os.isatty(0):
        # Ctrl-C reaches a whole family of processes; calls that end by it are reported here all the same.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with ThreadingHTTPServer((HOST, port), CRM) as server:
        threading.Thread(target=end_with_parent, args=(server,), daemon=True).start()
        sys.stdout.write(f"The demo CRM listens at http://{HOST}:{server.server_port}\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [number] if number.isdecimal() and int(number) < 65_536:
            main(int(number))
        case _:
            sys.exit("usage: demo_service.py PORT")
