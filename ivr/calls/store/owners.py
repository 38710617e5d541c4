"""The processes that own calls, and which of them are dead."""

from __future__ import annotations

import os
import platform
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

SILENCE_S = 30.0
"""A process of another machine whose heart has not been seen to beat for so long counts as dead."""
BEAT_S = 2.0
GAP_S = 3 * BEAT_S
"""Who could not look at the others for so long knows nothing of the time before."""
STARTED_FIELD = 19
"""The time at which a process started is the 22nd field of its stat, the 20th behind its name (proc(5))."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that may own calls."""

    id: str
    host: str
    """The machine, or the container in it: where `pid` means something."""
    pid: int
    started: int = 0
    """When the process started, in the measure of its host; 0 where that can't be told."""


NOBODY = Owner("", "", 0)


def this_process() -> Owner:
    """A new owner: every store that is opened is one."""
    return Owner(secrets.token_hex(8), _host(), os.getpid(), started(os.getpid()) or 0)


def _host() -> str:
    """A name that differs between machines, between their boots, and between containers."""
    parts = [platform.node()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip())
        parts.append(os.readlink("/proc/self/ns/pid"))  # noqa: PTH115  it is no path, but a name
    except OSError:
        pass  # Not Linux: the machine's name has to do.
    return " ".join(parts)


def started(pid: int) -> int | None:
    """When a process of this host started; None if there is none, 0 where that can't be told."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    except OSError:
        return 0
    else:
        state, *rest = text.rpartition(")")[2].split()
        return None if state in ("Z", "X") else int(rest[STARTED_FIELD - 1])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return 0


class Watch:
    """What one process sees of the others."""

    def __init__(self, own: Owner, now: Callable[[], float] = time.monotonic) -> None:
        """Watch as `own`; `now` gives seconds of a clock that never goes back."""
        self.steady_since = now()
        """Since when the others have been looked at regularly: before, the store was away, for them too perhaps."""
        self._own, self._now = own, now
        self._lock = threading.Lock()
        self._looked = self.steady_since
        self._seen: dict[str, tuple[int, float]] = {}
        """The beats of each, and since when there are no more."""
        self._unreadable: set[str] = set()
        self._gone: dict[str, float] = {}
        """Since when each is known to be gone."""

    def first_seen(self, record: str) -> bool:
        """Whether this process sees a session that can't be opened for the first time."""
        first = record not in self._unreadable
        self._unreadable.add(record)
        return first

    def look(self, rows: Iterable[tuple[Owner, int]]) -> None:
        """Take up all owners that there are, with their beats."""
        there = {owner.id: (owner, beats) for owner, beats in rows}
        with self._lock:
            now = self._now()
            if now - self._looked > GAP_S:
                self.steady_since = now
            self._looked = now
            for id, (owner, beats) in there.items():
                before = self._seen.get(id)
                if before is None or before[0] != beats:
                    self._seen[id] = (beats, now)
                if self._dead(owner, now):
                    self._gone.setdefault(id, now)
                else:
                    self._gone.pop(id, None)
            for id in self._seen.keys() - there.keys():
                del self._seen[id]
                self._gone.setdefault(id, now)

    def _dead(self, owner: Owner, now: float) -> bool:
        if owner.id == self._own.id:
            return False
        if owner.host == self._own.host:
            living = started(owner.pid)
            return living is None or bool(living and owner.started and living != owner.started)
        return now - max(self._seen[owner.id][1], self.steady_since) >= SILENCE_S

    def gone_since(self, id: str) -> float | None:
        """Since when an owner is gone; None if it may be alive."""
        with self._lock:
            if id in self._seen and id not in self._gone:
                return None
            return self._gone.setdefault(id, self._now())
