"""What can be wrong with a store."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StoreAway(Exception):
    """The store can't be asked now."""


class CatchingUp(StoreAway):
    """The store was away until now, and other processes may still have to write what happened meanwhile."""


class StoreError(Exception):
    """The store can't be used at all; the text says what to do."""


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database can't be reached now, rather than that it refuses something."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError)
    return isinstance(error, OSError | PoolTimeout)


def why(error: BaseException) -> str:
    """An error in a line that holds no value, statement or password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
