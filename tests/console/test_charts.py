"""What is drawn of figures."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ivr.server.console import charts
from ivr.server.console.charts import Column
from ivr.server.console.numbers import percent, seconds


@pytest.mark.parametrize(
    ("most", "step"),
    [(0, 1), (1, 1), (5, 1), (6, 2), (11, 5), (26, 10), (2_400, 500), (2_501, 1_000), (99_999, 20_000)],
)
def test_scales_have_few_lines_at_round_numbers(most: int, step: int) -> None:
    assert charts.scale(most) == step


def test_columns_are_as_high_as_their_numbers_and_lead_somewhere() -> None:
    parts = (("contained", 3.0), ("failed", 1.0))
    drawn = charts.columns([Column("1 Mar", "4 calls & more", "/calls?a=1&b=2", parts)], "all")
    svg = ElementTree.fromstring(drawn)  # noqa: S314  # it is our own
    link = svg.find(".//a")
    assert link is not None
    assert (link.attrib["href"], link.attrib["aria-label"]) == ("/calls?a=1&b=2", "4 calls & more")
    bars = {each.attrib["class"]: each for each in link.iter("rect") if each.get("class", "").startswith("of ")}
    high = {name: float(each.attrib["height"]) for name, each in bars.items()}
    assert high == {"of contained": charts.HEIGHT * 3 / 4, "of failed": charts.HEIGHT / 4}
    assert float(bars["of failed"].attrib["y"]) == charts.HEAD
    assert [each.text for each in svg.iter("text")] == ["0", "1", "2", "3", "4", "1 Mar"]
    assert "style" not in drawn


def test_nothing_at_all_can_be_drawn() -> None:
    for drawn in (
        charts.columns([], "none"),
        charts.bar([("left", 0)], 0, "none"),
        charts.heights([], 0, "goal", "none"),
    ):
        ElementTree.fromstring(drawn)  # noqa: S314  # it is our own


@pytest.mark.parametrize(
    ("share", "told"), [(None, "–"), (0.0, "0%"), (0.001, "<1%"), (0.25, "25%"), (0.999, "100%"), (1.0, "100%")]
)
def test_shares_are_told_in_whole_percent(share: float | None, told: str) -> None:
    assert percent(share) == told


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [
        (None, "–"),
        (0, "0 ms"),
        (999, "999 ms"),
        (1_000, "1.0 s"),
        (59_000, "59.0 s"),
        (60_000, "1 min"),
        (61_400, "1 min 01 s"),
    ],
)
def test_times_are_told_as_precisely_as_they_matter(milliseconds: int | None, told: str) -> None:
    assert seconds(milliseconds) == told
