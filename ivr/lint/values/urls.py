"""How far the URL of a lookup is from this machine, as far as its author wrote it down."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ivr.core.expressions import Expression
from ivr.core.templates import Template
from ivr.document.source import Path
from ivr.lint.check import Subject
from ivr.lint.values.data import definitions, literal
from ivr.nodes.http import Http

GAP = "\0"
"""Stands for a value that only a call has."""
URL = re.compile(
    r"\s*(?P<scheme>[a-z][a-z0-9+.-]*)://(?:(?P<user>[^/?#@]*)@)?(?P<host>\[[^\]]*\]|[^/?#:]*)", re.IGNORECASE
)
LOOPBACK = ("localhost", "test", "example", "invalid")
"""Last labels of names that no network leads to (RFC 2606, RFC 6761)."""
INTERNAL = ("internal", "local", "lan", "home", "corp", "intranet", "svc", "arpa")
"""Last labels of names inside a house or a cluster (RFC 6762, ICANN's `internal`, Kubernetes)."""

Reach = Literal["https", "here", "house", "unknown", "world"]
"""Encrypted; plain, but to this machine or a name for tests; in a house; to a host that only a call knows; anywhere."""


@dataclass(frozen=True, slots=True)
class Address:
    """The beginning of a URL, and where it is written."""

    text: str
    path: Path

    @property
    def reach(self) -> Reach:
        """How far it is; what begins with a value that only a call has counts as encrypted."""
        found = URL.match(self.text)
        if found is None or found["scheme"].lower() != "http":
            return "https"
        return _reach(found["host"].strip("[]").rstrip(".").lower())

    @property
    def host(self) -> str:
        """The host, for messages."""
        found = URL.match(self.text)
        return found["host"].replace(GAP, "…") if found else ""


def _reach(host: str) -> Reach:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        last = host.rsplit(".", 1)[-1]
        if last in LOOPBACK:
            return "here"
        if GAP in host:
            return "unknown"
        return "house" if last in INTERNAL or "." not in host else "world"
    if address.is_loopback or address.is_unspecified:
        return "here"
    return "house" if address.is_private or address.is_link_local else "world"


def flattened(template: Template) -> str:
    """The text with a gap for each value."""
    return "".join(part if isinstance(part, str) else GAP for part in template.parts)


def addresses(node: Http, subject: Subject) -> Iterator[Address]:
    """The URL of a lookup; where it begins with a variable, the texts that the flow gives that, if any."""
    whole = flattened(node.url)
    first = node.url.parts[0] if node.url.parts else ""
    written = False
    if isinstance(first, Expression) and len(first.reads) == 1 and _is_name(first):
        for each in definitions(subject.flow):
            text = literal(each.value) if each.name == first.reads[0] else None
            if text and URL.match(text):
                written = True
                yield Address(text + whole.removeprefix(GAP), each.path)
    if not written:
        yield Address(whole, ("nodes", node.id, "url"))


def _is_name(expression: Expression) -> bool:
    """Whether the expression, which may stand in a longer text, begins with a variable alone."""
    return re.match(r"\s*\{\{-?\s*" + re.escape(expression.reads[0]) + r"\s*-?\}\}", expression.source) is not None
