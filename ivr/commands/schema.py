"""`ivr schema`: prints the JSON Schema of flow files, or that of scenario files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping

from ivr.commands.common import FINE
from ivr.document.scenario_schema import scenario_file_schema
from ivr.document.schema import document_schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("--scenarios", action="store_true", help="that of scenario files, NAME.test.yaml")


def run(options: argparse.Namespace) -> int:
    """Print the schema."""
    print(as_text(scenario_file_schema() if options.scenarios else document_schema()), end="")
    return FINE


def as_text(schema: Mapping[str, object]) -> str:
    """A schema as it is printed."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
