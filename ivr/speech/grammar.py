"""What a recogniser may hear of one question: its phrases in the model's spelling, digits, and words to reject by.

A grammar alone makes a phrase of every noise, because nothing else is offered. So it holds, beside what is wanted,
the model's unknown token and the commonest words of the language: what a caller says besides the phrases is
nearer to one of these, and is heard as nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ivr.core.effects import Listen
from ivr.core.spoken import by_language, digit_words, normal

UNKNOWN_TOKENS = ("[unk]", "<UNK>", "<unk>")
"""What models call a word outside their vocabulary."""

FILLERS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "the", "and", "that", "this", "what", "have", "with", "you", "was", "are", "but", "his", "they", "from", "she",
        "which", "or", "an", "been", "if", "more", "when", "will", "would", "who", "so", "about", "them", "some",
        "her", "him", "could", "well", "like", "then", "just", "people", "there", "were", "these", "other", "many",
        "make", "look", "into", "than", "water", "call", "long", "down", "day", "did", "get", "come", "made", "may",
        "part", "over", "new", "sound", "take", "only", "little", "place", "year", "live", "give", "most", "very",
        "after", "thing", "our", "name", "good", "think", "say", "great", "where", "help", "through", "much", "before",
        "line", "mean", "old", "any", "same", "tell", "follow", "came", "want", "show", "also", "around", "form",
        "small", "put", "end", "does", "another", "large", "must", "even", "such", "because", "turn", "why", "ask",
        "went", "read", "need", "land", "different", "home", "us", "move", "try", "kind", "hand", "picture", "again",
        "change", "play", "please", "okay", "hello", "thanks", "really", "never", "maybe", "sorry",
    ),
    "hi": (
        "है", "हैं", "में", "की", "को", "से", "का", "के", "और", "पर", "यह", "वह", "मैं", "आप", "हम", "वे", "कि", "जो",
        "तो", "ही", "भी", "था", "थी", "थे", "हूँ", "कर", "करना", "लिए", "साथ", "अब", "जब", "तब", "यहाँ", "वहाँ",
        "क्या", "कौन", "कब", "कैसे", "बहुत", "कुछ", "सब", "लोग", "समय", "दिन", "बात", "मुझे", "मेरा", "मेरी", "आपका",
        "आपको", "उसका", "इसका", "अपना", "अपने", "अगर", "लेकिन", "क्योंकि", "फिर", "कभी", "अभी", "आज", "कल", "सुबह",
        "शाम", "रात", "घर", "काम", "नाम", "पानी", "खाना", "जगह", "साल", "महीना", "आदमी", "औरत", "बच्चा", "दोस्त",
        "भाई", "बहन", "देश", "शहर", "गाँव", "सड़क", "गाड़ी", "किताब", "पैसा", "चाहिए", "सकता", "सकते", "होगा", "होता",
        "होती", "रहा", "रही", "रहे", "गया", "गई", "गए", "दिया", "लिया", "किया", "बोलो", "बताओ", "सुनो", "देखो",
        "अच्छा", "ठीक", "बड़ा", "छोटा", "नया", "पुराना", "पहले", "बाद", "ऊपर", "नीचे", "अंदर", "बाहर", "धन्यवाद",
        "नमस्ते",
    ),
    "ko": (
        "그리고", "하지만", "그래서", "그런데", "그러면", "그러니까", "우리", "저는", "제가", "내가", "있다", "없다",
        "하다", "되다", "같은", "사람", "지금", "오늘", "내일", "여기", "거기", "무엇", "누가", "어떻게", "정말",
        "많이", "조금", "다시", "그냥", "아주", "그런", "이런", "생각", "시간", "한번", "그럼", "있는", "때문에",
        "에서", "이것", "모두", "안녕하세요", "감사합니다", "잠깐만", "아침", "점심", "저녁", "어제", "문제", "이야기",
        "마음", "얼굴", "여자", "남자", "아이", "나라", "세계", "역사", "사회", "문화", "경제", "교육", "방법", "경우",
        "정도", "이유", "결과", "사실", "필요", "시작", "마지막", "다음", "이번", "지난", "올해", "작년", "매일",
        "항상", "가끔", "자주", "벌써", "아직", "이미", "먼저", "나중", "함께", "혼자", "서로", "모든", "여러", "어떤",
        "다른", "새로운", "좋은", "나쁜", "작은", "높은", "많은", "빨리", "천천히", "열심히", "가다", "오다", "보다",
        "먹다", "자다", "읽다", "쓰다", "듣다", "만들다", "사다", "주다", "받다", "알다", "모르다", "좋다", "싫다",
    ),
}  # fmt: skip
"""Common words of a language by its primary tag, but for those that sound like a digit or a usual answer.

A hundred of them reject better than forty do, if the phrases keep their weight (docs/speech-measurements.md).
"""

SHORTEST_STEM = 4
"""Letters: of shorter words, one that begins with another is seldom a form of it."""

Knows = Callable[[str], bool]
"""Whether the model has a word, spelt exactly so."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What is listened for, in words that the model has."""

    phrases: Mapping[tuple[str, ...], str]
    """The words of each phrase, and the phrase as written in the flow."""
    digits: tuple[str, ...]
    """The words for digits, where digits are wanted."""
    fillers: tuple[str, ...]
    """Words to be heard as nothing."""
    unknown: str | None
    """What the model calls a word outside its vocabulary."""

    @property
    def empty(self) -> bool:
        """Whether nothing can ever be heard by it."""
        return not self.phrases and not self.digits

    @property
    def unwanted(self) -> tuple[str, ...]:
        """All that is there for rejection."""
        return self.fillers if self.unknown is None else (*self.fillers, self.unknown)

    def is_wanted(self, word: str) -> bool:
        """Whether a word that the model heard is anything but a filler."""
        return word not in self.unwanted

    def read(self, words: Iterable[str]) -> str:
        """What the words that the model heard are: one phrase as written, words of digits, or nothing.

        Fillers do not count; a phrase said again and again counts once.
        """
        said = tuple(filter(self.is_wanted, words))
        for phrase, written in self.phrases.items():
            times, rest = divmod(len(said), len(phrase))
            if times and not rest and said == phrase * times:
                return written
        return " ".join(said) if said and all(word in self.digits for word in said) else ""


def grammar(wanted: Listen, knows: Knows) -> Grammar:
    """Make what the model needs; phrases with a word that it does not have are left out."""
    spelt = ((spelling(phrase, knows), phrase) for phrase in wanted.phrases)
    phrases = {words: phrase for words, phrase in reversed([*spelt]) if words}
    digits = _known(digit_words(wanted.language), knows) if wanted.digits else ()
    taken = {normal(word) for words in (*phrases, digits) for word in words}
    fillers = _known(by_language(FILLERS, wanted.language, ()), knows)
    return Grammar(
        phrases=dict(reversed(phrases.items())),
        digits=digits,
        fillers=tuple(word for word in fillers if not any(_alike(normal(word), each) for each in taken)),
        unknown=next(filter(knows, UNKNOWN_TOKENS), None),
    )


def spelling(text: str, knows: Knows) -> tuple[str, ...]:
    """The words of a phrase as the model spells them; nothing if it lacks one of them."""
    written, plain = text.split(), normal(text).split()
    if [*map(normal, written)] != plain:  # a dash parts words, and punctuation that stands alone is none
        written = plain
    words = tuple(_spelt(own, word, knows) for own, word in zip(written, plain, strict=True))
    return tuple(word for word in words if word is not None) if None not in words else ()


def unknown(words: Iterable[str], knows: Knows) -> frozenset[str]:
    """Those of some words or phrases, as written in a flow, that hold a word the model lacks."""
    return frozenset(word for word in words if not spelling(word, knows))


def _spelt(written: str, plain: str, knows: Knows) -> str | None:
    """The first spelling of a word that the model has; None if it has none.

    As it is written comes first, then with its letters composed, then without an apostrophe or a dot within.
    """
    bare = written.strip("".join(sign for sign in written if not normal(sign)))
    stems = (bare, unicodedata.normalize("NFC", bare), plain)
    cases = (str, str.lower, str.upper, str.title)
    return next((word for stem in stems for case in cases if knows(word := case(stem))), None)


def _alike(word: str, other: str) -> bool:
    """Whether two words are the same, or two forms of one: “hour” and “hours”."""
    shorter, longer = sorted((word, other), key=len)
    return word == other or (len(shorter) >= SHORTEST_STEM and longer.startswith(shorter))


def _known(words: Iterable[str], knows: Knows) -> tuple[str, ...]:
    found = (_spelt(word, word, knows) for word in words)
    return tuple(dict.fromkeys(word for word in found if word is not None))
