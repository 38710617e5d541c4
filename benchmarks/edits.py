"""Single edits of a flow that its author might make by mistake, each as another text of the same file."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from benchmarks.edit import GONE, Document, Edit, at, gone, nodes_of, walk
from ivr.core.expressions import RESERVED, ExpressionSyntaxError, expression
from ivr.core.templates import template
from ivr.document.source import Path

EXITS = ("next", "otherwise", "on_error", "on_failure")
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
BARE = ("when", "validate")
"""Keys whose text is an expression without braces, beside all that stands in `save`."""
SPOKEN = ("prompt", "confirm", "no_input", "no_match", "waiting")
TOLD = re.compile(
    r"(?:\b(?:press|drücken Sie|appuyez sur|pulse|marque)(?: the| die| la| el)?\s+(?P<before>\d|star|hash)\b"
    r"|(?P<after>\d|स्टार|हैश) दबाएँ)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[^.!?।]+(?:\.(?=\d)[^.!?।]+)*[.!?।]*\s*")
INPUT = ("timeout", "attempts", "barge_in", "type_ahead", "confidence", "no_input", "no_match", "confirm", "validate")


def edits(document: Document, targets: int | None = None, seed: int = 4) -> Iterator[Edit]:
    """All single edits of one file.

    Args:
        document: the file's value.
        targets: how many other nodes each exit is led to; all of them by default.
        seed: of the choice of these.
    """
    for kind in (_choices, _swapped_keys, _universals, _dropped, _defaults, _conditions, _digits, _variables, _spoken):
        yield from kind(document)
    yield from _retargeted(document, targets, random.Random(seed))


# Choices and keys


def _choices(document: Document) -> Iterator[Edit]:
    for path, menu in nodes_of(document, "menu"):
        for place, choice in enumerate(menu["choices"]):
            here = (*path, "choices", place)
            if len(menu["choices"]) > 1:
                yield gone("drop a choice", *here)
            yield from (gone("drop a choice's label", *here, "label") for key in choice if key == "label")
            if "press" in choice and "say" in choice:
                yield gone("drop a choice's key", *here, "press")
                yield gone("drop a choice's phrases", *here, "say")
            yield from (gone("drop an assignment", *here, "set", name) for name in choice.get("set", ()))


def _swapped_keys(document: Document) -> Iterator[Edit]:
    for path, menu in nodes_of(document, "menu"):
        keyed = [place for place, choice in enumerate(menu["choices"]) if "press" in choice]
        for first, second in combinations(keyed, 2):
            one, other = (menu["choices"][place]["press"] for place in (first, second))
            a, b = ((*path, "choices", place, "press") for place in (first, second))
            yield Edit("swap the keys of two choices", ((a, other), (b, one)), f"{one} and {other} swapped")
            yield Edit("give a choice the key of another", ((a, other),), f"{one} → {other}")


def _universals(document: Document) -> Iterator[Edit]:
    for place, universal in enumerate(document.get("universals", ())):
        yield gone("drop a universal", "universals", place)
        if "press" in universal and "say" in universal:
            yield gone("drop a universal's key", "universals", place, "press")
            yield gone("drop a universal's phrases", "universals", place, "say")


# What may be left out


def _dropped(document: Document) -> Iterator[Edit]:
    for path, node in nodes_of(document):
        kind = node["type"]
        for key in ("on_error", "on_failure", "on_status", "sensitive", "retries", "waiting", "prompt", "reason"):
            if key in node:
                yield gone(f"drop {key}", *path, key)
        if kind in ("menu", "collect"):
            yield from (gone("drop an input key", *path, key) for key in INPUT if key in node)
        if kind == "http" and "timeout" in node:
            yield gone("drop a lookup's timeout", *path, "timeout")
        for key in ("save", "with", "values") if kind != "return" else ("values",):
            yield from (gone("drop an assignment", *path, key, name) for name in node.get(key, ()))
        for place in range(len(node.get("cases", ()))):
            yield gone("drop a case", *path, "cases", place)
    for path, value in walk(document):
        if isinstance(value, str) and value.startswith("https://"):
            yield Edit("https to http", ((path, value.replace("https", "http", 1)),), "http")


def _defaults(document: Document) -> Iterator[Edit]:
    yield from (gone("unset a default", "defaults", key) for key in document.get("defaults", ()))
    for key in ("on_failure", "on_error", "on_hangup"):
        if key in document:
            yield gone(f"unset the flow's {key}", key)
    yield from (gone("drop the flow's language", key) for key in ("language",) if key in document)
    yield from (gone("drop a variable's first value", "variables", name) for name in document.get("variables", ()))


def _conditions(document: Document) -> Iterator[Edit]:
    for path, node in nodes_of(document, "branch"):
        for place, case in enumerate(node["cases"]):
            here = (*path, "cases", place, "when")
            yield Edit("negate a when", ((here, f"not ({case['when']})"),), f"not ({case['when']})")
            for constant in (True, False):
                yield Edit("a when of true or false", ((here, constant),), str(constant).lower())


def _digits(document: Document) -> Iterator[Edit]:
    for path, node in nodes_of(document, "collect"):
        for here, length in walk(node.get("digits"), (*path, "digits")):
            if isinstance(length, int) and here[-1] in ("digits", "min", "max"):
                for other in (length - 1, length + 1):
                    yield Edit("another number of digits", ((here, other),), f"{length} → {other}")


# Variables


def _variables(document: Document) -> Iterator[Edit]:
    names = sorted({*document.get("variables", ()), *(name for _, name, _ in _assigned(document))} - {"language"})
    for path, name, at_key in _assigned(document):
        if name == "language":
            continue
        others = [("misspell a variable where it is set", _misspelt(name))]
        others += [("set another variable", other) for other in names if other != name]
        for kind, other in others:
            if at_key and other not in at(document, path[:-1]):
                value = at(document, path)
                yield Edit(kind, ((path, GONE), ((*path[:-1], other), value)), f"{name} → {other}")
            elif not at_key:
                yield Edit(kind, ((path, other),), f"{name} → {other}")
    for path, text, reads in _used(document):
        for name in reads:
            if name not in names:
                continue
            others = [("misspell a variable where it is read", _misspelt(name))]
            others += [("read another variable", other) for other in names if other != name]
            for kind, other in others:
                renamed = re.sub(rf"(?<![\w.'\"]){name}(?!\w)", other, text)
                if renamed != text:
                    yield Edit(kind, ((path, renamed),), f"{name} → {other}")


def _misspelt(name: str) -> str:
    """With two letters the wrong way round, or one too many."""
    swapped = name[:-2] + name[-1] + name[-2]
    return swapped if swapped not in (name, *RESERVED) else name + "s"


def _assigned(document: Document) -> Iterator[tuple[Path, str, bool]]:
    """Each place that gives a variable a value, its name, and whether this stands as a key."""
    for path, node in nodes_of(document):
        if "into" in node:
            yield (*path, "into"), node["into"], False
        for key in ("save", *(("values",) if node["type"] == "set" else ())):
            yield from (((*path, key, name), name, True) for name in node.get(key, ()))
        for place, choice in enumerate(node.get("choices", ())):
            yield from (((*path, "choices", place, "set", name), name, True) for name in choice.get("set", ()))


def _used(document: Document) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    """Each text that reads variables, and which."""
    for path, value in walk(document):
        if not isinstance(value, str) or path[0] not in ("nodes", "prompts", "defaults"):
            continue
        try:
            if path[-1] in BARE or "save" in path:
                yield path, value, expression(value).reads
            elif "{{" in value:
                reads = (name for each in template(value).expressions for name in each.reads)
                yield path, value, tuple(dict.fromkeys(reads))
        except ExpressionSyntaxError:
            continue


# What callers hear


def _spoken(document: Document) -> Iterator[Edit]:
    for path, value in walk(document):
        if not any(part in SPOKEN or part == "prompts" for part in path):
            continue
        if isinstance(value, dict) and len(value) > 1 and all(LANGUAGE.fullmatch(key) for key in value):
            yield from _languages(path, value)
        if isinstance(value, str) and path[-1] not in ("audio", "silence") and (path[-1] != "prompt" or _says(path)):
            yield from _told(path, value)
            yield from _sentences(path, value)


def _says(path: Path) -> bool:
    """Whether `prompt` is that of a node, and not the name of a prompt."""
    return len(path) == 3 and path[0] == "nodes"


def _languages(path: Path, texts: Mapping[str, Any]) -> Iterator[Edit]:
    for one, other in combinations(texts, 2):
        swapped = (((*path, one), texts[other]), ((*path, other), texts[one]))
        yield Edit("swap two languages' texts", swapped, f"{one} and {other} swapped")
    yield from (gone("drop a language's text", *path, tag) for tag in texts)


def _told(path: Path, text: str) -> Iterator[Edit]:
    for found in TOLD.finditer(text):
        group = "before" if found["before"] else "after"
        for other in ("7", "8"):
            changed = text[: found.start(group)] + other + text[found.end(group) :]
            if other != found[group]:
                yield Edit("another key in a prompt", ((path, changed),), f"{found[group]} → {other}")
                break


def _sentences(path: Path, text: str) -> Iterator[Edit]:
    pieces = [] if "{{" in text else SENTENCE.findall(text)
    for place, piece in enumerate(pieces) if len(pieces) > 1 else ():
        rest = "".join([*pieces[:place], *pieces[place + 1 :]]).strip()
        yield Edit("drop a sentence of a prompt", ((path, rest),), f"without “{piece.strip()}”")


# Exits


def _retargeted(document: Document, targets: int | None, rng: random.Random) -> Iterator[Edit]:
    nodes = list(document["nodes"])
    for path, target in _exits(document):
        others = [id for id in nodes if id not in (target, path[1] if path[0] == "nodes" else None)]
        kind = _exit_kind(path)
        if path[0] == "nodes" and path[1] != target:
            yield Edit(f"{kind} to its own node", ((path, path[1]),), f"{target} → {path[1]}")
        for other in others if targets is None or targets >= len(others) else rng.sample(others, targets):
            yield Edit(f"retarget {kind}", ((path, other),), f"{target} → {other}")


def _exits(document: Document) -> Iterator[tuple[Path, str]]:
    for key in ("start", "on_failure", "on_error", "on_hangup"):
        if key in document:
            yield (key,), document[key]
    if "on_failure" in document.get("defaults", ()):
        yield ("defaults", "on_failure"), document["defaults"]["on_failure"]
    for place, universal in enumerate(document.get("universals", ())):
        if "next" in universal:
            yield ("universals", place, "next"), universal["next"]
    for path, node in nodes_of(document):
        yield from (((*path, key), node[key]) for key in EXITS if key in node)
        for key in ("choices", "cases"):
            yield from (((*path, key, place, "next"), each["next"]) for place, each in enumerate(node.get(key, ())))
        yield from (((*path, "on_status", code), target) for code, target in node.get("on_status", {}).items())


def _exit_kind(path: Path) -> str:
    if path[0] != "nodes":
        return "a universal" if path[0] == "universals" else f"the flow's {path[-1]}"
    named = {"choices": "a choice", "cases": "a case", "on_status": "on_status"}
    return next((named[str(part)] for part in path[2:] if part in named), str(path[2]))
