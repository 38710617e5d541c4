"""Credentials that are written into the flow file, where everybody who reads it has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from ivr.core.expressions import Expression
from ivr.core.filling import Pattern
from ivr.core.templates import Template
from ivr.document.finding import quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.values.data import Definition, definitions
from ivr.lint.values.names import words
from ivr.lint.values.urls import GAP, URL, flattened
from ivr.nodes.http import Http

NAMES = re.compile(
    r"(?:.* )?(?:token|password|passwd|passwort|kennwort|passphrase|pwd|secret|apikey|apitoken|authtoken|accesstoken"
    r"|contrasena|contrasenia|mot de passe|mdp|motdepasse|credentials?|clientsecret|authkey|accesskey"
    r"|(?:api|access|auth|private|secret|subscription|functions|app|signing|master) key"
    r"|(?:clave|cle|llave) api|api schlussel|पासवर्ड|session ?id|jsessionid|phpsessid)"
)
"""Names of credentials, in the words of `names.words`."""
AUTHORIZATION = ("authorization", "proxy authorization", "x authorization")
"""Headers that hold nothing but credentials (RFC 9110, 11.6.2)."""
SHORT_NAMES = re.compile(r"(?:x )?(?:key|auth|app ?id|sig|signature|pass|hash key)")
"""Names of credentials, and of other things: what they are is told by the value."""
RANDOM = re.compile(r"(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])[\w+/=.-]{16,}", re.ASCII)
"""Long, of letters and digits in one: nobody chose it."""
NO_NAMES = re.compile(r".*\b(?:csrf|xsrf|page|next|sync|continuation|cursor|public|cancel(?:lation)?|reset)\b.*")
"""Names of tokens that open nothing."""
SCHEME = re.compile(r"\s*(?:bearer|basic|token|apikey|api-?key|key|negotiate|digest|hmac|jwt|oauth)\s+", re.IGNORECASE)
PLACEHOLDER = re.compile(
    r"|<.*>|\[.*\]|\.{2,}|…|x{3,}|\*+|-+|_+|(?:your|my|put|insert|enter|replace)[\s_-].*|change[\s_-]?me|to-?do|fixme"
    r"|placeholder|dummy|none|null|anonymous|true|false|bearer|basic|fetch|yes|no|required|optional",
    re.IGNORECASE,
)
"""What is plainly no credential."""
KNOWN = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\b[rs]k_(?:live|test)_[0-9A-Za-z]{10,}|\bgh[pousr]_[0-9A-Za-z]{30,}"
    r"|\bglpat-[\w-]{20,}|\bxox[abeprs]-[\w-]{10,}|\bAIza[\w-]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY|hooks\.slack\.com/services/T\w+/B\w+/\w{8,}"
)
"""Credentials that are known by their form, as their issuers document it."""
LONG = 8
"""Characters of a variable's text from which on it may be a credential."""
LONG_USER = 16
"""Characters of the user in a URL, without a password, from which on it is a token."""
SHORTEST_NUMBER = 1_000
"""The least number that may be a credential."""
QUERY = re.compile(r"[?&]([^=&#?]+)=([^&#]*)")

MEND = "write it as {{ secret.NAME }}, which the server takes from its environment or its file of secrets"


def _find(subject: Subject) -> Iterator[Mistake]:
    told: set[Path] = set()
    for mistake in (*_in_requests(subject), *_in_variables(subject)):
        if mistake.path not in told:
            told.add(mistake.path)
            yield mistake


def _in_requests(subject: Subject) -> Iterator[Mistake]:
    written: dict[str, list[Definition]] = {}
    for each in definitions(subject.flow):
        written.setdefault(each.name, []).append(each)
    for node in subject.flow.nodes.values():
        if not isinstance(node, Http):
            continue
        here: Path = ("nodes", node.id)
        yield from _in_url(node.url, (*here, "url"))
        parts = (("headers", dict(node.headers)), ("query", dict(node.query)), ("form", node.form), ("json", node.json))
        for key, part in parts:
            for path, name, value in _entries(part, (*here, key), ""):
                yield from _in_entry(path, name, value, key == "headers", written)


def _entries(pattern: Pattern, path: Path, name: str) -> Iterator[tuple[Path, str, Pattern]]:
    """Every single value with the name that it has."""
    match pattern:
        case dict():
            for key, inner in pattern.items():
                yield from _entries(inner, (*path, key), key)
        case list():
            for place, inner in enumerate(pattern):
                yield from _entries(inner, (*path, place), name)
        case _:
            yield path, name, pattern


def _in_entry(
    path: Path, name: str, value: Pattern, header: bool, written: Mapping[str, list[Definition]]
) -> Iterator[Mistake]:
    text = _text(value)
    where = f"the header {quoted(name)}" if header else quoted(name)
    if header and words(name) == "cookie":
        yield from _in_cookie(text, path)
    elif _is_credential_name(name) or (header and words(name) in AUTHORIZATION):
        variable = _variable(value)
        if variable is not None:
            for each in written.get(variable, ()):
                if _is_written(_text(each.value)):
                    yield Mistake(each.path, f"{quoted(each.name)}, which {where} sends, is a credential; {MEND}")
        elif _is_written(SCHEME.sub("", text, count=1) if header else text):
            yield Mistake(path, f"a credential is written into {where}; {MEND}")
    elif _seems_credential(name, text):
        yield Mistake(path, f"a credential is written into {where}; {MEND}")
    if KNOWN.search(text):
        yield Mistake(path, f"this has the form of a credential; {MEND}")


def _in_cookie(text: str, path: Path) -> Iterator[Mistake]:
    for pair in text.split(";"):
        name, _, value = pair.partition("=")
        named = _is_credential_name(name) or words(name) in ("session", "sid", "auth", "sessid", "connect sid")
        if named and _is_written(value):
            yield Mistake(path, f"a credential is written into the cookie {quoted(name.strip())}; {MEND}")


def _in_url(template: Template, path: Path) -> Iterator[Mistake]:
    text = flattened(template)
    found = URL.match(text)
    user, colon, password = ((found["user"] if found else None) or "").partition(":")
    if _is_written(password) or (not password and len(user) >= LONG_USER and GAP not in user):
        what = "a password" if colon and password else "a credential"
        yield Mistake(path, f"{what} is written into the URL, before the {quoted('@')}; {MEND} in a header")
    for query in QUERY.finditer(text):
        name, value = unquote(query[1]), unquote(query[2])
        if (_is_credential_name(name) and _is_written(value)) or _seems_credential(name, value):
            yield Mistake(path, f"a credential is written into {quoted(name)} of the URL; {MEND}, best in a header")
    if KNOWN.search(text):
        yield Mistake(path, f"the URL holds what has the form of a credential; {MEND}")


def _in_variables(subject: Subject) -> Iterator[Mistake]:
    """Variables that are named like credentials, or look like them."""
    for each in definitions(subject.flow):
        for path, key, value in _entries(each.value, each.path, each.name):
            text = _text(value)
            if KNOWN.search(text):
                yield Mistake(path, f"this has the form of a credential; {MEND}")
            elif _is_credential_name(key) and _is_written(text) and len(text) >= LONG and not re.search(r"\s", text):
                message = f"{quoted(key)} seems to hold a credential; {MEND}, where it is sent"
                yield Mistake(path, message, severity="warning")


def _text(value: Pattern | Expression | None) -> str:
    """The text of a value, with a gap for what only a call has; digits of a number."""
    match value:
        case Template():
            return flattened(value)
        case str():
            return GAP if "{{" in value else value
        case int() if value >= SHORTEST_NUMBER:
            return str(value)
        case _:
            return ""


def _variable(value: Pattern) -> str | None:
    """The one variable that a text holds, as in `Bearer {{ token }}`."""
    if not isinstance(value, Template) or len(value.expressions) != 1:
        return None
    only = value.expressions[0]
    if len(only.reads) != 1 or only.secrets or only.env:
        return None
    return only.reads[0] if re.search(r"\{\{-?\s*" + only.reads[0] + r"\s*-?\}\}", only.source) else None


def _is_credential_name(name: str) -> bool:
    apart = words(name)
    return NAMES.fullmatch(apart) is not None and NO_NAMES.fullmatch(apart) is None


def _seems_credential(name: str, text: str) -> bool:
    return SHORT_NAMES.fullmatch(words(name)) is not None and RANDOM.fullmatch(text.strip()) is not None


def _is_written(text: str) -> bool:
    """Whether a text is a credential, and not a gap, nothing, or in the place of one."""
    return GAP not in text and PLACEHOLDER.fullmatch(text.strip()) is None


LITERAL_CREDENTIAL = Check("literal-credential", "error", _find)
