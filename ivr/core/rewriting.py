"""Flows as they are explored or made again: with other expressions or nodes, and nothing is rendered ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ivr.core.flow import Flow
from ivr.core.prompts import Prompt


class SilentFlow(Flow):
    """A flow whose prompts need not be rendered ahead, because nobody hears them."""

    __slots__ = ()

    def prompts_with(self, variables: frozenset[str]) -> Iterator[Prompt]:  # noqa: ARG002 - none, whatever changes
        """None."""
        return iter(())


def silent(flows: Iterable[Flow], parts: Callable[[Flow], Mapping[str, Any]]) -> Mapping[str, Flow]:
    """Flows that nobody hears and that call each other, by id, each with these `parts` in place of its own."""
    linked: dict[str, Flow] = {}
    for each in flows:
        linked[each.id] = SilentFlow(**{**parts_of(each), **parts(each), "flows": linked})
    return linked


def parts_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by name."""
    return {each.name: getattr(value, each.name) for each in fields(value) if each.init}


def rewritten(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of frozen values in which some are others; what holds none of these is itself.

    Args:
        value: dataclasses, tuples, lists and dicts of them, and plain values.
        change: gives what stands in place of a value, or None to look inside it.
    """
    made = change(value)
    if made is not None:
        return made
    match value:
        case tuple() | list():
            items = [rewritten(each, change) for each in value]
            return value if _same(items, value) else type(value)(items)
        case dict():
            entries = {key: rewritten(each, change) for key, each in value.items()}
            return value if _same(entries.values(), value.values()) else entries
        case _ if is_dataclass(value) and not isinstance(value, type):
            own = parts_of(value)
            new = {name: rewritten(part, change) for name, part in own.items()}
            return value if _same(new.values(), own.values()) else replace(value, **new)
        case _:
            return value


def _same(new: Iterable[Any], old: Iterable[Any]) -> bool:
    return all(one is other for one, other in zip(new, old, strict=True))
