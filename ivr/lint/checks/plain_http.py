"""Lookups over plain http, which everybody on the way can read and change."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import Severity, quoted
from ivr.document.source import Path
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.values.urls import Address, addresses
from ivr.nodes.http import Http


def _find(subject: Subject) -> Iterator[Mistake]:
    lookups = (node for node in subject.flow.nodes.values() if isinstance(node, Http))
    told: set[Path] = set()
    for address in (each for node in lookups for each in addresses(node, subject)):
        if address.path in told:
            continue  # a variable with which several lookups begin
        told.add(address.path)
        match address.reach:
            case "world":
                yield _mistake(address, "anybody on the way can read and change it; write https")
            case "house":
                yield _mistake(address, "anybody in that network can read and change it", "info")
            case "unknown":
                yield _mistake(address, "unless that is this machine, anybody on the way can read it", "info")
            case "https" | "here":
                pass


def _mistake(address: Address, why: str, severity: Severity | None = None) -> Mistake:
    return Mistake(address.path, f"the lookup goes to {quoted(address.host)} over plain http: {why}", severity=severity)


PLAIN_HTTP = Check("plain-http", "warning", _find)
