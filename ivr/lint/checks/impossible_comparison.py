"""Comparisons of values whose types never go together: never true, never false, or an error in the call.

What callers enter is text, also where it consists of digits, and texts are never equal to numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ivr.core.comparing import TEXT, Comparison, Known, Side, Types, comparisons
from ivr.document.finding import Severity, available, did_you_mean, quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.values.data import Spot, literal, neighbours, spots
from ivr.lint.values.typed import Typed
from ivr.lint.wording.prompt_text import CONSTANT
from ivr.nodes.collect import Collect

ORDER = ("<", "<=", ">", ">=")
MEMBER = ("in", "not in")
ORDERED = ("text", "number", "list", "moment")
"""Types whose values have an order among themselves."""
WORDS = {"number": "a number", "null": "nothing", "moment": "a moment", "mapping": "a mapping", "list": "a list"}


def _find(subject: Subject) -> Iterator[Mistake]:
    typed = Typed(subject)
    languages = _languages(subject)
    told: set[tuple[Any, ...]] = set()
    for spot in spots(subject):
        here = (spot.path, spot.expression.source)
        if here in told:
            continue  # a template is compared as a whole, though it has several expressions
        told.add(here)
        found = comparisons(spot.expression.source, _known(spot, subject, typed), bare=spot.bare)
        fitting = {each.left.written for each in found if each.operator == "==" and _clash(each) is None}
        for each in found:
            careful = each.checked or (each.operator in ("==", "!=") and each.left.written in fitting)
            clash = None if careful else _clash(each)
            if clash is not None:
                yield Mistake(spot.path, _explained(clash[0], each, spot, typed), severity=clash[1])
                continue
            for which in _foreign(each, languages):
                near = next(
                    (tag for tag in sorted(languages) if tag.split("-")[0] == which.split("-")[0].lower()), None
                )
                hint = did_you_mean(which, languages) if near is None else f" (did you mean {quoted(near)}?)"
                message = f"the language of a call is never {quoted(which)} here{hint}"
                yield Mistake(spot.path, f"{message}; calls are in {available(sorted(languages))}", severity="warning")


def _known(spot: Spot, subject: Subject, typed: Typed) -> Known:
    known = typed.known(spot.node, spot.local)
    node = subject.flow.nodes.get(spot.node or "")
    if isinstance(node, Collect) and (spot.role == "validate" or (spot.role == "prompt" and "confirm" in spot.path)):
        # There the variable has its new value already.
        return lambda name: TEXT if name == node.into else known(name)
    return known


Clash = tuple[str, Severity] | None


def _clash(found: Comparison) -> Clash:
    """What is wrong with a comparison, and how bad that is."""
    left, right = found.left, found.right
    if found.operator in MEMBER:
        return _member(found)
    if not left.types or not right.types:
        return None
    if found.operator in ORDER:
        pairs = [_ordered(one, other) for one in left.types for other in right.types]
        if not any(pairs):
            return "is an error in every call, because {types} have no order", "error"
        mixed = {"text", "number"} <= left.types | right.types and not all(pairs)
        if mixed and "null" not in left.types | right.types:
            return "is an error in some calls, because {types} have no order", "warning"
        return None
    if any(_comparable(one, other) for one in left.types for other in right.types):
        return None
    always = "never" if found.operator == "==" else "always"
    if "null" not in left.types | right.types:
        return f"is {always} true, because {{types}} are never equal", "error"
    if any(side.is_constant and side.constant is None for side in (left, right)):
        return f"is {always} true, because {{types}} are never equal", "info"  # as a precaution, it harms nobody
    return None


def _member(found: Comparison) -> Clash:
    left, right = found.left, found.right
    always = "never" if found.operator == "in" else "always"
    if right.types and right.types <= {"number", "boolean", "null"}:
        return "is an error in every call, because nothing can be in {right}", "error"
    if right.types == TEXT and left.types and "text" not in left.types:
        return "is an error in every call, because only text can be in text", "error"
    if left.types and found.right.items:
        items = [item.types for item in found.right.items]
        kinds = {each for types in items for each in types or ()}
        if all(items) and not any(_comparable(one, other) for one in left.types for other in kinds):
            return f"is {always} true, because {{items}} are never equal", "error"
    return None


def _ordered(one: str, other: str) -> bool:
    return _class(one) == _class(other) and _class(one) in ORDERED


def _comparable(one: str, other: str) -> bool:
    return _class(one) == _class(other)


def _class(name: str) -> str:
    """True is 1 and false is 0, in every comparison."""
    return "number" if name == "boolean" else name


def _explained(message: str, found: Comparison, spot: Spot, typed: Typed) -> str:
    left, right = found.left, found.right
    names = {
        "types": f"{_plural(left.types)} and {_plural(right.types)}",
        "right": _plural(right.types),
        "items": f"{_plural(left.types)} and {_plural(_items(right))}",
    }
    shown = quoted(f"{left.written} {found.operator} {right.written}")
    reasons = [_why(side, spot, typed) for side in (left, right)]
    why = "".join(f"; {reason}" for reason in dict.fromkeys(reasons) if reason)
    return f"{shown} {message.format(**names)}{why}{_mend(found)}"


def _items(side: Side) -> Types:
    return frozenset(each for item in side.items or () for each in item.types or ())


def _plural(types: Types) -> str:
    words = {"text": "texts", "number": "numbers", "boolean": "booleans", "list": "lists", "mapping": "mappings"}
    named = sorted({**words, "null": "null", "moment": "moments"}[each] for each in types or ())
    return " or ".join(named)


def _why(side: Side, spot: Spot, typed: Typed) -> str:
    """Where a text comes from that its author took for something else."""
    node = typed.subject.flow.nodes.get(spot.node or "")
    if side.types is None or "text" not in side.types or side.is_constant:
        return ""
    if isinstance(node, Collect) and side.name == node.into:
        return f"{quoted(side.name)} is what callers enter, which is always text"
    if side.name and side.name != "language":
        places = typed.reaching.of(side.name, spot.node)
        entered = next((each.node for each in places if each.origin == "entered"), None)
        if entered is not None:
            return f"{quoted(side.name)} is what callers enter at {quoted(entered)}, which is always text"
        if any(each.origin == "recorded" for each in places):
            return f"{quoted(side.name)} is the id of a recording, a text"
    return f"{quoted(side.written)} is text"


def _mend(found: Comparison) -> str:
    """How to write it, where that is plain."""
    for text, other in ((found.left, found.right), (found.right, found.left)):
        types = other.types if other.items is None else _items(other)
        if text.types is None or text.is_constant or "text" not in text.types or types is None:
            continue
        if found.operator in ORDER and "number" in types:
            return f"; write {quoted(f'{text.written} | int')} for its number"
        if types == {"number"} and other.is_constant:
            return f"; write '{other.written}' in quotation marks, or {quoted(f'{text.written} | int')}"
        if types == {"number"}:
            return f"; write the numbers in quotation marks, or {quoted(f'{text.written} | int')}"
        if types == {"boolean"} and other.is_constant:
            return f"; compare it with a text such as '{other.written}'"
    return ""


def _foreign(found: Comparison, languages: frozenset[str]) -> Iterator[str]:
    """Languages that are compared with that of the call, which has never one of them."""
    if not languages:
        return
    for one, other in ((found.left, found.right), (found.right, found.left)):
        if one.name != "language":
            continue
        if found.operator in ("==", "!=") and other.is_constant and other.constant not in languages:
            yield str(other.constant)
        elif found.operator in MEMBER and other.items and one is found.left:
            texts = [item.constant for item in other.items if item.is_constant]
            if len(texts) == len(other.items) and languages.isdisjoint(texts):
                yield str(texts[0])


def _languages(subject: Subject) -> frozenset[str]:
    """Every language that a call of this flow may be in; none if that is not known."""
    if subject.flow.is_subflow and not subject.callers:
        return frozenset()
    found: set[str] = set()
    for each in neighbours(subject):
        found.add(each.flow.language)
        for pattern in (tag for node in each.flow.nodes.values() for tag in node.languages()):
            if literal(pattern) is not None:
                found.add(literal(pattern) or "")
                continue
            texts = [one or other for one, other in CONSTANT.findall(getattr(pattern, "source", ""))]
            if not texts:
                return frozenset()
            found.update(texts)
    return frozenset(found)


IMPOSSIBLE_COMPARISON = Check("impossible-comparison", "error", _find)
