"""Rows, orders and columns: what decides where things stand."""

from __future__ import annotations

from ivr.graph.columns import Thing, columns
from ivr.graph.order import crossings, ordered
from ivr.graph.rows import arranged
from ivr.graph.text import width, wrapped


def test_what_can_be_drawn_without_crossings_is() -> None:
    # A tree of three branches, whose leaves are numbered the other way round.
    links = [(0, 1), (0, 2), (0, 3), (1, 9), (1, 8), (2, 7), (2, 6), (3, 5), (3, 4)]
    rows = ordered([0, 1, 1, 1, 2, 2, 2, 2, 2, 2], links)
    below = {upper: [lower for one, lower in links if one == upper] for upper, _ in links}
    assert crossings(rows, below) == 0


def test_crossings_are_counted() -> None:
    assert crossings([[0, 1], [2, 3]], {0: [3], 1: [2]}) == 1
    assert crossings([[0, 1], [2, 3]], {0: [2, 3], 1: [2, 3]}) == 1
    assert crossings([[0, 1], [2, 3]], {0: [2], 1: [2, 3]}) == 0


def test_rows_follow_the_ways() -> None:
    rows = arranged(4, [(0, 1), (1, 2), (2, 1), (0, 2), (3, 2)])
    row_of = {thing: number for number, row in enumerate(rows.rows) for thing in row}
    assert [row_of[box] for box in range(4)] == [0, 2, 4, 2]
    assert rows.upward == (False, False, True, False, False)
    assert [len(chain) for chain in rows.chains] == [3, 3, 3, 5, 3]


def test_things_keep_their_order_and_distance_and_stand_under_each_other() -> None:
    things = [Thing(50, 50), Thing(20, 20), Thing(20, 20), Thing(30, 10)]
    axes = columns(things, [[0], [1, 2], [3]], [(0, 1, 1), (0, 2, 1), (2, 3, 1)], [])
    assert axes[2] - axes[1] >= 40
    assert abs(axes[0] - (axes[1] + axes[2]) / 2) <= 1
    assert axes[3] == axes[2]
    assert min(axis - thing.left for axis, thing in zip(axes, things, strict=True)) == 0


def test_parts_that_nothing_joins_stand_side_by_side() -> None:
    axes = columns([Thing(10, 10)] * 4, [[0, 2], [1, 3]], [(0, 1, 1), (2, 3, 1)], [])
    assert axes == [10, 10, 30, 30]


def test_text_is_broken_where_it_must_be() -> None:
    assert wrapped("one two three", 12, width("one two", 12), 3) == ("one two", "three")
    assert wrapped("one two three four", 12, width("one two", 12), 2) == ("one two", "three…")
    assert wrapped("https://crm.test/accounts", 12, width("https://crm.test/acc", 12), 3) == (
        "https://crm.test/",
        "accounts",
    )
    assert wrapped("", 12, 100, 3) == ()
    long = "漢" * 40
    lines = wrapped(long, 12, 100, 9)
    assert "".join(lines) == long
    assert all(width(line, 12) <= 100 for line in lines)
    assert width("नमस्ते", 12) > 0
