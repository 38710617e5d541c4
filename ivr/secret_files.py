"""Secrets for flows: what the environment has of them, and what a file has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ivr.shapes import SettingError

SECRET_PREFIX = "IVR_SECRET_"  # noqa: S105  a prefix of names


def toml(file: Path) -> dict[str, Any]:
    """Return what a TOML file holds; SettingError if it can't be read."""
    import tomllib  # only now, because most commands start without such a file, and fast

    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{file}: this is not TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{file}: this can't be read: {_why(error)}") from None


def _why(error: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else (error.strerror or "").lower()


def environment_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of the environment; what reads them from files often leaves a line break at the end."""
    return {
        name.removeprefix(SECRET_PREFIX): value.rstrip("\r\n")
        for name, value in environ.items()
        if name.startswith(SECRET_PREFIX) and name.removeprefix(SECRET_PREFIX).isidentifier()
    }


def file_secrets(file: Path | None) -> dict[str, str]:
    """Return the secrets of a file, none without one; no message repeats anything of its lines."""
    if file is None:
        return {}
    if file.suffix == ".toml":
        table = toml(file)
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
