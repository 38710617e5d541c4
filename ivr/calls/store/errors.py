"""What can be wrong with a store."""

from __future__ import annotations


class StoreAway(Exception):
    """The store can't be asked now."""


class CatchingUp(StoreAway):
    """The store was away until now, and other processes may still have to write what happened meanwhile."""


class StoreError(Exception):
    """The store can't be used at all; the text says what to do."""
