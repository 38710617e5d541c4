"""`ivr build`: renders all static prompts ahead of time."""

from __future__ import annotations

import argparse
from pathlib import Path

from ivr import config
from ivr.commands.common import served_flows, speaking
from ivr.server.building import build as render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="the folder of the flows")
    config.add_flags(parser, ("data_dir", "jobs", "strict"))


def run(options: argparse.Namespace) -> int:
    """Render, and tell how many."""
    settings, loaded = served_flows(options)
    return speaking(render(loaded, settings))
