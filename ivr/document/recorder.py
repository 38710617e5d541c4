"""Writes the journal of a call step by step, and leaves out what may not be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from ivr.core.confirming import ACCEPT, REFUSE
from ivr.core.effects import Effect, Explain, Fate, Play
from ivr.core.events import (
    Deafened,
    Event,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    PhraseHeard,
    PlaybackEnded,
    PlaybackFailed,
    SpeechEnded,
)
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.paths import read_paths
from ivr.core.prompts import ByLanguage
from ivr.core.reading import Path
from ivr.core.segments import words
from ivr.core.session import Session, located
from ivr.core.spoken import NO, YES, by_language, normal, spoken_digits
from ivr.document.journal import Ending, Entry, Head, Hidden, ending_line, entry_line, entry_of, head_line
from ivr.document.masking import Masks, parts
from ivr.document.unwritten import NOTHING, Unwritten
from ivr.nodes.collect import Collect
from ivr.nodes.http import Http
from ivr.nodes.record import Record
from ivr.nodes.subflow import involved

MOST_HELD = 1_000
"""Steps that wait until it is known what becomes of a key; of a key that waits longer nothing is told."""


class Recorder:
    """The journal of one call, as its lines become known.

    Theory of operation. Whether a key may be written is known only once a node takes it, which for keys that are
    pressed ahead is several steps later: until then the line of that step waits, and all lines after it. What
    became of keys is told in their order, so the oldest key that waits is the one that is told of. A flow that asks
    for nothing sensitive has no such keys: reasons name them, and so does its journal.
    """

    def __init__(self, flow: Flow, secrets: Iterable[str] = (), before: Unwritten = NOTHING) -> None:
        """Record a call of a flow whose lookups may use `secrets`, or go on where another recorder was.

        Raises:
            ValueError, TypeError: `before` is not what a recorder of this version gave.
        """
        self._flow = flow
        self._masks = Masks(secrets, before.learnt)
        self._held = list(map(entry_of, before.held))
        self._released = 0
        """How many entries were given away: those held are counted from there."""
        self._keys = list(before.keys)
        """The entries, by their count, of which it is not known what became of their key."""

    @property
    def unwritten(self) -> Unwritten:
        """All that another recorder needs to go on from here."""
        if not self._held and not self._masks.learnt:
            return NOTHING
        keys = tuple(count - self._released for count in self._keys)
        return Unwritten(tuple(map(entry_line, self._held)), keys, tuple(sorted(self._masks.learnt)))

    def begin(self, session: Session) -> str:
        """The first line."""
        names = mentioned_env(self._flow)
        names = tuple(session.env) if names is None else names
        env = {name: session.env.get(name) for name in names}
        return head_line(Head(self._flow.id, self._flow.fingerprint, session.call, env, session.language))

    def step(self, before: Session, event: Event, after: Session, effects: tuple[Effect, ...]) -> list[str]:
        """Take a step, and give the lines that have become known."""
        if self._flow.private:
            self._masks.learn(before)
            self._masks.learn(after)
        self._held.append(self._entry(before, event, after, effects))
        if isinstance(event, KeyPressed) and self._flow.private:
            self._keys.append(self._released + len(self._held) - 1)
        self._resolve(before, event, after, effects)
        while len(self._keys) > len(after.keys) or (self._keys and len(self._held) > MOST_HELD):
            self._tell(self._keys.pop(0), None, ())
        return list(self._known())

    def end(self, session: Session) -> list[str]:
        """The last lines, once the call is done."""
        while self._keys:
            self._tell(self._keys.pop(0), None, ())
        ending = Ending(session.over_at, session.reason, session.ended_by, session.goals)
        return [*self._known(), ending_line(ending)]

    # Keys

    def _resolve(self, before: Session, event: Event, after: Session, effects: tuple[Effect, ...]) -> None:
        """Find out what became of keys."""
        fates, own = fates_of_keys(self._flow, before, event, effects)
        if own and self._keys:
            self._tell(self._keys.pop(), "taken", ())
        visited = self._visited(before, after, effects) if "hidden" in fates else ()
        for fate in fates[: len(self._keys)]:
            self._tell(self._keys.pop(0), fate, visited)

    def _tell(self, count: int, fate: Fate | None, visited: tuple[tuple[str, Collect, bool], ...]) -> None:
        """Complete the entry of a key; without a fate nothing became of it."""
        place = count - self._released
        entry = self._held[place]
        event = entry.event
        if not isinstance(event, KeyPressed) or fate == "taken":
            return
        hidden = Hidden("dropped") if fate != "hidden" else _hidden_key(event.key, visited)
        self._held[place] = replace(entry, event=replace(event, key=""), hidden=hidden)

    def _visited(
        self, before: Session, after: Session, effects: tuple[Effect, ...]
    ) -> tuple[tuple[str, Collect, bool], ...]:
        """The sensitive questions that a step came by, and whether each was asking for its confirmation."""
        places = (before.place, *(each.node for each in effects if isinstance(each, Explain)), after.place)
        found: list[tuple[str, Collect, bool]] = []
        for place in dict.fromkeys(places):
            node = self._node(place)
            if isinstance(node, Collect) and node.sensitive:
                confirms = place == before.place and before.memory.get("candidate") is not None
                found.append((place, node, confirms))
        return tuple(found)

    def _known(self) -> Iterator[str]:
        """The lines before the first key of which nothing is known yet."""
        while self._held and (not self._keys or self._released < self._keys[0]):
            self._released += 1
            yield entry_line(self._held.pop(0))

    # Steps

    def _entry(self, before: Session, event: Event, after: Session, effects: tuple[Effect, ...]) -> Entry:
        text = self._masks.text
        decisions = [
            Explain(each.node, text(each.why) if each.why else "", each.exit, each.cause)
            for each in effects
            if isinstance(each, Explain) and (each.why or each.exit or each.cause)
        ]
        said = [text(words(each.prompt)) for each in effects if isinstance(each, Play)]
        place, playing, left = after.place, len(after.playing), _left(before, event)
        entry = Entry(event, place, playing, left=left, decisions=tuple(decisions), said=tuple(said))
        match event:
            case KeyPressed() | PlaybackEnded():
                return entry
            case PlaybackFailed() | LookupFailed():
                return replace(entry, event=replace(event, message=self._masks.text(event.message)))
            case Deafened():
                return replace(entry, event=replace(event, why=self._masks.text(event.why)))
            case LookupAnswered():
                return self._answer(entry, before, event)
            case PhraseHeard() | SpeechEnded():
                return self._speech(entry, before, after, event)
            case _:
                return entry

    def _answer(self, entry: Entry, before: Session, event: LookupAnswered) -> Entry:
        """Of an answer only what the node looks at."""
        node = self._node(before.place)
        save = node.save.values() if isinstance(node, Http) else ()
        reads: list[tuple[Path, ...]] = []
        for name in ("body", "headers"):
            paths = {path for each in save for path in read_paths(each.source, name)}
            reads.append(tuple(sorted(paths, key=repr)))
        body = self._masks.data(parts(event.body, reads[0])) if reads[0] else None
        headers = self._masks.data(parts(dict(event.headers), reads[1])) if reads[1] else {}
        return replace(entry, event=replace(event, body=body, headers=headers), kept=(reads[0], reads[1]))

    def _speech(self, entry: Entry, before: Session, after: Session, event: PhraseHeard | SpeechEnded) -> Entry:
        """Words, unless a sensitive value is asked for."""
        if before.listening is None:
            return replace(entry, event=replace(event, text=""))
        places = [before.place]
        if before.deadline is not None and event.at > before.deadline:
            places.append(after.place)  # What was waited for was over before the words came.
        for place in places:
            node = self._node(place)
            if isinstance(node, Collect) and node.sensitive:
                hidden = self._hidden_words(node, place, before, str(event.text))
                if hidden is not None:
                    return replace(entry, event=replace(event, text=""), hidden=hidden)
        if normal(event.text) in map(normal, before.listening.phrases):
            return entry  # The flow itself says it, whatever was said in confidence elsewhere.
        return replace(entry, event=replace(event, text=self._masks.text(event.text)))

    def _hidden_words(self, node: Collect, place: str, before: Session, text: str) -> Hidden | None:
        """What is told of words for a sensitive value; None if they are none of it."""
        said, flow, language = normal(text), self._flow.flow(before.here.flow), before.language
        universal = {normal(each) for one in flow.universals for each in _phrases(one.say, language, flow)}
        if not said or said in universal:
            return None
        if before.memory.get("candidate") is not None:
            answers = (*by_language(YES, language, ()), *by_language(NO, language, ()))
            return None if said in map(normal, answers) else Hidden("nothing", place)
        match node.spoken:
            case "digits":
                digits = spoken_digits(text, language)
                if digits is None:
                    return Hidden("nothing", place)
                fits = node.digits is None or set(digits) <= set(typeable(node))
                return Hidden("digits" if fits else "foreign_digits", place, len(digits))
            case "phrases" if said in map(normal, _phrases(node.phrases, language, flow)):
                return Hidden("longer_phrase" if goes_on(before, said) else "phrase", place)
            case "any":
                return Hidden("words", place)
            case _:
                return Hidden("nothing", place)

    def _node(self, place: str) -> Node | None:
        return node_at(self._flow, place)


def fates_of_keys(flow: Flow, before: Session, event: Event, effects: Iterable[Effect]) -> tuple[list[Fate], bool]:
    """What a step tells of keys, in the order in which they were pressed, and whether its own one was taken at once.

    A key that ends a recording is taken while those that were pressed during it still wait.
    """
    fates = [effect.key for effect in effects if isinstance(effect, Explain) and effect.key is not None]
    if before.recording is None or not isinstance(event, KeyPressed) or "taken" not in fates:
        return fates, False
    node = node_at(flow, before.place)
    if not isinstance(node, Record) or event.key not in node.finish:
        return fates, False
    fates.remove("taken")
    return fates, True


def node_at(flow: Flow, place: str) -> Node | None:
    """The node that a place (`node`, or `flow/node` in a subflow) names; None if there is none."""
    id, node = located(place, flow)
    inner = flow if id == flow.id else flow.flows.get(id)
    return None if inner is None else inner.nodes.get(node)


def typeable(node: Collect) -> str:
    """The keys that a value of a field may have."""
    digits = node.digits
    if digits is None:
        return "0123456789"
    return "".join(key for key in digits.keys if key not in digits.finish + digits.erase)


def goes_on(session: Session, said: str) -> bool:
    """Whether these words begin something longer that is listened for."""
    heard = session.listening
    return heard is not None and any(normal(phrase).startswith(said + " ") for phrase in heard.phrases)


def _left(before: Session, event: Event) -> int | None:
    """How many playbacks were queued behind the one that an event is about."""
    if not isinstance(event, PlaybackEnded | PlaybackFailed) or event.playback not in before.playing:
        return None
    return len(before.playing) - 1 - before.playing.index(event.playback)


def _hidden_key(key: str, visited: tuple[tuple[str, Collect, bool], ...]) -> Hidden:
    """What is told of a key that belongs to a sensitive value."""
    for place, node, confirms in visited:
        if not confirms and key in typeable(node):
            return Hidden("digit", place)
    for place, _, confirms in visited:
        if not confirms or key not in ACCEPT + REFUSE:
            return Hidden("other", place)
    return Hidden("other")


def _phrases(say: ByLanguage[tuple[str, ...]], language: str, flow: Flow) -> tuple[str, ...]:
    return say.pick(language, flow.language)[0] or ()


@lru_cache(maxsize=32)
def mentioned_env(flow: Flow) -> tuple[str, ...] | None:
    """The names of `env` that a flow, or one that it may call, mentions, sorted; None if that can't be told."""
    found: set[str] = set()
    for each in involved(flow):
        for expression in each.all_expressions():
            if "env" in expression.names and not expression.env:
                return None
            found.update(expression.env)
    return tuple(sorted(found))
