"""`ivr call`: calls a flow from the desk, over the wire."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from ivr.desk.terminal import HELP, Options
from ivr.desk.terminal import run as run_desk

CALL_OPTIONS = ("flow", "url", "caller", "called", "language", "wav", "why")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.epilog = HELP
    parser.add_argument("flow", nargs="?", metavar="FLOW", help="a flow's id, or its file: then it is served first")
    parser.add_argument("--url", help="the server to call (default: http://127.0.0.1:8080)")
    parser.add_argument("--from", dest="caller", metavar="NUMBER", help="the number that calls")
    parser.add_argument("--to", dest="called", metavar="NUMBER", help="the number that is called")
    parser.add_argument(
        "--language", metavar="TAG", help="of what the caller says (default: the flow file's, else en-US)"
    )
    parser.add_argument("--wav", type=Path, metavar="FILE", help="write what the caller heard")
    parser.add_argument("--why", action="store_true", help="show the reasons of the engine too")


def run(options: argparse.Namespace) -> int:
    """Be a carrier, with the terminal as the telephone."""
    told = {name: value for name, value in vars(options).items() if name in CALL_OPTIONS and value is not None}
    return asyncio.run(run_desk(Options(**told)))
