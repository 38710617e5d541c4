"""Threads that ask the store, so that the event loop never waits for longer than it wants to."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from ivr.calls.store.engine import Database
from ivr.calls.store.errors import StoreAway, is_away, why

THREADS = 4
LIMIT_S = 2.0
"""How long a question may take."""

Found = TypeVar("Found")


@dataclass(slots=True, eq=False)
class _Question:
    work: Callable[[], Any]
    answer: asyncio.Future[Any]
    given_up: bool = False
    thread: int | None = None


class Readers:
    """A few threads; they are daemons, because one that hangs must not keep the process from ending."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loop = asyncio.get_running_loop()
        self._questions: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._run, name="store-reader", daemon=True) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    async def ask(self, work: Callable[[], Found], seconds: float = LIMIT_S) -> Found:
        """What some work with the database gives.

        Raises:
            StoreAway: it can't be known now.
            StoreError: the database can't be used at all.
        """
        question = _Question(work, self._loop.create_future())
        self._questions.put(question)
        try:
            async with asyncio.timeout(seconds):
                found: Found = await question.answer
                return found
        except TimeoutError:
            question.given_up = True
            self._database.interrupt(question.thread)
            raise StoreAway(f"the store does not answer within {seconds:g} s") from None

    def close(self) -> None:
        """Let the threads end once they have nothing to do."""
        for _ in self._threads:
            self._questions.put(None)

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            if question.given_up:
                continue
            question.thread = threading.get_ident()
            try:
                found = self._found(question)
            except BaseException as error:
                self._tell(question, error, None)
            else:
                self._tell(question, None, found)
            finally:
                question.thread = None

    def _found(self, question: _Question) -> Any:
        try:
            try:
                return question.work()
            except SQLAlchemyError as error:
                if question.given_up or not getattr(error, "connection_invalidated", False):
                    raise
                return question.work()  # The connection was an old one, of a database that has been started anew.
        except (SQLAlchemyError, OSError) as error:
            raise StoreAway(why(error) if is_away(error) else f"the store refuses: {why(error)}") from None

    def _tell(self, question: _Question, error: BaseException | None, found: Any) -> None:
        def tell() -> None:
            if question.answer.done():
                return
            if error is not None:
                question.answer.set_exception(error)
            else:
                question.answer.set_result(found)

        with contextlib.suppress(RuntimeError):  # The process is about to end.
            self._loop.call_soon_threadsafe(tell)
