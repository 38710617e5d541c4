"""Rendered prompts on disk, shared by all processes that are given the same directory.

A file is named by the key of its sound, so that it never has to be changed, and begins with a hash by which
damage is seen. It appears under its name only when it is whole.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from pathlib import Path

_log = logging.getLogger(__name__)

_DIGEST_BYTES = hashlib.sha256().digest_size


def load(directory: Path, key: str) -> bytes | None:
    """Read the audio kept under a key; None if there is none, or it is damaged or can't be read."""
    path = _path(directory, key)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("a rendered prompt can't be read and is made again: %s", error)
        return None
    digest, audio = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if digest != _digest(key, audio):
        _log.warning("a rendered prompt is damaged and is made again: %s", path)
        return None
    return audio


def save(directory: Path, key: str, audio: bytes) -> None:
    """Keep audio under a key. A disk that is full or read-only is logged: it can be heard all the same."""
    path = _path(directory, key)
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(_digest(key, audio) + audio)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("a rendered prompt can't be kept: %s", error)


def _path(directory: Path, key: str) -> Path:
    return directory / f"{key}.alaw"


def _digest(key: str, audio: bytes) -> bytes:
    return hashlib.sha256(key.encode() + audio).digest()
