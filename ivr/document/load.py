"""From the files of a folder to flows, or to findings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from ivr.core.confirming import ConfirmedInput
from ivr.core.flow import Flow
from ivr.core.reading import Path, Reading
from ivr.document.finding import Finding, did_you_mean
from ivr.document.read import Draft, read_flow
from ivr.document.recordings import Find
from ivr.document.references import check
from ivr.document.source import Source, read

SUFFIXES = (".yaml", ".yml")
TEST_SUFFIXES = (".test.yaml", ".test.yml")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a set of flow files."""

    flows: Mapping[str, Flow]
    """The flows without an error, by id; a flow whose subflows have errors is not among them."""
    findings: tuple[Finding, ...]
    sources: Mapping[str, Source] = field(repr=False)
    """Every file that was read, by name, for the lines of findings."""
    readings: Mapping[str, Reading] = field(default_factory=dict, repr=False)
    """Where the expressions, assignments and references of each flow stand, by the flow's id."""

    @property
    def lines(self) -> Mapping[str, tuple[str, ...]]:
        """The lines of each file."""
        return {name: source.lines for name, source in self.sources.items()}


def flow_files(place: FilePath) -> list[FilePath]:
    """The flow files directly in a folder, sorted; a file is itself."""
    if place.is_file():
        return [place]
    return sorted(
        path
        for path in place.iterdir()
        if path.suffix in SUFFIXES and not path.name.endswith(TEST_SUFFIXES) and path.is_file()
    )


def load(files: Iterable[FilePath], year: int | None = None) -> Loaded:
    """Load flow files that may call each other as subflows.

    Args:
        files: the files, as their names are to appear in findings.
        year: the first year whose holidays are resolved; this year by default.

    Raises:
        OSError: a file can't be read.
    """
    paths = list(files)
    sources = {str(path): read(path.read_bytes(), str(path)) for path in paths}
    return load_sources(sources, year)


def load_sources(sources: Mapping[str, Source], year: int | None = None, recordings: Find | None = None) -> Loaded:
    """Load flows from texts that were read already, by file name; `recordings` are not found beside them, if given."""
    year = datetime.now(UTC).year if year is None else year
    findings = [finding for source in sources.values() for finding in source.findings]
    drafts: dict[str, Draft] = {}
    for source in sources.values():
        draft = read_flow(source, year, recordings)
        findings.extend(draft.findings)
        other = drafts.setdefault(draft.id, draft)
        if other is not draft:
            findings.append(_finding(source, (), f"{other.source.file} is the flow “{draft.id}” already", "flow-id"))
    findings.extend(finding for draft in drafts.values() for finding in check(draft, drafts))
    findings.extend(_routing(drafts.values()))
    broken = {finding.file for finding in findings if finding.severity == "error"}
    findings.extend(_without_subflows(drafts, broken))
    flows = _linked({id: draft for id, draft in drafts.items() if draft.source.file not in broken})
    readings = {id: draft.reading for id, draft in drafts.items() if draft.reading is not None}
    return Loaded(flows, tuple(sorted(set(findings))), dict(sources), readings)


def _routing(drafts: Iterable[Draft]) -> Iterable[Finding]:
    """Two flows can't answer the same number, nor be the default both."""
    numbers: dict[str, Draft] = {}
    default: Draft | None = None
    for draft in drafts:
        flow = draft.flow
        if flow is None:
            continue
        for place, number in enumerate(flow.numbers):
            other = numbers.setdefault(number, draft)
            if other is not draft:
                path = ("numbers", place)
                yield _finding(draft.source, path, f"{number} is answered by “{other.id}” already", "routing")
        if flow.default:
            if default is not None:
                yield _finding(draft.source, ("default",), f"“{default.id}” is the default already", "routing")
            default = draft


def _without_subflows(drafts: Mapping[str, Draft], broken: set[str]) -> Iterable[Finding]:
    """A flow can't be served while a flow that it calls has errors; `broken` grows by such files."""
    changed = True
    while changed:
        changed = False
        for draft in drafts.values():
            missing = sorted(id for id in draft.subflows if id in drafts and drafts[id].source.file in broken)
            if missing and draft.source.file not in broken:
                broken.add(draft.source.file)
                changed = True
                path = next(each.path for each in draft.references("flow") if each.name == missing[0])
                message = f"the flow “{missing[0]}” has errors, so this one can't call it"
                yield _finding(draft.source, path, message, "subflow")


def _linked(drafts: Mapping[str, Draft]) -> Mapping[str, Flow]:
    """Give the flows each other."""
    neighbours: dict[str, Flow] = {}
    view = MappingProxyType(neighbours)
    for id, draft in drafts.items():
        if draft.flow is not None:
            reached = _reached(id, drafts)
            private = any(_is_private(each.flow) for each in reached if each.flow is not None)
            fingerprint = _fingerprint(reached)
            neighbours[id] = replace(draft.flow, flows=view, fingerprint=fingerprint, private=private)
    return view


def _reached(id: str, drafts: Mapping[str, Draft]) -> list[Draft]:
    """A flow and all flows that it may come to, by id."""
    reached: set[str] = set()
    waiting = [id]
    while waiting:
        each = waiting.pop()
        if each not in reached:
            reached.add(each)
            waiting.extend(drafts[each].subflows)
    return [drafts[each] for each in sorted(reached)]


def _is_private(flow: Flow) -> bool:
    return any(isinstance(node, ConfirmedInput) and node.sensitive for node in flow.nodes.values())


def _fingerprint(reached: Iterable[Draft]) -> str:
    """A hash of the texts of flows."""
    digest = hashlib.sha256()
    for each in reached:
        for part in (each.id, *each.source.lines):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()[:16]


def _finding(source: Source, path: Path, message: str, check_id: str) -> Finding:
    place = source.at(path)
    return Finding(check_id, "error", message, source.file, place.line, place.column)


class RoutingError(Exception):
    """No flow answers a call; the message says what was looked for and what there is."""


def route(flows: Mapping[str, Flow], called: str, wanted: str | None) -> Flow:
    """The flow that answers a call.

    Args:
        flows: the flows that can be served.
        called: the number that was called.
        wanted: the flow that the webhook's path names, if it names one.

    Raises:
        RoutingError: there is none.
    """
    callable_flows = {id: flow for id, flow in flows.items() if not flow.is_subflow}
    if wanted is not None:
        if wanted in callable_flows:
            return callable_flows[wanted]
        if wanted in flows:
            raise RoutingError(f"“{wanted}” has a return node, so only other flows can call it")
        raise RoutingError(f"there is no flow “{wanted}”{did_you_mean(wanted, flows)}; {_known(callable_flows)}")
    for flow in callable_flows.values():
        if _digits(called) and _digits(called) in map(_digits, flow.numbers):
            return flow
    for flow in callable_flows.values():
        if flow.default:
            return flow
    if len(callable_flows) == 1:
        return next(iter(callable_flows.values()))
    raise RoutingError(f"no flow has the number {called or '(none)'} and none is the default; {_known(callable_flows)}")


def _known(flows: Mapping[str, Any]) -> str:
    return "flows are " + (", ".join(sorted(flows)) or "none")


def _digits(number: str) -> str:
    """A telephone number without what people put between its digits."""
    return "".join(character for character in number if character.isdigit())
