"""What of a machine decides which words of callers it understands: its speech models, and a folder for their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ivr.speech.models import Model, available, places
from ivr.speech.vocabulary import Vocabulary, vocabulary


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that listens to callers."""

    models: tuple[Model, ...]
    """In the order of `ivr.speech.models.available`."""
    words: Path
    """Where lists of words are kept."""

    @classmethod
    def this(cls, models: Path | None, data: Path, environ: Mapping[str, str]) -> Self:
        """This machine, with the operator's folder of models, if any, and the data directory.

        Raises:
            NotADirectoryError: the operator's folder is none.
        """
        return cls(available(places(models, data, environ)), data / "words")

    def vocabulary(self, model: Model) -> Vocabulary:
        """The words of one of the models.

        Raises:
            VocabularyError: its files do not tell them.
        """
        return vocabulary(model, self.words)
