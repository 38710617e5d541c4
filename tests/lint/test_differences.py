"""What two versions of a flow differ in, as callers would tell it."""

from __future__ import annotations

import json
import re
import textwrap
import wave
from pathlib import Path
from typing import get_args

import pytest

from ivr import cli
from ivr.document.load import Loaded, load, load_sources
from ivr.document.source import read
from ivr.lint.diff import compare
from ivr.lint.diff.difference import SECTIONS, Difference, Kind, as_text
from ivr.lint.diff.side import Side

PAGE = (Path(__file__).parents[2] / "docs" / "diff.md").read_text("utf-8")

OLD = """\
numbers: ["+911"]
start: hello
language: en-US
variables: {tries: 3, name: "", ok: false}
hours:
  office: {open: {mon-fri: "09:00-18:00"}, closed: ["2026-12-25"]}
goals: {sold: [sales], helped: [help]}
universals:
  - {press: 0, say: operator, next: help}
  - {press: "*", do: repeat}
on_failure: bye
on_error: bye
nodes:
  hello: {type: play, prompt: Welcome to Acme., next: main}
  main:
    type: menu
    prompt: For sales press 1. For help press 2.
    choices:
      - {press: 1, say: [sales, buy something], label: sales, next: sales}
      - {press: 2, say: [help], label: help, next: when}
    no_input: Sorry?
  when:
    type: branch
    cases: [{when: is_open('office'), next: help}, {when: tries > 2, next: sales}]
    otherwise: ask
  ask:
    type: collect
    prompt: [Who are you?, Say your name.]
    into: name
    speech: any
    next: lookup
  lookup:
    type: http
    url: "{{ env.CRM_URL }}/people"
    query: {name: "{{ name }}"}
    save: {ok: body.ok}
    on_status: {404: bye}
    next: bye
  sales: {type: transfer, to: "+912", prompt: I connect you.}
  help: {type: transfer, to: "+913", prompt: I connect you.}
  bye: {type: hangup, prompt: Goodbye.}
"""
OTHER = "start: a\nnodes: {a: {type: play, prompt: Hi., next: b}, b: {type: hangup}}\n"


def loaded(text: str, **others: str) -> Loaded:
    texts = {f"{id}.yaml": textwrap.dedent(each) for id, each in {"main": text, **others}.items()}
    made = load_sources({file: read(each, file) for file, each in texts.items()}, 2026)
    assert made.findings == ()
    return made


def compared(old: str, new: str) -> tuple[Difference, ...]:
    sides = [compare.side_of(made.flows["main"], made) for made in (loaded(old), loaded(new))]
    return compare.of_files(*sides)


def edited(*edits: str) -> str:
    """The flow with edits of the form `before => after`, each at one place."""
    text = OLD
    for edit in edits:
        before, after = (part.replace("\\n", "\n") for part in edit.split(" => "))
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def told(*edits: str, without: tuple[str, ...] = ("goal-time", "to-record")) -> list[str]:
    found = compared(OLD, edited(*edits))
    return [f"{each.kind} {each.where}: {each.message}" for each in found if each.kind not in without]


# What is no difference


@pytest.mark.parametrize(
    "edits",
    [
        (),
        ("numbers: => # A comment.\nnumbers:",),
        ("  bye: {type: hangup => \n\n  bye: {description: The end., type: hangup",),
        ('{press: 0, say: operator => {press: "0", say: [operator]',),
        ("prompt: Welcome to Acme. => prompt: {text: Welcome to Acme.}",),
        ("no_input: Sorry? => no_input: [Sorry?]\n    timeout: 5s",),
        ("    on_status => \n    on_error: bye\n    on_status",),
        ("  bye: {type => \n  nowhere: {type: menu, choices: [{press: 1, next: bye}]}\n  bye: {type",),
    ],
)
def test_what_no_caller_notices_is_no_difference(edits: tuple[str, ...]) -> None:
    assert compared(OLD, edited(*edits)) == ()


@pytest.mark.parametrize("name", ["main", "ask", "hello", "sales", "help", "bye", "when", "lookup"])
def test_a_new_name_of_a_node_is_no_difference(name: str) -> None:
    nodes = re.sub(
        rf"(next: |otherwise: |404: |on_failure: |on_error: |start: |\[|^  ){name}\b(?=[,}}\]:\n])",
        r"\1other",
        OLD,
        flags=re.MULTILINE,
    )
    assert f"  {name}:" not in nodes.split("nodes:")[1]
    assert compared(OLD, nodes.replace("label: other", f"label: {name}").replace("say: [other", f"say: [{name}")) == ()


def test_all_names_may_be_new_at_once() -> None:
    names = ("main", "ask", "hello", "sales", "when", "lookup")
    text = OLD
    for name in names:
        text = re.sub(
            rf"(next: |start: |goals: {{sold: \[|otherwise: |^  ){name}\b", r"\1x_" + name, text, flags=re.MULTILINE
        )
    assert compared(OLD, text) == ()


def test_a_renamed_menu_is_known_though_a_setting_of_all_menus_changed() -> None:
    text = edited(
        "start: hello => start: hello\ndefaults: {timeout: 9s}",
        "next: main} => next: desk}",
        "  main:\n => \n  desk:\n",
    )
    assert [each.message for each in compared(OLD, text) if each.kind != "goal-time"] == [
        "“timeout” is “9s”; it was not set",
        "“timeout” is “9s”; it was not set",
    ]


# What is one


@pytest.mark.parametrize(
    ("edits", "messages"),
    [
        # Choices.
        (
            ("label: help, next: when} => label: help, next: when}\n      - {press: 3, say: bills, next: ask}",),
            ["choice-added main: “bills” is new on 3 and leads to “ask”"],
        ),
        (
            ("      - {press: 2, say: [help], label: help, next: when}\n => ",),
            [
                "choice-removed main: “help” is gone; it was on 2",
            ],
        ),
        (
            ("press: 1, say: [sales => press: 5, say: [sales",),
            ["choice-moved main: “sales” is on 5 instead of on 1"],
        ),
        (
            ("press: 1, say: [sales => say: [sales",),
            ["choice-moved main: “sales” is by voice only instead of on 1"],
        ),
        (
            ("press: 1, say: [sales => press: 2, say: [sales", "press: 2, say: [help => press: 1, say: [help"),
            [
                "choice-moved main: “sales” is on 2 instead of on 1",
                "choice-moved main: “help” is on 1 instead of on 2",
            ],
        ),
        (
            ("label: sales, next: sales => label: sales, next: ask",),
            ["choice-leads main: 1 leads to “ask” instead of to “sales”"],
        ),
        (
            ("say: [sales, buy something], label: sales, next: sales => say: [news], label: news, next: ask",),
            ["choice-leads main: 1 leads to “ask” instead of to “sales”, and is “news” instead of “sales”"],
        ),
        (
            ("buy something] => purchase]",),
            ["phrases main: “sales” is chosen by “purchase”, too and is no longer chosen by “buy something”"],
        ),
        (("say: [help] => say: [Help!]",), []),
        # Universals.
        (
            ('  - {press: "*", do: repeat}\n => ',),
            ["universal-removed universals: “repeat” is gone; it was on *"],
        ),
        (
            ('"*", do: repeat} => "*", do: back}\n  - {press: "#", do: start}',),
            [
                "universal-leads universals: * goes back instead of repeating",
                "universal-added universals: “start” is new on # and goes to the start",
            ],
        ),
        (
            ('"*", do: repeat} => "*", next: bye}',),
            ["universal-leads universals: * leads to “bye” instead of repeating"],
        ),
        # Ways and settings.
        (
            ("prompt: Welcome to Acme., next: main => prompt: Welcome to Acme., next: when",),
            [
                "menu-removed main: this menu is gone: “sales” on 1, “help” on 2",
                "leads hello: the call goes on to “when” instead of “main”",
            ],
        ),
        (("otherwise: ask => otherwise: bye",), ["leads when: otherwise the call goes to “bye” instead of “ask”"]),
        (
            ("is_open('office'), next: help => is_open('office'), next: bye",),
            ["leads when: is_open('office') (its case) leads to “bye” instead of “help”"],
        ),
        (
            ("tries > 2, next => tries > 3, next",),
            [
                "leads when: tries > 3 (its case) leads to “sales”; there was no such way",
                "leads when: tries > 2 (its case) leads nowhere instead of to “sales”",
            ],
        ),
        (
            ("{404: bye} => {404: ask}",),
            ["leads lookup: status 404 leads to “ask” instead of “bye”"],
        ),
        (("on_failure: bye => on_failure: ask",), ["leads the whole flow: “on_failure” is “ask” instead of “bye”"]),
        (
            ("    no_input: Sorry? => \n    no_input: Sorry?\n    on_failure: help",),
            ["leads main: after the last attempt the call goes to “help” instead of “bye”"],
        ),
        (("no_input: Sorry? => no_input: Sorry?\n    attempts: 2",), ["setting main: “attempts” is 2; it was not set"]),
        (('to: "+912" => to: "+914"',), ["setting sales: “to” is “+914” instead of “+912”"]),
        (("{tries: 3 => {tries: 2",), ["setting the whole flow: “variables.tries” is 2 instead of 3"]),
        (
            (', name: "", ok: false} => }',),
            ["setting the whole flow: “variables.name” has no first value any more; it was “”"],
        ),
        (
            ('help: {type: transfer, to: "+913", prompt: => help: {type: hangup, prompt:',),
            ["setting help: it is a hangup node instead of a transfer node"],
        ),
        # Hours and numbers.
        (
            ("mon-fri: => mon-thu:",),
            ["hours office: Friday: closed instead of 09:00-18:00"],
        ),
        (
            ('["2026-12-25"] => ["2026-12-24"], timezone: Asia/Kolkata',),
            [
                "hours office: the time zone is Asia/Kolkata instead of UTC",
                "hours office: 2026-12-24 is closed (a closed day) instead of as its weekday",
                "hours office: 2026-12-25 is as its weekday instead of closed (a closed day)",
            ],
        ),
        (
            ('"+911" => "+919"',),
            [
                "number +911: no flow names this number any more",
                "number +919: this number leads here; no flow named it",
            ],
        ),
        # What is said.
        (("[Who are you?, Say your name.] => Say your name.",), ["said ask: “Who are you?” is no longer heard"]),
        (
            ("prompt: Goodbye. => prompt: Sorry?",),
            ["said bye: “Sorry?” is heard instead of “Goodbye.”"],
        ),
        (
            ("prompt: Goodbye. => prompt: [Goodbye., {silence: 500ms}]",),
            ["said bye: a pause of 0.5 s is heard, too"],
        ),
        (
            ("language: en-US => language: en-US\nvoice: {rate: 140}",),
            ["said voice: another voice speaks, so every text sounds different"],
        ),
        # What the operator has to set.
        (
            ("{{ env.CRM_URL }}/people => {{ env.OTHER }}/{{ secret.TOKEN }}",),
            [
                "setting lookup: “url” is “{{ env.OTHER }}/{{ secret.TOKEN }}” instead of “{{ env.CRM_URL }}/people”",
                "env env.OTHER: is needed now: ivr serve … --allow-env OTHER",
                "secret secret.TOKEN: is needed now: in the file of --secrets, else as IVR_SECRET_TOKEN",
            ],
        ),
    ],
)
def test_what_changed_is_told(edits: tuple[str, ...], messages: list[str]) -> None:
    assert told(*edits) == messages


# Goals


def goals(*edits: str) -> list[str]:
    return [f"{each.where}: {each.message}" for each in compared(OLD, edited(*edits)) if each.kind.startswith("goal")]


def test_goals_that_can_not_be_reached_are_told_with_what_they_took() -> None:
    found = goals(
        "label: sales, next: sales => label: sales, next: ask", "tries > 2, next: sales => tries > 2, next: ask"
    )
    assert re.fullmatch(r"sold: it can no longer be reached; it took \d+\.\d s, 1 key, 1 menu", found[0])
    # Whoever wanted sales is now asked who is calling, and may call for help from there.
    assert [each.partition(":")[0] for each in found] == ["sold", "helped"]


def test_longer_ways_are_told_by_what_differs() -> None:
    found = goals("Welcome to Acme. => Welcome to Acme where all is well and nobody hurries.")
    assert [each.partition(":")[0] for each in found] == ["sold", "helped"]
    assert all(re.search(r": \d+\.\d s instead of \d+\.\d s, at worst \d+ s instead of \d+ s$", each) for each in found)


def test_new_goals_are_told_with_their_call() -> None:
    [found] = goals("helped: [help]} => helped: [help], named: [when]}")
    assert found.startswith("named: this goal is new: ")
    assert "press 2 at “main”" in found


# What is to be recorded


def recorded(old: str, new: str) -> list[str]:
    return [f"{each.where}: {each.message}" for each in compared(old, new) if each.kind == "to-record"]


def test_new_texts_are_told_once_and_moved_ones_are_not() -> None:
    new = OLD.replace("I connect you.", "One moment please.").replace("prompt: Goodbye.", "prompt: Who are you?")
    assert recorded(OLD, new) == ["sales, help: “One moment please.” instead of “I connect you.”"]


def test_texts_are_told_in_every_language() -> None:
    old = OLD.replace("prompt: Goodbye.", "prompt: {en-US: Goodbye., hi-IN: नमस्ते।}")
    new = old.replace("नमस्ते।", "फिर मिलेंगे।").replace(
        "prompt: I connect you.}\n  help", "prompt: {hi-IN: रुकिए।}}\n  help"
    )
    assert recorded(old, new) == [
        "sales: “रुकिए।” (hi-IN) instead of “I connect you.”",
        "bye: “फिर मिलेंगे।” (hi-IN) instead of “नमस्ते।”",
    ]


def test_sentences_made_from_choices_are_texts() -> None:
    old = OLD.replace("prompt: For sales press 1. For help press 2.", 'prompt: {choices: "For {label} press {press}."}')
    new = old.replace("press: 1, say: [sales", "press: 4, say: [sales")
    assert recorded(old, new) == ["main: “For sales press 4.” instead of “For sales press 1.”"]
    assert {each.kind for each in compared(old, new)} == {"choice-moved", "to-record"}


def test_a_choice_that_is_no_longer_announced_is_told() -> None:
    old = OLD.replace("prompt: For sales press 1. For help press 2.", 'prompt: {choices: "For {label} press {press}."}')
    found = compared(old, old.replace("label: help, ", ""))
    assert [each.message for each in found if each.kind == "said"] == ["“For help press 2.” is no longer heard"]


def test_another_order_of_the_choices_is_told() -> None:
    old = OLD.replace("prompt: For sales press 1. For help press 2.", 'prompt: {choices: "For {label} press {press}."}')
    lines = old.splitlines()
    at = next(place for place, line in enumerate(lines) if "press: 1" in line)
    lines[at : at + 2] = lines[at + 1], lines[at]
    found = compared(old, "\n".join(lines))
    assert [each.message for each in found if each.kind != "goal-time"] == ["the choices are said in another order"]


def recording(folder: Path, words: str, milliseconds: int) -> Side:
    (folder / "audio_prompts").mkdir(parents=True)
    with wave.open(str(folder / "audio_prompts" / "bye.wav"), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(bytes(16 * milliseconds))
    flow = folder / "main.yaml"
    flow.write_text(OLD.replace("prompt: Goodbye.", f"prompt: {{audio: bye.wav, text: {words}}}"))
    made = load([flow], 2026)
    return compare.side_of(made.flows["main"], made)


def test_recordings_whose_words_changed_are_to_be_recorded(tmp_path: Path) -> None:
    sides = recording(tmp_path / "old", "Goodbye.", 900), recording(tmp_path / "new", "So long.", 900)
    assert [(each.kind, each.message) for each in compare.of_files(*sides)] == [
        ("to-record", "bye.wav: “So long.” instead of bye.wav: “Goodbye.”")
    ]


def test_a_recording_that_lasts_longer_is_another_one(tmp_path: Path) -> None:
    sides = recording(tmp_path / "old", "Goodbye.", 900), recording(tmp_path / "new", "Goodbye.", 1_300)
    assert [(each.kind, each.message) for each in compare.of_files(*sides)] == [
        ("said", "bye.wav: “Goodbye.” is another recording: 1.3 s instead of 0.9 s")
    ]
    same = recording(tmp_path / "same", "Goodbye.", 900)
    assert compare.of_files(sides[0], same) == ()


# Folders


def test_folders_are_compared_by_the_ids_of_flows() -> None:
    old = compare.sides(loaded(OLD, other=OTHER, gone="{start: a, nodes: {a: {type: hangup}}}"))
    new = compare.sides(loaded(OLD.replace('["+911"]', "[]"), other=OTHER + 'numbers: ["+911"]\n', come=OTHER))
    assert [f"{each.flow} {each.kind}: {each.message}" for each in compare.differences(old, new)] == [
        "come flow-added: this flow is new: 2 nodes",
        "gone flow-removed: this flow is gone: 1 node",
        "other number: this number leads here instead of to “main”",
    ]


def test_any_other_number_is_told_too() -> None:
    old, new = (compare.sides(loaded(OLD, other=OTHER + more)) for more in ("", "default: true\n"))
    assert [each.message for each in compare.differences(old, new)] == ["calls to any other number lead here"]
    assert [each.message for each in compare.differences(new, old)] == ["calls to any other number lead nowhere"]


def test_each_kind_has_its_heading() -> None:
    kinds = [kind for kinds in SECTIONS.values() for kind in kinds]
    assert sorted(kinds) == sorted(get_args(Kind))


def test_what_one_edit_changed_in_many_nodes_is_one_line() -> None:
    found = [Difference("main", "setting", f"node{n}", "“timeout” is 9 instead of 5") for n in range(6)]
    assert "node0, node1, node2, node3 and 2 more: “timeout” is 9 instead of 5\n" in as_text(found)
    assert as_text([]) == ""


def test_nothing_of_a_file_controls_the_terminal() -> None:
    assert "\x1b" not in as_text([Difference("main", "said", "a\x1b[2J", "“\x1b” is heard")])


# The command


def write(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "main.yaml").write_text(text)
    return folder


def test_the_command_compares_folders_and_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", OLD), write(tmp_path / "new", edited('"+912" => "+914"'))
    assert cli.run(["diff", str(old), str(old)]) == 0
    assert capsys.readouterr() == ("", "")
    assert cli.run(["diff", str(old), str(new)]) == 1
    folders = capsys.readouterr().out
    assert folders == ("main\n  ways on\n    sales: “to” is “+914” instead of “+912”\n\n1 difference in 1 flow\n")
    assert cli.run(["diff", str(old / "main.yaml"), str(new / "main.yaml")]) == 1
    assert capsys.readouterr().out == folders
    assert cli.run(["diff", str(old), str(new), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "differences": [
            {
                "flow": "main",
                "kind": "setting",
                "where": "sales",
                "message": "“to” is “+914” instead of “+912”",
                "old": "+912",
                "new": "+914",
            }
        ]
    }
    assert cli.run(["diff", str(old), str(old), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"differences": []}


def test_what_can_not_be_compared_is_wrong_use(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", OLD), write(tmp_path / "new", edited("next: lookup => next: nowhere"))
    for pair in ((old, new), (new, old), (old / "main.yaml", new / "main.yaml")):
        assert cli.run(["diff", *map(str, pair)]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert "error: there is no node “nowhere”" in told.err
        assert "only flows without errors can be compared" in told.err
    assert cli.run(["diff", str(old), str(new / "main.yaml")]) == 2
    assert "two files are compared, or two folders" in capsys.readouterr().err
    assert cli.run(["diff", str(old), str(tmp_path / "nowhere")]) == 2
    assert "there is no such file or folder" in capsys.readouterr().err


def test_the_page_shows_what_the_command_tells(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    old, new = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    shown = re.search(r"```text\n\$ ivr diff (\S+) (\S+)\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    for name, text in ((shown[1], old), (shown[2], new)):
        folder = write(tmp_path / Path(name).parent, text)
        (folder / "main.yaml").rename(tmp_path / name)
    assert cli.run(["diff", str(tmp_path / shown[1]), str(tmp_path / shown[2])]) == 1
    assert capsys.readouterr().out.strip() == shown[3].strip()


def test_the_page_names_every_kind() -> None:
    assert set(re.findall(r"`([a-z-]+)`", PAGE.partition("<!-- kinds -->")[2])) >= set(get_args(Kind))
