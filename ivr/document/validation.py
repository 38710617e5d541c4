"""What a file's data has that its schema does not allow, told in the words of the flow language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ivr.core.fields import Path, Problem
from ivr.document.finding import available, did_you_mean, quoted

TYPE_NAMES: Mapping[str, str] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
CHECK = "schema"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is being checked, for messages: `a menu`, `a flow`."""

    name: str
    path: Path = ()


def problems(value: Any, schema: Mapping[str, Any], defs: Mapping[str, Any], subject: Subject) -> list[Problem]:
    """Everything in `value` that `schema` does not allow, each mistake once, at its place."""
    validator = Draft202012Validator({**schema, "$defs": defs})
    found = [
        problem for error in validator.iter_errors(value) for problem in _told(error, subject)
    ]  # fmt: skip
    return list(dict.fromkeys(found))


def _told(error: ValidationError, subject: Subject) -> Iterator[Problem]:
    path = (*subject.path, *error.absolute_path)
    where = _where(error, subject)
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(error, path, where)
        case "required":
            for name in error.validator_value:
                if name not in error.instance and f"'{name}'" in error.message:
                    yield Problem(path, CHECK, f"{where} needs “{name}”; {_keys(error)}")
        case "propertyNames":
            name = str(error.instance)
            yield Problem((*path, name), "schema-key", f"{quoted(name)} is not {_expected(error.schema)}")
        case "anyOf" | "oneOf":
            yield from _alternatives(error, subject, path, where)
        case "not":
            names = " and ".join(f"“{name}”" for name in error.validator_value.get("required", ()))
            yield Problem(path, CHECK, f"{where} can't have both {names}")
        case "minProperties" | "minItems" | "minLength":
            yield Problem(path, CHECK, f"{where} is empty; {_expected(error.schema)} is expected")
        case _ if error.parent is None and "propertyNames" in error.schema_path:
            name = str(error.instance)
            yield Problem((*path, name), "schema-key", f"{quoted(name)} is not {_expected(error.schema)}")
        case _:
            yield Problem(path, CHECK, f"{where} must be {_expected(error.schema)}, found {_shown(error.instance)}")


def _unknown_keys(error: ValidationError, path: Path, where: str) -> Iterator[Problem]:
    known = tuple(error.schema.get("properties", ()))
    for name in error.instance:
        if name not in known:
            hint = did_you_mean(name, known)
            yield Problem(
                (*path, name),
                CHECK,
                f"{where} has no key {quoted(name)}{hint}; its keys are {available(known, 30)}",
            )


def _alternatives(error: ValidationError, subject: Subject, path: Path, where: str) -> Iterator[Problem]:
    """Tell of the one alternative that was meant, else what is expected in all."""
    if all(set(branch) <= {"required", "not"} for branch in error.validator_value):
        names = [name for branch in error.validator_value for name in branch.get("required", ())]
        few = error.validator == "oneOf" and any(name in error.instance for name in names)
        wanted = "only one of" if few else "one of"
        yield Problem(path, CHECK, f"{where} needs {wanted} {', '.join(f'“{name}”' for name in names)}")
        return
    meant = _meant(error)
    if meant is None:
        yield Problem(path, CHECK, f"{where} must be {_expected(error.schema)}, found {_shown(error.instance)}")
        return
    for inner in meant:
        yield from _told(inner, subject)


def _meant(error: ValidationError) -> list[ValidationError] | None:
    """The mistakes of the only alternative whose type is right, if there is one."""
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
    right = [
        inner
        for inner in branches.values()
        if not any(not each.relative_path and each.validator in ("type", "const", "enum") for each in inner)
    ]
    return right[0] if len(right) == 1 else None


def _where(error: ValidationError, subject: Subject) -> str:
    """What the mistake is in: the subject itself, or one of its keys."""
    keys = [str(part) for part in error.absolute_path]
    if not keys:
        return subject.name
    return f"“{'.'.join(keys)}” of {subject.name}"


def _keys(error: ValidationError) -> str:
    known = tuple(error.schema.get("properties", ()))
    return f"its keys are {available(known, 30)}" if known else "it is missing"


def _expected(schema: Any) -> str:
    """What a schema allows, in a few words."""
    if not isinstance(schema, Mapping):
        return "absent"
    if "title" in schema:
        return str(schema["title"])
    if "const" in schema:
        return quoted(str(schema["const"]))
    if "enum" in schema:
        return "one of " + available([str(value) for value in schema["enum"]], 20)
    if "anyOf" in schema:
        return " or ".join(_expected(branch) for branch in schema["anyOf"])
    if "$ref" in schema:
        return "a " + str(schema["$ref"]).rsplit("/", 1)[-1].replace("_", " ")
    kinds = schema.get("type", "something else")
    words = " or ".join(TYPE_NAMES.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))
    limits = [
        f"{word} {schema[name]}" for name, word in (("minimum", "at least"), ("maximum", "at most")) if name in schema
    ]
    return " of ".join([words, " and ".join(limits)]) if limits else words


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "nothing"
        case str() | int() | float():
            return quoted(str(value))
        case list():
            return "a list"
        case _:
            return "a mapping"
