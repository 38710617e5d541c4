"""The settings of the program: flags, else the environment, else `ivr.toml`, else defaults."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ivr.shapes import (
    KEY,
    NAMES,
    PATH,
    PATH_WORD,
    PUBLIC_URL,
    SWITCH,
    TEXT,
    URL,
    Shape,
    duration,
    one_of,
    whole,
)

if TYPE_CHECKING:
    from ivr.carriers.codecs import Codec
    from ivr.carriers.sfvopi import StreamDirection

FILE = "ivr.toml"
"""Looked for in the directory of the flows, else in its parent; the nearer one counts alone."""

PREFIX = "IVR_"
SECRET_PREFIX = "IVR_SECRET_"  # noqa: S105  a prefix of names

_SHOWN = 80


class SettingError(Exception):
    """A setting can't be used; the text says where it came from, what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: `--public-url`, `IVR_PUBLIC_URL`, or `public_url` in the file."""

    name: str
    shape: Shape
    default: str | int | bool | None
    """As an author would write it; None where there is none."""
    help: str
    hidden: bool = False
    """Its value is shown nowhere."""

    @property
    def flag(self) -> str:
        """The flag of the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The variable of the environment."""
        return PREFIX + self.name.upper()


SETTINGS = (
    Setting("host", TEXT, "127.0.0.1", "address to listen on"),
    Setting("port", whole(0, 65535), 8080, "port to listen on; 0 takes a free one"),
    Setting("public_url", PUBLIC_URL, None, "how the carrier reaches this server; by default as it was asked"),
    Setting("trust_proxy", SWITCH, False, "believe X-Forwarded-… headers: only behind a proxy that sets them"),
    Setting("webhook_secret", PATH_WORD, None, "what carriers must know: in the path, or as X-IVR-Secret", hidden=True),
    Setting("stream_key", KEY, None, "key that signs stream URLs, shared by several machines", hidden=True),
    Setting(
        "data_dir", PATH, None, "recordings, keys, cached prompts; by default XDG_DATA_HOME/ivr or ~/.local/share/ivr"
    ),
    Setting("keep_journals", duration("0s", "3650d"), "30d", "how long journals of calls are kept; 0 keeps none"),
    Setting("strict", SWITCH, False, "serve nothing if one flow has an error"),
    Setting("max_calls", whole(1, 100_000), 120, "calls at a time; further ones are refused"),
    Setting("drain", duration("0s", "24h"), "60s", "how long calls may go on after the signal to stop"),
    Setting("start_timeout", duration("1s", "24h"), "10s", "how long a new stream may be without its first message"),
    Setting("media_timeout", duration("1s", "24h"), "10s", "how long a stream may be without audio from the caller"),
    Setting("allow_private", SWITCH, False, "let lookups reach private addresses"),
    Setting("allow_env", NAMES, None, "variables of the environment that flows may read as env.NAME"),
    Setting("secrets", PATH, None, f"file of secret.NAME: .toml or lines NAME=value; else {SECRET_PREFIX}NAME"),
    Setting("max_lookups", whole(1, 10_000), 200, "lookups at a time; further ones wait"),
    Setting("transfer_url", URL, None, "your webhook that hands calls on, where the carrier can't", hidden=True),
    Setting("codec", one_of("PCMA", "PCMU", "L16"), "PCMA", "audio of the stream"),
    Setting("sample_rate", whole(8000, 8000), 8000, "samples a second"),
    Setting("direction", one_of("BOTH", "INBOUND", "OUTBOUND"), "BOTH", "who is heard on the stream"),
    Setting("keep_call_alive", SWITCH, False, "tell the carrier to keep a call whose stream ended"),
    Setting("stream_timeout", duration("1s", "24h"), "24h", "when the carrier shall end a stream"),
    Setting("jobs", whole(1, 64), 2, "processes that synthesise speech"),
    Setting("models", PATH, None, "folder with Vosk models; looked into before Vosk's own places"),
    Setting("recognisers", whole(0, 64), 1, "processes that understand speech, for each language; 0 for keys only"),
    Setting("listeners", whole(1, 1000), 25, "callers that one of these listens to at a time"),
    Setting(
        "sphinx_recognisers", whole(0, 64), 1, "processes of PocketSphinx, which listens where English has no model"
    ),
    Setting("sphinx_listeners", whole(1, 1000), 8, "callers that one of those listens to at a time"),
    Setting("log_format", one_of("text", "json"), "text", "lines of the log for people or for programs"),
)
"""All settings: flags, variables, the file's keys and the documentation follow from these rows."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of all settings, by the names in `SETTINGS`; durations are milliseconds."""

    host: str
    port: int
    public_url: str | None
    trust_proxy: bool
    webhook_secret: str | None = field(repr=False)
    stream_key: str | None = field(repr=False)
    data_dir: Path
    keep_journals: int
    strict: bool
    max_calls: int
    drain: int
    start_timeout: int
    media_timeout: int
    allow_private: bool
    allow_env: tuple[str, ...]
    secrets: Mapping[str, str] = field(repr=False)
    """By name: those of the file, and those of the environment that the file does not give."""
    max_lookups: int
    transfer_url: str | None = field(repr=False)
    codec: Codec
    sample_rate: int
    direction: StreamDirection
    keep_call_alive: bool
    stream_timeout: int
    jobs: int
    models: Path | None
    recognisers: int
    listeners: int
    sphinx_recognisers: int
    sphinx_listeners: int
    log_format: Literal["text", "json"]


def add_flags(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Add the flags of the settings `names`, whose values `load` reads; KeyError for a name that is none."""
    rows = {setting.name: setting for setting in SETTINGS}
    for setting in map(rows.__getitem__, names):
        default = "" if setting.default is None else f"default: {_shown(setting.default)}; "
        help_text = f"{setting.help} ({default}{setting.variable})"
        if setting.shape is SWITCH:
            parser.add_argument(setting.flag, action=argparse.BooleanOptionalAction, default=None, help=help_text)
        elif setting.shape is NAMES:
            parser.add_argument(setting.flag, nargs="+", action="extend", metavar="NAME", help=help_text)
        else:
            parser.add_argument(setting.flag, metavar=setting.name.rpartition("_")[2].upper(), help=help_text)


def load(args: argparse.Namespace, environ: Mapping[str, str], directory: Path) -> Settings:
    """Return the settings for the flows in `directory`; SettingError for the first that can't be used.

    A variable of the environment that is empty counts as absent. A relative path in the file is relative to the file.
    """
    file, table = _file(directory)
    values = {setting.name: _value(setting, args, environ, file, table) for setting in SETTINGS}
    values["data_dir"] = values["data_dir"] or _data_directory(environ)
    values["allow_env"] = values["allow_env"] or ()
    values["secrets"] = _environment_secrets(environ) | _file_secrets(values["secrets"])
    return Settings(**values)


def load_some(
    names: Sequence[str], args: argparse.Namespace, environ: Mapping[str, str], directory: Path
) -> Mapping[str, Any]:
    """Return the values of some settings only, as `load` would read them, where the others need not be usable.

    A linter on another machine than the server has neither its file of secrets nor its keys. Of `allow_env` and
    `secrets` this is only what is written.
    """
    file, table = _file(directory)
    values = {
        setting.name: _value(setting, args, environ, file, table) for setting in SETTINGS if setting.name in names
    }
    if "data_dir" in names:
        values["data_dir"] = values["data_dir"] or _data_directory(environ)
    return values


def as_table() -> str:
    """Return a Markdown table of all settings, for the documentation."""
    rows = [
        f"| `{setting.flag}` | {setting.shape.expected} | {_shown(setting.default)} | {setting.help} |"
        for setting in SETTINGS
    ]
    return "\n".join(["| setting | expected | default | what it does |", "|---|---|---|---|", *rows]) + "\n"


def _value(
    setting: Setting, args: argparse.Namespace, environ: Mapping[str, str], file: Path, table: Mapping[str, Any]
) -> Any:
    beside = Path()
    if (raw := getattr(args, setting.name, None)) is not None:
        source = setting.flag
    elif raw := environ.get(setting.variable):
        source = setting.variable
    elif (raw := table.get(setting.name)) is not None:
        source, beside = f"{file}: {setting.name}", file.parent
    elif (raw := setting.default) is not None:
        source = "default"
    else:
        return None
    try:
        value = setting.shape.read(raw)
    except ValueError:
        came = "something else (not shown)" if setting.hidden else repr(raw)[:_SHOWN]
        raise SettingError(f"{source}: expected {setting.shape.expected}; got {came}") from None
    return beside / value if isinstance(value, Path) else value


def _shown(default: str | int | bool | None) -> str:
    match default:
        case None:
            return ""
        case bool():
            return str(default).lower()
        case _:
            return str(default)


def _file(directory: Path) -> tuple[Path, Mapping[str, Any]]:
    """Return the file of settings and what it holds, nothing if there is none."""
    near, far = directory / FILE, directory.resolve().parent / FILE
    file = near if near.is_file() or not far.is_file() else far
    table = _toml(file) if file.is_file() else {}
    known = [setting.name for setting in SETTINGS]
    for key in table:
        if key not in known:
            close = get_close_matches(key.replace("-", "_").lower(), known, 1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"
            raise SettingError(f"{file}: {key} is no setting; {hint}")
    return file, table


def _toml(file: Path) -> dict[str, Any]:
    import tomllib  # only now, because most commands start without such a file, and fast

    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{file}: this is not TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{file}: this can't be read: {_why(error)}") from None


def _why(error: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else (error.strerror or "").lower()


def _data_directory(environ: Mapping[str, str]) -> Path:
    """Return the user's data directory; a relative XDG_DATA_HOME is invalid (XDG Base Directory Specification)."""
    given = Path(environ.get("XDG_DATA_HOME", ""))
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return (given if given.is_absolute() else home / ".local" / "share") / "ivr"


def _environment_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of the environment; what reads them from files often leaves a line break at the end."""
    return {
        name.removeprefix(SECRET_PREFIX): value.rstrip("\r\n")
        for name, value in environ.items()
        if name.startswith(SECRET_PREFIX) and name.removeprefix(SECRET_PREFIX).isidentifier()
    }


def _file_secrets(file: Path | None) -> dict[str, str]:
    """Return the secrets of a file; no message repeats anything of its lines."""
    if file is None:
        return {}
    if file.suffix == ".toml":
        table = _toml(file)
        for name, value in table.items():
            if not name.isidentifier() or not isinstance(value, str):
                raise SettingError(f'{file}: {name}: expected NAME = "value"')
        return table
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{file}: this can't be read: {_why(error)}") from None
    found = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        if not equals or not name.strip().isidentifier():
            raise SettingError(f"{file}:{number}: expected NAME=value")
        found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
