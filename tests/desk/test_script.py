"""Lines of a script mean what a caller does, or are refused with what there is."""

from __future__ import annotations

import pytest

from ivr.desk.errors import WrongUse
from ivr.desk.script import Action, HangUp, Hear, Press, Say, Wait, action


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("1", Press("1")),
        (" 12 34*# \r", Press("1234*#")),
        ("press 12 #", Press("12#")),
        ("say yes, please ", Say("yes, please")),
        ("wait 2s", Wait(2000)),
        ("wait 500ms", Wait(500)),
        ("hear the main  menu", Hear("the main  menu")),
        ("hang up", HangUp()),
        ("", None),
        ("  ", None),
    ],
)
def test_a_line_means(line: str, meaning: Action | None) -> None:
    assert action(line) == meaning


@pytest.mark.parametrize("line", ["hear", "wait", "hang", "hang it", "say", "says yes", "1a", "Hear it", "١"])
def test_other_lines_are_refused_with_what_there_is(line: str) -> None:
    with pytest.raises(WrongUse, match=r"is no line of a script; there are:[^$]*hear TEXT"):
        action(line)


def test_a_wait_without_a_duration_says_what_one_is() -> None:
    with pytest.raises(WrongUse, match="such as 5s"):
        action("wait for it")


@pytest.mark.parametrize("line", ["press", "press one", "press 1a"])
def test_what_is_pressed_is_keys(line: str) -> None:
    with pytest.raises(WrongUse):
        action(line)


@pytest.mark.parametrize("line", ["yes please", "hang on", "hear", "1a", "says yes"])
def test_other_lines_may_be_said(line: str) -> None:
    assert action(line, or_said=True) == Say(line)
