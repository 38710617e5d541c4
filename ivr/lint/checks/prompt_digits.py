"""Prompts that ask for another number of digits than the field takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.core.digits import Digits
from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.wording.call_languages import languages_at
from ivr.lint.wording.prompt_text import prompt_paths, script
from ivr.nodes.collect import Collect

NUMBERS = {
    "two zwei deux dos दो": 2,
    "three drei trois tres तीन": 3,
    "four vier quatre cuatro चार": 4,
    "five fünf cinq cinco पांच पाँच": 5,
    "six sechs seis छह छः छे": 6,
    "seven sieben sept siete सात": 7,
    "eight acht huit ocho आठ": 8,
    "nine neun neuf nueve नौ": 9,
    "ten zehn dix diez दस": 10,
    "eleven elf onze once ग्यारह": 11,
    "twelve zwölf douze doce बारह": 12,
    "thirteen dreizehn treize trece": 13,
    "fourteen vierzehn quatorze catorce": 14,
    "fifteen fünfzehn quinze quince": 15,
    "sixteen sechzehn seize dieciséis सोलह": 16,
}
BY_WORD = {word: number for words, number in NUMBERS.items() for word in words.split()}
"""One is left out: “one digit at a time” is no length."""
DIGITS = r"(?:digits?\b|ziffern?\b|stellig|stellen\b|chiffres?\b|dígitos?\b|digitos?\b|cifras?\b|अंक)"
TOLD = re.compile(
    rf"(?<![\w.,])(?P<number>\d{{1,2}}|{'|'.join(sorted(BY_WORD, key=len, reverse=True))})[\s-]*(?:or more\s+)?{DIGITS}"
)
RANGE = re.compile(rf"(?<!\w)(?P<least>\d{{1,2}}|{'|'.join(BY_WORD)})\s*(?:-|–|to|or|bis|oder|à|ou|a|o|से|या)\s*$")
DENIED = re.compile(r"(?<!\w)(?:not|no|without|nicht|kein\w*|ohne|pas|sans|sin|nicht|नहीं|मत)(?!\w)")
PART = re.compile(
    r"(?<!\w)(?:(?:begin|start)\w*\s+(?:with|at|from)|leav\w+\s+(?:out|off)|omit\w*|skip\w*|ignor\w+|pairs?|groups?|paare\w*|gruppen?|groupes?|pares|grupos?|includ\w+|area|prefix|day|month|"
    r"year|hours?|minutes?|beginn\w*\s+mit|inklusive|einschließlich|vorwahl|tag|monat|jahr|stunden?|minuten?|"
    r"commen\w+\s+par|indicatif|compris|jour|mois|année|heures?|(?:empie|comien)\w+\s+con|inclu\w+|prefijo|lada|día|mes|"
    r"año|horas?|minutos?|दिन|महीने|महीना|वर्ष|साल|घंटे|मिनट)(?!\w)"
)
"""Words that speak of a part of a number: “two digits for the day”, “with the three digit area code”."""
SENTENCE = re.compile(r"[.!?।;]+(?=\s|$)")


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    at = languages_at(flow)
    told: set[object] = set()
    for id, node in flow.nodes.items():
        if not isinstance(node, Collect) or node.digits is None:
            continue
        for language in sorted(at.get(id) or {flow.language}):
            for _, path in prompt_paths(flow, subject.source, id, "prompt", "no_input", "no_match"):
                if path[0] == "defaults":
                    continue
                for passage in script(flow, subject.source, path, language).passages:
                    lengths = told_lengths(passage.text)
                    if passage.path in told or PART.search(passage.text.casefold()):
                        continue
                    if _parted(lengths, node.digits):
                        told.add(passage.path)
                        yield Mistake(passage.path, _message(id, lengths, node.digits))


def told_lengths(text: str) -> tuple[int, ...]:
    """The numbers of digits that a text speaks of, but for sentences that say what not to do."""
    found: list[int] = []
    for sentence in SENTENCE.split(text.casefold()):
        for match in TOLD.finditer(sentence) if not DENIED.search(sentence) else ():
            span = RANGE.search(sentence[: match.start()])
            found += [_number(match["number"]), *([_number(span["least"])] if span else [])]
    return tuple(each for each in found if each > 1)


def _number(word: str) -> int:
    return BY_WORD[word] if word in BY_WORD else int(word)


def _parted(lengths: tuple[int, ...], digits: Digits) -> bool:
    """Whether no length that is told, nor all of them together, fits the field."""
    return bool(lengths) and not any(digits.min <= each <= digits.max for each in (*lengths, sum(lengths)))


def _message(id: str, lengths: tuple[int, ...], digits: Digits) -> str:
    asked = " and ".join(str(each) for each in dict.fromkeys(lengths))
    takes = f"{digits.min}" if digits.min == digits.max else f"{digits.min} to {digits.max}"
    return f"callers are asked for {asked} digits here, but {quoted(id)} takes {takes}; change the words, or “digits”"


PROMPT_DIGITS = Check("prompt-digits", "warning", _find)
