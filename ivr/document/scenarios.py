"""Scenario files: calls as their authors imagine them, read into plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from ivr.core.events import TransferFault
from ivr.core.expressions import Expression, ExpressionSyntaxError, expression
from ivr.core.reading import Path, Problem, as_list, as_text, duration
from ivr.core.spoken import normal
from ivr.document.finding import Finding, quoted
from ivr.document.scenario_schema import FILE, SHARED, STEP_KEYS
from ivr.document.source import Source
from ivr.document.validation import Subject, problems

BEGINNING = datetime(2026, 1, 5, 10, tzinfo=UTC)
"""When a call starts whose scenario does not say."""
HEAR_MS = 30_000
"""How long `hear` waits."""
BETWEEN_KEYS_MS = 100


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait until a prompt with this text begins."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys, 100 ms apart; `after` counts from the start of the step before."""

    keys: str
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """Say something; `after` counts from the start of the step before."""

    text: str
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    duration: int


@dataclass(frozen=True, slots=True)
class At:
    """The call must be at this node."""

    node: str


@dataclass(frozen=True, slots=True)
class Check:
    """This must hold of the variables and of `elapsed`."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller hangs up."""


Step = Hear | Press | Say | Wait | At | Check | HangUp


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that the flow may send, and what comes of it."""

    request: str
    """`GET http://crm.test/accounts/1`."""
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Literal["timeout", "connect"] | None = None
    delay: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One call, as it should go."""

    name: str
    flow: str
    path: Path
    """Its place in the file."""
    steps: tuple[tuple[Path, Step], ...]
    """With the place of each in the file."""
    caller: str = "+919999999999"
    called: str = "+918000000001"
    direction: Literal["inbound", "outbound"] = "inbound"
    id: str = "scenario"
    now: datetime = BEGINNING
    transfer: TransferFault | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    http: tuple[Exchange, ...] = ()
    ends: str | None = None


def read_scenarios(source: Source) -> tuple[tuple[Scenario, ...], tuple[Finding, ...]]:
    """The scenarios of a file, and what is wrong with it; a file with mistakes has no scenarios.

    What stands at the top of the file (`flow`, `call`, `env`, `secret`, `http`) is for every scenario without its own.
    """
    if source.value is None:
        return (), source.findings
    raw = source.value
    wrong = problems(raw, FILE, {}, Subject("a scenario file"))
    scenarios: list[Scenario] = []
    if not wrong:
        for place, each in enumerate(raw["scenarios"]):
            scenarios.append(_scenario(each, _usual(raw), ("scenarios", place), wrong))
    findings = [*source.findings, *(_finding(source, problem) for problem in dict.fromkeys(wrong))]
    return (() if findings else tuple(scenarios)), tuple(sorted(findings))


def _finding(source: Source, problem: Problem) -> Finding:
    place = source.key_at(problem.path) if problem.at_key else source.at(problem.path)
    return Finding(problem.check, "error", problem.message, source.file, place.line, place.column)


def _usual(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: raw[key] for key in SHARED if key in raw}


def _scenario(own: Mapping[str, Any], shared: Mapping[str, Any], path: Path, wrong: list[Problem]) -> Scenario:
    def place_of(key: str) -> Path:
        return (*path, key) if key in own else (key,)

    raw = {**shared, **own}
    call = raw.get("call", {})
    usual = Scenario("", "", (), ())
    if "flow" not in raw:
        wrong.append(Problem(path, "schema", "a scenario needs “flow”, here or at the top of the file"))
    return Scenario(
        name=as_text(raw["name"]),
        flow=as_text(raw.get("flow")),
        path=path,
        steps=tuple(
            ((*path, "steps", place), _step(step, (*path, "steps", place), wrong))
            for place, step in enumerate(raw["steps"])
        ),
        caller=as_text(call.get("from", usual.caller)),
        called=as_text(call.get("to", usual.called)),
        direction="outbound" if as_text(call.get("direction")).lower() == "outbound" else "inbound",
        id=as_text(call.get("id", usual.id)),
        now=_moment(call.get("now"), (*place_of("call"), "now"), wrong),
        transfer=call.get("transfer"),
        env={name: as_text(value) for name, value in raw.get("env", {}).items()},
        secrets={name: as_text(value) for key in ("secret", "secrets") for name, value in raw.get(key, {}).items()},
        http=tuple(
            _exchange(each, (*place_of("http"), place), wrong) for place, each in enumerate(raw.get("http", ()))
        ),
        ends=as_text(raw["ends"]) if "ends" in raw else None,
    )


def _moment(raw: Any, path: Path, wrong: list[Problem]) -> datetime:
    if raw is None:
        return BEGINNING
    try:
        moment = datetime.fromisoformat(as_text(raw))
    except ValueError:
        found = quoted(as_text(raw))
        wrong.append(Problem(path, "schema", f"a time such as 2026-11-23T10:00:00+05:30 is expected, found {found}"))
        return BEGINNING
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _duration(raw: Any, path: Path, wrong: list[Problem]) -> int:
    try:
        return duration(raw)
    except ValueError as error:
        wrong.append(Problem(path, "schema", str(error)))
        return 0


def _exchange(raw: Mapping[str, Any], path: Path, wrong: list[Problem]) -> Exchange:
    return Exchange(
        request=raw["request"],
        status=raw.get("status", 200),
        body=raw.get("body"),
        headers={name.lower(): as_text(value) for name, value in raw.get("headers", {}).items()},
        error=raw.get("error"),
        delay=_duration(raw.get("delay", 0), (*path, "delay"), wrong),
    )


def _step(raw: Mapping[str, Any], path: Path, wrong: list[Problem]) -> Step:
    after = _duration(raw["after"], (*path, "after"), wrong) if "after" in raw else None
    if after is not None and "press" not in raw and "say" not in raw:
        wrong.append(
            Problem((*path, "after"), "schema", "“after” goes with “press” and “say” only; “wait” lets time pass")
        )
    match next(key for key in STEP_KEYS if key in raw):
        case "hear":
            return Hear(_words(raw["hear"], (*path, "hear"), wrong))
        case "press":
            return Press("".join(as_text(key) for key in as_list(raw["press"])), after)
        case "say":
            return Say(as_text(raw["say"]), after)
        case "wait":
            return Wait(_duration(raw["wait"], (*path, "wait"), wrong))
        case "at":
            return At(as_text(raw["at"]))
        case "check":
            return Check(_expression(raw["check"], (*path, "check"), wrong))
        case _:
            return HangUp()


def _words(raw: Any, path: Path, wrong: list[Problem]) -> str:
    text = as_text(raw)
    if not normal(text):
        wrong.append(Problem(path, "schema", f"“hear” needs a word to listen for, found {quoted(text)}"))
    return text


def _expression(raw: Any, path: Path, wrong: list[Problem]) -> Expression:
    try:
        return expression(as_text(raw))
    except ExpressionSyntaxError as error:
        wrong.append(Problem(path, "expression-syntax", f"{error}, in {quoted(as_text(raw))}"))
        return expression("true")
