"""What commands about recorded calls share: the store, times as people write them, and tables."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ivr import config
from ivr.calls.clock import wall_clock
from ivr.commands.common import WrongUse
from ivr.document.finding import printable
from ivr.shapes import duration

if TYPE_CHECKING:
    from ivr.calls.store.archive import Archive

SETTINGS = ("database", "data_dir")
"""Of `add_flags`, for `opened`."""
WHEN = "2026-01-31, 2026-01-31T09:30 (UTC) or 12h ago"
AGO = duration("0s", "3650d")
USUAL = "30d"
"""Since when figures are told, if nobody says it."""
EAST_MS = 14 * 3_600_000
"""Where the day begins first it is so much later than in UTC."""
FLOWS = Path("flows")
"""Where the settings are, if no flow is named."""

Cell = str | int | None
RIGHT = ">"


@contextmanager
def opened(options: argparse.Namespace, folder: Path = FLOWS) -> Iterator[tuple[Archive, Path]]:
    """The store of the settings beside some flows, and the data directory.

    Raises:
        WrongUse: the store can't be used, now or by what is done with it.
    """
    # Commands that need no database start without what talks to it.
    from ivr.calls.store.archive import Archive
    from ivr.calls.store.engine import database_url
    from ivr.calls.store.errors import StoreError

    settings = config.load_some(SETTINGS, options, os.environ, folder)
    try:
        with Archive(database_url(settings["database"], settings["data_dir"])) as archive:
            yield archive, settings["data_dir"]
    except StoreError as error:
        raise WrongUse(error) from None


def moment(text: str, flag: str) -> int:
    """Milliseconds since 1970 of a time as people write it.

    Raises:
        WrongUse: it is none; the message names the flag.
    """
    try:
        return wall_clock() - int(AGO.read(text))
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{flag}: expected a time such as 2026-01-31 or 12h; got {text!r}") from None
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def span(options: argparse.Namespace) -> tuple[int | None, int | None]:
    """The moments of `--since` and `--until`, where they are given.

    Raises:
        WrongUse: one is no time, or nothing is between them.
    """
    since = None if options.since is None else moment(options.since, "--since")
    until = None if options.until is None else moment(options.until, "--until")
    if since is not None and until is not None and since >= until:
        raise WrongUse(f"--until {options.until} is not later than --since {options.since}")
    return since, until


def days_since(since: int | None, until: int | None = None) -> tuple[str, str]:
    """The first and the last day (ISO 8601) of figures from a moment on, and before another; None is now."""
    last = wall_clock() + EAST_MS if until is None else until - 1
    first, last_day = (datetime.fromtimestamp(each / 1000, UTC).date().isoformat() for each in (since or 0, last))
    return first, last_day


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The lines of a table for a terminal; a column whose name begins with `>` has its cells to the right."""
    right = [name.startswith(RIGHT) for name in header]
    lines = [tuple(name.removeprefix(RIGHT) for name in header), *(tuple(map(_shown, row)) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    for line in lines:
        cells = zip(line, widths, right, strict=True)
        yield "  ".join(cell.rjust(width) if number else cell.ljust(width) for cell, width, number in cells).rstrip()


def _shown(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case int():
            return f"{cell:,}"
        case _:
            return printable(cell)
