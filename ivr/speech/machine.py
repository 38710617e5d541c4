"""What of a machine decides which callers it understands: its speech models, and folders for what is made once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ivr.speech.models import Broken, Model, places, survey, usable
from ivr.speech.vocabulary import Vocabulary, VocabularyError, vocabulary


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that listens to callers."""

    models: tuple[Model, ...]
    """In the order of `ivr.speech.models.usable`."""
    words: Path
    """Where lists of words are kept."""
    broken: tuple[Broken, ...] = ()
    """What should be a model, and can't be used."""
    _read: dict[Model, Vocabulary | VocabularyError] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def this(cls, models: Path | None, data: Path, environ: Mapping[str, str]) -> Self:
        """This machine, with the operator's folder of models, if any, and the data directory.

        Raises:
            NotADirectoryError: the operator's folder is none.
        """
        found = tuple(survey(places(models, data, environ)))
        return cls(usable(found), data / "words", tuple(each for each in found if isinstance(each, Broken)))

    @property
    def spoken(self) -> Path:
        """The folder of what was spoken, beside that of the words: Piper says nothing twice in the same way."""
        return self.words.with_name("spoken")

    def vocabulary(self, model: Model) -> Vocabulary:
        """The words of one of the models; they are read once, whoever asks.

        Raises:
            VocabularyError: its files do not tell them.
        """
        if model not in self._read:
            try:
                self._read[model] = vocabulary(model, self.words)
            except VocabularyError as error:
                self._read[model] = error
        known = self._read[model]
        if isinstance(known, VocabularyError):
            raise known.with_traceback(None)  # else it would grow with each time
        return known
