"""The page of figures, in a browser: they are what a count by hand of the recorded calls gives."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from ivr.calls.records.figures import OUTCOMES
from ivr.calls.records.record import CallRecord
from ivr.calls.records.tally import left_at
from ivr.calls.store.archive import Archive
from ivr.calls.store.records import Wanted, found
from tests.console.served import Served

MOST = 1_000
UNTIL = (datetime.now(UTC) - timedelta(days=2)).date()
"""Calls of other tests begin later, in any zone."""
SINCE = UNTIL - timedelta(days=95)
QUERY = f"since={SINCE}&until={UNTIL}"


@pytest.fixture
def calls(served: Served) -> list[CallRecord]:
    """The calls of these days."""
    with Archive(served.database) as archive:
        all_of_them = archive.read(lambda connection: found(connection, Wanted(), MOST)) or []
    return [call for call in all_of_them if str(SINCE) <= call.day <= str(UNTIL)]


def table(page: Page, caption: str) -> list[list[str]]:
    """The cells of a table, also of one that is folded up."""
    rows: list[list[str]] = page.locator("table", has=page.locator("caption", has_text=caption)).evaluate(
        "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    return rows


def first_numbers(cells: list[str]) -> list[int]:
    """The numbers at the beginning of cells."""
    return [int(re.split(r"[^\d,]", each)[0].replace(",", "")) for each in cells]


def test_outcomes_are_those_of_the_records(page: Page, calls: list[CallRecord]) -> None:
    page.goto(f"/console/figures?{QUERY}")
    outcomes = Counter(call.outcome for call in calls)
    tiles = page.locator(".tiles > div").all_inner_texts()
    assert tiles[0].splitlines()[1] == f"{len(calls):,}"
    assert first_numbers([each.splitlines()[-1] for each in tiles[1:]]) == [outcomes[name] for name in OUTCOMES]

    by_day = Counter((call.day, call.flow) for call in calls)
    by_outcome = Counter((call.day, call.flow, call.outcome) for call in calls)
    rows = table(page, "Calls by day and flow")
    assert {(day, flow): int(number) for day, flow, number, *_ in rows} == by_day
    for day, flow, _, *cells in rows:
        assert first_numbers(cells[:-1]) == [by_outcome[day, flow, name] for name in OUTCOMES]

    flow = calls[0].flow
    columns = page.locator("svg.columns a")
    expect(columns).to_have_count((UNTIL - SINCE).days + 1)
    page.goto(f"/console/figures?flow={flow}&{QUERY}")
    told = columns.evaluate_all("all => all.map(each => [each.getAttribute('aria-label'), each.getAttribute('href')])")
    days = Counter(call.day for call in calls if call.flow == flow)
    assert {
        label.partition(":")[0]: first_numbers([label.partition(": ")[2]])[0] for label, _ in told if ": 0" not in label
    } == days
    day, href = next((label.partition(":")[0], href) for label, href in told if ": 0" not in label)
    page.goto(href)
    expect(page.locator("tbody tr")).to_have_count(days[day])


def test_goals_drop_off_and_misses_are_those_of_the_records(page: Page, calls: list[CallRecord]) -> None:
    page.goto(f"/console/figures?flow=balance&{QUERY}")
    mine = [call for call in calls if call.flow == "balance"]
    goals = Counter(goal for call in mine for goal, _ in call.goals)
    assert {row[0]: int(row[3]) for row in table(page, "Goals that calls reached")} == goals

    reached = Counter(place for call in mine for place in {leg.place for leg in call.path})
    left = Counter(leg.place for call in mine if (leg := left_at(call)) is not None)
    rows = table(page, "How many calls came to each node")
    assert {row[0]: int(row[2]) for row in rows} == reached
    assert {row[0]: first_numbers([row[3]])[0] for row in rows if row[3] != "–"} == left

    silent = Counter({leg.place: 0 for call in mine for leg in call.path})
    for call in mine:
        for leg in call.path:
            silent[leg.place] += leg.no_inputs
    misses = table(page, "The share of tries")
    assert {row[0]: int(row[2].split()[-1]) for row in misses if row[2].split()[-1] != "0"} == +silent

    page.get_by_role("link", name="ask_account").first.click()
    expect(page.locator("#node h2")).to_contain_text("ask_account")
    expect(page.get_by_label("Traffic", exact=True)).to_be_checked()
    expect(page.locator("#node .facts")).to_contain_text(f"{reached['ask_account']}")


def test_tables_can_be_taken_away_as_csv(page: Page, calls: list[CallRecord]) -> None:
    page.goto(f"/console/figures?{QUERY}")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV: calls by flow").click()
    assert downloading.value.suggested_filename == f"flows-{SINCE}-{UNTIL}.csv"
    rows = csv.DictReader(downloading.value.path().read_text(encoding="utf-8").splitlines())
    assert {row["flow"]: int(row["calls"]) for row in rows} == Counter(call.flow for call in calls)
    response = page.request.get("/console/figures/dais.csv")
    assert (response.status, "did you mean “days”" in response.text()) == (404, True)


def test_days_are_chosen_and_none_are_said(page: Page) -> None:
    page.goto("/console/figures")
    page.get_by_label("Days", exact=True).select_option("the last 7")
    expect(page).to_have_url(re.compile("days=7"))
    page.get_by_label("From", exact=True).fill("2020-01-01")
    page.get_by_label("To", exact=True).fill("2020-01-31")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".empty")).to_contain_text("No call of any flow ended in 2020-01-01 to 2020-01-31")
    assert page.request.get("/console/figures?since=2020-01-02&until=2020-01-01").status == 400


def test_the_page_fits_and_can_be_used_by_all(page: Page, wide_and_narrow: Callable[[Page, str], None]) -> None:
    wide_and_narrow(page, "/console/figures?days=30&flow=balance")
