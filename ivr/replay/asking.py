"""A flow as it is replayed: where a decision hangs on what may not be written, it asks the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from ivr.core.expressions import Expression, ExpressionError, Scope
from ivr.core.flow import Flow
from ivr.core.gathering import Asking
from ivr.core.node import Node
from ivr.core.paths import read_paths
from ivr.core.prompts import Words
from ivr.core.reading import Path
from ivr.core.rewriting import parts_of, rewritten, silent
from ivr.core.templates import Template, Text
from ivr.core.turn import Turn
from ivr.core.values import MASK, Sensitive
from ivr.document.masking import has_mask, parts
from ivr.nodes.branch import Branch
from ivr.nodes.collect import Collect
from ivr.nodes.http import Http
from ivr.nodes.subflow import involved
from ivr.replay.record import NotRecordedError, Record

STAND_IN = "0"
"""A value that is computed from something that is not known, where nothing better can be had."""


@dataclass(frozen=True, slots=True)
class Asked(Expression):
    """An expression that may read what is not known."""

    record: Record

    def evaluate(self, scope: Scope) -> Any:
        """The value; one that hangs on what is not known may fail only if it failed in the record.

        Raises:
            ExpressionError: it can't be had, or could not be had then.
        """
        self.record.look_up(self.env)
        try:
            value, failed = super(Asked, self).evaluate(scope), False
        except ExpressionError:
            if not scope.names(self.names)[1]:
                raise
            value, failed = Sensitive(STAND_IN), True
        if not isinstance(value, Sensitive):
            return value
        reason = self.record.failure(self.source)
        if failed is not (reason is not None):
            self.record.note(f"{self.source}: it {'did not fail' if failed else 'failed'}")
        if reason is not None:
            raise ExpressionError(f"{self.source}: {reason}")
        return value


@dataclass(frozen=True, slots=True)
class Condition(Asked):
    """A condition whose truth the record knows where it can't be found out."""

    told: Callable[[], bool]

    def evaluate(self, scope: Scope) -> Any:
        """Whether it holds.

        Raises:
            ExpressionError: it can't be had, or could not be had then.
            NotRecordedError: the record does not know.
        """
        value = super(Condition, self).evaluate(scope)
        return Sensitive(self.told()) if isinstance(value, Sensitive) else value


@dataclass(frozen=True, slots=True)
class Saved(Asked):
    """An expression over an answer of which only a part was kept, and some of that masked."""

    paths: Mapping[str, tuple[Path, ...]]

    def evaluate(self, scope: Scope) -> Any:
        """The value, which is sensitive where something that it reads was masked.

        Raises:
            ExpressionError: it can't be had, or could not be had then.
            NotRecordedError: it reads what was not kept.
        """
        for name, paths in self.paths.items():
            self.record.kept(name, paths)
        masked = any(has_mask(parts(scope.local[name], paths)) for name, paths in self.paths.items())
        if not masked:
            return super(Saved, self).evaluate(scope)
        hidden = {**scope.local, **{name: Sensitive(scope.local[name]) for name in self.paths}}
        return super(Saved, self).evaluate(replace(scope, local=hidden))


@dataclass(frozen=True, slots=True)
class Spoken(Template):
    """A text to speak that may come out empty, and then counts as nothing."""

    record: Record

    def text(self, scope: Scope, encode: Callable[[str], str] | None = None) -> Text:
        """Fill it in; where all of it is hidden, the record knows whether there was anything to hear.

        Raises:
            ExpressionError: from an expression inside.
        """
        text = super(Spoken, self).text(scope, encode)
        if not text.sensitive or text.shown.replace(MASK, "").strip():
            return text
        heard = self.record.heard(MASK)
        if heard is not bool(text.value.strip()):
            self.record.note(f"{self.source}: it was {'something' if heard else 'nothing'} to hear")
        return Text(STAND_IN if heard else "", text.shown if heard else "", sensitive=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBranch(Branch):
    """A branch that tells the record that it is at work."""

    record: Record

    def enter(self, turn: Turn) -> None:
        """Decide and go on."""
        self.record.turn = turn
        super(AskedBranch, self).enter(turn)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCollect(Collect):
    """A collect that tells the record that it is at work."""

    record: Record

    def _fill(self, turn: Turn, asking: Asking, value: str) -> None:
        self.record.turn = turn
        super(AskedCollect, self)._fill(turn, asking, value)


@lru_cache(maxsize=16)
def asking(flow: Flow) -> tuple[Flow, Record]:
    """The flow, and all that it calls, as it is replayed, and the record that it asks: one call at a time is opened."""
    record = Record()
    change = _asks(record)

    def parts(each: Flow) -> Mapping[str, Any]:
        here = "" if each is flow else f"{each.id}/"
        nodes = {name: _node(node, f"{here}{name}", record) for name, node in each.nodes.items()}
        return {"nodes": nodes, "prompts": {name: rewritten(prompt, change) for name, prompt in each.prompts.items()}}

    return silent(involved(flow), parts)[flow.id], record


def _node(node: Node, here: str, record: Record) -> Node:
    own, change = parts_of(node), _asks(record)
    match node:
        case Branch():

            def case_told(number: int) -> bool:
                _must_know(node, here, record)
                return record.holds(number)

            cases = tuple(
                replace(case, when=_condition(case.when, record, lambda number=number: case_told(number)))  # type: ignore[misc]  # defaults bind the loop's values
                for number, case in enumerate(node.cases)
            )
            return AskedBranch(**{**own, "cases": cases}, record=record)
        case Collect():

            def valid_told() -> bool:
                _must_know(node, here, record)
                return record.valid(confirmed=bool(node.confirm))

            validate = None if node.validate is None else _condition(node.validate, record, valid_told)
            rest = {name: rewritten(value, change) for name, value in own.items() if name != "validate"}
            return AskedCollect(**rest, validate=validate, record=record)
        case Http():
            save = {name: _saved(each, record) for name, each in node.save.items()}
            rest = {name: rewritten(value, change) for name, value in own.items() if name != "save"}
            return type(node)(**rest, save=save)
        case _:
            changed = rewritten(node, change)
            return changed if isinstance(changed, Node) else node


def _must_know(node: Node, here: str, record: Record) -> None:
    if not record.known(node, here):
        raise NotRecordedError(f"{here} decides by a new condition on a value that is not in the record")


def _condition(expression: Expression, record: Record, told: Callable[[], bool]) -> Condition:
    return Condition(**parts_of(expression), record=record, told=told)


def _saved(expression: Expression, record: Record) -> Saved:
    read = {name: tuple(read_paths(expression.source, name)) for name in ("body", "headers")}
    paths = {name: each for name, each in read.items() if each}
    return Saved(**parts_of(expression), record=record, paths=paths)


def _asks(record: Record) -> Callable[[Any], Any]:
    """What makes all expressions ask, and texts to speak that have some."""

    def change(value: Any) -> Any:
        match value:
            case Expression():
                return Asked(**parts_of(value), record=record)
            case Words(template=template) if not template.static:
                return Words(Spoken(template.source, rewritten(template.parts, change), record))
            case _:
                return None

    return change
