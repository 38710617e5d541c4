"""Nothing in the database tells what a caller entered in confidence, and no message tells a password."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.calls.store.engine import Database
from ivr.calls.store.errors import StoreError
from ivr.calls.store.sealing import Seal, SealError
from ivr.calls.store.store import Store
from ivr.core.events import Answered, HungUp, KeyPressed, LookupAnswered, LookupFailed
from ivr.core.flow import Flow
from tests.calls.store.conftest import DAY_MS, Open, call_on, until

PIN, AHEAD, SECRET = "86240193", "1597531", "tok-31415926"
FLOW = """
    start: pin
    variables: {pin: ""}
    nodes:
      pin: {type: collect, prompt: Your PIN?, into: pin, digits: 8, sensitive: true, next: ask}
      ask: {type: http, url: "http://crm.test/?pin={{ pin }}", save: {}, next: bye}
      bye: {type: hangup, prompt: Goodbye.}
"""


def forms(text: str) -> list[bytes]:
    """What somebody may find who looks for a text."""
    spelled = (text, text[::-1], " ".join(text), json.dumps(list(text)), json.dumps(list(text), separators=(",", ":")))
    found = [each.encode() for each in spelled] + [text.encode("utf-16-le"), text.encode().hex().encode()]
    # Base64 of it anywhere in a longer text: without the characters that its neighbours have a part in.
    return found + [base64.b64encode(bytes(shift) + text.encode())[shift + 2 : -4] for shift in range(3)]


async def test_no_file_has_what_a_caller_entered(sqlite_url: str, opened: Open, flow_of: Callable[..., Flow]) -> None:
    flow = flow_of(FLOW)
    store = await opened(sqlite_url, secrets={"TOKEN": SECRET})
    other = await opened(sqlite_url)
    call = call_on(store, flow).tell(Answered(0))
    kept = b""

    def files() -> bytes:
        return b"".join(path.read_bytes() for path in Path(sqlite_url.removeprefix("sqlite:///")).parent.iterdir())

    for at, key in enumerate(PIN + AHEAD, 1):
        call.tell(KeyPressed(at, key))
        await call.durable()
        kept += files()
    assert call.session.fetching is not None
    assert call.session.keys == AHEAD
    await other.take("call-1")
    call.kept.answered(LookupAnswered(50, call.session.fetching, 200, {}, {"pin": PIN, "token": SECRET}))
    call.kept.answered(LookupFailed(50, 99, "timeout", f"{SECRET} {PIN}"))
    await until(lambda: len(files()) and not store.health.waiting)
    await store.aclose()
    kept += files()
    assert b"call-1" in kept
    for text in (PIN, AHEAD, SECRET):
        assert not [form for form in forms(text) if form in kept]


async def test_a_call_is_opened_with_the_key_that_all_machines_share(
    sqlite_url: str, opened: Open, flow: Flow, caplog: pytest.LogCaptureFixture
) -> None:
    first = await opened(sqlite_url)
    call = call_on(first, flow).tell(Answered(0))
    await call.durable()
    assert await (await opened(sqlite_url, key="another key")).take("call-1") is None
    assert "a call can't be gone on with" in caplog.text
    assert await first.owns(call.kept)
    call.tell(HungUp(10))
    await call.durable()
    assert not call.lost


@given(st.text(), st.text(), st.text(min_size=1), st.integers(0, 40))
def test_what_is_sealed_opens_only_in_its_place(text: str, place: str, key: str, cut: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    key = key.encode("utf-8", "replace").decode()
    seal = Seal(key)
    sealed = seal.sealed(text, place)
    assert Seal(key).opened(sealed, place) == text
    assert seal.sealed(text, place) != sealed
    for other, where, what in (
        (Seal(key + "x"), place, sealed),
        (seal, place + "x", sealed),
        (seal, place, sealed[cut + 1 :]),
    ):
        with pytest.raises(SealError):
            other.opened(what, where)


URLS = [
    ("nonsense", "the database is told by a URL such as"),
    ("postgresql://u:hunter2@h:x/d", "the database is told by a URL such as"),
    ("mysql://u:hunter2@h/d", "mysql: the database is sqlite or postgresql"),
    ("postgresql+asyncpg://u:hunter2@h/d", "the database is sqlite or postgresql"),
    ("sqlite:////tmp/\0", "the database can't be written"),
    ("sqlite://", "the database must be a file"),
    ("sqlite:////proc/nowhere/ivr.db", "the database can't be written"),
]


@pytest.mark.parametrize(("url", "message"), URLS, ids=[url for url, _ in URLS])
async def test_a_store_that_cannot_be(url: str, message: str) -> None:
    with pytest.raises(StoreError) as caught:
        await Store(url, "key", keep=DAY_MS).open()
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_no_message_has_a_password(caplog: pytest.LogCaptureFixture) -> None:
    url = "postgresql://someone:hunter2@127.0.0.1:1/ivr?password=hunter3&sslkey=x"
    store = Store(url, "key", keep=DAY_MS)
    await store.open()
    assert Database(url).name == "postgresql://127.0.0.1:1/ivr"
    assert store.health.state == "away"
    await store.aclose(0)
    told = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "store is away" in told
    assert "hunter" not in told
