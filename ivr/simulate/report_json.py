"""How scenarios went, told to programs, in the stable shape of `ivr test --format json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ivr.simulate.coverage import Coverage, Part
from ivr.simulate.results import Result


def as_json(results: Iterable[Result], coverage: Mapping[str, Coverage]) -> str:
    """All results with the shares of nodes and exits, and by name what no scenario took.

    A mistake in a file is a result without name and flow.
    """
    told = {
        "scenarios": [_result(each) for each in results],
        "coverage": {name: {"nodes": each.nodes.share, "exits": each.exits.share} for name, each in coverage.items()},
        "missing": {
            name: {
                "nodes": [item.node for item in each.nodes.missing],
                "exits": _items(each.exits, "exit"),
                "events": _items(each.events, "event"),
            }
            for name, each in coverage.items()
        },
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _result(result: Result) -> dict[str, Any]:
    told = {"file": result.file, "name": result.name, "flow": result.flow, "passed": result.passed}
    return told if result.passed else {**told, "message": f"{result.place}: {result.message}"}


def _items(part: Part, sort: str) -> list[dict[str, str]]:
    return [{"node": item.node, sort: item.name} for item in part.missing]
