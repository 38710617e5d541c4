"""What a call in the terminal begins with: the flow, who calls and when, and what scenario files beside it know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ivr.core.events import TransferFault
from ivr.core.flow import Flow
from ivr.desk.errors import WrongUse
from ivr.desk.text.call import Setting
from ivr.desk.text.world import Known
from ivr.document.scenarios import Exchange, Scenario, read_scenarios
from ivr.document.source import read
from ivr.nodes.subflow import Subflow
from ivr.simulate.suite import scenario_files

NOBODY = Scenario("", "", (), ())
"""What is usual where no file says anything."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says of the call."""

    caller: str | None = None
    called: str | None = None
    now: str | None = None
    transfer: TransferFault | None = None
    env: tuple[str, ...] = ()
    """`NAME=VALUE` each."""
    ask: bool = False
    """Answer no lookup from scenario files."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What the scenario files of a folder say of one flow."""

    first: Scenario = NOBODY
    """The first scenario of the flow: who calls and when, and what the flow reads, where nothing else is wished."""
    known: Mapping[str, Known] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Files that are not used, and why."""


def setting(flow: Flow, wishes: Wishes, beside: Beside) -> tuple[Setting, tuple[str, ...]]:
    """What the call begins with, and what its maker should know of it.

    Raises:
        WrongUse: a wish means nothing.
    """
    usual = beside.first
    given = dict(map(_named, wishes.env))
    reads = sorted({name for each in reachable(flow) for part in each.all_expressions() for name in part.env})
    made_up = {name: _made_up(name) for name in reads if name not in given and name not in usual.env}
    scenario = Scenario(
        "",
        flow.id,
        (),
        (),
        caller=wishes.caller or usual.caller,
        called=wishes.called or usual.called,
        now=usual.now if wishes.now is None else _moment(wishes.now),
        transfer=wishes.transfer,
        env={**made_up, **usual.env, **given},
        secrets=usual.secrets,
    )
    notes = [*beside.notes]
    notes += [f"env.{name} is {value}, made up: --env {name}=VALUE gives another" for name, value in made_up.items()]
    return Setting(flow, scenario, {} if wishes.ask else beside.known), tuple(notes)


def beside(flow: Flow) -> Beside:
    """What the scenario files in the folder of a flow say of it.

    Raises:
        OSError: one can't be read.
    """
    folder = Path(flow.file).parent
    scenarios: list[tuple[str, Scenario]] = []
    notes = []
    for path in scenario_files(folder):
        made, findings = read_scenarios(read(path.read_bytes(), str(path)))
        scenarios += [(path.name, each) for each in made if each.flow == flow.id]
        if findings:
            notes.append(f"{path} has mistakes and is not used: ivr test {path}")
    return Beside(scenarios[0][1] if scenarios else NOBODY, dict(_known(scenarios)), tuple(notes))


def _known(scenarios: Iterable[tuple[str, Scenario]]) -> Iterator[tuple[str, Known]]:
    """For each request what the first scenario with it answers."""
    seen: set[str] = set()
    for file, scenario in scenarios:
        entries: dict[str, list[Exchange]] = {}
        for exchange in scenario.http:
            entries.setdefault(exchange.request, []).append(exchange)
        for request, exchanges in entries.items():
            if request not in seen:
                seen.add(request)
                yield request, Known(file, tuple(exchanges))


def reachable(flow: Flow) -> list[Flow]:
    """A flow, and all that it may call."""
    found = {flow.id: flow}
    left = [flow]
    while left:
        for node in left.pop().nodes.values():
            if isinstance(node, Subflow) and node.flow not in found:
                found[node.flow] = flow.flow(node.flow)
                left.append(found[node.flow])
    return list(found.values())


def _made_up(name: str) -> str:
    if name.endswith("_URL"):
        return f"http://{name.removesuffix('_URL').lower().replace('_', '-')}.test"
    return name.lower().replace("_", " ")


def _named(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise WrongUse(f"--env takes NAME=VALUE, found “{text}”")
    return name, value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--now takes a time such as 2026-11-23T10:00:00+05:30, found “{text}”") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
