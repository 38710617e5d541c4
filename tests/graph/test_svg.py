"""A flow as SVG: well formed, complete, and with nothing over anything else."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ivr.graph.notes import FLOW, Note
from ivr.graph.picture import Arrow, Box, Label, Picture
from ivr.graph.places import Placed, placed
from ivr.graph.svg import as_svg

SVG = "{http://www.w3.org/2000/svg}"
Area = tuple[int, int, int, int]


def areas(drawn: Placed) -> Iterator[Area]:
    """The edges of every box and every label: left, top, right, bottom."""
    for box in drawn.boxes:
        yield box.x, box.y, box.x + box.face.width, box.y + box.face.height
    for arrow in drawn.arrows:
        for face, x, y in arrow.labels:
            if face.lines:
                yield x, y, x + face.width, y + face.height


def assert_tidy(picture: Picture, notes: tuple[Note, ...] = ()) -> None:
    drawn = placed(picture, [notes for _ in picture.boxes])
    for left, top, right, bottom in areas(drawn):
        assert 0 <= left < right <= drawn.width
        assert 0 <= top < bottom <= drawn.height
    for one, other in combinations(areas(drawn), 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)


def box(number: int, text: str = "") -> Box:
    return Box(f"n{number}", "play", "play", f"node {number}", text, "", 1)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Pictures of any shape: circles, arrows to the own box, parts that nothing joins."""
    count = draw(st.integers(1, 14))
    text = st.text(st.characters(codec="utf-8"), max_size=60)
    boxes = tuple(box(number, draw(text)) for number in range(count))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = draw(st.lists(ends, max_size=30, unique=True))
    arrows = tuple(Arrow(f"n{a}", f"n{b}", "on", (Label("next", draw(text)),)) for a, b in pairs)
    return Picture("flow", "", "en-US", boxes, arrows)


def test_a_small_flow(shop: Picture, golden: Callable[[Path, str], None]) -> None:
    notes = {
        "main_menu": Note("error", "1 error, 1 hint", ("line 20: wrong", "line 21: odd")),
        "look_up": Note("info", "1 hint", ("line 31: so",)),
        FLOW: Note("warning", "1 warning", ("line 3: never read",)),
    }
    times = {"welcome": Note("plain", "0 s"), "main_menu": Note("plain", "2–40 s", ("reached after 2.0 s",))}
    golden(Path(__file__).parent / "shop.svg", as_svg(shop, (notes, times)))


def test_it_is_well_formed_and_says_everything_once(any_picture: Picture) -> None:
    drawn = as_svg(any_picture)
    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own
    nodes = {each.get("data-node"): each for each in root.iter(f"{SVG}g") if each.get("data-node") is not None}
    assert [*nodes] == [box.key for box in any_picture.boxes if box.is_node]
    for each in any_picture.boxes:
        if each.is_node:
            assert nodes[each.key].get("data-line") == str(each.line)
            assert (nodes[each.key].findtext(f"{SVG}title") or "").startswith(f"{each.key} · {each.heading}")
    exits = [
        (arrow.get("data-from"), arrow.get("data-to"), each.get("data-exit"))
        for arrow in root.iter(f"{SVG}g")
        if arrow.get("data-to") is not None
        for each in arrow.iter(f"{SVG}g")
        if each.get("data-exit") is not None
    ]
    boxes = {box.key: box for box in any_picture.boxes}
    assert exits == [
        (arrow.source if boxes[arrow.source].is_node else None, arrow.target, label.exit)
        for arrow in any_picture.arrows
        for label in arrow.labels
    ]
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "g", "text", "path")
    }
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on") or "href" in name]


def test_boxes_and_labels_of_flows_are_apart(any_picture: Picture) -> None:
    assert_tidy(any_picture, (Note("error", "1 error"), Note("plain", "12–34 s")))


@given(pictures())
def test_boxes_and_labels_are_apart_whatever_the_flow(picture: Picture) -> None:
    assert_tidy(picture)
    ElementTree.fromstring(as_svg(picture))  # noqa: S314 - our own


def test_a_flow_of_a_hundred_nodes_that_all_lead_to_one_is_wide_enough_for_its_arrows() -> None:
    boxes = tuple(box(number) for number in range(100))
    arrows = tuple(Arrow(f"n{number}", "n99", "on", (Label("next", ""),)) for number in range(99))
    drawn = placed(Picture("flow", "", "en-US", boxes, arrows), [() for _ in boxes])
    assert len({arrow.tip for arrow in drawn.arrows}) == 99
    last = drawn.boxes[99]
    assert all(last.x < arrow.tip[0] < last.x + last.face.width for arrow in drawn.arrows)


def test_arrows_back_lead_up(picture_of: Callable[[str], Picture]) -> None:
    drawn = picture_of("{start: a, nodes: {a: {type: play, prompt: x, next: b}, b: {type: play, prompt: y, next: a}}}")
    heads = {(each.arrow.source, each.arrow.target): each.heading for each in placed(drawn, [(), (), ()]).arrows}
    assert heads["a", "b"] == "down"
    assert heads["b", "a"] == "up"
