"""Takes new texts of flows into service: calls that go on stay on those that they began with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from ivr.config import Settings
from ivr.document.load import SUFFIXES as FLOW_SUFFIXES
from ivr.document.load import TEST_SUFFIXES
from ivr.document.recordings import FOLDER
from ivr.logs import log
from ivr.server.edition import Edition, NotTaken, next_edition
from ivr.server.line import Line
from ivr.server.listening import unheard
from ivr.server.opening import rendered
from ivr.server.orders import Orders
from ivr.server.precautions import precautions
from ivr.server.standing import Standing
from ivr.speech.workers import RenderError

logger = logging.getLogger(__name__)


class Reloading:
    """What loads flows anew for one process, as often as it is told to."""

    def __init__(self, line: Line, standing: Standing, edition: Edition, settings: Settings, directory: Path) -> None:
        """Load anew what is served as this edition by now."""
        self._line = line
        self._standing = standing
        self._edition = edition
        self._settings = settings
        self._directory = directory

    async def follow(self, orders: Orders) -> None:
        """Load anew whenever that is ordered; whatever goes wrong leaves in service what is."""
        while True:
            await orders.reload.wait()
            orders.reload.clear()
            try:
                await self.load_anew()
            except NotTaken as reason:
                log(logger, logging.ERROR, "flows are not loaded anew", why=str(reason))
            except RenderError as error:
                log(logger, logging.ERROR, "flows are not loaded anew", why=f"speech can't be synthesised: {error}")
            except Exception:
                logger.exception("flows are not loaded anew")

    async def load_anew(self) -> None:
        """Read the folder, and serve what can be served; NotTaken, RenderError."""
        strict = self._settings.strict
        edition = await asyncio.to_thread(next_edition, self._edition, self._directory, strict=strict)
        for finding in edition.refused:
            where = {"file": finding.file, "line": finding.line, "column": finding.column}
            log(logger, logging.ERROR, "flow refused", **where, why=finding.message)
        if (store := self._line.services.store) is not None:
            await store.keep_flows(*edition.parts)
        # All that a call may need is there before the first call needs it.
        await rendered(self._line.services.prompts, edition.flows, self._settings.data_dir)
        if missing := unheard(self._edition.flows, edition.flows, self._line.services.ears):
            log(logger, logging.WARNING, "new languages are listened to after a restart", languages=missing)
        for warning in precautions(edition.flows, self._settings, self._line.env):
            log(logger, logging.WARNING, warning)
        self._line.flows, self._line.parts = edition.flows, edition.parts
        self._line.findings = edition.loaded.findings
        self._standing.refused = edition.refused
        changed = _changed(self._edition, edition)
        self._edition = edition
        log(logger, logging.INFO, "flows loaded anew", flows=sorted(edition.flows), changed=changed)


def _changed(before: Edition, after: Edition) -> list[str]:
    """The flows that are not what they were: new, changed or gone."""
    old, new = ({id: flow.fingerprint for id, flow in each.flows.items()} for each in (before, after))
    return sorted(id for id in {**old, **new} if old.get(id) != new.get(id))


async def watch(directory: Path, tell: Callable[[], None]) -> None:
    """Tell whenever flows or recordings change; where they can't be watched that is logged."""
    from watchfiles import Change, awatch  # only where it is asked for

    def matters(_: Change, path: str) -> bool:
        return FOLDER in Path(path).parts or (path.endswith(FLOW_SUFFIXES) and not path.endswith(TEST_SUFFIXES))

    try:
        async for _ in awatch(*_watched(directory), watch_filter=matters):
            tell()
    except OSError as error:
        log(logger, logging.ERROR, "the folder of flows can't be watched", why=str(error))


def _watched(directory: Path) -> list[Path]:
    return [folder for folder in (directory, directory.resolve().parent / FOLDER) if folder.is_dir()]
