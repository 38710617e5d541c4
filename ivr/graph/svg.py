"""A picture as an SVG that needs nothing else, by day and by night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape as as_markup

from ivr.graph import faces
from ivr.graph.faces import Face
from ivr.graph.notes import FLOW, OF_FLOW, Note, Overlay, worst
from ivr.graph.picture import Picture
from ivr.graph.places import PlacedArrow, PlacedBox, placed
from ivr.graph.text import printable, wrapped

MARGIN = 24
NARROWEST = 520
NAME_SIZE, NAME_HEIGHT = 20, 30
TOLD_SIZE, TOLD_HEIGHT, TOLD_LINES = 13, 19, 3
HEAD_X, HEAD_Y = 4, 8
"""Half the width of an arrow's head, and its length."""
RADIUS, PILL = 6, 16
INNER = 4
"""Between the two borders of a subflow."""
CUT = 14
"""The slant of a branch's sides."""

COLOURS: Mapping[str, tuple[str, str]] = {
    "page": ("fill:#fff", "fill:#14171a"),
    "ink": ("fill:#1f2328", "fill:#e6e9ec"),
    "faint": ("fill:#59636e", "fill:#9aa5af"),
    "box": ("fill:#f6f7f9;stroke:#8b949e", "fill:#20252a;stroke:#6e7781"),
    "input .shape": ("fill:#e9f2fc;stroke:#1a6fb5", "fill:#16293b;stroke:#6cb6f5"),
    "branch .shape": ("fill:#f5eefc;stroke:#7b4bb3", "fill:#2a2037;stroke:#b894e0"),
    "http .shape": ("fill:#e6f5f2;stroke:#1f7a6c", "fill:#15302b;stroke:#5cc0ae"),
    "record .shape": ("fill:#fdf0e4;stroke:#a35b17", "fill:#35261a;stroke:#e3a066"),
    "end .shape": ("fill:#e8eaed;stroke:#1f2328", "fill:#30363c;stroke:#e6e9ec"),
    "entrance .shape": ("fill:#1f2328;stroke:#1f2328", "fill:#e6e9ec;stroke:#e6e9ec"),
    "entrance text": ("fill:#fff", "fill:#14171a"),
    "everywhere .shape": ("fill:#fff;stroke:#59636e", "fill:#14171a;stroke:#9aa5af"),
    "of-info .shape": ("fill:#d8e9fb;stroke:#1a6fb5", "fill:#173452;stroke:#6cb6f5"),
    "of-warning .shape": ("fill:#ffefc2;stroke:#8a5a00", "fill:#453409;stroke:#e8b93e"),
    "of-error .shape": ("fill:#ffdcd7;stroke:#b3261e", "fill:#54201b;stroke:#ff8a7e"),
    "tone-info": ("fill:#14588f", "fill:#9fd0fa"),
    "tone-warning": ("fill:#754b00", "fill:#f5cf6b"),
    "tone-error": ("fill:#9c1c15", "fill:#ffb4ab"),
    "path": ("stroke:#59636e", "stroke:#9aa5af"),
    "head": ("fill:#59636e", "fill:#9aa5af"),
    "trouble .path": ("stroke:#b3541e", "stroke:#e8935f"),
    "trouble .head": ("fill:#b3541e", "fill:#e8935f"),
    "trouble .label": ("fill:#94410f", "fill:#f0a679"),
}
"""By day and by night. They are plain rules, as programs that draw SVG outside of browsers know no CSS variables."""


def escape(text: str) -> str:
    """Text as it can stand in an element or an attribute."""
    return as_markup(printable(text))


def style(scope: str = "") -> str:
    """The rules of pictures, whose selectors all begin with `scope`: that of a page ends in a space."""
    at = f"{scope}."
    sizes = " ".join(
        f"{at}{each.name}{{font-size:{each.size:g}px{';font-weight:700' if each.bold else ''}}}"
        for each in (faces.HEADING, faces.TITLE, faces.BODY, faces.BADGE, faces.LABEL)
    )
    return f"""
  {scope}text {{ font-family: Arial, Helvetica, "Liberation Sans", "Noto Sans", sans-serif; white-space: pre }}
  {at}name {{ font-size: {NAME_SIZE}px; font-weight: 700 }} {at}told {{ font-size: {TOLD_SIZE}px }}
  {sizes}
  {at}shape {{ stroke-width: 1.5 }} {at}end .shape, {at}entrance .shape {{ stroke-width: 2 }}
  {at}everywhere .shape {{ stroke-dasharray: 5 3 }} {at}of-error .shape, {at}of-warning .shape {{ stroke-width: 2.5 }}
  {at}path {{ fill: none; stroke-width: 1.4 }} {at}trouble .path {{ stroke-dasharray: 6 3 }}
  {at}anywhere .path {{ stroke-dasharray: 2 3 }} {at}arrow .label {{ text-anchor: middle }}
  {_rules(at, night=False)}
  @media (prefers-color-scheme: dark) {{ {_rules(at, night=True)} }}
"""


def _rules(at: str, *, night: bool) -> str:
    return " ".join(f"{at}{name}{{{colours[night]}}}" for name, colours in COLOURS.items())


def as_svg(picture: Picture, overlays: Sequence[Overlay] = ()) -> str:
    """Draw it as a file of its own; the same bytes for the same picture."""
    return _drawn(picture, overlays, {}, rules=f"<style>{style()}</style>")


def as_part(picture: Picture, overlays: Sequence[Overlay], behind: Mapping[str, Iterable[str]]) -> str:
    """Draw it as a part of a page, which has its name and the rules of `style`: many pages must not have rules inside.

    `behind` are the ids of all flows that a node leads into, by the node's id; its box tells them as `data-calls`.
    """
    return _drawn(picture, overlays, behind)


def _drawn(
    picture: Picture, overlays: Sequence[Overlay], behind: Mapping[str, Iterable[str]], rules: str | None = None
) -> str:
    """Draw it with rules as a whole, without them as a part."""
    notes = [tuple(each[box.key] for each in overlays if box.key in each) for box in picture.boxes]
    drawn = placed(picture, notes)
    across = max(NARROWEST, drawn.width) + 2 * MARGIN
    room = across - 2 * MARGIN
    head = [] if rules is None else list(_title(picture, room))
    head.extend(_notes([each[FLOW] for each in overlays if FLOW in each], room))
    top = MARGIN + sum(height for _, height in head) + MARGIN // 2
    down = top + drawn.height + MARGIN
    left = (across - drawn.width) // 2
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}" width="{across}" height="{down}" '
            f'role="graphics-document" aria-labelledby="flow-name" data-flow="{escape(picture.flow)}" '
            f'xml:lang="{escape(picture.language)}">',
            f'<title id="flow-name">{escape(picture.flow)}: what callers may come by</title>',
            *([f"<desc>{escape(picture.description)}</desc>"] if picture.description else []),
            *([rules] if rules is not None else []),
            f'<rect class="page" width="{across}" height="{down}"/>',
            *_written(head),
            f'<g transform="translate({left} {top})">',
            *(_arrow(each) for each in drawn.arrows),
            *(_box(each, behind) for each in drawn.boxes),
            "</g>",
            "</svg>",
            "",
        )
    )


def _title(picture: Picture, room: int) -> Iterator[tuple[str, int]]:
    """The first lines above the picture, with the height of each: its name, and what it is."""
    yield f'<text class="name ink">{escape(picture.flow)}</text>', NAME_HEIGHT
    for line in wrapped(picture.description, TOLD_SIZE, room, TOLD_LINES):
        yield f'<text class="told faint">{escape(line)}</text>', TOLD_HEIGHT


def _notes(notes: Sequence[Note], room: int) -> Iterator[tuple[str, int]]:
    """The lines below these: what is to know of the flow as a whole."""
    for note in notes:
        for told in note.lines or (note.badge,):
            for line in wrapped(told, TOLD_SIZE, room, TOLD_LINES):
                yield f'<text class="told {_ink(note)}">{escape(line)}</text>', TOLD_HEIGHT


def _written(head: Sequence[tuple[str, int]]) -> Iterator[str]:
    y = MARGIN
    for text, height in head:
        yield text.replace("<text ", f'<text x="{MARGIN}" y="{y + height - 12}" ', 1)
        y += height


def _ink(note: Note) -> str:
    return "ink" if note.tone == "plain" else f"tone-{note.tone}"


def _box(placed: PlacedBox, behind: Mapping[str, Iterable[str]]) -> str:
    box = placed.box
    told = [box.told, *(line for note in placed.notes for line in note.lines or (note.badge,))]
    tone = worst(placed.notes)
    classes = f"{box.look}{f' of-{tone}' if tone != 'plain' else ''}"
    name = f'data-node="{escape(box.key)}" ' if box.is_node else f'data-key="{escape(box.key[1:])}" '
    name += f'data-calls="{escape(" ".join(behind[box.key]))}" ' if box.key in behind else ""
    texts = "".join(_lines(placed.face, placed.x + faces.PAD_X, placed.y + faces.PAD_Y, placed.notes))
    return (
        f'<g class="{classes}" role="graphics-symbol" {name}data-line="{box.line}">'
        f"<title>{escape(chr(10).join(told))}</title>{_shape(placed)}{texts}</g>"
    )


def _lines(face: Face, x: int, y: int, notes: Sequence[Note]) -> Iterator[str]:
    """The lines of a box; its badges have the tone of their notes."""
    badges = iter(
        _ink(note)
        for note in notes
        for _ in wrapped(note.badge, faces.BADGE.size, faces.ROOM, faces.BADGE_LINES, bold=True)
    )
    for line in face.lines:
        ink = {"heading": "faint", "badge": ""}.get(line.style.name, "ink") or next(badges)
        base = y + round(line.style.height * 0.77)
        yield f'<text class="{line.style.name} {ink}" x="{x}" y="{base}">{escape(line.text)}</text>'
        y += line.style.height


def _shape(placed: PlacedBox) -> str:
    x, y, wide, high = placed.x, placed.y, placed.face.width, placed.face.height
    match placed.box.look:
        case "branch":
            slant = min(CUT, high // 2)
            corners = f"M{x} {y + slant}L{x + slant} {y}H{x + wide - slant}L{x + wide} {y + slant}"
            back = f"V{y + high - slant}L{x + wide - slant} {y + high}H{x + slant}L{x} {y + high - slant}Z"
            return f'<path class="shape box" d="{corners}{back}"/>'
        case "subflow":
            inner = _rect(x + INNER, y + INNER, wide - 2 * INNER, high - 2 * INNER, RADIUS - 2)
            return _rect(x, y, wide, high, RADIUS) + inner
        case "end" | "entrance":
            return _rect(x, y, wide, high, min(PILL, high // 2))
        case _:
            return _rect(x, y, wide, high, RADIUS)


def _rect(x: int, y: int, wide: int, high: int, radius: int) -> str:
    return f'<rect class="shape box" x="{x}" y="{y}" width="{wide}" height="{high}" rx="{radius}"/>'


def _arrow(placed: PlacedArrow) -> str:
    arrow = placed.arrow
    manner = {"on": "", "trouble": " trouble", "everywhere": " anywhere"}[arrow.manner]
    labels = "".join(
        _label(face, x, y, each.exit, each.text) for (face, x, y), each in zip(placed.labels, arrow.labels, strict=True)
    )
    begin = (
        f'data-key="{arrow.source[1:]}"' if arrow.source in OF_FLOW.values() else f'data-from="{escape(arrow.source)}"'
    )
    ends = f'{begin} data-to="{escape(arrow.target)}"'
    head = f'<path class="head" d="{_head_of(placed)}"/>'
    return f'<g class="arrow{manner}" {ends}><path class="path" d="{placed.path}"/>{head}{labels}</g>'


def _head_of(placed: PlacedArrow) -> str:
    x, y = placed.tip
    match placed.heading:
        case "down":
            return f"M{x} {y}L{x - HEAD_X} {y - HEAD_Y}H{x + HEAD_X}Z"
        case "up":
            return f"M{x} {y}L{x - HEAD_X} {y + HEAD_Y}H{x + HEAD_X}Z"
        case _:
            return f"M{x} {y}L{x + HEAD_Y} {y - HEAD_X}V{y + HEAD_X}Z"


def _label(face: Face, x: int, y: int, name: str, text: str) -> str:
    """A label on the colour of the page, so that its arrow does not run through it."""
    if not face.lines:
        return f'<g data-exit="{escape(name)}"></g>'
    axis = x + face.width // 2
    texts = "".join(
        f'<text class="label ink" x="{axis}" y="{y + place * each.style.height + 11}">{escape(each.text)}</text>'
        for place, each in enumerate(face.lines)
    )
    ground = f'<rect class="page" x="{x}" y="{y}" width="{face.width}" height="{face.height}"/>'
    return f'<g data-exit="{escape(name)}"><title>{escape(text)}</title>{ground}{texts}</g>'
