"""What can be wrong with a store."""

from __future__ import annotations


class StoreAway(Exception):
    """The store can't be asked now."""


class StoreError(Exception):
    """The store can't be used at all; the text says what to do."""
