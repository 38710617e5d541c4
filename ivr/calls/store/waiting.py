"""What calls told and is not written yet, as far as the writing thread has taken it in."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence

from ivr.calls.store.flows import Flows
from ivr.calls.store.kept import Kept, News, Ties
from ivr.calls.store.page import Page
from ivr.core.naming import local_time
from ivr.document.recorder import Recorder
from ivr.logs import log

logger = logging.getLogger(__name__)


class Waiting:
    """The calls of which something is to be written; only the writing thread has to do with it."""

    def __init__(self, ties: Ties, flows: Flows, secrets: Sequence[str]) -> None:
        """Take the news of a process's calls.

        Args:
            ties: the calls.
            flows: those of the process.
            secrets: what no journal may tell.
        """
        self.calls: dict[Kept, None] = {}
        """In the order in which they came."""
        self.unwritten = 0
        """Journals that miss something."""
        self._ties, self._flows, self._secrets = ties, flows, tuple(secrets)

    def take(self) -> None:
        """Bring the pages of calls up to what they told."""
        for news in self._ties.take():
            kept = news.kept
            self.calls[kept] = None
            try:
                self._absorb(kept.page, news)
            except Exception:
                # A bug of ours costs this journal, and never the call.
                logger.exception("a bug of ours ended the journal of the call %s", kept.page.call.token)
                self.cut(kept.page)

    def cut(self, page: Page) -> None:
        """Give a journal up where it is: a gap in it would be worse."""
        self.forget_steps(page)
        if page.recorder is not None or page.unwritten is not None:
            page.recorder = page.unwritten = None
            self.unwritten += 1

    def forget_steps(self, page: Page) -> None:
        """The steps that waited are in the journal, or will never be."""
        self._ties.written_steps += page.steps
        page.lines.clear()
        page.steps = 0

    def _absorb(self, page: Page, news: News) -> None:
        if news.answer is not None:
            page.answers.append(news.answer)
        page.freed |= news.freed
        page.told = news.number
        page.steps += news.step is not None
        page.interruptions += news.interrupted
        if news.session is not None:
            page.session, page.at = news.session, news.at
        if not page.day and (flow := self._flows.known.get(page.fingerprint)) is not None:
            with contextlib.suppress(OverflowError):  # No date has such a number; the database won't have it either.
                page.day = local_time(flow, page.call, 0).date().isoformat()
        page.dirty |= news.session is not None or news.freed
        if news.done or (page.ended is None and news.ended is not None):
            page.recorded = False
        page.ended = page.ended or news.ended
        page.done |= news.done
        if news.cut:
            self.cut(page)
        elif news.step is not None or news.done:
            self._resume(page)
            page.note(news.step, page.session if news.done else None)
        if page.recorder is None:
            self.forget_steps(page)  # They are noted on the trail, and no line of them waits.

    def _resume(self, page: Page) -> None:
        """Go on with the journal of another process."""
        if page.unwritten is None:
            return
        try:
            page.recorder = Recorder(self._flows.known[page.fingerprint], self._secrets, page.unwritten)
            page.unwritten = None
        except (KeyError, ValueError, TypeError):
            log(logger, logging.WARNING, "a journal can't be gone on with", call=page.call.id)
            self.cut(page)
