"""What callers hear: what is said otherwise, and which texts are to be recorded anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from ivr.core.flow import Flow
from ivr.core.gathering import InputNode
from ivr.core.node import Node
from ivr.core.prompts import (
    Announced,
    Announcement,
    ByLanguage,
    Named,
    Pause,
    Prompt,
    Sound,
    Words,
)
from ivr.core.spoken import keys_aloud
from ivr.core.templates import Template
from ivr.document.finding import whole
from ivr.lint.diff.difference import Difference
from ivr.lint.diff.side import Side
from ivr.lint.wording.call_languages import written_languages

PROMPTS = ("prompt", "confirm", "waiting")
"""The fields of nodes that hold one prompt."""
OF_THE_ENGINE = ("apology", "keys_only")
"""Named prompts that are heard though no node plays them."""
MS = 1_000


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, a recording or a pause, as callers of one language hear it."""

    text: str
    """The words, with their templates; those of a recording may be unknown."""
    language: str
    """That they are spoken in."""
    recording: str = ""
    """The name of the file, if it is one."""
    length: int = 0
    """Milliseconds of a recording or a pause."""
    choice: str = field(default="", compare=False)
    """The key or phrase of the choice that it is made from: it changes with that."""

    @property
    def is_pause(self) -> bool:
        """Whether nothing is heard."""
        return not self.text and not self.recording

    @property
    def words(self) -> Said:
        """What has to be said into a microphone or by a synthesiser, however long it took."""
        return replace(self, length=0)

    def __str__(self) -> str:
        """As people read it."""
        if self.is_pause:
            return f"a pause of {self.length / MS:g} s"
        text = whole(self.text) if self.text else ""
        return f"{self.recording}: {text}" if self.recording and text else self.recording or text


Heard = Mapping[str, tuple[Said, ...]]
"""What a node says, by the key at which it stands: `prompt`, `no_input.1`."""


def differences(old: Side, new: Side, pairs: Mapping[str, str]) -> Iterator[Difference]:
    """What is said otherwise in nodes that were there before, and all texts that are new in a language."""
    if old.flow.voice != new.flow.voice:
        yield Difference(new.flow.id, "said", "voice", "another voice speaks, so every text sounds different")
    before, after = written_languages(old.flow), written_languages(new.flow)
    for language in sorted(before - after):
        yield Difference(new.flow.id, "said", "languages", f"{language} is no longer spoken", language)
    for language in sorted(after - before):
        yield Difference(new.flow.id, "said", "languages", f"{language} is new", language)
    for language in sorted(after):
        yield from _in_language(old, new, pairs, language, is_new=language not in before)


def _in_language(
    old: Side, new: Side, pairs: Mapping[str, str], language: str, *, is_new: bool
) -> Iterator[Difference]:
    known = {} if is_new else _all(old, language)
    present = _all(new, language)
    there = {said.words for heard in known.values() for each in heard.values() for said in each}
    partner = {after: before for before, after in pairs.items()} | {name: name for name in OF_THE_ENGINE}
    record: dict[Said, tuple[list[str], Said | None]] = {}
    several = len(written_languages(new.flow)) > 1
    for id, heard in present.items():
        before = known.get(partner.get(id, ""))
        for slot in {**heard, **(before or {})}:
            if before is not None and _in_other_order(before.get(slot, ()), heard.get(slot, ())):
                yield Difference(new.flow.id, "said", id, "the choices are said in another order")
            for gone, come in _changed((before or {}).get(slot, ()), heard.get(slot, ())):
                if come is not None and not come.is_pause and come.words not in there:
                    places, instead = record.setdefault(come.words, ([], gone))
                    places.append(id)
                elif before is not None and _is_of_its_own(gone, come, heard.get(slot, ()), new.nodes.get(id)):
                    yield _said(new.flow.id, id, gone, come, language if several else "")
    for said, (places, instead) in record.items():
        where = ", ".join(dict.fromkeys(places))
        message = f"{said}{_aside(said.language if several else '')}"
        if instead is not None and not instead.is_pause:
            message += f" instead of {instead}"
        yield Difference(
            new.flow.id, "to-record", where, message, said.language, _script(instead), said.text or said.recording
        )


def _is_of_its_own(gone: Said | None, come: Said | None, heard: tuple[Said, ...], node: Node | None) -> bool:
    """Whether a change is more than what a new, moved or removed choice brings with it."""
    if come is not None and come.choice:
        return False
    if gone is None or not gone.choice:
        return True
    there = {choice.press or _first_phrase(choice.say) for choice in getattr(node, "choices", ())}
    return gone.choice in there - {said.choice for said in heard}


def _in_other_order(before: tuple[Said, ...], after: tuple[Said, ...]) -> bool:
    old, new = ([said.text for said in heard if said.choice] for heard in (before, after))
    return old != new and sorted(old) == sorted(new)


def _said(flow: str, id: str, gone: Said | None, come: Said | None, language: str) -> Difference:
    aside = _aside(language)
    match gone, come:
        case None, _:
            message = f"{come} is heard, too{aside}"
        case _, None:
            message = f"{gone} is no longer heard{aside}"
        case Said(), Said() if gone.words == come.words and not come.is_pause:
            message = (
                f"{come} is another recording{aside}: {come.length / MS:.1f} s instead of {gone.length / MS:.1f} s"
            )
        case _:
            message = f"{come} is heard instead of {gone}{aside}"
    return Difference(flow, "said", id, message, language, _script(gone), _script(come))


def _aside(language: str) -> str:
    return f" ({language})" if language else ""


def _script(said: Said | None) -> str:
    return "" if said is None else said.text or said.recording


def _changed(before: tuple[Said, ...], after: tuple[Said, ...]) -> Iterator[tuple[Said | None, Said | None]]:
    """What is gone and what has come in its place."""
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        gone, come = before[a:b], after[c:d]
        if len(gone) == len(come):
            yield from zip(gone, come, strict=True)
        else:
            yield from ((each, None) for each in gone)
            yield from ((None, each) for each in come)


def _all(side: Side, language: str) -> Mapping[str, Heard]:
    """What each node says to callers of a language, and the engine with prompts of the flow."""
    found = {id: said_by(side.flow, node, language) for id, node in side.nodes.items()}
    named = side.flow.prompts
    own = {
        name: {name: tuple(_pieces(named[name], side.flow, language, ()))} for name in OF_THE_ENGINE if name in named
    }
    return {id: dict(heard) for id, heard in found.items()} | own


def said_by(flow: Flow, node: Node, language: str) -> tuple[tuple[str, tuple[Said, ...]], ...]:
    """What a node says to callers of a language, by the key at which it stands."""
    choices = node.announced() if isinstance(node, InputNode) else ()
    slots = [(key, getattr(node, key)) for key in PROMPTS if getattr(node, key, ())]
    if isinstance(node, InputNode):
        slots += [(f"no_input.{nth}", prompt) for nth, prompt in enumerate(node.input.no_input, 1)]
        slots += [(f"no_match.{nth}", prompt) for nth, prompt in enumerate(node.input.no_match, 1)]
    return tuple((key, tuple(_pieces(prompt, flow, language, choices))) for key, prompt in slots)


def _pieces(prompt: Prompt, flow: Flow, language: str, choices: tuple[Announced, ...]) -> Iterator[Said]:
    for piece in prompt:
        match piece:
            case Words(template):
                yield from _text(template.source, language)
            case Sound():
                yield from _sound(piece, flow, language)
            case Announcement(sentence):
                for choice in choices:
                    yield from _announced(sentence, choice, flow, language)
            case Pause(duration):
                yield Said("", language, length=duration)
            case Named(name):
                yield from _pieces(flow.prompts[name], flow, language, choices)
            case ByLanguage():
                chosen, tag = piece.pick(language, flow.language)
                yield from _pieces(chosen or (), flow, tag, choices)


def _text(text: str, language: str) -> Iterator[Said]:
    if text.strip():
        yield Said(" ".join(text.split()), language)


def _sound(sound: Sound, flow: Flow, language: str) -> Iterator[Said]:
    files = sound.files.entries
    found = files.get(language) or files.get("") or (files.get(flow.language) if sound.text is None else None)
    text = sound.text.source if sound.text is not None else ""
    if found is not None:
        yield Said(" ".join(text.split()), language, sound.name, found.duration)
    else:
        yield from _text(text, language)


def _announced(sentence: Template, choice: Announced, flow: Flow, language: str) -> Iterator[Said]:
    label, tag = choice.label.pick(language, flow.language)
    if label is not None:
        phrases = choice.say.pick(language, flow.language)[0] or ("",)
        slots = {"{press}": keys_aloud(choice.press, tag), "{say}": phrases[0], "{label}": label.source}
        text = sentence.source
        for slot, words in slots.items():
            text = text.replace(slot, words)
        by = choice.press or _first_phrase(choice.say)
        yield from (replace(said, choice=by) for said in _text(text, tag))


def _first_phrase(say: ByLanguage[tuple[str, ...]]) -> str:
    return next((phrases[0] for phrases in say.entries.values() if phrases), "")
