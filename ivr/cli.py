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
    from tqdm import tqdm

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
    heard = "figures of `ivr hear FLOW -o FILE`: tell of phrases that were confused or not understood"
    parser.add_argument("--heard", action="append", type=Path, default=[], metavar="FILE", help=heard)
    config.add_flags(parser, SPEECH_SETTINGS)


def _lint(options: argparse.Namespace) -> int:
    from ivr import lint
    from ivr.document import finding
    from ivr.lint import heard
    from ivr.lint.machine import Machine

    wanted = {str(file) for path in options.paths for file in _flow_files(path)}
    try:
        measured = [heard.read(file) for file in options.heard]
    except heard.HeardError as error:
        raise WrongUse(error) from None
    found: list[finding.Finding] = []
    lines: dict[str, Sequence[str]] = {}
    # Flows of one folder may call each other; those of different ones have nothing to do with each other.
    for folder, files in _folders(options.paths).items():
        loaded = _load(files)
        machine = Machine.this(*_speech_settings(options, folder), os.environ)
        findings = (*loaded.findings, *lint.check(loaded, machine), *heard.check(loaded, measured))
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


# models


def _models_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|get")
    listing = actions.add_parser("list", help="models of this machine, and those that can be fetched")
    getting = actions.add_parser("get", help="fetch the small Vosk model of a language, or one by its name")
    getting.add_argument("wanted", metavar="LANG|NAME", help="such as hi, en-IN or vosk-model-small-en-in-0.4")
    for action, settings in ((listing, SPEECH_SETTINGS), (getting, ("data_dir",))):
        action.add_argument("--list", metavar="URL", help="another list of models than Vosk's, as of a mirror")
        config.add_flags(action, settings)


def _models(options: argparse.Namespace) -> int:
    from ivr.speech import downloads
    from ivr.speech.models import cache

    given, data = _speech_settings(options, Path("flows"))
    url = options.list or downloads.LIST_URL
    try:
        if options.action == "list":
            _list_models(given, data, url)
        else:
            offer = downloads.choose(options.wanted, downloads.offers(url))
            with _bytes_bar(offer.name, offer.size) as bar:
                folder = downloads.fetch(offer, cache(data), list_url=url, progress=bar.update)
            print(f"{offer.name} ({offer.language_name}) is in {folder}")
    except downloads.DownloadError as error:
        raise WrongUse(error) from None
    return FINE


def _list_models(given: Path | None, data: Path, url: str) -> None:
    from ivr.speech import downloads, listing, models

    own = models.sphinx()
    found = (*models.survey(models.places(given, data, os.environ)), *((own,) if own is not None else ()))
    print(listing.installed(found, data / "words"))
    sys.stdout.flush()
    try:
        print("to fetch: ivr models get LANG\n\n" + listing.offered(downloads.offers(url)), end="")
    except downloads.DownloadError as error:
        print(f"what can be fetched is not known: {error}")


def _bytes_bar(name: str, size: int) -> tqdm[Any]:
    """A bar on the terminal while a file comes; nothing where nobody watches."""
    from tqdm import tqdm

    return tqdm(total=size, desc=name, unit="B", unit_scale=True, disable=None, leave=False)


# hear


def _hear_arguments(parser: argparse.ArgumentParser) -> None:
    from ivr.hear import options as hear_options

    parser.add_argument("flow", type=Path, metavar="FLOW", help="the file of a flow")
    hear_options.add(parser)
    config.add_flags(parser, SPEECH_SETTINGS)


def _hear(options: argparse.Namespace) -> int:
    from ivr.hear import ears, hearing, loop, picture, report
    from ivr.hear import options as hear_options
    from ivr.speech.models import available, places
    from ivr.speech.workers import RenderError

    loaded = _load(_folders([options.flow])[options.flow.parent]) if options.flow.is_file() else None
    flow = next((each for each in loaded.flows.values() if each.file == str(options.flow)), None) if loaded else None
    if flow is None:
        raise WrongUse(f"{options.flow}: this is no file of a flow without errors; ivr lint {options.flow}")
    given, data = _speech_settings(options, options.flow.parent)
    machine = loop.Machine(available(places(given, data, os.environ)), data / "words")
    try:
        found = loop.hear(flow, hear_options.manner(options), options.limit, machine, _steps_bar)
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


def _steps_bar(name: str, steps: int) -> Callable[[], object]:
    """A progress bar, where there is a terminal to show it."""
    from tqdm import tqdm

    bar = tqdm(total=steps, desc=name, leave=False, disable=None)
    return bar.update


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
    Command("hear", "Tries how well phrases are understood.", "ivr hear flows/main.yaml", _hear_arguments, _hear),
    Command("build", "Renders all static prompts ahead of time.", "ivr build flows/", _build_arguments, _build),
    Command("models", "Lists and fetches speech models.", "ivr models get hi", _models_arguments, _models),
    Command("schema", "Prints the JSON Schema of flow files.", "ivr schema > flow.schema.json", _no_arguments, _schema),
)
