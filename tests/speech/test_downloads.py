"""Fetching models from a real server: the good one, and all that a bad archive or a bad line can do."""

from __future__ import annotations

import hashlib
import io
import json
import random
import stat
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ivr.speech.downloads import DownloadError, Offer, choose, fetch, offers
from ivr.speech.models import Model, read

NAME = "vosk-model-small-xx-0.1"
PARTS = {
    "am/final.mdl": random.Random(1).randbytes(5_000),
    "conf/mfcc.conf": b"--sample-frequency=16000\n",
    "conf/model.conf": b"--beam=13.0\n",
    "graph/HCLr.fst": b"graph",
    "graph/Gr.fst": b"grammar",
    "graph/disambig_tid.int": b"1\n",
}
Files = dict[str | zipfile.ZipInfo, bytes]
GOOD: Files = {f"{NAME}/{path}": content for path, content in PARTS.items()}


class Mirror(ThreadingHTTPServer):
    """A server of files; a path that was given None is answered by silence."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.files: dict[str, bytes | None] = {}
        self.moved: dict[str, str] = {}
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        if self.path in self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved[self.path])
            self.end_headers()
        elif self.path not in self.server.files:
            self.send_error(404)
        elif (content := self.server.files[self.path]) is not None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)
        else:
            self.server.closing.wait(30)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  so it is called there
        """Say nothing on standard error."""


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


def zipped(files: Files) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return made.getvalue()


def link(path: str, kind: int = stat.S_IFLNK) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path)
    entry.create_system = 3
    entry.external_attr = (kind | 0o777) << 16
    return entry


def packed_by(method: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{NAME}/other")
    entry.compress_type = method
    return entry


def offer_of(url: str, content: bytes, **changed: object) -> Offer:
    given = {
        "name": NAME,
        "language": "xx",
        "language_name": "Nowhere's",
        "kind": "small",
        "url": f"{url}/{NAME}.zip",
        "size": len(content),
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "obsolete": False,
    }
    return Offer(**{**given, **changed})  # type: ignore[arg-type]  # tests change what they need


def got(mirror: Mirror, offer: Offer, directory: Path, seconds: float = 10) -> Path:
    return fetch(offer, directory, list_url=mirror.url, progress=lambda _: None, seconds=seconds)


# The list


def entry(lang: str, name: str, kind: str = "small", obsolete: str = "false", size: object = 1) -> dict[str, object]:
    return {
        "lang": lang,
        "lang_text": lang,
        "md5": "0" * 32,
        "name": name,
        "obsolete": obsolete,
        "size": size,
        "size_text": "?",
        "type": kind,
        "url": f"https://example.org/{name}.zip",
        "version": name[-3:],
    }


LIST = [
    entry("en-us", "vosk-model-small-en-us-0.15"),
    entry("en-us", "vosk-model-en-us-0.22", "big"),
    entry("en-in", "vosk-model-small-en-in-0.4"),
    entry("en-gb", "vosk-model-small-en-gb-0.15"),
    entry("cn", "vosk-model-small-cn-0.22"),
    entry("kz", "vosk-model-small-kz-0.15"),
    entry("kz", "vosk-model-small-kz-0.42"),
    entry("ru", "vosk-model-small-ru-0.4", obsolete="true"),
    entry("ru", "vosk-model-small-ru-0.22"),
    entry("nl", "vosk-model-nl-spraakherkenning-0.6-lgraph", "big-lgraph"),
    entry("el-gr", "vosk-model-el-gr-0.7", "big"),
    entry("all", "vosk-model-spk-0.4", "spk"),
]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("en", "vosk-model-small-en-us-0.15"),
        ("en-IN", "vosk-model-small-en-in-0.4"),
        ("en-in", "vosk-model-small-en-in-0.4"),
        ("en-AU", "vosk-model-small-en-us-0.15"),
        ("zh-CN", "vosk-model-small-cn-0.22"),
        ("cn", "vosk-model-small-cn-0.22"),
        ("kk", "vosk-model-small-kz-0.42"),
        ("ru-RU", "vosk-model-small-ru-0.22"),
        ("nl", "vosk-model-nl-spraakherkenning-0.6-lgraph"),
        ("vosk-model-small-ru-0.4", "vosk-model-small-ru-0.4"),
        ("vosk-model-en-us-0.22", "vosk-model-en-us-0.22"),
    ],
)
def test_the_model_of_a_language_or_a_name(mirror: Mirror, wanted: str, name: str) -> None:
    mirror.files["/list"] = json.dumps(LIST).encode()
    assert choose(wanted, offers(f"{mirror.url}/list")).name == name


@pytest.mark.parametrize("wanted", ["xx", "el", "vosk-model-small-xx", "spk", ""])
def test_what_there_is_is_told_where_there_is_no_model(mirror: Mirror, wanted: str) -> None:
    mirror.files["/list"] = json.dumps(LIST).encode()
    with pytest.raises(DownloadError, match=r"no small model for .*; languages are el-GR, en-GB, en-IN, en-US, kk"):
        choose(wanted, offers(f"{mirror.url}/list"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b"[]",
        b'[1, null, "x", {"name": 1}]',
        json.dumps([entry("xx", "vosk-model-small-xx/../../evil")]).encode(),
        json.dumps([entry("xx", NAME, size="big"), entry("xx", NAME, size=-1), entry("xx", NAME, size=True)]).encode(),
        b" " * 5_000_000,
    ],
    ids=range(10),
)
def test_what_is_no_list_is_told(mirror: Mirror, content: bytes) -> None:
    mirror.files["/list"] = content
    with pytest.raises(DownloadError, match=mirror.url):
        offers(f"{mirror.url}/list")


# The archive


def test_a_model_is_fetched_once(mirror: Mirror, tmp_path: Path) -> None:
    content = zipped({f"{NAME}/": b"", **GOOD})
    mirror.files[f"/{NAME}.zip"] = content
    offer = offer_of(mirror.url, content)
    came: list[int] = []
    folder = fetch(offer, tmp_path / "new", list_url=mirror.url, progress=came.append)
    assert folder == tmp_path / "new" / NAME
    assert sum(came) == len(content)
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == PARTS.keys()
    assert (folder / "am/final.mdl").read_bytes() == PARTS["am/final.mdl"]
    assert isinstance(read(folder, folder.parent), Model)
    assert [path.name for path in folder.parent.iterdir()] == [NAME]
    mirror.files.clear()
    assert got(mirror, offer, tmp_path / "new") == folder


def test_what_is_there_already_and_broken_is_not_touched(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(DownloadError, match=r"is there already, but can't be used .*remove it first"):
        got(mirror, offer_of(mirror.url, b"x"), tmp_path)


BAD: dict[str, Files] = {
    "leads elsewhere": {**GOOD, f"{NAME}/../../evil": b"x"},
    "leads elsewhere ": {**GOOD, "/tmp/evil": b"x"},  # noqa: S108  nothing is written there
    "leads elsewhere  ": {**GOOD, f"{NAME}\\..\\evil": b"x"},
    "leads elsewhere   ": {**GOOD, f"{NAME}/c:evil": b"x"},
    "is not in the folder": {**GOOD, "evil/final.mdl": b"x"},
    "is not in the folder ": {**GOOD, "evil": b"x"},
    "should be a folder": {NAME: b"x"},
    "is a link or a device": {**GOOD, link(f"{NAME}/link"): b"/etc"},
    "is a link or a device ": {**GOOD, link(f"{NAME}/device", stat.S_IFBLK): b""},
    "packed in a way that models are not": {**GOOD, packed_by(zipfile.ZIP_LZMA): b"x"},
    "over 20 times its size": {**GOOD, f"{NAME}/bomb": bytes(3_000_000)},
    "holds a file twice": {**GOOD, f"{NAME}/graph//Gr.fst": b"x"},
    "can't be unpacked": {**GOOD, f"{NAME}/am/final.mdl/x": b"x"},
    "no model that can be used: graph/Gr.fst is missing": {
        path: content for path, content in GOOD.items() if "Gr.fst" not in str(path)
    },
}


@pytest.mark.parametrize("why", BAD)
def test_an_archive_that_is_not_one_model_is_refused_and_leaves_nothing(
    mirror: Mirror, tmp_path: Path, why: str
) -> None:
    content = zipped(BAD[why])
    mirror.files[f"/{NAME}.zip"] = content
    with pytest.raises(DownloadError, match=why.strip()):
        got(mirror, offer_of(mirror.url, content), tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_damage_is_seen(mirror: Mirror, tmp_path: Path) -> None:
    content = zipped(GOOD)
    flipped = bytes([*content[:2000], content[2000] ^ 1, *content[2001:]])
    for damaged, words in (
        (content[:-1], r"bytes came of"),
        (content + b"x", r"more than the [0-9,]+ bytes that were expected"),
        (bytes(len(content)), "its MD5 is [0-9a-f]{32}, but the list says"),
    ):
        mirror.files[f"/{NAME}.zip"] = damaged
        with pytest.raises(DownloadError, match=words):
            got(mirror, offer_of(mirror.url, content), tmp_path)
    for rubbish in (b"no archive", content[:-30], flipped):
        mirror.files[f"/{NAME}.zip"] = rubbish
        with pytest.raises(DownloadError, match="this archive can't be unpacked"):
            got(mirror, offer_of(mirror.url, rubbish), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_fails_is_told(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="the server answers 404 Not Found"):
        got(mirror, offer_of(mirror.url, b"x"), tmp_path)
    mirror.files[f"/{NAME}.zip"] = None
    with pytest.raises(DownloadError, match="timed out"):
        got(mirror, offer_of(mirror.url, b"x"), tmp_path, seconds=0.2)
    with pytest.raises(DownloadError, match="Connection refused"):
        got(mirror, offer_of("http://127.0.0.1:1", b"x"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_list_over_https_leads_to_nothing_less(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="unknown url type: http"):
        fetch(offer_of(mirror.url, b"x"), tmp_path, list_url="https://example.org", progress=lambda _: None)
    mirror.moved["/list"] = (tmp_path / "list").as_uri()
    (tmp_path / "list").write_text(json.dumps(LIST))
    for url in (f"{mirror.url}/list", mirror.moved["/list"], "list", "http://", "http://a b/"):
        with pytest.raises(DownloadError, match=url):
            offers(url)


def test_a_redirection_is_followed(mirror: Mirror) -> None:
    mirror.files["/there"] = json.dumps(LIST).encode()
    mirror.moved["/list"] = f"{mirror.url}/there"
    assert len(offers(f"{mirror.url}/list")) == len(LIST) - 1
