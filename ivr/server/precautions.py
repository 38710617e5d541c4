"""What an operator should know before the first call: settings that flows miss, and doors that stand open."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from ivr.config import Settings
from ivr.core.flow import Flow


def precautions(flows: Mapping[str, Flow], settings: Settings, env: Mapping[str, str]) -> Iterator[str]:
    """Warnings, each a sentence that says what to do."""
    yield from missing(flows, settings, env)
    yield from open_doors(settings)


def missing(flows: Mapping[str, Flow], settings: Settings, env: Mapping[str, str]) -> Iterator[str]:
    """What flows read and nobody gave, `env` being what they may read of the environment."""
    for id, flow in sorted(flows.items()):
        expressions = list(flow.all_expressions())
        for name in sorted({name for each in expressions for name in each.env} - env.keys()):
            yield f"the flow “{id}” reads env.{name}: set {name} in the environment and allow it by --allow-env {name}"
        for name in sorted({name for each in expressions for name in each.secrets} - settings.secrets.keys()):
            yield f"the flow “{id}” uses secret.{name}: give it in --secrets FILE or as IVR_SECRET_{name}"


def open_doors(settings: Settings) -> Iterator[str]:
    """What strangers may do."""
    if is_local(settings.host):
        return
    if settings.webhook_secret is None:
        yield "anybody who reaches this server can start calls: set --webhook-secret"
    elif len(settings.webhook_secret) < SHORTEST_SECRET:
        yield f"the webhook secret can be guessed: it has fewer than {SHORTEST_SECRET} characters"
    if settings.public_url is not None and settings.public_url.startswith("http://"):
        yield "calls and the leave to open their streams go over the net unencrypted: give an https:// --public-url"
    if settings.allow_private:
        yield "lookups may reach private addresses: leave out --allow-private where no flow needs it"


SHORTEST_SECRET = 16
"""Characters of a secret that nobody guesses."""


def is_local(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
