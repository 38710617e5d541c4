"""What is made ready before the first call: all that flows say alike in every call, and the languages they hear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ivr.core.flow import Flow
from ivr.core.gathering import InputNode
from ivr.core.prompts import Prompt, Stage, apology, keys_only, languages, segments
from ivr.core.segments import Recording, Segment, Speech
from ivr.core.templates import Template
from ivr.nodes.subflow import involved
from ivr.speech.phrases import asked


def static_segments(flows: Iterable[Flow]) -> tuple[Segment, ...]:
    """The recordings and static speech of all prompts, in every language that a call may be in; each once."""
    found: dict[Segment, None] = {}
    for flow in flows:
        if flow.is_subflow:
            continue
        together = involved(flow)
        listens = any(map(_listens, together))
        for language in sorted(_languages(flow, together)):
            found[apology(language, flow.voice)] = None
            if listens:
                found[keys_only(language, flow.voice)] = None
            for each in together:
                found.update(dict.fromkeys(_said(each, language)))
    return tuple(found)


def languages_heard(flows: Iterable[Flow]) -> tuple[str, ...]:
    """The languages in which calls of these flows may listen to speech, sorted."""
    found: set[str] = set()
    for flow in flows:
        if flow.is_subflow:
            continue
        together = involved(flow)
        if any(map(_listens, together)):
            found.update(_languages(flow, together))
    return tuple(sorted(found))


def _listens(flow: Flow) -> bool:
    """Whether any node of a flow takes phrases, in any language."""
    return any(say is None or say.entries for _, say in asked(flow))


def _languages(root: Flow, flows: Iterable[Flow]) -> set[str]:
    """The languages that a call of the first flow may be in."""
    found = {root.language}
    for flow in flows:
        for wanted in (each for node in flow.nodes.values() for each in node.languages()):
            if isinstance(wanted, Template) and wanted.static:
                found.add(wanted.source)
            else:
                found.update(_tags(flow))
    return found


def _tags(flow: Flow) -> set[str]:
    """Every language in which the flow has a prompt."""
    return {tag for prompt in flow.all_prompts() for tag in languages(prompt)}


def _said(flow: Flow, language: str) -> Iterator[Segment]:
    def of(prompt: Prompt, stage: Stage) -> Iterator[Segment]:
        return (each for each in segments(prompt, stage) if isinstance(each, Recording | Speech))

    usual = Stage(language, flow.language, flow.voice, flow.prompts)
    for node in flow.nodes.values():
        choices = node.announced() if isinstance(node, InputNode) else ()
        stage = Stage(language, flow.language, flow.voice, flow.prompts, None, choices)
        for prompt in node.prompts():
            yield from of(prompt, stage)
    for prompt in flow.prompts.values():
        yield from of(prompt, usual)
