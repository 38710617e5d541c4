"""Scenario files, written: what `read_scenarios` reads back, as an author would have put it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, assert_never

from ivr.document.finding import quoted
from ivr.document.scenario_schema import SHARED
from ivr.document.scenarios import (
    At,
    Check,
    Exchange,
    HangUp,
    Hear,
    Press,
    Say,
    Scenario,
    Step,
    Wait,
    read_scenarios,
)
from ivr.document.source import Source, read
from ivr.document.written import STEP, entry, inline, item

USUAL = Scenario("", "", (), ())
"""What a scenario need not say."""
NOTHING: Mapping[str, Any] = {"flow": "", "call": {}, "env": {}, "secret": {}, "http": []}
"""What can stand at the top of a file for all its scenarios, while nothing does."""


def as_yaml(scenarios: Sequence[Scenario], description: str = "") -> str:
    """A file of these scenarios; what most of them share (`flow`, `call`, `env`, `secret`, `http`) is at its top.

    `read_scenarios` gives them back, but for their places in the file. Characters that no file may hold
    (`ivr.document.source`) can't be given back, and are found when the file is read.
    """
    top = _top([_surroundings(each) for each in scenarios])
    lines = entry("description", description) if description else []
    lines += [line for key, value in top.items() for line in entry(key, value)]
    if lines:
        lines.append("")
    if not scenarios:
        return "\n".join([*lines, "scenarios: []\n"])
    lines.append("scenarios:")
    return "\n".join(lines) + "\n" + "\n".join(_item(each, top, STEP) for each in scenarios)


class NoPlace(Exception):
    """A scenario can't be added to a file."""


def with_scenario(text: str, scenario: Scenario) -> str:
    """A scenario file with one scenario more at its end; what stands in it is as it was, to the letter.

    Raises:
        NoPlace: it is no scenario file without mistakes, or not written in block style.
    """
    source = read(text, "")
    before, findings = read_scenarios(source)
    if findings:
        first = findings[0]
        raise NoPlace(f"it is no scenario file without mistakes: line {first.line}: {first.message}")
    dash = source.at(("scenarios",))
    if source.lines[dash.line - 1][dash.column - 1 : dash.column] != "-":
        raise NoPlace(f"its “scenarios” are no list with a “-” for each, in line {dash.line}")
    end = _end_of_list(source, dash.line)
    kept = text.splitlines(keepends=True)
    if kept[end - 1][-1] not in "\r\n":
        kept[end - 1] += "\n"
    written = "".join([*kept[:end], "\n", _item(scenario, _top_of(source), dash.column - 1), *kept[end:]])
    after, _ = read_scenarios(read(written, ""))
    if [_placeless(each) for each in after] != [_placeless(each) for each in (*before, scenario)]:
        raise NoPlace(f"a scenario after {quoted(before[-1].name)} would not be read as it is meant")
    return written


def _end_of_list(source: Source, begin: int) -> int:
    """The number of the last line that belongs to the list of scenarios, which begins in this line."""
    keys = [source.key_at((key,)).line for key in source.value or {}]
    end = min((line for line in keys if line > begin), default=len(source.lines) + 1) - 1
    while not source.lines[end - 1].strip() or (end < len(source.lines) and source.lines[end - 1].startswith("#")):
        end -= 1
    return end


def shared(source: Source) -> Scenario:
    """What stands at the top of a scenario file without mistakes, as a scenario without name and steps."""
    raw = {key: value for key, value in (source.value or {}).items() if key in SHARED}
    (usual,), _ = read_scenarios(replace(source, value={"flow": "", **raw, "scenarios": [{"name": "", "steps": []}]}))
    return usual


def _top_of(source: Source) -> dict[str, Any]:
    """The same, as `_surroundings` has it."""
    said = _surroundings(shared(source))
    return {key: value for key, value in said.items() if key != "flow" or key in (source.value or {})}


def _placeless(scenario: Scenario) -> Scenario:
    return replace(scenario, path=(), steps=tuple(((), step) for _, step in scenario.steps))


def _item(scenario: Scenario, top: Mapping[str, Any], indent: int) -> str:
    """One item of `scenarios`, in a file at whose top this stands already."""
    own = _surroundings(scenario)
    said: dict[str, Any] = {"name": scenario.name}
    said |= {key: value for key, value in own.items() if not _same(value, top.get(key, NOTHING[key]))}
    if "flow" not in top:
        said["flow"] = scenario.flow
    first, *others = [line for key, value in said.items() for line in entry(key, value, indent + STEP)]
    pad = " " * (indent + STEP)
    others += [f"{pad}steps:" if scenario.steps else f"{pad}steps: []"]
    others += [line for _, step in scenario.steps for line in _step(step, indent + 2 * STEP)]
    others += entry("ends", scenario.ends, indent + STEP) if scenario.ends is not None else []
    return "\n".join([" " * indent + "- " + first.lstrip(" "), *others]) + "\n"


def _top(surroundings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What more than half of the scenarios have in common."""
    top = {}
    for key, nothing in NOTHING.items():
        values = {inline(each[key]): each[key] for each in surroundings}
        counted = Counter(inline(each[key]) for each in surroundings)
        for written, count in counted.most_common(1):
            if 2 * count > len(surroundings) and (key == "flow" or not _same(values[written], nothing)):
                top[key] = values[written]
    return top


def _same(one: Any, other: Any) -> bool:
    return inline(one) == inline(other)  # For Python `1` is `True`; a server's answer tells them apart.


def _surroundings(scenario: Scenario) -> dict[str, Any]:
    """What is true of a scenario before its first step, as plain data, in the order of a file."""
    call: Mapping[str, tuple[str, str]] = {
        "from": (scenario.caller, USUAL.caller),
        "to": (scenario.called, USUAL.called),
        "direction": (scenario.direction, USUAL.direction),
        "id": (scenario.id, USUAL.id),
        "now": (scenario.now.isoformat(), USUAL.now.isoformat()),
        "transfer": (scenario.transfer or "", ""),
    }
    return {
        "flow": scenario.flow,
        "call": {key: value for key, (value, usual) in call.items() if value != usual},
        "env": dict(scenario.env),
        "secret": dict(scenario.secrets),
        "http": [_exchange(each) for each in scenario.http],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    usual = Exchange(exchange.request)
    said: dict[str, Any] = {"request": exchange.request}
    if exchange.error is not None:
        said["error"] = exchange.error
    if exchange.status != usual.status:
        said["status"] = exchange.status
    if exchange.body is not None:
        said["body"] = exchange.body
    if exchange.headers:
        said["headers"] = dict(exchange.headers)
    if exchange.delay:
        said["delay"] = duration_text(exchange.delay)
    return said


def _step(step: Step, indent: int) -> list[str]:
    match step:
        case Hear(text):
            return item({"hear": text}, indent, tall=True)
        case Press(keys, after):
            # A single digit reads better as the number that it also is; more could lose a zero.
            shown: str | int = int(keys) if len(keys) == 1 and keys.isdecimal() else keys
            return item({"press": shown, **_after(after)}, indent, tall=after is None)
        case Say(text, after):
            return item({"say": text, **_after(after)}, indent, tall=after is None)
        case Wait(milliseconds):
            return item({"wait": duration_text(milliseconds)}, indent, tall=True)
        case At(node):
            return item({"at": node}, indent, tall=True)
        case Check(expression):
            return item({"check": expression.source}, indent, tall=True)
        case HangUp():
            return item({"hang_up": True}, indent, tall=True)
        case _:
            assert_never(step)


def _after(after: int | None) -> dict[str, str]:
    return {} if after is None else {"after": duration_text(after)}


def duration_text(milliseconds: int) -> str:
    """A duration as the flow language writes it: `2s`, `350ms`."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{milliseconds}ms" if rest else f"{seconds}s"
