"""The JSON Schema that `ivr schema` prints: valid itself, true to whole flows, and with examples that it allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ivr.document.load import flow_files
from ivr.document.schema import DEFS, document_schema
from ivr.document.source import read
from ivr.nodes import KINDS

SCHEMA = document_schema()
WHOLE = flow_files(Path(__file__).parent.parent / "flows" / "ok")


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", WHOLE, ids=[path.stem for path in WHOLE])
def test_an_editor_finds_whole_flows_whole(path: Path) -> None:
    Draft202012Validator(SCHEMA).validate(read(path.read_bytes(), path.name).value)


def examples(schema: Any) -> Iterator[tuple[Any, Any]]:
    """Every example of a schema, with the schema that it is of."""
    match schema:
        case dict():
            yield from ((schema, each) for each in schema.get("examples", ()))
            for inner in schema.values():
                yield from examples(inner)
        case list():
            for inner in schema:
                yield from examples(inner)


def test_its_examples_are_right() -> None:
    found = list(examples(SCHEMA))
    assert len(found) > 20
    for schema, example in found:
        if "type" in schema.get("required", ()) or schema.get("properties", {}).get("type"):
            continue  # An example of a node is checked as one below.
        Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]}).validate(example)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.kind))
def test_every_kind_describes_itself(kind: Any) -> None:
    assert kind.schema["description"].endswith(".")
    for example in kind.schema.get("examples", ()):
        Draft202012Validator({"$ref": f"#/$defs/{kind.kind}_node", "$defs": SCHEMA["$defs"]}).validate(example)


def test_every_reference_leads_somewhere() -> None:
    def references(schema: Any) -> Iterator[str]:
        match schema:
            case dict():
                if isinstance(schema.get("$ref"), str):
                    yield schema["$ref"]
                for inner in schema.values():
                    yield from references(inner)
            case list():
                for inner in schema:
                    yield from references(inner)

    assert {each.removeprefix("#/$defs/") for each in references(SCHEMA)} <= SCHEMA["$defs"].keys()
    assert DEFS.keys() <= SCHEMA["$defs"].keys()
