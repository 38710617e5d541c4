"""`ivr hear`: tries how well phrases are understood."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ivr import config
from ivr.commands.common import FINDINGS, FINE, SPEECH_SETTINGS, WrongUse, one_flow, speech_settings, steps_bar
from ivr.hear import ears, hearing, loop, picture, report
from ivr.hear import options as hear_options
from ivr.speech.machine import Machine
from ivr.speech.workers import RenderError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what the command line says."""
    parser.add_argument("flow", type=Path, metavar="FLOW", help="the file of a flow")
    hear_options.add(parser)
    config.add_flags(parser, SPEECH_SETTINGS)


def run(options: argparse.Namespace) -> int:
    """Say the phrases in many voices, and tell what was understood."""
    flow, _ = one_flow(options.flow)
    machine = Machine.this(*speech_settings(options, options.flow.parent), os.environ)
    try:
        found = loop.hear(flow, hear_options.manner(options), options.limit, machine, steps_bar)
    except (RenderError, ears.DeafError) as error:
        raise WrongUse(error) from None
    if found.ears and not any(ear.model for ear in found.ears):
        lacking = (f"there is no speech model for {ear.language}; ivr models get {ear.language}" for ear in found.ears)
        raise WrongUse("; ".join(lacking))
    if options.output:
        options.output.write_text(hearing.as_json(found) + "\n", encoding="utf-8")
    if options.picture:
        options.picture.write_text(picture.as_svg(found), encoding="utf-8")
    print(hearing.as_json(found) if options.format == "json" else report.as_text(found).removesuffix("\n"))
    return FINDINGS if found.to_avoid else FINE
