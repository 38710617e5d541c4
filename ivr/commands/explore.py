"""`ivr explore`: writes scenarios for all that may become of a call."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ivr.commands.common import FINDINGS, FINE, WrongUse, one_flow
from ivr.document.scenario_text import as_yaml
from ivr.explore.scenarios import Uncallable, explore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("flow", type=Path, metavar="FLOW", help="a flow file")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write; without it, to the terminal")


def run(options: argparse.Namespace) -> int:
    """Write the scenarios, and tell what none of them takes."""
    if options.output is not None and options.output.exists() and options.output.stat().st_size:
        raise WrongUse(
            f"{options.output}: this file exists, and may have been edited; name another, or remove it first"
        )
    flow, loaded = one_flow(options.flow)
    try:
        found = explore(flow, loaded)
    except Uncallable as error:
        raise WrongUse(error) from None
    for remark in found.remarks:
        print(remark, file=sys.stderr)
    if not found.scenarios:
        print(f"ivr explore: no scenario could be written for {options.flow}", file=sys.stderr)
        return FINDINGS
    text = "".join(f"# {remark}\n" for remark in found.remarks) + as_yaml(found.scenarios)
    if options.output is None:
        print(text, end="")
    else:
        options.output.write_text(text, encoding="utf-8")
        print(f"{options.output}: {len(found.scenarios)} scenarios", file=sys.stderr)
    return FINE
