"""Credentials that stand in the flow's file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ivr.lint.checks.literal_credential import LITERAL_CREDENTIAL
from tests.lint.one_check import found_by

found = partial(found_by, LITERAL_CREDENTIAL)


FLOW = """
start: look
variables: {key: "%s"}
nodes:
  look: {type: http, method: POST, url: '%s', %s, on_error: bye, next: bye}
  bye: {type: hangup, prompt: "{{ key }}"}
"""


def request(more: str = "timeout: 5s", url: str = "https://x.test/", key: str = "") -> str:
    return FLOW % (key, url, more)


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("headers: {Authorization: Bearer 9f8e7d6c5b4a}", "a credential is written into the header “Authorization”"),
        ("headers: {authorization: 'Basic dXNlcjpwYXNz'}", "write it as {{ secret.NAME }}"),
        ("headers: {Authorization: 9f8e7d6c5b4a}", "“Authorization”"),
        ("headers: {X-Api-Key: abc123}", "the header “X-Api-Key”"),
        ("headers: {x-auth-token: abc123}", "the header “x-auth-token”"),
        ("headers: {Ocp-Apim-Subscription-Key: 00112233}", "“Ocp-Apim-Subscription-Key”"),
        ("headers: {Cookie: 'lang=en; session=8f3a1c'}", "the cookie “session”"),
        ("query: {api_key: abc123}", "written into “api_key”"),
        ("query: {token: abc123}", "written into “token”"),
        ("query: {accessToken: abc123}", "written into “accessToken”"),
        ("form: {client_secret: abc123, grant_type: client_credentials}", "“client_secret”"),
        ("json: {user: acme, password: hunter2}", "“password”"),
        ("json: {login: {user: acme, passwort: geheim12}}", "“passwort”"),
        ("json: {login: [{mot_de_passe: bonjour}]}", "“mot_de_passe”"),
        ("json: {contraseña: hola1234}", "“contraseña”"),
        ("json: {password: 12345678}", "“password”"),
        (f"json: {{x: {JWT}}}", "the form of a credential"),
        ("headers: {X-Note: 'ghp_0123456789012345678901234567890123'}", "the form of a credential"),
    ],
)
def test_credentials_in_requests_are_told(tmp_path: Path, more: str, words: str) -> None:
    [(line, severity, message)] = found(tmp_path, main=request(more))
    assert line.startswith("look:")
    assert severity == "error"
    assert words in message


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://acme:hunter2@x.test/", "a password is written into the URL, before the “@”"),
        ("https://{{ env.USER }}:hunter2@x.test/", "a password"),
        ("https://0123456789abcdef@x.test/", "a credential is written into the URL"),
        ("https://x.test/?api_key=abc123", "a credential is written into “api_key” of the URL"),
        ("https://x.test/{{ call.id }}?a=1&access_token=abc123#x", "“access_token” of the URL"),
        ("https://x.test/?key=9f8e7d6c5b4a39f8e7d6", "a credential is written into “key” of the URL"),
        ("https://x.test/?appid=9f8e7d6c5b4a39f8e7d6&q=1", "“appid” of the URL"),
        ("https://hooks.slack.com/services/T01AB2CD3/B01AB2CD3/aBcD1234eFgH5678", "has the form of a credential"),
    ],
)
def test_credentials_in_urls_are_told(tmp_path: Path, url: str, words: str) -> None:
    [(_, severity, message)] = found(tmp_path, main=request(url=url))
    assert severity == "error"
    assert words in message


@pytest.mark.parametrize(
    "more",
    [
        "headers: {Authorization: 'Bearer {{ secret.CRM_TOKEN }}'}",
        "headers: {Authorization: '{{ env.CRM_AUTH }}'}",
        "headers: {Authorization: ''}",
        "headers: {Authorization: 'Bearer <your token>'}",
        "headers: {X-Api-Key: YOUR_API_KEY}",
        "headers: {X-CSRF-Token: Fetch, Accept: application/json, Content-Type: application/json}",
        "headers: {X-Tenant: acme, X-Api-Version: '2', Idempotency-Key: abc-1, User-Agent: ivr}",
        "headers: {Cookie: lang=en}",
        "query: {api_key: '{{ secret.KEY }}', key: colour, sort: name}",
        "query: {token: '', page_token: abc123, max_tokens: 100}",
        "form: {grant_type: password, token_type: bearer, password: '{{ secret.P }}'}",
        "json: {password: null, has_password: true, password_changed: 'no', secret: false}",
        "json: {pin: '1234', key: value, account: acme, author: Asha, authority: x, monkey: abc}",
        "json: {key: customer-name, auth: basic, pass: monthly, appid: ivr-production-line}",
        "json: {authorization: granted, auth_method: pin}",
        "json: {tokens: [abc], secrets: 3, passenger: Asha, compass: north}",
    ],
)
def test_other_requests_are_not_told(tmp_path: Path, more: str) -> None:
    assert found(tmp_path, main=request(more)) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://{{ secret.USER }}:{{ secret.PASSWORD }}@x.test/",
        "https://acme@x.test/",
        "https://x.test/tokens/abc?key=colour&token={{ secret.T }}&page_token=abc",
        "https://x.test/@acme:latest/x",
        "{{ env.CRM_URL }}/x?token=",
    ],
)
def test_other_urls_are_not_told(tmp_path: Path, url: str) -> None:
    assert found(tmp_path, main=request(url=url)) == []


def test_variables(tmp_path: Path) -> None:
    made = request("headers: {Authorization: 'Bearer {{ key }}'}", key="s3cr3t")
    [(line, severity, message)] = found(tmp_path, main=made)
    assert (line, severity) == ('variables: {key: "s3cr3t"}', "error")
    assert message.startswith(
        "“key”, which the header “Authorization” sends, is a credential; write it as {{ secret.NAME }}"
    )
    named = request(key="9f8e7d6c5b4a").replace("key", "api_key")
    [(line, severity, message)] = found(tmp_path, main=named)
    assert (line, severity) == ('variables: {api_key: "9f8e7d6c5b4a"}', "warning")
    assert message.startswith("“api_key” seems to hold a credential")
    assert found(tmp_path, main=named.replace("9f8e7d6c5b4a", "")) == []
    assert found(tmp_path, main=named.replace("9f8e7d6c5b4a", "Please say your key")) == []
    assert found(tmp_path, main=request(key="9f8e7d6c5b4a")) == []
    assert found(tmp_path, main=request(key=JWT))[0][1] == "error"
