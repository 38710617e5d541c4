"""`ivr schema`: prints the JSON Schema of flow files."""

from __future__ import annotations

import argparse
import json

from ivr.commands.common import FINE
from ivr.document.schema import document_schema


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Take nothing."""


def run(_: argparse.Namespace) -> int:
    """Print the schema."""
    print(json.dumps(document_schema(), indent=2, ensure_ascii=False))
    return FINE
