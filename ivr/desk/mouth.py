"""What a caller says: text, as the synthesiser speaks it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ivr.core.segments import Voice
from ivr.desk.errors import WrongUse
from ivr.speech.jobs import Say
from ivr.speech.workers import RenderError, Workers

LONGEST_S = 30.0
"""How long speaking one line may take to be made."""


class Mouth:
    """Makes text into a caller's voice, in a process that is started for the first text."""

    def __init__(self, language: str) -> None:
        """Speak a language, a BCP 47 tag; nothing is started yet."""
        self._language = language
        self._workers = Workers(1, LONGEST_S)

    async def __aenter__(self) -> Self:
        """Enter; nothing is started."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, if there is one."""
        await self._workers.aclose()

    async def spoken(self, text: str) -> bytes:
        """Make A-law at 8 kHz of a text.

        Raises:
            WrongUse: no voice speaks the language, or there is nothing to hear.
        """
        try:
            audio = await self._workers.render(Say(text, self._language, Voice()))
        except RenderError as error:
            raise WrongUse(f"“{text}” can't be said: {error}") from None
        if not audio:
            raise WrongUse(f"there is nothing to say in “{text}”: expected words or numbers")
        return audio
