"""Log lines stay one line each, whatever is logged, and show no sensitive value."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.core.effects import Fetch
from ivr.core.values import Sensitive, reference
from ivr.logs import CHATTY, Line, LineFormatter, LogFormat, as_json, as_text, log, set_up

logger = logging.getLogger("ivr.test_logs")


@pytest.fixture(autouse=True)
def _root_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def written() -> Callable[[LogFormat], io.StringIO]:
    def begin(log_format: LogFormat) -> io.StringIO:
        stream = io.StringIO()
        set_up(log_format, stream=stream)
        return stream

    return begin


Begin = Callable[[LogFormat], io.StringIO]


class Unprintable:
    """An object that can't be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_json_lines_carry_the_event_and_its_fields(written: Begin) -> None:
    stream = written("json")
    log(
        logger,
        logging.INFO,
        "call_answered",
        call="c-1",
        digits=3,
        nested={"a": [1.5, None, True]},
        level="x",
    )
    line = json.loads(stream.getvalue())
    assert list(line)[:4] == ["time", "level", "event", "logger"]
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "event": "call_answered",
        "logger": "ivr.test_logs",
        "call": "c-1",
        "digits": 3,
        "nested": {"a": [1.5, None, True]},
    }


def test_text_lines_are_for_people(written: Begin) -> None:
    stream = written("text")
    log(
        logger,
        logging.WARNING,
        "step",
        node="main_menu",
        why="pressed 1",
        name="Aśa",
        n=2,
        empty="",
        a=[1, "x"],
    )
    time, row = stream.getvalue().split(" ", 1)
    assert (len(time), time[-1]) == (24, "Z")
    assert row == 'WARNING step node=main_menu why="pressed 1" name=Aśa n=2 empty="" a=[1,"x"]\n'


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nothing_sensitive_is_shown(written: Begin, log_format: LogFormat) -> None:
    stream = written(log_format)
    lookup = Fetch(1, "k", "GET", "http://crm.test/4711", 5000, headers={"X": "4711"})
    log(
        logger,
        logging.INFO,
        "looked_up",
        pin=Sensitive("4711"),
        all=[{"p": Sensitive("4711")}],
        effect=lookup,
    )
    log(logger, logging.INFO, reference("TOKEN"), key=f"Bearer {reference('TOKEN')}")
    text = stream.getvalue()
    assert "4711" not in text
    assert "[secret TOKEN]" in text
    assert "fdd0" not in text
    assert "\ufdd0" not in text


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nobody_can_forge_a_line(written: Begin, log_format: LogFormat) -> None:
    stream = written(log_format)
    evil = "x\n2026 INFO  forged\r\x1b[2J\x00\x85\u2028\u202e\ud800"
    log(logger, logging.INFO, evil, **{"value": evil, evil: evil})
    try:
        raise ValueError(evil)
    except ValueError:
        logger.exception("failed")
    lines = stream.getvalue().split("\n")[:-1]
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if line.startswith("2026 INFO")]
    if log_format == "json":
        assert len(lines) == 2
        assert "ValueError" in json.loads(lines[1])["traceback"]
    else:
        assert all(line.startswith("    | ") for line in lines[2:])


def test_values_are_bounded(written: Begin) -> None:
    stream = written("json")
    deep: list[Any] = []
    deep.append(deep)
    log(
        logger,
        logging.INFO,
        "e" * 5000,
        text="x" * 5000,
        items=range(9),
        many=[0] * 5000,
        deep=deep,
        big=10**9000,
    )
    line = json.loads(stream.getvalue())
    assert (len(line["event"]), len(line["text"]), len(line["many"])) == (2000, 2000, 100)
    assert line["items"] == "range(0, 9)"
    assert line["deep"] == [[[[["…"]]]]]
    assert line["big"] == "<29898 bits>"


@pytest.mark.parametrize("write", [as_text, as_json])
def test_what_can_not_be_shown_does_no_harm(write: Callable[[Line], str]) -> None:
    def line(message: Any, *args: object, fields: object = None) -> str:
        made = logging.LogRecord("ivr", logging.INFO, "", 0, message, args, None)
        made.fields = fields
        return LineFormatter(write).format(made)

    assert "<Unprintable>" in line("odd", fields={"value": Unprintable(), "n": float("nan"), "raw": b"\x00"})
    assert "%d of %d" in line("%d of %d", "one")
    assert "unwritable_line" in line(Unprintable())
    assert "unwritable_line" in line("odd", fields={Unprintable(): 1})
    assert "fine" in line("fine", fields="none")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_lines_are_the_same_whether_or_not_others_want_them(written: Begin, log_format: LogFormat) -> None:
    logging.getLogger().handlers.clear()
    stream = written(log_format)

    def lines() -> list[str]:
        before = len(stream.getvalue())
        log(
            logger,
            logging.WARNING,
            "step",
            call="c-1",
            n=7,
            a=["x y", "“z”"],
            odd="a=\n\ud800",
            many=["x"] * 300,
            **{"p q": {}},
        )
        log(logger, logging.DEBUG, "nothing")
        return [line.split("Z", 1)[1] for line in stream.getvalue()[before:].splitlines()]

    alone = lines()
    assert len(alone) == 1
    logging.getLogger().addHandler(logging.NullHandler())
    assert lines() == alone


def test_what_nobody_takes_does_no_harm(written: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().handlers.clear()
    written("text").close()
    log(logger, logging.INFO, "unheard")
    assert "I/O operation on closed file" in capsys.readouterr().err


def test_setting_up_twice_writes_each_line_once(written: Begin) -> None:
    first, second = written("text"), written("json")
    log(logger, logging.INFO, "once")
    logging.getLogger("other.library").warning("from %s", "elsewhere")
    assert first.getvalue() == ""
    assert [json.loads(line)["event"] for line in second.getvalue().splitlines()] == [
        "once",
        "from elsewhere",
    ]


def test_text_names_the_logger_of_a_library(written: Begin) -> None:
    stream = written("text")
    logging.getLogger("other.library").warning("careful")
    assert stream.getvalue().endswith("WARNING careful logger=other.library\n")


def test_libraries_that_quote_urls_are_hushed(written: Begin) -> None:
    stream = written("text")
    for name in CHATTY:
        logging.getLogger(f"{name}.connection").info("HTTP Request: GET http://crm.test/4711")
    assert stream.getvalue() == ""


@settings(max_examples=50)
@given(st.text(), st.dictionaries(st.text(), st.none() | st.floats() | st.text() | st.lists(st.text())))
def test_any_values_make_one_visible_line(event: str, fields: dict[str, object]) -> None:
    record = logging.LogRecord("ivr", logging.INFO, "", 0, event, None, None)
    record.fields = fields
    text = LineFormatter(as_text).format(record)
    assert text.isprintable()
    line = LineFormatter(as_json).format(record)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["level"] == "info"
