"""A picture as a Mermaid flowchart, which GitHub draws in a README."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ivr.graph.notes import BEGIN, FLOW, MARK, Note, Overlay, worst
from ivr.graph.picture import Arrow, Box, Look, Manner, Picture
from ivr.graph.text import printable

SHAPES: Mapping[Look, tuple[str, str]] = {
    "play": ("[", "]"),
    "input": ("{{", "}}"),
    "branch": ("{", "}"),
    "work": (">", "]"),
    "http": ("[(", ")]"),
    "record": ("[/", "/]"),
    "subflow": ("[[", "]]"),
    "end": ("([", "])"),
    "entrance": ("((", "))"),
    "everywhere": ("(", ")"),
}
"""https://mermaid.js.org/syntax/flowchart.html#node-shapes"""
LINES: Mapping[Manner, str] = {"on": "-->", "trouble": "-.->", "everywhere": "-.->"}
STYLES: Mapping[str, str] = {
    "entrance": "stroke-width:3px",
    "ending": "stroke-width:3px",
    "everywhere": "stroke-dasharray:4 3",
    "error": "fill:#ffd8d3,stroke:#b3261e,color:#1f2328",
    "warning": "fill:#ffeab6,stroke:#8a5a00,color:#1f2328",
    "info": "fill:#d8e9fb,stroke:#1a6fb5,color:#1f2328",
}
CLASSES: Mapping[Look, str] = {"entrance": "entrance", "everywhere": "everywhere", "end": "ending"}

LONGEST_BODY, LONGEST_LABEL, LONGEST_NOTE = 90, 40, 160
"""Characters; what is longer is cut at a word."""
SPECIAL = re.compile(
    r"[\"#<>&`%*\\]|(?<=\d)[.)](?= )|[-+](?= )|(?<=[Ss][Tt])[Yy](?=[Ll][Ee])|(?<=[Cc][Ll][Aa][Ss][Ss])[Dd](?=[Ee][Ff])"
)
"""What ends a text in quotation marks, or means something there to Mermaid, to HTML or to Markdown.

Mermaid looks for the words `style` and `classDef` in whole lines, also within quotation marks, and some of its
versions refuse labels that begin like the item of a list.
"""
MOST_ARROWS, MOST_CHARACTERS = 500, 50_000
"""What Mermaid draws where nobody configures it, so on GitHub (`maxEdges` and `maxTextSize`)."""
SAFE = re.compile(r"[A-Za-z0-9_]+")


def as_mermaid(picture: Picture, overlays: Sequence[Overlay] = ()) -> str:
    """Write the flowchart, from top to bottom; the same text for the same picture."""
    lines = ["flowchart TD"]
    lines += [f"    {_box(box, [each[box.key] for each in overlays if box.key in each])}" for box in picture.boxes]
    lines += [f"    {_arrow(arrow)}" for arrow in picture.arrows]
    lines += _of_flow([each[FLOW] for each in overlays if FLOW in each])
    lines += _classes(picture, overlays)
    return "\n".join(lines) + "\n"


def too_big(picture: Picture, drawn: str) -> bool:
    """Whether Mermaid would refuse to draw it."""
    return len(picture.arrows) > MOST_ARROWS or len(drawn) > MOST_CHARACTERS


def name(key: str) -> str:
    """The name of a box in the source: readable, no word of Mermaid's, and no two the same, whatever the ids are."""
    if key.startswith(MARK):
        return f"flow_{key[1:]}"
    if SAFE.fullmatch(key):
        return f"n_{key}"
    return "x_" + "".join(each if SAFE.fullmatch(each) and each != "_" else f"_{ord(each):x}_" for each in key)


def _box(box: Box, notes: Sequence[Note]) -> str:
    before, after = SHAPES[box.look]
    if box.key == BEGIN:
        parts = ["start"]
    else:
        parts = [f"<b>{escaped(box.title)}</b>", f"<i>{escaped(box.heading)}</i>", escaped(cut(box.body, LONGEST_BODY))]
    parts += [f"<b>{escaped(each.badge)}</b>" for each in notes]
    parts += [escaped(cut(line, LONGEST_NOTE)) for each in notes if each.tone != "plain" for line in each.lines]
    return f'{name(box.key)}{before}"{"<br>".join(filter(None, parts))}"{after}'


def _arrow(arrow: Arrow) -> str:
    texts = [escaped(cut(label.text, LONGEST_LABEL)) for label in arrow.labels if label.text]
    label = f'|"{"<br>".join(texts)}"|' if texts else ""
    return f"{name(arrow.source)} {LINES[arrow.manner]}{label} {name(arrow.target)}"


def _of_flow(notes: Sequence[Note]) -> Iterator[str]:
    """What is to be known of the flow as a whole stands in a box without arrows."""
    if notes:
        parts = [f"<b>{escaped(each.badge)}</b>" for each in notes]
        parts += [escaped(cut(line, LONGEST_NOTE)) for each in notes for line in each.lines]
        yield f'    flow_itself["{"<br>".join(parts)}"]'


def _classes(picture: Picture, overlays: Sequence[Overlay]) -> Iterator[str]:
    """The classes of boxes: the worst tone of their notes comes last, because it wins."""
    groups: dict[str, list[str]] = {each: [] for each in STYLES}
    for box in picture.boxes:
        if box.look in CLASSES:
            groups[CLASSES[box.look]].append(name(box.key))
        tone = worst([each[box.key] for each in overlays if box.key in each])
        if tone in groups:
            groups[tone].append(name(box.key))
    flow_tone = worst([each[FLOW] for each in overlays if FLOW in each])
    if flow_tone in groups:
        groups[flow_tone].append("flow_itself")
    for group, members in groups.items():
        if members:
            yield f"    classDef {group} {STYLES[group]}"
            yield f"    class {','.join(members)} {group}"


def cut(text: str, longest: int) -> str:
    """The text, or as many whole words of it as there is room for."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    return (kept.rsplit(" ", 1)[0] if " " in kept[longest // 2 :] else kept).rstrip() + "…"


def escaped(text: str) -> str:
    """Text within quotation marks of Mermaid: what would not stand for itself is given by its number."""
    return SPECIAL.sub(lambda found: f"#{ord(found[0])};", " ".join(printable(text).split()))
