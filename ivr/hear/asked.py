"""What the nodes of a flow listen for, in which language, and what each phrase answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from ivr.core.digits import Digits, verdict_of_speech
from ivr.core.effects import Listen
from ivr.core.flow import Flow, Universal
from ivr.core.gathering import InputNode
from ivr.core.spoken import NO, YES, by_language, normal, spoken_digits
from ivr.core.templates import Template
from ivr.nodes.collect import Collect
from ivr.nodes.menu import Menu
from ivr.speech.phrases import Say, asked

Moment = Literal["asks", "confirms"]
"""Whether a node asks its question, or has the value confirmed."""

OTHER = "…"
"""The label of what counts in a node, but can't be foreseen: any words, and digits that were not said."""
BEGUN = "+"
"""The label of digits that are fewer than a field takes, so that it waits for the others."""
NOTHING = ""
"""The label of what a node does not take."""
NAMES = {OTHER: "anything else", BEGUN: "too few digits", NOTHING: "nothing"}
"""What these are called in reports."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller may mean, and the phrases that mean it."""

    name: str
    """A choice's key or first phrase, a universal's key or what it does, `yes`, `no`, or a collect's phrase."""
    phrases: tuple[str, ...]
    written: bool = True
    """Whether the flow's author chose the phrases."""


@dataclass(frozen=True, slots=True)
class Question:
    """One node that listens, in one language."""

    node: str
    moment: Moment
    language: str
    """A BCP 47 tag."""
    answers: tuple[Answer, ...]
    digits: Digits | None = None
    """The spoken digits that are an answer too."""
    free: bool = False
    """Whether any words are an answer."""
    confidence: float = 0.5
    """How sure the recogniser must be, 0 to 1."""

    @property
    def title(self) -> str:
        """What it is called in a report."""
        return f"{self.node}{'' if self.moment == 'asks' else ', the confirmation'} ({self.language})"

    @property
    def phrases(self) -> tuple[str, ...]:
        """All phrases, each once: of equal ones the first decides, as in a call."""
        found: dict[str, str] = {}
        for phrase in (phrase for answer in self.answers for phrase in answer.phrases):
            found.setdefault(normal(phrase), phrase)
        return tuple(found.values())

    @property
    def wanted(self) -> Listen:
        """What the recogniser is asked for."""
        digits = self.digits.max if self.digits else 0
        return Listen(self.language, self.phrases, digits=digits, free=self.free)

    def answer(self, phrase: str) -> Answer | None:
        """The answer that a phrase gives."""
        said = normal(phrase)
        return next((each for each in self.answers if said in map(normal, each.phrases)), None)

    def label(self, texts: Iterable[str]) -> str:
        """What the node takes from texts of the recogniser, one after the other.

        A phrase as written, digits, `OTHER`, `BEGUN` or `NOTHING`.
        """
        phrases = {normal(phrase): phrase for phrase in self.phrases}
        entry = ""
        for text in texts:
            said = normal(text)
            if said in phrases:
                return phrases[said]
            if self.free and said:
                return OTHER
            digits = spoken_digits(text, self.language) if self.digits else None
            if self.digits is None or digits is None:
                continue
            match verdict_of_speech(self.digits, entry, digits):
                case "finished":
                    return entry + digits
                case "more":
                    entry += digits
                case "foreign":
                    entry = ""
                case never:
                    assert_never(never)
        return BEGUN if entry else NOTHING


def questions(flow: Flow) -> tuple[Question, ...]:
    """Every node of a flow that listens, its confirmation too, in each language that its calls may be in."""
    return tuple(
        question
        for language in languages(flow)
        for node in flow.nodes.values()
        if isinstance(node, InputNode)
        for question in _of_node(flow, node, language)
    )


def languages(flow: Flow) -> tuple[str, ...]:
    """The flow's language, then those that it names for phrases or switches to, sorted."""
    found = {tag for _, say in asked(flow) if say is not None for tag in say.entries if tag}
    for node in flow.nodes.values():
        found.update(each.source for each in node.languages() if isinstance(each, Template) and each.static)
    return (flow.language, *sorted(found - {flow.language}))


def _of_node(flow: Flow, node: InputNode, language: str) -> Iterator[Question]:
    def picked(say: Say) -> tuple[str, ...]:
        return say.pick(language, flow.language)[0] or ()

    universals = tuple(_kept(Answer(_named(each), picked(each.say)) for each in flow.universals))
    own: tuple[Answer, ...] = ()
    confirmed: tuple[Answer, ...] = ()
    digits, free = None, False
    match node:
        case Menu():
            own = tuple(_kept(Answer(choice.name, picked(choice.say)) for choice in node.choices))
        case Collect():
            own = tuple(Answer(phrase, (phrase,)) for phrase in picked(node.phrases))
            digits = (node.digits or Digits()) if node.spoken == "digits" else None
            free = node.spoken == "any"
            confirmed = _yes_and_no(language) if node.is_spoken and node.confirm else ()
    # Where a node has no phrases of its own, those of the universals are listened for all the same.
    answers = (*own, *universals)
    if answers or digits or free:
        yield Question(node.id, "asks", language, answers, digits, free, node.input.confidence)
    if confirmed:
        answers = (*confirmed, *universals)
        yield Question(node.id, "confirms", language, answers, confidence=node.input.confidence)


def _yes_and_no(language: str) -> tuple[Answer, ...]:
    yes, no = (by_language(table, language, ()) for table in (YES, NO))
    return tuple(_kept([Answer("yes", yes, written=False), Answer("no", no, written=False)]))


def _kept(answers: Iterable[Answer]) -> Iterator[Answer]:
    return (each for each in answers if each.phrases)


def _named(universal: Universal) -> str:
    return universal.press or universal.do or universal.next or ""
