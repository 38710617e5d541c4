"""The nodes of a YAML document: tags, keys, aliases and merge keys, in bounded space, without recursion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from ivr.document import scalar
from ivr.document.faults import position
from ivr.document.finding import Finding, Position, available, did_you_mean, quoted

MAX_DEPTH = 60
"""Collections inside each other, aliases followed."""
MAX_VALUES = 200_000
"""Keys and values of a file, each alias and each merge counted as if it were written out."""

RESERVED = re.compile("[\ufdd0-\ufdef]")
"""Noncharacters of Unicode, which stand for secrets while a call is served."""

MERGE = "<<"
COLLECTION_TAGS = {"mapping": scalar.TAG + "map", "list": scalar.TAG + "seq"}
KNOWN_TAGS = tuple(f"!!{name}" for name in (*scalar.SCALAR_TAGS, "map", "seq"))


@dataclass(slots=True)
class Node:
    """A value of the file, where it was written, and what it holds."""

    position: Position
    value: Any
    """The plain value; a node that is shared through aliases shares it too."""
    text: str | None = None
    """A scalar as it was written, without quotes; None for a mapping or a list."""
    children: dict[str | int, tuple[Position, Node]] = field(default_factory=dict)
    """By key or index: the place of the key (of the item in a list), and the node."""


class UnreadableError(Exception):
    """What the file says can't be known."""

    def __init__(self, check: str, message: str, position: Position) -> None:
        """State the finding that ends the reading."""
        super().__init__(message)
        self.check = check
        self.message = message
        self.position = position


class _Role(Enum):
    """What a key of a mapping is, if it is no text."""

    MERGE = 1
    UNUSABLE = 2


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    node: Node
    anchor: str | None
    begun: int
    """How many values were counted before it."""
    height: int = 1
    """How many collections are inside each other in it, itself included."""
    key: tuple[str | _Role, Position] | None = None
    """The key of a mapping whose value comes next."""
    merge_key: Position | None = None
    merged: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A whole node that aliases may name."""

    node: Node
    size: int
    height: int


class Composition:
    """The node tree of a document, built event by event without recursion.

    A value is counted when it is written and, with all it holds, at each alias. So the count is the size of
    the document written out, known before anything is, and the work done is bounded by it.
    """

    def __init__(self, file: str, lines: Sequence[str]) -> None:
        """Begin with nothing read of the file, whose lines are given."""
        self.file = file
        self.lines = lines
        self.findings: list[Finding] = []
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.anchors: dict[str, _Anchored | None] = {}
        """None while the anchored collection is still open."""
        self.count = 0
        self.documents = 0

    def find(self, check: str, message: str, place: Position) -> None:
        """Add a finding, an error."""
        self.findings.append(Finding(check, "error", message, self.file, *place))

    def take(self, event: Event) -> None:
        """Build on by one event. Raises UnreadableError."""
        place = position(event.start_mark, self.lines) if event.start_mark else Position(1, 1)
        match event:
            case ScalarEvent():
                self._scalar(event, place)
            case AliasEvent():
                self._alias(event, place)
            case CollectionStartEvent():
                self._start(event, place)
            case CollectionEndEvent():
                self._end()
            case DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    message = "a second document begins here: a file holds one, so remove the “---” line"
                    raise UnreadableError("yaml-document", message, place)

    def whole(self) -> Node:
        """Return the top of the document, which is a mapping. Raises UnreadableError."""
        root = self.root
        if root is None or root.value is None:
            message = "the file is empty: expected a mapping, such as “key: value”"
            raise UnreadableError("yaml-document", message, Position(1, 1))
        if not isinstance(root.value, dict):
            kind = "list" if isinstance(root.value, list) else "single value"
            message = f"the file is a {kind}: expected a mapping, such as “key: value”"
            raise UnreadableError("yaml-document", message, root.position)
        return root

    def _scalar(self, event: ScalarEvent, place: Position) -> None:
        if event.style == '"' and (reserved := RESERVED.search(event.value)):
            raise UnreadableError("yaml-character", reserved_character(reserved.group()), place)
        self._add(1, place)
        parent = self.open[-1] if self.open else None
        if parent and self._awaits_key(parent) and _is_merge_key(event):
            self._merge_key(parent, place)
            return
        if parent and parent.key and not event.value and not event.style:
            place = parent.key[1]  # Nothing was written; the parsers differ in where that nothing is.
        node = Node(place, self._value(event, place), event.value)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)
        self._place(node, 0, place)

    def _value(self, event: ScalarEvent, place: Position) -> scalar.Scalar:
        if event.tag is None:
            return event.value if event.style else scalar.plain(event.value)
        name = event.tag.removeprefix(scalar.TAG)
        if name == event.tag or name not in scalar.SCALAR_TAGS:
            raise _foreign_tag(event.tag, "single value", place)
        try:
            return scalar.tagged(event.value, name)
        except ValueError as error:
            self.find("yaml-tag", f"{quoted(event.value)} is {error}", place)
            return event.value

    def _alias(self, event: AliasEvent, place: Position) -> None:
        name = event.anchor or ""
        if name not in self.anchors:
            message = f"{quoted('*' + name)} is an alias, but no such anchor stands before it"
            hint = f"{did_you_mean(name, self.anchors)}: put it in quotes if it is text"
            known = f"; anchors before it: {available(self.anchors)}"
            raise UnreadableError("yaml-alias", message + hint + known, place)
        anchored = self.anchors[name]
        if anchored is None:
            message = f"the alias {quoted('*' + name)} stands inside the very value that it names"
            raise UnreadableError("yaml-alias", message, place)
        self._add(anchored.size, place)
        self._check_depth(anchored.height, place)
        self._place(anchored.node, anchored.height, place)

    def _start(self, event: CollectionStartEvent, place: Position) -> None:
        self._check_depth(1, place)
        kind = "mapping" if isinstance(event, MappingStartEvent) else "list"
        value: dict[str, Any] | list[Any] = {} if kind == "mapping" else []
        if event.tag is not None and event.tag != COLLECTION_TAGS[kind]:
            raise _foreign_tag(event.tag, kind, place)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_Open(Node(place, value), event.anchor, self.count))
        self._add(1, place)

    def _end(self) -> None:
        done = self.open.pop()
        node = done.node
        for merged in done.merged:
            self._add(len(merged.children), done.merge_key or node.position)
            for key, child in merged.children.items():
                if key not in node.children:
                    node.children[key] = child
                    node.value[key] = child[1].value
        if done.anchor is not None:
            self.anchors[done.anchor] = _Anchored(node, self.count - done.begun, done.height)
        self._place(node, done.height, node.position)

    def _place(self, node: Node, height: int, place: Position) -> None:
        """Put a whole node, met at the place, into its list or its mapping; without one it is the top."""
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        parent.height = max(parent.height, height + 1)
        if isinstance(parent.node.value, list):
            parent.node.children[len(parent.node.value)] = (node.position, node)
            parent.node.value.append(node.value)
        elif parent.key is None:
            parent.key = (self._key(node, place), place)
        else:
            (key, key_place), parent.key = parent.key, None
            self._entry(parent, key, key_place, node)

    def _key(self, node: Node, place: Position) -> str | _Role:
        if node.text is not None:
            return node.text
        kind = "list" if isinstance(node.value, list) else "mapping"
        message = f"a {kind} can't be a key: text that begins with “{{” or “[” must be in quotes"
        self.find("yaml-key", message, place)
        return _Role.UNUSABLE

    def _entry(self, parent: _Open, key: str | _Role, place: Position, node: Node) -> None:
        match key:
            case _Role.UNUSABLE:
                pass
            case _Role.MERGE:
                self._merge(parent, node, place)
            case str() if key in parent.node.children:
                first = parent.node.children[key][0].line
                message = f"the key {quoted(key)} is already in this mapping, on line {first}"
                self.find("yaml-duplicate-key", message, place)
            case str():
                parent.node.children[key] = (place, node)
                parent.node.value[key] = node.value

    def _merge_key(self, parent: _Open, place: Position) -> None:
        if parent.merge_key is not None:
            first = parent.merge_key.line
            message = f"“<<” is already in this mapping, on line {first}: write “<<: [*a, *b]”"
            self.find("yaml-duplicate-key", message, place)
            parent.key = (_Role.UNUSABLE, place)
        else:
            parent.merge_key = place
            parent.key = (_Role.MERGE, place)

    def _merge(self, parent: _Open, node: Node, place: Position) -> None:
        nodes = [child for _, child in node.children.values()] if isinstance(node.value, list) else [node]
        if all(isinstance(merged.value, dict) for merged in nodes):
            parent.merged = nodes
        else:
            message = "“<<” merges a mapping or a list of mappings, such as “<<: *defaults”, but nothing else"
            self.find("yaml-merge", message, place)

    def _awaits_key(self, parent: _Open) -> bool:
        return parent.key is None and isinstance(parent.node.value, dict)

    def _add(self, values: int, place: Position) -> None:
        self.count += values
        if self.count > MAX_VALUES:
            message = f"the file holds more than {MAX_VALUES:,} keys and values, its aliases written out"
            raise UnreadableError("yaml-size", message, place)

    def _check_depth(self, height: int, place: Position) -> None:
        if len(self.open) + height > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} mappings and lists are inside each other here"
            raise UnreadableError("yaml-size", message, place)


def _foreign_tag(tag: str, kind: str, place: Position) -> UnreadableError:
    shown = quoted(tag.replace(scalar.TAG, "!!"))
    message = f"{shown} is no tag of a {kind}: put it in quotes if it is text; tags are "
    return UnreadableError("yaml-tag", message + available(KNOWN_TAGS), place)


def _is_merge_key(event: ScalarEvent) -> bool:
    return event.value == MERGE and not event.style and event.tag is None and event.anchor is None


def is_reserved(character: str) -> bool:
    """Tell whether the engine keeps this character for itself."""
    return RESERVED.fullmatch(character) is not None


def reserved_character(character: str) -> str:
    """State that the engine keeps this character for itself."""
    return f"U+{ord(character):04X} is not a character but reserved: delete it"
