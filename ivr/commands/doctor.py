"""`ivr doctor`: what of this machine works, and what to do about the rest."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ivr import config
from ivr.commands.common import FINDINGS, FINE, existing_flow_files, loaded_from

if TYPE_CHECKING:
    from ivr.server.doctor import Diagnosis

MARKS = {"ok": "ok", "warning": "WARNING", "broken": "BROKEN"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("directory", type=Path, metavar="DIR", nargs="?", help="the folder of the flows to be served")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    config.add_flags(parser, [setting.name for setting in config.SETTINGS])


def run(options: argparse.Namespace) -> int:
    """Examine the machine with the settings that `serve` would have."""
    from ivr.server.doctor import examine, worst

    directory = options.directory or Path()
    settings = config.load(options, os.environ, directory)
    loaded = None if options.directory is None else loaded_from(existing_flow_files(directory))

    async def found() -> list[Diagnosis]:
        return [each async for each in examine(loaded, settings, os.environ)]

    diagnoses = asyncio.run(found())
    if options.format == "json":
        print(json.dumps({"checks": [asdict(each) for each in diagnoses]}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(_lines(diagnoses)))
    return FINDINGS if worst(diagnoses) == "broken" else FINE


def _lines(diagnoses: Sequence[Diagnosis]) -> list[str]:
    width = max(len(each.name) for each in diagnoses)
    lines = []
    for each in diagnoses:
        lines.append(f"{MARKS[each.state]:<8} {each.name:<{width}}  {each.found}")
        if each.remedy:
            lines.append(f"{'':8} {'':{width}}  → {each.remedy}")
    return lines
