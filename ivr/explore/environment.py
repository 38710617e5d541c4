"""What `env.NAME` is in a scenario: addresses under `.test`, numbers to transfer to, and what conditions ask for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.templates import Template
from ivr.core.uses import uses
from ivr.explore.marks import bare
from ivr.nodes.collect import Collect
from ivr.nodes.http import Http
from ivr.nodes.transfer import Transfer

ADDRESS_WORDS = re.compile(r"_?(URL|URI|BASE|HOST|API|ENDPOINT|SERVER|ADDRESS)$")
CODE = "4711"
PHONE = "+15550100"
"""A number that is kept for fiction, to which the place of the name is added."""


def environment(flows: Collection[Flow]) -> Mapping[str, str]:
    """A value for every name that some expression of these flows reads."""
    addresses: set[str] = set()
    numbers: set[str] = set()
    names: set[str] = set()
    for flow in flows:
        names.update(name for each in flow.all_expressions() for name in each.env)
        for node in flow.nodes.values():
            match node:
                case Http(url=url):
                    addresses.update(_first(url))
                case Transfer(to=to):
                    numbers.update(_first(to))
                case _:
                    pass
    codes = {name: code for flow in flows for node in flow.nodes.values() for name, code in _codes(flow, node)}
    usual = {name: _value(name, place, addresses, numbers) for place, name in enumerate(sorted(names))}
    return {**usual, **codes}


def _codes(flow: Flow, node: Node) -> Iterator[tuple[str, str]]:
    """Names with which an entry is compared, each with an entry that may be made there."""
    if isinstance(node, Collect) and node.digits is not None:
        asked = [each for other in flow.nodes.values() for each in other.expressions() if node.into in each.reads]
        keys = "".join(key for key in CODE * (node.digits.min // len(CODE) + 1) if key in node.digits.keys)
        for each in asked:
            if any(use.how == "compared" for use in uses(each.source, bare=bare(each))):
                yield from ((name, keys[: max(node.digits.min, 1)]) for name in each.env)


def _first(template: Template) -> tuple[str, ...]:
    """The name at the very beginning of a text."""
    if not template.parts or isinstance(template.parts[0], str):
        return ()
    found = uses(template.source, bare=False)[:1]
    return tuple(str(use.path[1]) for use in found if use.path[0] == "env" and len(use.path) > 1)


def _value(name: str, place: int, addresses: Collection[str], numbers: Collection[str]) -> str:
    stem = ADDRESS_WORDS.sub("", name) or name
    if name in addresses or stem != name:
        return f"http://{stem.lower().replace('_', '-')}.test"
    return f"{PHONE}{place:02}" if name in numbers else name.lower().replace("_", " ")
