"""What an operator should know before the first call: settings that flows miss, and doors that stand open."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from ivr.config import Settings
from ivr.core.flow import Flow


def precautions(flows: Mapping[str, Flow], settings: Settings, env: Mapping[str, str]) -> Iterator[str]:
    """Warnings, each a sentence that says what to do."""
    for id, flow in sorted(flows.items()):
        expressions = list(flow.all_expressions())
        for name in sorted({name for each in expressions for name in each.env} - env.keys()):
            yield f"the flow “{id}” reads env.{name}: set {name} in the environment and allow it by --allow-env {name}"
        for name in sorted({name for each in expressions for name in each.secrets} - settings.secrets.keys()):
            yield f"the flow “{id}” uses secret.{name}: give it in --secrets FILE or as IVR_SECRET_{name}"
    if settings.webhook_secret is None and not _is_local(settings.host):
        yield "anybody who reaches this server can start calls: set --webhook-secret"


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
