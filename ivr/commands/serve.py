"""`ivr serve`: answers calls."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ivr import config, logs
from ivr.commands.common import served_flows, speaking
from ivr.server.run import run as run_server


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="the folder of the flows")
    config.add_flags(parser, [setting.name for setting in config.SETTINGS])


def run(options: argparse.Namespace) -> int:
    """Serve until told to end."""
    settings, loaded = served_flows(options)
    logs.set_up(settings.log_format)
    return speaking(run_server(loaded, settings, os.environ, options.directory))
