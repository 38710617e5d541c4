"""Variables that are read and never get a value: they keep what only holds their place."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.comparing import questioned
from ivr.document.finding import did_you_mean, quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.values.data import Spot, definitions, spots
from ivr.lint.wording.prompt_text import raw_at


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    if flow.is_subflow and not subject.callers:
        return  # Who will call it may give them.
    changed = {each.name for each in definitions(flow) if each.origin != "initial"} | subject.given
    empty = {name: value for name, value in flow.variables.items() if name not in changed and _holds_place(value)}
    if not empty:
        return
    listed = spots(subject)
    unread = changed - {name for spot in listed for name in spot.reads}
    for name, value in empty.items():
        if did_you_mean(name, unread):
            continue  # What is given a value was misspelt there, and that is for another check.
        if any(_needs(spot, name, value, subject) for spot in listed if name in spot.reads):
            stays = {"": "empty", None: "null"}.get(value, "false" if value is False else str(value))
            message = f"{quoted(name)} is read, but stays {stays} in every call, because nothing gives it a value"
            mend = "save, set or collect it, or leave it out"
            yield Mistake(("variables", name), f"{message}: {mend}", at_key=True)


def _holds_place(value: object) -> bool:
    return value is None or value is False or value == "" or (value == 0 and not isinstance(value, bool))


def _needs(spot: Spot, name: str, value: object, subject: Subject) -> bool:
    """Whether an expression makes no sense with the value that only holds a place.

    Conditions are for another check. Numbers and switches may be settings that are edited by hand, unless they are
    spoken; and so may a text that is said alone, or left out as long as it is empty.
    """
    if spot.role in ("when", "validate") or name in questioned(spot.expression.source, bare=spot.bare):
        return False
    if spot.role == "prompt":
        text = str(raw_at(subject.source, spot.path) or "").strip()
        alone = text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1
        return not (alone and value == "")
    return value is None or value == ""


NEVER_GIVEN = Check("never-given", "warning", _find)
