"""Encrypts what is kept of calls that go on, with a key that all machines share."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
"""NIST SP 800-38D, 8.2.2: random, for far fewer than 2^32 messages a key."""
PURPOSE = b"ivr store 1"
"""Another purpose of the same key gives another key (RFC 5869, 3.2)."""


class SealError(Exception):
    """Something was sealed with another key, for another place, or is damaged."""


class Seal:
    """Seals texts with AES-256-GCM; each opens only in the place for which it was sealed."""

    def __init__(self, key: str) -> None:
        """Derive the key from one that serves other purposes, too."""
        derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE).derive(key.encode())
        self._cipher = AESGCM(derived)

    def sealed(self, text: str, place: str) -> bytes:
        """A text that only the holder of the key can read."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), place.encode("utf-8", "replace"))

    def opened(self, sealed: bytes, place: str) -> str:
        """The text again.

        Raises:
            SealError: it can't be read.
        """
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, place.encode("utf-8", "replace")).decode()
        except (InvalidTag, ValueError):
            raise SealError("it is sealed with another key or for another call, or damaged") from None
