"""`ivr call`: calls a flow from the desk, over the wire or in the terminal alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from ivr.commands.common import WrongUse, one_flow
from ivr.core.events import TransferFault
from ivr.desk.script import LINES
from ivr.document.load import SUFFIXES

CALL_OPTIONS = ("flow", "url", "caller", "called", "language", "wav", "why")
WIRE_ONLY = ("url", "wav")
TEXT_ONLY = ("save", "name", "transfer", "now", "env", "ask")
FLOWS = Path("flows")
"""Where `--text` looks for a flow that is given by its id."""

HELP = f"""\
Over the wire
FLOW is the id of a flow that a server at --url serves, or the file of a flow: then the flows of its folder are served
for this one call. Without FLOW the server decides by the number that is called.

In a terminal the keys 0-9 * # are pressed as you type them; s begins a line such as `say yes`, which is spoken at
Enter; q, Ctrl-C or Ctrl-D hangs up. Otherwise lines are read, as from a pipe:
{LINES}
After the last line the caller stays silent until the call ends. What is said is spoken in the language that the file
of the flow names, unless --language names another.

example: printf 'hear main menu\\n1\\nhear account number\\nsay one two three\\n' | ivr call balance

With --text
the call is made here, without audio, server or waiting, as `ivr test` makes it. FLOW is the file of a flow, or its id
if it is in {FLOWS}/. Keys or any other text, then Enter; /help tells what else there is. Time passes only where nothing
waits for the caller: up to the beginning of the last prompt, so that the next line interrupts it; an empty line hears
it out, and /skip 5s lets silence pass. After the last line the caller hangs up.

example: printf '123455\\n1\\n' | ivr call flows/balance.yaml --text --save flows/balance.test.yaml

Exit codes: 0 the call ended in an orderly way; 1 something was not heard, or the server refused the call or broke it
off; with --text, a line from a pipe could not be done; 2 wrong use, or no server."""


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
    text = parser.add_argument_group("in the terminal alone")
    text.add_argument("--text", action="store_true", help="without audio and without a server")
    text.add_argument("--save", type=Path, metavar="SCENARIO", help="keep the call in this file (*.test.yaml)")
    text.add_argument("--name", help="the name of the scenario (default: made of what happened)")
    text.add_argument("--transfer", choices=get_args(TransferFault), help="why transfers fail (default: they do not)")
    text.add_argument("--now", metavar="TIME", help="when the call begins (default: as in scenarios)")
    text.add_argument("--env", action="append", metavar="NAME=VALUE", help="a value of env.NAME; again for others")
    text.add_argument("--ask", action="store_true", help="let no scenario file answer lookups")


def run(options: argparse.Namespace) -> int:
    """Be a caller, with the terminal as the telephone.

    Raises:
        WrongUse: options don't go together, or there is no such flow.
    """
    if options.text:
        return _text(options)
    _refuse(options, TEXT_ONLY, "goes with --text only")
    import asyncio

    from ivr.desk.terminal import Options
    from ivr.desk.terminal import run as run_desk

    told = {name: value for name, value in vars(options).items() if name in CALL_OPTIONS and value is not None}
    return asyncio.run(run_desk(Options(**told)))


def _text(options: argparse.Namespace) -> int:
    from ivr.desk.text.run import run as run_text
    from ivr.desk.text.setting import Wishes
    from ivr.desk.text.talk import Keeping

    _refuse(options, WIRE_ONLY, "has no meaning with --text: there is no server and no audio")
    if options.language is not None:
        meaningless = "--language has no meaning with --text: what is said is text, in the language of the call"
        print(meaningless, file=sys.stderr)
    flow, _ = one_flow(_file(options.flow))
    wishes = Wishes(
        options.caller, options.called, options.now, options.transfer, tuple(options.env or ()), options.ask
    )
    return run_text(flow, wishes, Keeping(options.save, options.name), why=options.why)


def _refuse(options: argparse.Namespace, names: tuple[str, ...], why: str) -> None:
    for name in names:
        if getattr(options, name):
            raise WrongUse(f"--{name} {why}")


def _file(flow: str | None) -> Path:
    """The file of a flow that is given by its name or by its id."""
    if flow is None:
        raise WrongUse(f"--text needs FLOW: the file of a flow, or its id if it is in {FLOWS}/")
    file = Path(flow)
    if file.suffix in SUFFIXES or len(file.parts) > 1:
        return file
    found = [path for suffix in SUFFIXES if (path := FLOWS / f"{flow}{suffix}").is_file()]
    if not found:
        raise WrongUse(f"there is no flow “{flow}” in {FLOWS}/ here; give its file")
    return found[0]
