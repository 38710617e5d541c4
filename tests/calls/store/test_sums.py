"""Sums that the database makes of tallies."""

from __future__ import annotations

from ivr.calls.records.figures import figures, of_node
from ivr.calls.store.archive import Archive
from ivr.calls.store.sums import summed
from ivr.calls.store.tallies import tallied
from tests import recorded


def test_figures_are_the_same_as_of_what_is_stored(url: str) -> None:
    recorded.some(url, 60)
    with Archive(url) as archive:
        everything = archive.read(lambda connection: tallied(connection, "0000-00-00", "9999-99-99")) or []
        days = sorted({each.day for each in everything})
        for span in ((days[0], days[-1]), (days[3], days[-3]), ("0000-00-00", "0000-00-01")):
            for flow in (None, "balance"):
                stored = archive.read(lambda connection: tallied(connection, *span, flow)) or []  # noqa: B023 - at once
                sums = archive.read(lambda connection: summed(connection, *span, flow)) or []  # noqa: B023 - at once
                assert figures(sums) == figures(stored)
                assert of_node(sums, "verify") == of_node(stored, "verify")
                assert len(sums) <= len(stored)
                assert all(type(each.milliseconds) is int for each in sums)
