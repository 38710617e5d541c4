"""The caller's keys: those pressed ahead, a finish key that means nothing any more, and what became of each."""

from __future__ import annotations

from ivr.core.effects import Fate
from ivr.core.session import Swallow

MAX_KEYS = 64
"""Keys kept as type-ahead; who types more has fallen asleep on the keypad."""


class Keypad:
    """The keys of one call in one step."""

    def __init__(self, keys: str, swallow: Swallow | None, at: int, pressed: int) -> None:
        """Begin a step at a time, with what was pressed ahead; `pressed` further keys come with its event."""
        self.keys = keys
        """Keys pressed ahead, for the next input node."""
        self.swallow = swallow
        """Finish keys that mean nothing if one is the next key."""
        self._at = at
        self._waiting = pressed + len(keys)
        """Keys of which something may become in this step."""
        self._known = 0
        """How many of them come first of which it was told in an earlier step."""
        self._fates: list[Fate] = []

    def keep(self, key: str) -> None:
        """Keep a key for the next input node."""
        self.keys = (self.keys + key)[-MAX_KEYS:]

    def drop(self) -> None:
        """Forget what was pressed ahead."""
        if self.keys:
            self.clear()

    def clear(self) -> None:
        """Forget all."""
        self.keys, self.swallow = "", None

    def next(self) -> str | None:
        """Take the first key that was pressed ahead, finish keys after a full field aside."""
        while self.keys:
            key, self.keys = self.keys[0], self.keys[1:]
            if not self.swallows(key):
                return key
        return None

    def put_back(self, key: str) -> None:
        """Let the next node have the key that was just taken."""
        self.keys = key + self.keys
        self._fates.pop()

    def press_again(self, keys: str) -> None:
        """Take keys once more of which is known what became of them, before all others."""
        self.keys = keys + self.keys
        self._waiting += len(keys)
        self._known = len(keys)

    def swallows(self, key: str) -> bool:
        """Whether this next key only ends a field that was full without it."""
        swallow, self.swallow = self.swallow, None
        ends = swallow is not None and key in swallow.keys and self._at <= swallow.until
        if ends:
            self.took("taken")
        return ends

    def swallow_next(self, keys: str, within: int) -> None:
        """Ignore one of these keys if it is the next one, for so many milliseconds."""
        self.swallow = Swallow(keys, self._at + within)

    def took(self, fate: Fate) -> None:
        """Note what became of the next key."""
        self._fates.append(fate)

    def fates(self) -> list[Fate]:
        """What became of keys in this step, in their order; what was neither taken nor kept was dropped."""
        if not self._waiting:
            return []
        dropped: list[Fate] = ["dropped"] * (self._waiting - len(self._fates) - len(self.keys))
        return (self._fates + dropped)[self._known :]
