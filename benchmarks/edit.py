"""One edit of a flow, and ways to look at the file that it changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.document.source import Path

Document = Mapping[str, Any]

GONE = object()
"""In place of a value: the entry is deleted."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that is changed."""

    kind: str
    changes: tuple[tuple[Path, Any], ...]
    told: str
    """What becomes of what stood there."""

    @property
    def path(self) -> Path:
        """The place, or the first of them."""
        return self.changes[0][0]

    def applied(self, document: Document) -> str:
        """The text of the file after it: JSON, which is YAML as well."""
        edited = json.loads(json.dumps(document))
        for path, value in self.changes:
            *around, last = path
            place = edited
            for part in around:
                place = place[part]
            if value is GONE:
                del place[last]
            else:
                place[last] = value
        return json.dumps(edited, ensure_ascii=False, indent=1)


def at(document: Document, path: Path) -> Any:
    """What stands at a path."""
    value: Any = document
    for part in path:
        value = value[part]
    return value


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of the file with its path, the file itself first."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from walk(each, (*path, key))


def nodes_of(document: Document, *kinds: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for id, node in document["nodes"].items():
        if not kinds or node["type"] in kinds:
            yield ("nodes", id), node


def gone(kind: str, *path: str | int) -> Edit:
    return Edit(kind, ((path, GONE),), "deleted")
