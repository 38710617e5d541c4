"""Prompts that say more in one go than callers listen to."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.durations import duration
from ivr.core.prompts import Announced, Prompt, Stage, segments
from ivr.core.reading import Path
from ivr.core.segments import Speech
from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.call_languages import languages_at
from ivr.lint.wording.prompt_text import prompt_paths, script
from ivr.nodes.collect import Collect
from ivr.nodes.hangup import Hangup
from ivr.nodes.menu import Menu
from ivr.nodes.play import Play
from ivr.nodes.record import Record
from ivr.nodes.transfer import Transfer

LONGEST_MS = 20_000


def spoken_ms(prompt: Prompt, subject: Subject, language: str, announced: tuple[Announced, ...] = ()) -> int:
    """How long the text of a prompt takes that is the same in every call of a language; no recordings."""
    flow = subject.flow
    stage = Stage(language, flow.language, flow.voice, flow.prompts, choices=announced)
    return sum(duration(each) for each in segments(prompt, stage) if isinstance(each, Speech))


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    at = languages_at(flow)
    longest: dict[Path, tuple[int, str, str]] = {}
    for id in flow.nodes:
        for path, prompt, announced in _prompts(subject, id):
            for language in sorted(at.get(id) or {flow.language}):
                heard = spoken_ms(prompt, subject, language, announced)
                if heard > LONGEST_MS:
                    where = _place(subject, path, language)
                    longest[where] = max(longest.get(where, (0, "", "")), (heard, id, language))
    for path, (heard, id, language) in longest.items():
        message = (
            f"{quoted(id)} speaks for {heard / 1_000:.0f} s without a pause for the caller in {language}; more than "
            f"{LONGEST_MS / 1_000:g} s at a time are not listened to, so shorten the text or part it with a menu"
        )
        yield Mistake(path, message)


def _prompts(subject: Subject, id: str) -> Iterator[tuple[Path, Prompt, tuple[Announced, ...]]]:
    node = subject.flow.nodes[id]
    paths = dict(prompt_paths(subject.flow, subject.source, id, "prompt", "confirm"))
    announced = node.announced() if isinstance(node, Menu) else ()
    match node:
        case Play(prompt=prompt) | Menu(prompt=prompt) | Record(prompt=prompt) | Hangup(prompt=prompt):
            if "prompt" in paths:
                yield paths["prompt"], prompt, announced
        case Transfer(prompt=prompt):
            if "prompt" in paths:
                yield paths["prompt"], prompt, ()
        case Collect(prompt=prompt, confirm=confirm):
            for key, said in (("prompt", prompt), ("confirm", confirm)):
                if key in paths:
                    yield paths[key], said, ()


def _place(subject: Subject, path: Path, language: str) -> Path:
    """Where the longest text of the prompt stands, which may be a named prompt."""
    passages = script(subject.flow, subject.source, path, language).passages
    return max(passages, key=lambda each: len(each.text)).path if passages else path


LONG_PROMPT = Check("long-prompt", "warning", _find)
