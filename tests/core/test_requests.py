"""The URL of a lookup as it leaves."""

from __future__ import annotations

import pytest

from ivr.core.effects import Fetch
from ivr.core.requests import full_url
from ivr.core.values import UnknownSecretError, reference

BASE, KEY = reference("BASE"), reference("KEY")
SECRETS = {"BASE": "https://crm.test/v1", "KEY": "s3cr/t?"}


@pytest.mark.parametrize(
    ("url", "query", "full"),
    [
        (f"{BASE}/x", {}, "https://crm.test/v1/x"),
        (f"http://crm.test/{KEY}/{BASE}", {}, "http://crm.test/s3cr%2Ft%3F/https%3A%2F%2Fcrm.test%2Fv1"),
        ("http://crm.test/x#top", {"q": "a & b"}, "http://crm.test/x?q=a%20%26%20b"),
        ("http://crm.test/x?a=1", {"q": KEY, "none": ""}, "http://crm.test/x?a=1&q=s3cr%2Ft%3F&none="),
    ],
)
def test_a_url_has_its_query_and_its_secrets(url: str, query: dict[str, str], full: str) -> None:
    assert full_url(Fetch(1, "k", "GET", url, 1000, query=query), SECRETS) == full


def test_a_secret_that_nobody_gave_is_an_error() -> None:
    with pytest.raises(UnknownSecretError, match="there is no secret KEY"):
        full_url(Fetch(1, "k", "GET", f"http://crm.test/{KEY}", 1000), {})
