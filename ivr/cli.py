"""The command line: one program, `ivr`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivr import __doc__ as description
from ivr import config

if TYPE_CHECKING:
    from ivr.document.load import Loaded

FINE, FINDINGS, WRONG_USE = 0, 1, 2
SPEECH_SETTINGS = ("models", "data_dir")


class WrongUse(Exception):
    """What was asked for can't be done: exit code 2."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the program."""

    name: str
    help: str
    example: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit with its code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run a command; 0 fine, 1 findings or failures, 2 wrong use or an input that can't be read."""
    options = _parser(arguments).parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except (WrongUse, config.SettingError) as error:
        print(f"ivr {options.command}: {error}", file=sys.stderr)
        return WRONG_USE
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINDINGS
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"ivr {options.command}: {where}{error.strerror or error}", file=sys.stderr)
        return WRONG_USE
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
            command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


# lint


def _lint_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", type=Path, default=[Path("flows")], metavar="DIR|FILE")
    parser.add_argument("--format", choices=("text", "json", "github"), default="text")
    config.add_flags(parser, SPEECH_SETTINGS)


def _lint(options: argparse.Namespace) -> int:
    from ivr import lint
    from ivr.document import finding
    from ivr.lint.machine import Machine

    wanted = {str(file) for path in options.paths for file in _flow_files(path)}
    found: list[finding.Finding] = []
    lines: dict[str, Sequence[str]] = {}
    # Flows of one folder may call each other; those of different ones have nothing to do with each other.
    for folder, files in _folders(options.paths).items():
        loaded = _load(files)
        machine = Machine.this(*_speech_settings(options, folder), os.environ)
        findings = (*loaded.findings, *lint.check(loaded, machine))
        found.extend(each for each in findings if each.file in wanted)
        lines.update(loaded.lines)
    match options.format:
        case "json":
            print(finding.as_json(found))
        case "github":
            print(finding.as_github(found), end="")
        case _:
            print(finding.as_text(found, lines, colour=sys.stdout.isatty()), end="")
    return FINDINGS if any(each.severity != "info" for each in found) else FINE


def _speech_settings(options: argparse.Namespace, folder: Path) -> tuple[Path | None, Path]:
    """The operator's folder of speech models, and the data directory; other settings need not be right here."""
    values = config.load_some(SPEECH_SETTINGS, options, os.environ, folder)
    return values["models"], values["data_dir"]


def _flow_files(path: Path) -> list[Path]:
    from ivr.document.load import flow_files

    if not path.exists():
        raise WrongUse(f"{path}: there is no such file or folder")
    found = flow_files(path)
    if not found:
        raise WrongUse(f"{path}: there are no flows (*.yaml, *.yml) in this folder")
    return found


def _folders(paths: Sequence[Path]) -> dict[Path, list[Path]]:
    """The flows of each folder that is named, or that holds a file which is."""
    from ivr.document.load import flow_files

    found: dict[Path, list[Path]] = {}
    for path in paths:
        folder = path.parent if path.is_file() else path
        found.setdefault(folder, []).extend((*_flow_files(path), *flow_files(folder)))
    return found


def _load(files: Sequence[Path]) -> Loaded:
    from ivr.document.load import load

    return load(dict.fromkeys(files))


# schema


def _no_arguments(_: argparse.ArgumentParser) -> None:
    pass


def _schema(_: argparse.Namespace) -> int:
    import json

    from ivr.document.schema import document_schema

    print(json.dumps(document_schema(), indent=2, ensure_ascii=False))
    return FINE


# serve


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, metavar="DIR", help="the folder of the flows")
    config.add_flags(parser, [setting.name for setting in config.SETTINGS])


def _serve(options: argparse.Namespace) -> int:
    from ivr import logs
    from ivr.server.run import run as run_server

    settings, loaded = _settings_and_flows(options)
    logs.set_up(settings.log_format)
    return _speaking(run_server(loaded, settings, os.environ, options.directory))


def _settings_and_flows(options: argparse.Namespace) -> tuple[config.Settings, Loaded]:
    """What `serve` and `build` work with; findings are told, and errors leave the other flows usable."""
    from ivr.document import finding

    settings = config.load(options, os.environ, options.directory)
    loaded = _load(_flow_files(options.directory))
    print(finding.as_text(loaded.findings, loaded.lines, colour=sys.stderr.isatty()), end="", file=sys.stderr)
    if settings.strict and any(each.severity == "error" for each in loaded.findings):
        raise WrongUse("there are errors, and with --strict nothing is served then")
    if not loaded.flows:
        raise WrongUse(f"{options.directory}: no flow is without errors, so there is nothing to serve")
    return settings, loaded


def _speaking(work: Coroutine[Any, Any, int]) -> int:
    """Run what needs synthesised speech."""
    import asyncio

    from ivr.speech.workers import RenderError

    try:
        return asyncio.run(work)
    except RenderError as error:
        raise WrongUse(f"speech can't be synthesised: {error}") from None


# build


def _build_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, metavar="DIR", help="the folder of the flows")
    config.add_flags(parser, ("data_dir", "jobs", "strict"))


def _build(options: argparse.Namespace) -> int:
    from ivr.server.run import build

    settings, loaded = _settings_and_flows(options)
    return _speaking(build(loaded, settings))


# call


def _call_arguments(parser: argparse.ArgumentParser) -> None:
    from ivr.desk.terminal import HELP

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


def _call(options: argparse.Namespace) -> int:
    import asyncio

    from ivr.desk.terminal import Options
    from ivr.desk.terminal import run as run_desk

    told = {name: value for name, value in vars(options).items() if name in CALL_OPTIONS and value is not None}
    return asyncio.run(run_desk(Options(**told)))


CALL_OPTIONS = ("flow", "url", "caller", "called", "language", "wav", "why")
COMMANDS = (
    Command("serve", "Answers calls.", "ivr serve flows/", _serve_arguments, _serve),
    Command("call", "Calls a flow from the desk, over the wire.", "ivr call balance", _call_arguments, _call),
    Command("lint", "Finds mistakes in flows.", "ivr lint flows/", _lint_arguments, _lint),
    Command("build", "Renders all static prompts ahead of time.", "ivr build flows/", _build_arguments, _build),
    Command("schema", "Prints the JSON Schema of flow files.", "ivr schema > flow.schema.json", _no_arguments, _schema),
)
