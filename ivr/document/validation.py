"""What a file's data has that its schema does not allow, told in the words of the flow language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from ivr.core.reading import Path, Problem
from ivr.document.finding import available, did_you_mean, quoted
from ivr.document.fits import fits, is_of, matches

if TYPE_CHECKING:
    from jsonschema import TypeChecker
    from jsonschema.exceptions import ValidationError

TYPE_NAMES: Mapping[str, str] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
MANY = 30
"""Keys that a message lists at most."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is being checked, for messages: `the menu node “main”`, `a flow`."""

    name: str
    path: Path = ()


def problems(value: Any, schema: Mapping[str, Any], defs: Mapping[str, Any], subject: Subject) -> list[Problem]:
    """Everything in `value` that `schema` does not allow, each mistake once, at its place."""
    if fits(value, schema, defs):
        return []
    errors = validator()({**schema, "$defs": defs}).iter_errors(value)
    found = [problem for error in errors for problem in _told(error, subject)]
    return list(dict.fromkeys(found))


@cache
def validator() -> Any:
    """The validator, with types and patterns as in `fits`."""
    # Importing it takes as long as reading a flow, which only flows with a mistake should pay.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema.validators import extend

    def is_whole(_: TypeChecker, value: Any) -> bool:
        return is_of("integer", value)

    def pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
        if isinstance(value, str) and not matches(pattern, value):
            yield ValidationError(f"{value!r} does not match {pattern!r}")

    checker = Draft202012Validator.TYPE_CHECKER.redefine("integer", is_whole)
    keywords = {"pattern": pattern}
    return extend(Draft202012Validator, keywords, type_checker=checker)  # type: ignore[no-untyped-call]  # by the stubs


def _told(error: ValidationError, subject: Subject) -> Iterator[Problem]:
    path = (*subject.path, *error.absolute_path)
    where, instance, limit = _where(error, subject), cast(Any, error.instance), cast(Any, error.validator_value)
    if "propertyNames" in error.absolute_schema_path:
        name = str(instance)
        yield _problem((*path, name), f"{quoted(name)} is not {_expected(_schema(error))}", at_key=True)
        return
    match error.validator:
        case "additionalProperties":
            known = tuple(_schema(error).get("properties", ()))
            for name in instance:
                if name not in known:
                    hint = f"{did_you_mean(name, known)}; its keys are {available(known, MANY)}"
                    yield _problem((*path, name), f"{where} has no key {quoted(name)}{hint}", at_key=True)
        case "required":
            for name in limit:
                if name not in instance and f"'{name}'" in error.message:
                    yield _problem(path, f"{where} needs “{name}”{_meaning(error, name)}")
        case "anyOf" | "oneOf":
            yield from _alternatives(error, subject, path, where)
        case "not":
            names = " and ".join(f"“{name}”" for name in limit.get("required", ()))
            yield _problem(path, f"{where} can't have both {names}")
        case "minProperties" | "minItems":
            yield _problem(path, f"{where} is empty; at least one entry is expected")
        case "minLength":
            yield _problem(path, f"{where} is empty; {_expected(_schema(error))} is expected")
        case _:
            yield _problem(path, f"{where} must be {_expected(_schema(error))}, found {_shown(error)}")


def _problem(path: Path, message: str, *, at_key: bool = False) -> Problem:
    return Problem(path, "schema", message, at_key)


def _schema(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _meaning(error: ValidationError, name: str) -> str:
    """What a missing key is for, as its description says."""
    key = _schema(error).get("properties", {}).get(name, {})
    text = str(key.get("description", "")).removesuffix(".")
    return f": {text[0].lower()}{text[1:]}" if text else ""


def _alternatives(error: ValidationError, subject: Subject, path: Path, where: str) -> Iterator[Problem]:
    """Tell of the one alternative that was meant, else what is expected in all."""
    branches = cast(list[Any], error.validator_value)
    if all(set(branch) <= {"required", "not"} for branch in branches):
        if not isinstance(error.instance, Mapping):
            return  # That it is no mapping is said already.
        names = list(dict.fromkeys(name for branch in branches for name in branch.get("required", ())))
        present = [f"“{name}”" for name in names if name in cast(Any, error.instance)]
        if present:
            yield _problem(path, f"{where} has {' and '.join(present)}, but only one of them can stand in it")
        else:
            yield _problem(path, f"{where} needs {_either(names)}")
        return
    meant = _meant(error)
    if meant is None:
        yield _problem(path, f"{where} must be {_expected(_schema(error))}, found {_shown(error)}")
        return
    for inner in meant:
        yield from _told(inner, subject)


def _either(names: list[str]) -> str:
    shown = [f"“{name}”" for name in names]
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


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
    """What the mistake is in: the subject itself, one of its keys, or an entry of a list."""
    path = list(error.absolute_path)
    keys = ".".join(part for part in path if isinstance(part, str))
    if not keys:
        return subject.name
    entry = "an entry of " if isinstance(path[-1], int) else ""
    return f"{entry}“{keys}” of {subject.name}"


def _expected(schema: Mapping[str, Any]) -> str:
    """What a schema allows, in a few words."""
    match schema:
        case {"title": str(title)}:
            return title
        case {"const": const}:
            return quoted(str(const))
        case {"enum": list(values) | tuple(values)}:
            return "one of " + available([str(value) for value in values], MANY)
        case {"type": str(kind)}:
            return _typed(schema, (kind,))
        case {"type": list(kinds) | tuple(kinds)}:
            return _typed(schema, tuple(kinds))
        case _:
            return "something else"


def _typed(schema: Mapping[str, Any], kinds: tuple[str, ...]) -> str:
    words = " or ".join(TYPE_NAMES[kind] for kind in kinds)
    limits = [
        f"{word} {schema[name]}" for name, word in (("minimum", "at least"), ("maximum", "at most")) if name in schema
    ]
    return f"{words} of {' and '.join(limits)}" if limits else words


def _shown(error: ValidationError) -> str:
    match cast(Any, error.instance):
        case bool() as value:
            return "true" if value else "false"
        case None:
            return "nothing"
        case str() as value:
            return f"the text {quoted(value)}" if error.validator == "type" else quoted(value)
        case int() | float() as value:
            return str(value)
        case list():
            return "a list"
        case _:
            return "a mapping"
