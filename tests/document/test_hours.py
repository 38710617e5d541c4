"""The `hours` of a flow as a week and dates, and the mistakes in them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from ivr.core.hours import Hours
from ivr.document.hours import Path, resolve

DAY = ((540, 1020),)


def resolved(raw: dict[str, Any], year: int = 2026) -> Hours:
    hours, mistakes = resolve("office", {"timezone": "Asia/Kolkata", **raw}, year)
    assert mistakes == []
    assert hours is not None
    return hours


def mistakes(raw: dict[str, Any]) -> list[tuple[Path, str]]:
    hours, found = resolve("office", {"timezone": "Asia/Kolkata", **raw}, 2026)
    assert hours is None
    return found


def test_all_of_it() -> None:
    hours = resolved(
        {
            "open": {"mon-fri": "09:00-13:00, 14:00-18:00", "sat": "10:00-14:00"},
            "closed": ["2026-12-25", "2026-12-31"],
            "special": {"2026-12-24": "09:00-12:00"},
        }
    )
    assert (hours.name, hours.zone.key) == ("office", "Asia/Kolkata")
    assert hours.week == (*[((540, 780), (840, 1080))] * 5, ((600, 840),), ())
    assert hours.dates == {"2026-12-25": (), "2026-12-31": (), "2026-12-24": ((540, 720),)}
    assert hours.why == {
        "2026-12-25": "a closed day",
        "2026-12-31": "a closed day",
        "2026-12-24": "special hours",
    }


@pytest.mark.parametrize(
    ("days", "named"),
    [
        ("mon", "mon"),
        ("mon-sun", "mon tue wed thu fri sat sun"),
        ("sat-mon", "mon sat sun"),
        ("fri-thu", "mon tue wed thu fri sat sun"),
        ("wed-wed", "wed"),
    ],
)
def test_days_and_spans(days: str, named: str) -> None:
    week = resolved({"open": {days: "09:00-17:00"}}).week
    names = zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), week, strict=True)
    assert [name for name, ranges in names if ranges == DAY] == named.split()
    assert all(ranges in (DAY, ()) for ranges in week)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("00:00-24:00", ((0, 1440),)),
        ("9:00-17:00", DAY),
        ("09:00 - 17:00", DAY),
        ("14:00-18:00,09:00-13:00", ((540, 780), (840, 1080))),
        ("09:00-13:00,13:00-17:00", ((540, 780), (780, 1020))),
        ("23:59-24:00", ((1439, 1440),)),
    ],
)
def test_ranges(text: str, ranges: object) -> None:
    hours = resolved({"open": {"mon": text}, "special": {"2026-01-01": text}})
    assert hours.week[0] == hours.dates["2026-01-01"] == ranges


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "“” is no range of times: expected one such as “09:00-13:00”"),
        ("09:00", "“09:00” is no range of times"),
        ("9-17", "“9-17” is no range of times"),
        ("09:00-13:00,", "“” is no range of times"),
        ("09:00–13:00", "is no range of times"),
        ("०९:००-१३:००", "is no range of times"),
        ("09:00-25:00", "no clock shows: expected 00:00 to 24:00"),
        ("09:60-10:00", "no clock shows"),
        ("09:00-24:01", "no clock shows"),
        ("09:00-09:00", "is empty"),
        ("00:00-00:00", "the whole day is “00:00-24:00”"),
        ("24:00-24:00", "is empty"),
        ("22:00-06:00", "write “22:00-24:00” on this day, and “00:00-06:00” on the next day"),
        ("22:00 - 00:00", "write “22:00-24:00” on this day"),
        ("09:00-13:00, 12:59-18:00", "“09:00-13:00” and “12:59-18:00” overlap"),
        ("14:00-15:00, 09:00-18:00", "“09:00-18:00” and “14:00-15:00” overlap"),
    ],
)
def test_mistaken_ranges(text: str, words: str) -> None:
    [(path, message)] = mistakes({"open": {"mon": text}})
    assert path == ("open", "mon")
    assert words in message
    [(path, message)] = mistakes({"open": {}, "special": {"2026-01-01": text}})
    assert path == ("special", "2026-01-01")
    assert words in message


@pytest.mark.parametrize(
    ("raw", "path", "words"),
    [
        ({"timezone": "Asia/Kolkatta"}, ("timezone",), "(did you mean “Asia/Kolkata”?)"),
        ({"timezone": "asia/kolkata"}, ("timezone",), "(did you mean “Asia/Kolkata”?)"),
        ({"timezone": "+05:30"}, ("timezone",), "expected one such as Asia/Kolkata"),
        ({"timezone": "Asia"}, ("timezone",), "there is no time zone “Asia”"),
        ({"timezone": "/etc/passwd"}, ("timezone",), "there is no time zone"),
        ({"timezone": ""}, ("timezone",), "there is no time zone"),
        ({"timezone": "localtime"}, ("timezone",), "there is no time zone"),
        ({"open": {"monday": "09:00-17:00"}}, ("open", "monday"), "expected one of mon, tue, wed, thu, fri, sat, sun"),
        ({"open": {"Mon": "09:00-17:00"}}, ("open", "Mon"), "“Mon” is no day"),
        ({"open": {"mon-": "09:00-17:00"}}, ("open", "mon-"), "is no day"),
        ({"open": {"mon-wed-fri": "09:00-17:00"}}, ("open", "mon-wed-fri"), "a span such as mon-fri"),
        (
            {"open": {"mon-fri": "09:00-17:00", "wed": "10:00-11:00"}},
            ("open", "wed"),
            "wed is named twice, here and by “mon-fri”",
        ),
        ({"open": {"sun": "09:00-17:00", "sat-mon": "10:00-11:00"}}, ("open", "sat-mon"), "by “sun”"),
        ({"closed": ["2026-12-25", "2026-02-30"]}, ("closed", 1), "“2026-02-30” is no date of the calendar"),
        ({"closed": ["20261225"]}, ("closed", 0), "expected one such as 2026-12-25"),
        ({"closed": ["2026-12-25\n"]}, ("closed", 0), "is no date"),
        ({"special": {"2026-13-01": "09:00-17:00"}}, ("special", "2026-13-01"), "is no date"),
        ({"holidays": "XX"}, ("holidays",), "no holidays are known of “XX”"),
        ({"holidays": "in"}, ("holidays",), "(did you mean “IN”?)"),
        ({"holidays": "IN-"}, ("holidays",), "no holidays are known of “IN-”"),
        ({"holidays": "HolidayBase"}, ("holidays",), "such as IN or IN-KA"),
        ({"holidays": "IN-KAR"}, ("holidays",), "IN has no region “KAR” (did you mean “KA”?); regions are “AN”"),
    ],
)
def test_mistakes(raw: dict[str, Any], path: Path, words: str) -> None:
    [(found, message)] = mistakes({"open": {}, **raw})
    assert found == path
    assert words in message


def test_mistakes_are_told_together() -> None:
    found = mistakes({"timezone": "x", "open": {"mon": "x", "y": "09:00-17:00"}, "closed": ["z"], "holidays": "0"})
    assert [path for path, _ in found] == [
        ("timezone",),
        ("open", "mon"),
        ("open", "y"),
        ("holidays",),
        ("closed", 0),
    ]


def test_holidays_of_five_years() -> None:
    hours = resolved({"open": {"mon-sun": "09:00-17:00"}, "holidays": "IN"})
    assert hours.dates["2026-12-25"] == ()
    assert "Christmas" in hours.why["2026-12-25"]
    assert {date[:4] for date in hours.dates} == {"2026", "2027", "2028", "2029", "2030"}


def test_holidays_of_a_region() -> None:
    country, region = (resolved({"open": {}, "holidays": code}).why for code in ("IN", "IN-KA"))
    assert "2026-11-01" not in country
    assert "2026-11-01" in region


def test_far_years_pass_without_a_warning() -> None:
    assert resolved({"open": {}, "holidays": "IN"}, 2040).dates


ALONE = """\
import sys
from ivr.document.hours import resolve

found, _ = resolve("office", {"open": {}, "holidays": "US"}, 2026)
print(len(found.dates), *(name for name in sys.modules if name.startswith("holidays.countries")))
import holidays.countries

assert holidays.countries.France
"""


def test_a_country_is_imported_without_the_others() -> None:
    told = subprocess.run([sys.executable, "-c", ALONE], check=True, capture_output=True, text=True).stdout.split()
    assert int(told[0]) > 50
    assert told[1:] == ["holidays.countries.united_states"]


def test_special_beats_closed_beats_holidays_beats_open() -> None:
    hours = resolved(
        {
            "open": {"mon-sun": "09:00-17:00"},
            "holidays": "US",
            "closed": ["2026-07-04", "2026-12-24", "2026-12-25"],
            "special": {"2026-12-25": "10:00-11:00"},
        }
    )
    assert hours.why["2027-01-01"] == "New Year's Day"
    assert hours.why["2026-07-04"] == hours.why["2026-12-24"] == "a closed day"
    assert hours.dates["2026-12-25"] == ((600, 660),)
    assert hours.why["2026-12-25"] == "special hours"


def test_without_a_zone_it_is_utc() -> None:
    hours, found = resolve("office", {"open": {}}, 2026)
    assert (hours and hours.zone.key, found) == ("UTC", [])
