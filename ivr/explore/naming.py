"""What a scenario is about, in a few words."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.explore.walks import Stage, Walk

MOST_THEMES = 2
WRONG = {
    "not offered": "a wrong key at {place}",
    "invalid": "what is not valid at {place}",
    "too short": "too little at {place}, then silence",
    "ended too soon": "too little at {place}",
}
FAILED = {
    "timeout": "{place} times out",
    "connect": "{place} can't be reached",
    "body": "{place} answers something else",
    "a 4xx": "{place} is refused",
    "a 5xx": "{place} fails",
}
ANSWERED = {
    "ended by silence": "silence ends the entry at {place}",
    "ended by a key": "a key ends the recording at {place}",
    "erased and entered": "the entry at {place} is erased",
}
FAULTS = {"busy": "{place} is busy", "no_answer": "nobody answers at {place}"}


def name_of(walk: Walk) -> str:
    """The themes of a call: what it shows that no call before it does, and how it ends."""
    themes = sorted({(rank, place, theme) for place, (rank, theme) in enumerate(_themes(walk))})
    chosen: list[tuple[int, str]] = []
    for _, place, theme in themes:
        if theme not in (each for _, each in chosen) and len(chosen) < MOST_THEMES:
            chosen.append((place, theme))
    found = [theme for _, theme in sorted(chosen)]
    return "; ".join([*found, _ending(walk)])


def _themes(walk: Walk) -> Iterator[tuple[int, str]]:
    """What is shown first here, each with its rank: what fails is told rather than what succeeds."""
    for stage in walk.stages:
        if stage.gains and stage.deed.cause not in ("begin", "hangup"):
            yield _theme(stage)


def _theme(stage: Stage) -> tuple[int, str]:
    deed, place = stage.deed, stage.before.session.place
    used_up = any(target.kind == "said" and target.what == "attempts used up" for target in stage.gains)
    match deed.cause:
        case "failed":
            return 0, FAILED.get(deed.label, f"{{place}} answers {deed.label}").format(place=place)
        case "not_handed_over":
            return 1, FAULTS.get(deed.label, "{place} fails").format(place=place)
        case "silence":
            return (2, f"silence at {place} until it gives up") if used_up else (3, f"silence at {place}")
        case "wrong":
            theme = WRONG.get(deed.label, "a wrong key at {place}").format(place=place)
            return (2, f"{theme} until it gives up") if used_up else (3, theme)
        case "refusal":
            return 3, f"a refusal at {place}"
        case "universal":
            return 4, f"{deed.keys or deed.says} at {place}"
        case "answer" if deed.label in ANSWERED:
            return 4, ANSWERED[deed.label].format(place=place)
        case "found":
            return 7, f"{place} answers"
        case "handed_over":
            return 5, f"{place} is taken"
        case "answer":
            return 6, f"an answer at {place}"
        case _:
            return 5, f"{deed.keys or deed.says} at {place}"


def _ending(walk: Walk) -> str:
    session = walk.end.session
    last = next((stage for stage in reversed(walk.stages) if stage.deed.cause == "hangup"), None)
    if session.ended_by == "caller" and last is not None:
        return f"hang up at {last.before.session.place}"
    return f"the end at {session.ended_by}"
