"""The command line: one program, `ivr`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from ivr import __doc__ as description


class Command(NamedTuple):
    """One command of the program: the module of this name in `ivr.commands`, imported when it is asked for."""

    name: str
    help: str
    example: str


COMMANDS = (
    Command("new", "Makes a starter project: a flow, its scenarios, editor settings, CI.", "ivr new acme-line"),
    Command("serve", "Answers calls.", "ivr serve flows/"),
    Command("call", "Calls a flow from the desk, over the wire or as text.", "ivr call balance"),
    Command("lint", "Finds mistakes in flows.", "ivr lint flows/"),
    Command("test", "Runs scenarios: calls without a telephone.", "ivr test flows/"),
    Command("explore", "Writes scenarios for every exit of a flow.", "ivr explore flows/main.yaml -o main.test.yaml"),
    Command("hours", "Says when a flow is open, and why.", 'ivr hours flows/main.yaml --at "2026-12-25 10:00"'),
    Command("graph", "Draws a flow.", "ivr graph flows/main.yaml --format svg -o main.svg"),
    Command("diff", "Tells what changes for callers.", "ivr diff old/flows flows"),
    Command("hear", "Tries how well phrases are understood.", "ivr hear flows/main.yaml"),
    Command("replay", "Makes recorded calls again, also on another flow.", "ivr replay --flow flows --since 24h"),
    Command("calls", "Shows, exports and deletes the records of calls.", "ivr calls --since 24h"),
    Command("report", "Tells in figures what became of calls, and where callers leave.", "ivr report --since 30d"),
    Command("build", "Renders all static prompts ahead of time.", "ivr build flows/"),
    Command("models", "Lists and fetches speech models.", "ivr models get hi"),
    Command("doctor", "Says what of this machine works, and what to do about the rest.", "ivr doctor flows/"),
    Command("schema", "Prints the JSON Schema of flow files, or of scenarios.", "ivr schema > flow.schema.json"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit with its code."""
    code = run(sys.argv[1:] if arguments is None else arguments)
    # Python looks for garbage once more before it ends, through all that a command has imported and made.
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run a command; 0 fine, 1 findings or failures, 2 wrong use or an input that can't be read."""
    options = _parser(arguments).parse_args(arguments)
    # These are imported only now, so that help is there at once.
    from ivr.commands.common import FINDINGS, WrongUse, explain
    from ivr.shapes import SettingError

    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except (WrongUse, SettingError) as error:
        return explain(options.command, error)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINDINGS
    except OSError as error:
        return explain(options.command, error)
    except KeyboardInterrupt:
        return FINDINGS


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, with the arguments of only the command that is asked for: others may need slow imports."""
    asked = next((each for each in arguments if not each.startswith("-")), None)
    parser = argparse.ArgumentParser(prog="ivr", description=description)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name,
            help=command.help,
            description=f"example: {command.example}\n\n{command.help}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if command.name == asked:
            module = import_module(f"ivr.commands.{command.name}")
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
    return parser
