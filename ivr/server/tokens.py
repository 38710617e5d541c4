"""The signed token in a stream's URL: what one process promised, any process with the key believes."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from tempfile import TemporaryDirectory

from itsdangerous import BadData, TimestampSigner, URLSafeSerializer

KEY_FILE = "stream.key"
"""The name of the key's file in the data directory."""

LONGEST_TOKEN = 4096
"""Characters that a token may have; more is not even looked at."""

_KEY_BYTES = 32
_VERSION = 1
_SALT = "ivr.stream"


@dataclass(frozen=True, slots=True)
class StreamPass:
    """The leave to open the media stream of one call."""

    call_id: str
    """The carrier's id of the call."""
    caller: str = field(repr=False)
    called: str = field(repr=False)
    direction: str
    """As the carrier says: INBOUND or OUTBOUND."""
    flow: str
    """The id of the flow that the call starts with."""
    started_at: int
    """When the call was answered: milliseconds since 1970, UTC."""
    expires_at: int
    """From when on the pass is worth nothing, in the same unit. A carrier that lost a stream comes back with the
    same URL, so this is the end of the longest call."""


class TokenRefused(Exception):
    """A token gives no leave; the text says why, for the log, and repeats nothing of the token."""


class Tokens:
    """Signs passes into tokens that fit a path of a URL, and reads them back.

    Signed (HMAC-SHA-256), not encrypted: whoever sees the URL can read the numbers in it. So access logs must not
    show it, as they must not for another reason: the URL is all that a stream has to show for itself.
    """

    def __init__(self, key: str) -> None:
        """Sign with `key`; processes with the same one believe each other."""
        self._key = key
        self._serializer = URLSafeSerializer(
            key, salt=_SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )

    def sign(self, stream_pass: StreamPass) -> str:
        """Return a token of letters, digits, `-`, `_` and `.` that stands for the pass."""
        return self._serializer.dumps([_VERSION, *astuple(stream_pass)])

    def signer(self, purpose: str) -> TimestampSigner:
        """What signs for another purpose, with the time; what one purpose's has signed is worth nothing for others."""
        return TimestampSigner(self._key, salt=purpose, key_derivation="hmac", digest_method=hashlib.sha256)

    def read(self, token: str, now: int) -> StreamPass:
        """Return the pass that `token` stands for, `now` being milliseconds since 1970; else TokenRefused."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise TokenRefused("it is no token")
        try:
            version, *values = self._serializer.loads(token)
        except BadData:
            raise TokenRefused("its signature is not ours") from None
        if version != _VERSION or len(values) != len(fields(StreamPass)):
            raise TokenRefused(f"it is of version {version}; expected {_VERSION}")
        stream_pass = StreamPass(*values)
        if now >= stream_pass.expires_at:
            raise TokenRefused(f"it expired {(now - stream_pass.expires_at) // 1000} s ago")
        return stream_pass


def stream_key(directory: Path) -> str:
    """Return the key in the data directory `directory`, made at first use and readable to its owner only.

    Processes that ask at once get the same key: each writes one of its own, whole, and the first to link it to
    the final name has decided. ValueError if the file holds no key; OSError if it can't be read or made.
    """
    file = directory / KEY_FILE
    if not file.exists():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=directory, prefix=".key-") as own:
            draft = Path(own) / KEY_FILE
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(_KEY_BYTES), "ascii")
            with suppress(FileExistsError):  # another process was first
                os.link(draft, file)
    key = file.read_text("ascii").strip()
    if len(key) < _KEY_BYTES:
        raise ValueError(f"{file} holds no key; delete it, and a new one is made")
    return key
