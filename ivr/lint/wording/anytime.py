"""Keys that a play promises for any time of the call: “press star in any menu”."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.document.finding import available, quoted
from ivr.lint.check import Mistake, Subject
from ivr.lint.wording.announcing import is_read, offers
from ivr.lint.wording.call_languages import languages_at
from ivr.lint.wording.prompt_text import Passage, script
from ivr.nodes.menu import Menu
from ivr.nodes.play import Play

ANYTIME = re.compile(
    r"(?<!\w)(?:at any time|anytime|at any point|in any menu|in every menu|from any menu|whenever you|jederzeit|"
    r"in jedem menü|à tout moment|dans chaque menu|en cualquier momento|en todo momento|en cada menú|"
    r"किसी भी समय|कभी भी)(?!\w)"
)
SENTENCE = re.compile(r"(?<=[.!?।;])\s+")


def promised_anywhere(subject: Subject) -> Iterator[Mistake]:
    """Tell of such keys that are no universals, nor choices of any menu."""
    flow = subject.flow
    keys = [universal.press for universal in flow.universals if universal.press is not None]
    known = {
        *keys,
        *(choice.press for menu in flow.nodes.values() if isinstance(menu, Menu) for choice in menu.choices),
    }
    at = languages_at(flow)
    for id, node in flow.nodes.items():
        for language in sorted(at.get(id) or {flow.language}) if isinstance(node, Play) else ():
            for passage in script(flow, subject.source, ("nodes", id, "prompt"), language).passages:
                lost = [key for key in _promised(passage) if key not in known]
                if lost:
                    message = f"{quoted(id)} promises key {quoted(lost[0])} for any time, but it is no universal"
                    there = f"; universals: {available(keys)}" if keys else ""
                    yield Mistake(passage.path, f"{message}{there}", severity="warning")


def _promised(passage: Passage) -> Iterator[str]:
    for sentence in SENTENCE.split(passage.text) if is_read(passage.language) else ():
        if ANYTIME.search(sentence.casefold()):
            yield from (key for offer in offers(sentence, passage.language) if offer.explicit for key in offer.keys)
