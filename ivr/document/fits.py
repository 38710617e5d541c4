"""Whether data fits a schema: a quick yes, so that only what does not fit needs the words of jsonschema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]
Rule = Callable[[Any, Any, Schema, Schema], bool]
"""Whether a value (1st) fits what a keyword says (2nd) in a schema (3rd) with the definitions (4th)."""


def fits(value: Any, schema: Schema, defs: Schema) -> bool:
    """Whether jsonschema would find no fault, in a small part of its time.

    It has the keywords that our schemas use; KeyError for any other.
    """
    return all(RULES[name](value, limit, schema, defs) for name, limit in schema.items() if name not in ANNOTATIONS)


def is_of(kind: str, value: Any) -> bool:
    """Whether a value is of a type; a whole number is one that is written so, because `1.0` is no key."""
    match kind:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(value, TYPES[kind])


def matches(pattern: str, text: str) -> bool:
    r"""Whether a text matches as ECMA 262 says, where `$` is the very end; Python's also stands before a line break."""
    return re.search(pattern.replace("$", r"\Z"), text) is not None


def _type(value: Any, kinds: Any, _: Schema, __: Schema) -> bool:
    return is_of(kinds, value) if isinstance(kinds, str) else any(is_of(kind, value) for kind in kinds)


def _one(value: Any, texts: Any, _: Schema, __: Schema) -> bool:
    return isinstance(value, str) and value in texts


def _const(value: Any, only: Any, _: Schema, __: Schema) -> bool:
    return type(value) is type(only) and bool(value == only)


def _pattern(value: Any, pattern: Any, _: Schema, __: Schema) -> bool:
    return not isinstance(value, str) or matches(pattern, value)


def _long_enough(kind: type[Any]) -> Rule:
    return lambda value, least, _, __: not isinstance(value, kind) or len(value) >= least


def _least(value: Any, least: Any, _: Schema, __: Schema) -> bool:
    return not is_of("number", value) or value >= least


def _most(value: Any, most: Any, _: Schema, __: Schema) -> bool:
    return not is_of("number", value) or value <= most


def _items(value: Any, inner: Any, _: Schema, defs: Schema) -> bool:
    return not isinstance(value, list) or all(fits(each, inner, defs) for each in value)


def _required(value: Any, names: Any, _: Schema, __: Schema) -> bool:
    return not isinstance(value, dict) or all(name in value for name in names)


def _properties(value: Any, known: Any, _: Schema, defs: Schema) -> bool:
    return not isinstance(value, dict) or all(
        fits(each, known[name], defs) for name, each in value.items() if name in known
    )


def _additional(value: Any, inner: Any, schema: Schema, defs: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    others = [each for name, each in value.items() if name not in schema.get("properties", ())]
    return not others if inner is False else all(fits(each, inner, defs) for each in others)


def _names(value: Any, inner: Any, _: Schema, defs: Schema) -> bool:
    return not isinstance(value, dict) or all(fits(name, inner, defs) for name in value)


def _any(value: Any, several: Any, _: Schema, defs: Schema) -> bool:
    return any(fits(value, inner, defs) for inner in several)


def _just_one(value: Any, several: Any, _: Schema, defs: Schema) -> bool:
    return sum(fits(value, inner, defs) for inner in several) == 1


def _not(value: Any, inner: Any, _: Schema, defs: Schema) -> bool:
    return not fits(value, inner, defs)


def _if(value: Any, inner: Any, schema: Schema, defs: Schema) -> bool:
    return fits(value, schema.get("then" if fits(value, inner, defs) else "else", {}), defs)


def _ref(value: Any, place: Any, _: Schema, defs: Schema) -> bool:
    return fits(value, defs[place.removeprefix("#/$defs/")], defs)


TYPES: Mapping[str, type[Any]] = {"string": str, "array": list, "object": dict}
ANNOTATIONS = frozenset({"title", "description", "default", "examples", "then", "else", "$defs"})
"""Keywords that ask for nothing, or are read with another one."""
RULES: Mapping[str, Rule] = {
    "type": _type,
    "enum": _one,
    "const": _const,
    "pattern": _pattern,
    "minLength": _long_enough(str),
    "minItems": _long_enough(list),
    "minProperties": _long_enough(dict),
    "minimum": _least,
    "maximum": _most,
    "items": _items,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "anyOf": _any,
    "oneOf": _just_one,
    "not": _not,
    "if": _if,
    "$ref": _ref,
}
