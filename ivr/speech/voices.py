"""Which voice of a synthesiser speaks a language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ALIASES = {"zh": "cmn", "zh-hk": "yue", "zh-yue": "yue", "no": "nb", "iw": "he", "in": "id"}
"""Tags for which eSpeak NG uses another one of the same meaning (IANA language subtag registry)."""


class UnknownVoiceError(ValueError):
    """No voice of that language or name; the message names those that there are."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice that a synthesiser has."""

    id: str
    """What the synthesiser calls it: `gmw/en-us`."""
    language: str
    """A BCP 47 tag, in small letters."""

    @property
    def stem(self) -> str:
        """Give the last part of the id, which for the main voice of a language is its tag."""
        return self.id.rpartition("/")[2]


def choose(speakers: Sequence[Speaker], variants: Sequence[str], language: str, name: str | None = None) -> str:
    """Give the id of the voice that speaks text of a language, a BCP 47 tag.

    Without a name it is the voice of the tag itself, else of the tag with its last parts taken away one by
    one (RFC 4647, 3.4). A name is the id of a voice, with a variant of its sound (`gmw/en-us+f3`) if one is
    wanted. It holds for text in its own language; another language of the same flow is spoken by that
    language's own voice, in the same variant. UnknownVoiceError if there is no such language, voice or variant.
    """
    if name is None:
        return _of_language(speakers, language).id
    stem, plus, variant = name.partition("+")
    named = next((speaker for speaker in speakers if speaker.id.lower() == stem.lower()), None)
    if named is None:
        own = [speaker.id for speaker in speakers if _speaks(speaker, language)]
        raise UnknownVoiceError(
            f"there is no voice {stem!r}; available for {language} are {', '.join(own)}"
            if own
            else f"there is no voice {stem!r}; available are {', '.join(speaker.id for speaker in speakers)}"
        )
    if plus and variant not in variants:
        raise UnknownVoiceError(f"the voice {stem!r} has no variant {variant!r}; available are {', '.join(variants)}")
    speaker = named if _speaks(named, language) else _of_language(speakers, language)
    return f"{speaker.id}{plus}{variant}"


def _of_language(speakers: Sequence[Speaker], language: str) -> Speaker:
    for tag in _tags(language):
        # The tag as a stem comes first: eSpeak's main English voice has the stem `en` and the tag `en-gb`.
        for speaker in speakers:
            if speaker.stem.lower() == tag:
                return speaker
        for speaker in speakers:
            if speaker.language.lower() == tag:
                return speaker
    known = sorted({speaker.language for speaker in speakers})
    raise UnknownVoiceError(f"there is no voice for the language {language!r}; available are {', '.join(known)}")


def _speaks(speaker: Speaker, language: str) -> bool:
    return _main(speaker.language) in {_main(tag) for tag in _tags(language)}


def _tags(language: str) -> Iterator[str]:
    parts = language.lower().replace("_", "-").split("-")
    for count in range(len(parts), 0, -1):
        tag = "-".join(parts[:count])
        yield _ALIASES.get(tag, tag)


def _main(tag: str) -> str:
    return tag.lower().partition("-")[0]
