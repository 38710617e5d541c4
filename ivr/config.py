"""The settings of the program: flags, else the environment, else `ivr.toml`, else defaults."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ivr.secret_files import SECRET_PREFIX, environment_secrets, file_secrets, toml
from ivr.shapes import (
    KEY,
    NAMES,
    PASSWORD,
    PATH,
    PATH_WORD,
    PUBLIC_URL,
    STORE_URL,
    SWITCH,
    TEXT,
    URL,
    SettingError,
    Shape,
    close_code,
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

CALLS_EACH = {"plain": 120, "fast": 450}
"""Calls that a worker can serve on one core, so that a key is answered in milliseconds, by how streams are read."""

_SHOWN = 80


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
    Setting(
        "console_password",
        PASSWORD,
        None,
        "opens /console and /metrics; without one they open on this machine only",
        hidden=True,
    ),
    Setting("stream_key", KEY, None, "key that signs stream URLs, shared by several machines", hidden=True),
    Setting(
        "data_dir", PATH, None, "recordings, keys, cached prompts; by default XDG_DATA_HOME/ivr or ~/.local/share/ivr"
    ),
    Setting("database", STORE_URL, None, "where calls are kept; by default ivr.db in the data directory", hidden=True),
    Setting("keep_journals", duration("0s", "3650d"), "30d", "how long journals of calls are kept; 0 keeps none"),
    Setting("keep_records", duration("1d", "3650d"), "90d", "how long records of calls are kept"),
    Setting("keep_figures", duration("1d", "3650d"), "1095d", "how long the figures of days are kept"),
    Setting("strict", SWITCH, False, "serve nothing if one flow has an error"),
    Setting("workers", whole(1, 64), 1, "processes that serve calls"),
    Setting(
        "max_calls",
        whole(1, 100_000),
        None,
        f"calls at a time; further ones are refused; by default {CALLS_EACH['plain']} for each worker,"
        f" {CALLS_EACH['fast']} with --media fast",
    ),
    Setting("drain", duration("0s", "24h"), "60s", "how long calls may go on after the signal to stop"),
    Setting(
        "handover_code", close_code(), 1012, "code that streams left then are closed with, to come back; 0 hangs up"
    ),
    Setting("watch", SWITCH, False, "load flows anew when their files change, as at SIGHUP"),
    Setting("start_timeout", duration("1s", "24h"), "10s", "how long a new stream may be without its first message"),
    Setting("media_timeout", duration("1s", "24h"), "10s", "how long a stream may be without audio from the caller"),
    Setting("reconnect", duration("0s", "10m"), "12s", "how long a call whose stream broke waits for the carrier"),
    Setting("max_duration", duration("1s", "24h"), "4h", "a longer call is ended"),
    Setting("max_message", whole(1, 65_536), 256, "KiB of a message; a larger one ends its connection"),
    Setting(
        "max_unread", whole(10, 100_000), 1000, "messages that a carrier may leave unread; then its stream is closed"
    ),
    Setting(
        "media", one_of("plain", "fast"), "plain", "what reads the streams: fast is picows, which ivr[fast] installs"
    ),
    Setting("max_recordings", whole(1, 100_000_000), 1024, "MiB of recordings on disk; further ones fail"),
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
    console_password: str | None = field(repr=False)
    stream_key: str | None = field(repr=False)
    data_dir: Path
    database: str | None = field(repr=False)
    keep_journals: int
    keep_records: int
    keep_figures: int
    strict: bool
    workers: int
    max_calls: int
    """Of all workers."""
    drain: int
    handover_code: int
    """0 where the calls that are left are to be ended instead."""
    watch: bool
    start_timeout: int
    media_timeout: int
    reconnect: int
    max_duration: int
    max_message: int
    max_unread: int
    media: Literal["plain", "fast"]
    max_recordings: int
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
    values["max_calls"] = values["max_calls"] or CALLS_EACH[values["media"]] * values["workers"]
    values["allow_env"] = values["allow_env"] or ()
    values["secrets"] = environment_secrets(environ) | file_secrets(values["secrets"])
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
    table = toml(file) if file.is_file() else {}
    known = [setting.name for setting in SETTINGS]
    for key in table:
        if key not in known:
            close = get_close_matches(key.replace("-", "_").lower(), known, 1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"
            raise SettingError(f"{file}: {key} is no setting; {hint}")
    return file, table


def _data_directory(environ: Mapping[str, str]) -> Path:
    """Return the user's data directory; a relative XDG_DATA_HOME is invalid (XDG Base Directory Specification)."""
    given = Path(environ.get("XDG_DATA_HOME", ""))
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return (given if given.is_absolute() else home / ".local" / "share") / "ivr"
