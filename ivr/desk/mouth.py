"""What a caller says: text, as a synthesiser speaks it, by Piper where that has the language."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir
from types import TracebackType
from typing import Self

from ivr.core.segments import Speech, Voice
from ivr.desk.errors import WrongUse
from ivr.speech import piper_voices
from ivr.speech.store import PromptStore
from ivr.speech.workers import RenderError

LONGEST_S = 30.0
"""How long speaking one line may take to be made."""


class Mouth:
    """Makes text into a caller's voice, in a process that is started for the first text."""

    def __init__(self, language: str) -> None:
        """Speak a language, a BCP 47 tag; nothing is started yet."""
        self._language = language
        # Recognisers understand it as they do people; of eSpeak NG they get many words wrong.
        self._voice = Voice(engine="piper" if piper_voices.speaks(language) else "espeak")
        # What is not static is never written there.
        self._store = PromptStore(Path(gettempdir()), jobs=1, seconds=LONGEST_S)

    async def __aenter__(self) -> Self:
        """Enter; nothing is started."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, if there is one."""
        await self._store.aclose()

    async def spoken(self, text: str) -> bytes:
        """Make A-law at 8 kHz of a text.

        Raises:
            WrongUse: no voice speaks the language, or there is nothing to hear.
        """
        try:
            audio = await self._store.render(Speech(text, text, self._language, self._voice, static=False))
        except RenderError as error:
            raise WrongUse(f"“{text}” can't be said: {error}") from None
        if not audio:
            raise WrongUse(f"there is nothing to say in “{text}”: expected words or numbers")
        return audio
