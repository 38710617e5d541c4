"""`ivr call --text` as it is used: lines in, a conversation out, scenarios kept."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest

from ivr.cli import run as run_command
from ivr.core.flow import Flow
from ivr.desk.errors import WrongUse
from ivr.desk.text import run as text
from ivr.desk.text.save import NotKept, check, keep
from ivr.desk.text.setting import Wishes
from ivr.desk.text.talk import LINES, OVER, PENDING, Keeping
from ivr.document.load import load
from ivr.document.scenarios import Hear, Scenario, read_scenarios
from ivr.document.source import read

FLOW = """\
start: menu
variables: {code: "", name: ""}
nodes:
  menu:
    type: menu
    prompt: Main menu.
    no_match: That is no choice.
    attempts: 2
    timeout: 2s
    on_failure: bye
    choices: [{press: 1, say: code, next: ask}, {press: 2, next: bye}, {press: 3, next: look}]
  ask: {type: collect, prompt: Code?, digits: 3, into: code, sensitive: true, next: told, on_failure: bye}
  told: {type: play, prompt: "Thanks for {{ code }}.", next: bye}
  look: {type: http, url: "{{ env.CRM_URL }}/name", save: {name: body.name}, on_error: bye, next: greet}
  greet: {type: play, prompt: "Hello {{ name }}.", next: bye}
  bye: {type: hangup, prompt: Bye.}
"""
NOWHERE = Keeping()
ENV = Wishes(env=("CRM_URL=http://crm.test",))


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    (tmp_path / "flows").mkdir()
    file = tmp_path / "flows" / "desk.yaml"
    file.write_text(FLOW)
    return load([file]).flows["desk"]


def call(flow: Flow, lines: str, keeping: Keeping = NOWHERE, *, why: bool = False) -> tuple[int, str, str]:
    """The exit code, what was shown, and what was complained of."""
    out, err = io.StringIO(), io.StringIO()
    code = text.run(flow, ENV, keeping, why=why, stdin=io.StringIO(lines), out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def shown(out: str) -> list[str]:
    """What was shown, without its times."""
    return [row[11:] if row[:9].strip().replace(".", "").isdecimal() else row for row in out.splitlines()]


# Lines


def test_a_call_by_lines_goes_on_by_itself_and_shows_no_key(flow: Flow) -> None:
    code, out, err = call(flow, "1\n4 7 1\n")
    assert (code, err) == (0, "")
    assert out == (
        "    0.000  ivr     Main menu.\n"
        "    0.000  caller  presses a key\n"
        "    0.000  ivr     stops\n"
        "    0.000  ivr     Code?\n"
        "    0.000  caller  presses 3 keys\n"
        "    0.000  ivr     stops\n"
        "    0.200  ivr     Thanks for •••.\n"
        "    2.255  ivr     Bye.\n"
        "    2.775  world   the call ends: hangup\n"
    )
    assert "471" not in out


def test_text_is_said_and_the_end_of_the_lines_hangs_up(flow: Flow) -> None:
    code, out, err = call(flow, "say code please\n\n")
    assert (code, err) == (0, "")
    assert shown(out)[-2:] == ["caller  hangs up", "world   the call ends: caller"]
    assert "caller  speaks" in shown(out)  # The flow asks for something that no one may see.


def test_what_is_said_is_shown_where_nothing_is_sensitive(tmp_path: Path) -> None:
    file = tmp_path / "open.yaml"
    file.write_text(FLOW.replace("sensitive: true, ", ""))
    _, out, _ = call(load([file]).flows["open"], "code\n")
    assert "caller  says code" in shown(out)


def test_time_passes_on_demand(flow: Flow) -> None:
    _, out, _ = call(flow, "\n\n/skip 1s\nwait 999ms\n/skip 1ms\nhear bye\n")
    assert out.splitlines()[1:6] == [
        "nothing else happened up to 0.838 s",
        "nothing is playing; /skip 5s lets time pass",
        "nothing else happened up to 1.838 s",
        "nothing else happened up to 2.837 s",
        "    2.838  ivr     Main menu.",
    ]
    assert shown(out)[-2:] == ["ivr     Bye.", "world   the call ends: hangup"]


def test_what_was_heard_already_is_not_waited_for(flow: Flow) -> None:
    _, out, _ = call(flow, "hear main menu\n1\nhear code\n")
    assert "nothing else" not in out


def test_reasons_at_the_end_of_a_line_or_all_the_time(flow: Flow) -> None:
    _, out, _ = call(flow, "7\n/why\n/at\n/help\n")
    reasons = [line for line in shown(out) if line.startswith("menu: no-match")]
    assert len(reasons) == 1
    assert "node menu (menu), attempt 2 of 2" in shown(out)
    assert LINES in out
    _, out, _ = call(flow, "7\n", why=True)
    assert any(line.startswith("engine  menu: no-match") for line in shown(out))


def test_lookups_are_answered_by_hand(flow: Flow) -> None:
    lines = '3\n/skip 1s\n/answer {"name": "Ravi"}\n/back\n/answer 200 {"name": "Asha"}\n/vars\n'
    code, out, err = call(flow, lines)
    assert (code, err) == (0, "")
    assert shown(out).count(PENDING) == 3
    assert "world   to http://crm.test/name" in shown(out)
    assert "undone: /answer 200; the call is again at" in shown(out)
    assert '  name  "Asha"' in shown(out)
    _, out, _ = call(flow, "3\n/fail connect\n/vars\n")
    assert any(line.startswith("error connect at look: ") for line in shown(out))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("/undo\n", "there is no /undo; there are:\n  12#"),
        ("/back\n", "/back: this is the beginning of the call"),
        ("/skip\n", "/skip: a duration such as 5s"),
        ("/skip soon\n", "/skip: a duration such as 5s"),
        ("/answer\n", "no request waits for an answer"),
        ("3\n/answer 99\n", "/answer takes a status from 100 to 599 and JSON, such as 200 {}; found “99”"),
        ("3\n/answer 200 {\n", "/answer: “{” is no JSON that a server may send: "),
        ("3\n/fail\n", "/fail takes timeout or connect, found “”"),
        ("hear elephants\n", "“elephants” was not heard within 30 s; heard was: Main menu."),
        ("press 1a\n", "the keys of a telephone are 0-9 * #"),
        ("2\n1\n", "the call is over, so the caller can do nothing more"),
        ("2\n/skip 1s\n", "the call is over, and its time stands still"),
        ("/save\n", "/save takes the name of a scenario file"),
        ("/save x.yaml\n", "x.yaml: the name of a scenario file ends in .test.yaml or .test.yml"),
    ],
)
def test_a_line_of_a_pipe_that_can_not_be_done_breaks_the_call_off(flow: Flow, lines: str, why: str) -> None:
    code, _, err = call(flow, lines)
    assert code == 1
    assert why in err
    assert err.endswith(f"line {lines.count(chr(10))} could not be done, so the call was broken off\n")


def test_after_the_end_only_facts_are_left(flow: Flow) -> None:
    code, out, _ = call(flow, "2\nhear bye\n/at\n\n7\n")
    assert code == 0  # The empty line leaves.
    assert shown(out)[-1] == "nothing more will happen"


# Keeping


def test_a_call_is_kept_in_a_new_file_and_behind_others(flow: Flow, tmp_path: Path) -> None:
    file = tmp_path / "flows" / "desk.test.yaml"
    keeping = Keeping(file, "mine")
    code, out, err = call(flow, f"1\n/save {tmp_path}/half.test.yaml\n471\n", keeping)
    assert (code, err) == (0, "")
    assert shown(out)[-1] == f"kept in {file} as “mine”; it passes"
    assert file.read_text() == (
        "flow: desk\nenv: {CRM_URL: http://crm.test}\n\nscenarios:\n  - name: mine\n    steps:\n"
        "      - hear: Main menu\n      - press: 1\n      - hear: Code?\n"
        '      - press: "471"\n      - hear: Thanks for\n      - hear: Bye\n    ends: bye\n'
    )
    assert "ends" not in (tmp_path / "half.test.yaml").read_text()
    before = file.read_text()
    call(flow, '3\n/answer {"name": "Asha"}\n', keeping)
    assert file.read_text().startswith(before)
    made, _ = read_scenarios(read(file.read_bytes(), ""))
    assert [each.name for each in made] == ["mine", "mine (2)"]
    assert made[1].http[0].body == {"name": "Asha"}
    assert made[0].http == ()
    _, out, _ = call(flow, "3\n")
    assert 'world   desk.test.yaml says: 200 {"name": "Asha"}' in shown(out)


def test_what_a_file_says_of_all_its_scenarios_is_not_said_again(flow: Flow, tmp_path: Path) -> None:
    file = tmp_path / "flows" / "desk.test.yaml"
    file.write_text(
        "flow: desk\ncall: {now: 2026-11-23T10:00:00+05:30}\nenv: {CRM_URL: http://crm.test}\nhttp:\n"
        "  - {request: GET http://crm.test/name, body: {name: Asha}}\n"
        "  - {request: GET http://crm.test/else, status: 404}\nscenarios:\n  - name: x\n    steps: []\n"
    )
    before = file.read_text()
    for lines, own in (
        ("3\n", ""),
        ("3\n/answer 404\n", "    http:\n      - {request: GET http://crm.test/name, status: 404}\n"),
    ):
        file.write_text(before)
        wishes = Wishes(ask="answer" in lines)
        assert text.run(flow, wishes, Keeping(file, "more"), stdin=io.StringIO(lines), out=io.StringIO()) == 0
        assert file.read_text().startswith(f"{before}\n  - name: more\n{own}    steps:\n")


def test_what_was_kept_already_is_not_kept_again(flow: Flow, tmp_path: Path) -> None:
    file = tmp_path / "x.test.yaml"
    call(flow, f"2\n/save {file}\n", Keeping(file))
    assert file.read_text().count("name:") == 1


def test_where_nothing_can_be_kept_is_told_before_the_call(flow: Flow, tmp_path: Path) -> None:
    code, out, err = call(flow, "1\n", Keeping(tmp_path / "nowhere" / "x.test.yaml"))
    assert (code, out) == (2, "")
    assert "can't be written: there is no folder" in err
    (tmp_path / "x.test.yaml").write_text("scenarios: []\n")
    with pytest.raises(WrongUse, match="can't take one scenario more: its “scenarios” are no list"):
        check(tmp_path / "x.test.yaml")


def test_a_scenario_that_would_not_pass_is_told(flow: Flow, tmp_path: Path) -> None:
    wrong = Scenario("wrong", "desk", (), (((), Hear("elephants")),))
    with pytest.raises(NotKept, match=r"“wrong” is in .* but would not pass, which is a mistake of ours: “elephants”"):
        keep(tmp_path / "x.test.yaml", wrong, flow)


# The command


@pytest.fixture
def command(flow: Flow, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """`ivr call` beside the folder `flows`, with its exit code and what it complains of."""
    del flow

    def ran(*arguments: str) -> tuple[int, str]:
        with chdir(tmp_path):
            return run_command(["call", *arguments]), capsys.readouterr().err

    return ran


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--text",), "--text needs FLOW: the file of a flow, or its id if it is in flows/"),
        (("--text", "nothing"), "there is no flow “nothing” in flows/ here; give its file"),
        (("--text", "flows/nothing.yaml"), "flows/nothing.yaml: this is no file of a flow without errors"),
        (("--text", "desk", "--url", "http://x"), "--url has no meaning with --text"),
        (("--text", "desk", "--wav", "x.wav"), "--wav has no meaning with --text"),
        (("desk", "--save", "x.test.yaml"), "--save goes with --text only"),
        (("--text", "desk", "--now", "noon"), "--now takes a time such as"),
    ],
)
def test_wrong_use(command: Callable[..., tuple[int, str]], arguments: tuple[str, ...], why: str) -> None:
    code, err = command(*arguments)
    assert code == 2
    assert err.startswith(f"ivr call: {why}")


def test_a_flow_by_its_id_starts_fast_and_reads_a_pipe(flow: Flow, tmp_path: Path) -> None:
    program = (
        "import sys; from ivr.cli import run\n"
        "code = run(['call', 'desk', '--text', '--language', 'hi-IN'])\n"
        "slow = {'numpy', 'httpx', 'websockets', 'sqlalchemy', 'quart', 'asyncio', 'vosk'} & set(sys.modules)\n"
        "sys.exit(f'{code} {slow}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, input=b"2\xff\n2\n", capture_output=True, check=False
    )
    assert done.stderr.decode().splitlines()[0].startswith("--language has no meaning with --text")
    assert done.stderr.decode().splitlines()[-1] == "0 set()"
    assert "Bye." in done.stdout.decode()
    del flow


def test_a_terminal_is_asked_line_by_line_and_mistakes_do_not_end_the_call(flow: Flow) -> None:
    master, slave = os.openpty()
    out, err, codes = io.StringIO(), io.StringIO(), list[int]()
    with os.fdopen(slave) as stdin:
        talk = threading.Thread(
            target=lambda: codes.append(text.run(flow, ENV, NOWHERE, stdin=stdin, out=out, err=err)), daemon=True
        )
        talk.start()
        os.write(master, b"/what\n1\n471\n/why\n\n")
        talk.join(10)
    os.close(master)
    assert codes == [0]
    assert err.getvalue().startswith("ivr call: there is no /what; there are:")
    assert out.getvalue().count(text.PROMPT) == 5
    assert out.getvalue().count(OVER) == 1
