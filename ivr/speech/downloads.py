"""Fetching official Vosk models: the list of them, the choice, and an archive that is trusted in nothing."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import shutil
import stat
import tempfile
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.error import HTTPError, URLError

from ivr.speech.models import MODEL_NAME, NO_LANGUAGES, Broken, by_version, kinship, language_tag, read

LIST_URL = "https://alphacephei.com/vosk/models/model-list.json"
"""The official list (`MODEL_LIST_URL` in the module `vosk`)."""

MOST_LIST_BYTES = 4 * 1024 * 1024
MOST_MODEL_BYTES = 8 * 1024**3
"""The largest official archive has 4.4 GB."""
MOST_TIMES_LARGER = 20
"""What an archive may unpack to, in times of its own size; those of models come to about twice."""
MOST_FILES = 10_000
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1
"""The flag of an encrypted entry (APPNOTE.TXT of PKWARE, 4.4.4)."""
CHUNK = 256 * 1024
SILENCE_S = 20.0
"""A server that sends nothing for so long is given up."""
UNFINISHED = ".fetching-"
"""How the names of folders begin in which a model is not yet whole."""

SMALL = ("small", "big-lgraph")
"""Types that can listen for phrases, the smaller first; those called `big` have a fixed graph."""
KEPT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Progress = Callable[[int], object]
"""Is told how many bytes have come since the last time."""


class DownloadError(Exception):
    """A model can't be had; the text says what was asked for, and what is wrong or what there is."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model of the list."""

    name: str
    language: str
    """A tag of BCP 47."""
    language_name: str
    kind: str
    """`small`, `big` or `big-lgraph`."""
    url: str
    size: int
    """Bytes of the archive."""
    md5: str
    """In lower-case hexadecimal. The list has no better hash: it shows damage, and HTTPS shows who sent it."""
    obsolete: bool


def offers(url: str = LIST_URL, seconds: float = SILENCE_S) -> tuple[Offer, ...]:
    """The models of a list, those without words for listening left out; sorted by language and name.

    Raises:
        DownloadError: it can't be had, or is no such list.
    """
    with _opened(url, url, seconds) as answer:
        content = b"".join(_pieces(answer, url, MOST_LIST_BYTES))
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DownloadError(f"{url}: this is no JSON: {error}") from None
    found = [offer for entry in entries if (offer := _offer(entry))] if isinstance(entries, list) else []
    if not found:
        raise DownloadError(f"{url}: this is no list of Vosk models")
    return tuple(sorted(found, key=lambda offer: (offer.language, offer.name)))


def choose(wanted: str, offered: Sequence[Offer]) -> Offer:
    """The model of a name, or the one to take for a language: small, and not obsolete.

    Raises:
        DownloadError: there is none.
    """
    for offer in offered:
        if offer.name == wanted:
            return offer
    tag = language_tag(wanted)
    fit = [offer for offer in offered if kinship(offer.language, tag) and not offer.obsolete and offer.kind in SMALL]
    if not fit:
        known = ", ".join(sorted({offer.language for offer in offered if not offer.obsolete}))
        raise DownloadError(f"there is no small model for “{wanted}”, and none of that name; languages are {known}")
    return max(fit, key=lambda offer: (kinship(offer.language, tag), -SMALL.index(offer.kind), by_version(offer.name)))


def fetch(offer: Offer, directory: Path, *, list_url: str, progress: Progress, seconds: float = SILENCE_S) -> Path:
    """Fetch a model into a folder of its name in a directory, and return that folder; it is there whole or not at all.

    A model that is there already is not fetched again.

    Args:
        offer: what is fetched.
        directory: what holds models; it is made if need be.
        list_url: where the offer came from: what came over HTTPS leads to nothing less.
        progress: is told of what has come.
        seconds: how long the server may be silent.

    Raises:
        DownloadError: it can't be had whole and right.
        OSError: the directory can't be used, or is full.
    """
    final = directory / offer.name
    if final.exists():
        there = read(final, directory)
        if isinstance(there, Broken):
            raise DownloadError(f"{final} is there already, but can't be used ({there.why}); remove it first")
        return final
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=directory) as unfinished:
        archive = Path(unfinished, "archive.zip")
        _download(offer, archive, list_url, progress, seconds)
        _unpack(archive, offer, Path(unfinished))
        made = read(Path(unfinished, offer.name), directory)
        if isinstance(made, Broken):
            raise DownloadError(f"{offer.url}: this is no model that can be used: {made.why}")
        made.directory.rename(final)
    return final


def _offer(entry: Any) -> Offer | None:
    """An entry of the list; None for what is no model that listens."""
    if not isinstance(entry, dict):
        return None
    texts = [entry.get(key) for key in ("name", "lang", "lang_text", "type", "url", "md5")]
    name, language, language_name, kind, url, md5 = (text if isinstance(text, str) else "" for text in texts)
    named = MODEL_NAME.match(name) if KEPT_NAME.fullmatch(name) else None
    size = entry.get("size")
    if not (named and language and url and md5) or named["language"] in NO_LANGUAGES:
        return None
    if type(size) is not int or size <= 0:
        return None
    obsolete = str(entry.get("obsolete", "false")).lower() != "false"
    return Offer(name, language_tag(language), language_name, kind, url, size, md5.lower(), obsolete)


def _opened(url: str, list_url: str, seconds: float) -> Any:
    """An answer to a GET. Where the list is had over HTTPS, nothing else is spoken, not even after a redirection."""
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ]
    if list_url.startswith("http://"):
        handlers.append(urllib.request.HTTPHandler())
    opener = urllib.request.OpenerDirector()
    for handler in handlers:
        opener.add_handler(handler)
    try:
        return opener.open(url, timeout=seconds)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise DownloadError(f"{url}: {_why(error)}") from None


def _pieces(answer: BinaryIO, url: str, most: int) -> Iterator[bytes]:
    """What an answer holds, piece by piece, up to a limit."""
    came = 0
    while True:
        try:
            piece = answer.read(CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise DownloadError(f"{url}: it broke off after {came:,} bytes: {_why(error)}") from None
        if not piece:
            return
        came += len(piece)
        if came > most:
            raise DownloadError(f"{url}: it has more than the {most:,} bytes that were expected")
        yield piece


def _why(error: Exception) -> str:
    if isinstance(error, HTTPError):
        error.close()
        return f"the server answers {error.code} {error.reason}"
    cause = error.reason if isinstance(error, URLError) else error
    return (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__


def _download(offer: Offer, archive: Path, list_url: str, progress: Progress, seconds: float) -> None:
    if offer.size > MOST_MODEL_BYTES:
        raise DownloadError(f"{offer.url}: {offer.size:,} bytes are more than a model has")
    digest = hashlib.md5(usedforsecurity=False)
    came = 0
    with _opened(offer.url, list_url, seconds) as answer, archive.open("xb") as file:
        for piece in _pieces(answer, offer.url, offer.size):
            file.write(piece)
            digest.update(piece)
            came += len(piece)
            progress(len(piece))
    if came != offer.size:
        raise DownloadError(f"{offer.url}: {came:,} bytes came of {offer.size:,}")
    if digest.hexdigest() != offer.md5:
        raise DownloadError(f"{offer.url}: its MD5 is {digest.hexdigest()}, but the list says {offer.md5}")


def _unpack(archive: Path, offer: Offer, into: Path) -> None:
    """Unpack into the folder of the model's name; DownloadError for an archive that holds anything else."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            if fault := _archive_fault(entries, offer):
                raise DownloadError(f"{offer.url}: nothing of it was unpacked: {fault}")
            for entry in entries:
                path = into.joinpath(*PurePosixPath(entry.filename).parts)
                if entry.is_dir():
                    path.mkdir(parents=True, exist_ok=True)
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                # A new file each: no entry writes through what another has made.
                with opened.open(entry) as packed, path.open("xb") as file:
                    shutil.copyfileobj(packed, file, CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError, FileExistsError, NotADirectoryError) as error:
        raise DownloadError(f"{offer.url}: this archive can't be unpacked: {error}") from None


def _archive_fault(entries: Sequence[zipfile.ZipInfo], offer: Offer) -> str | None:
    """What is wrong with an archive as a whole, or with the first entry that is wrong; None if nothing is."""
    if len(entries) > MOST_FILES:
        return f"it holds {len(entries):,} files"
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_TIMES_LARGER * offer.size:
        return f"it would unpack to {unpacked:,} bytes, over {MOST_TIMES_LARGER} times its size"
    names = [PurePosixPath(entry.filename) for entry in entries]
    if len(set(names)) < len(names):
        return "it holds a file twice"
    return next((fault for entry in entries if (fault := _entry_fault(entry, offer.name))), None)


def _entry_fault(entry: zipfile.ZipInfo, top: str) -> str | None:
    """Why an entry is not unpacked: only files and folders below the top folder are."""
    shown = repr(entry.filename[:80])
    parts = PurePosixPath(entry.filename).parts
    # The name as it stands in the archive: `filename` ends at a NUL, and has the separators of this system replaced.
    if ".." in parts or entry.filename.startswith("/") or any(c in entry.orig_filename for c in "\\:\0"):
        return f"its path {shown} leads elsewhere"
    if parts[:1] != (top,):
        return f"{shown} is not in the folder {top}"
    if not entry.is_dir() and len(parts) == 1:
        return f"{shown} should be a folder"
    if entry.compress_type not in PACKED or entry.flag_bits & ENCRYPTED:
        return f"{shown} is packed in a way that models are not"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return f"{shown} is a link or a device"
    return None
