"""What a picture says of prompts, of nodes and of the ways out of them, in the words of callers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ivr.core.filling import Pattern
from ivr.core.flow import Flow, Universal
from ivr.core.node import Exit, Node
from ivr.core.prompts import Announced, Announcement, ByLanguage, Named, Pause, Prompt, Sound, Words
from ivr.core.templates import Template
from ivr.nodes.branch import Branch
from ivr.nodes.collect import Collect
from ivr.nodes.hangup import Hangup
from ivr.nodes.http import Http
from ivr.nodes.menu import Choice, Menu
from ivr.nodes.play import Play
from ivr.nodes.record import Record
from ivr.nodes.return_ import Return
from ivr.nodes.set import Set
from ivr.nodes.subflow import Subflow
from ivr.nodes.transfer import Transfer

INSERTED = re.compile(r"\{\{[-+]?\s*(.*?)\s*[-+]?\}\}", re.DOTALL)

DONE = {"repeat": "repeat this", "back": "back", "start": "start again"}
"""What a universal does that leads to no node of its own."""


def said(prompt: Prompt, flow: Flow, announced: tuple[Announced, ...] = ()) -> str:
    """The words of a prompt in the flow's language; values of a call stand in braces, recordings in brackets."""
    return " ".join(" ".join(_said(prompt, flow, announced)).split())


def _said(prompt: Prompt, flow: Flow, announced: tuple[Announced, ...]) -> Iterator[str]:
    for piece in prompt:
        match piece:
            case Words(template):
                yield shown(template)
            case Sound(name=name, text=text):
                yield f"[{name}]" if text is None else shown(text)
            case Announcement(sentence):
                for choice in announced:
                    label, phrase = _by_language(choice.label, flow), _by_language(choice.say, flow)
                    spoken = shown(sentence).replace("{press}", choice.press)
                    spoken = spoken.replace("{say}", phrase[0] if phrase else "")
                    yield spoken.replace("{label}", "" if label is None else shown(label))
            case Pause():
                pass
            case Named(name):
                yield from _said(flow.prompts[name], flow, announced)
            case ByLanguage():
                yield from _said(_by_language(piece, flow) or (), flow, announced)


def _by_language(value: ByLanguage[Any], flow: Flow) -> Any:
    """The entry of the flow's language, else the first there is."""
    found = value.pick(flow.language, flow.language)[0]
    return found if found is not None else next(iter(value.entries.values()), None)


def shown(template: Template) -> str:
    """A template as people may read it: an expression in single braces."""
    return INSERTED.sub(r"{\1}", template.source).strip()


def heading(node: Node) -> str:
    """What kind of node it is, with the one thing that matters most besides its prompt."""
    match node:
        case Collect(into=into) | Record(into=into):
            return f"{node.kind} → {into}"
        case Http(method=method):
            return f"http {method}"
        case Subflow(flow=flow):
            return f"subflow {flow}"
        case Transfer(to=to):
            return f"transfer → {shown(to)}"
        case _:
            return node.kind


def body(node: Node, flow: Flow) -> str:
    """What the node says or does."""
    match node:
        case Menu(prompt=prompt):
            return said(prompt, flow, node.announced())
        case Collect(prompt=prompt) | Record(prompt=prompt) | Play(prompt=prompt):
            return said(prompt, flow)
        case Transfer(prompt=prompt) | Hangup(prompt=prompt):
            return said(prompt, flow)
        case Http(url=url):
            return shown(url)
        case Set(values=values) | Return(values=values):
            return ", ".join(f"{name} = {_pattern(value)}" for name, value in values.items())
        case _:
            return ""


def _pattern(value: Pattern) -> str:
    match value:
        case Template():
            return shown(value) or "“”"
        case dict() | list():
            return "…"
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case _:
            return str(value)


def way(node: Node, out: Exit, flow: Flow) -> str:
    """What makes a caller take a way out; nothing where it is the way on."""
    match out.path, node:
        case ("choices", int(place), _), Menu(choices=choices):
            return choice(choices[place], flow)
        case ("cases", int(place), _), Branch(cases=cases):
            return " ".join(cases[place].when.source.split())
        case ("on_status", status), _:
            return str(status)
        case ("on_failure",), Menu(input=given) | Collect(input=given):
            return f"after {given.attempts} attempts" if given.attempts > 1 else "after 1 attempt"
        case ("on_error",), _:
            return "error"
        case ("next",), _:
            return ""
        case _:
            return out.name


def choice(offered: Choice, flow: Flow) -> str:
    """A choice as its key, and what it is called."""
    label = _by_language(offered.label, flow)
    name = "" if label is None else shown(label)
    return _named(offered.press, name, _by_language(offered.say, flow))


def universal(offered: Universal, flow: Flow) -> str:
    """A universal as its key or its first phrase, and what it is called or does."""
    phrases = _by_language(offered.say, flow)
    if offered.do is None:
        return _named(offered.press, "", phrases)
    return f"{offered.press or _quoted(phrases)} · {DONE[offered.do]}"


def _named(press: str | None, name: str, phrases: tuple[str, ...] | None) -> str:
    if press is None:
        return name or _quoted(phrases)
    called = name or (phrases[0] if phrases else "")
    return f"{press} · {called}" if called else press


def _quoted(phrases: tuple[str, ...] | None) -> str:
    return f"“{phrases[0]}”" if phrases else ""
