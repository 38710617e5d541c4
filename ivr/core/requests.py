"""A lookup as it leaves, the same for servers and for scenarios: its URL, and why no answer comes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote, urlencode

from ivr.core.effects import Fetch
from ivr.core.values import fill, reference, references

BROKEN = "the connection broke"
"""Why there is no answer to a request, if nothing better is known."""


def too_late(timeout: int) -> str:
    """Why there is none after so many milliseconds."""
    return f"no answer within {timeout} ms"


def full_url(fetch: Fetch, secrets: Mapping[str, str]) -> str:
    """Return the URL of `fetch` with its query, filled with secrets and without a fragment.

    A secret at the very start is taken as it is, every other one is percent-encoded (RFC 3986, 2.1), and so is the
    query, where a space is `%20`. UnknownSecretError if a secret is not given.
    """
    first = next(iter(references(fetch.url)), None)
    base = reference(first) if first and fetch.url.startswith(reference(first)) else ""
    encode = partial(quote, safe="")
    url = fill(base, secrets) + fill(fetch.url.removeprefix(base), secrets, encode)
    url = url.partition("#")[0]
    if not fetch.query:
        return url
    query = {name: fill(value, secrets) for name, value in fetch.query.items()}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query, quote_via=quote)}"
