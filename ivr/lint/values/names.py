"""Names as people write them, taken apart into words."""

from __future__ import annotations

import re
import unicodedata

HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NO_LETTER = re.compile(r"[\W_]+")


def words(name: str) -> str:
    """The words of a name, small, without accents, with a blank between: `X-Api-Key` and `xApiKey` are `x api key`."""
    apart = NO_LETTER.sub(" ", HUMP.sub(" ", unicodedata.normalize("NFC", name)))
    bare = "".join(c for c in unicodedata.normalize("NFD", apart) if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare).casefold().strip()
