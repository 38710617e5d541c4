"""The store that pages ask."""

from __future__ import annotations

from ivr.calls.store.errors import StoreAway
from ivr.calls.store.store import Store
from ivr.server.console.board import Board


def the_store(board: Board) -> Store:
    """The store of the process.

    Raises:
        StoreAway: it has none.
    """
    store = board.line.services.store
    if store is None:
        raise StoreAway("this server keeps nothing of calls")
    return store
