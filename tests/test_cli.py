"""The command line: what each command prints, to where, and its exit code."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ivr import cli
from ivr.config import SETTINGS
from ivr.document.load import flow_files
from ivr.document.source import read

FLOWS = Path(__file__).parents[1] / "flows"
GOOD = "{start: bye, nodes: {bye: {type: hangup, prompt: Goodbye.}}}\n"
BROKEN = "start: bye\nnodes:\n  bye: {type: hangup, prompt: Goodbye., next: nowhere}\n"
NODES = "nodes: {bye: {type: hangup}}\n"
CALLER = "{start: ask, nodes: {ask: {type: subflow, flow: inner, next: bye}, bye: {type: hangup}}}\n"
INNER = "{start: done, nodes: {done: {type: return, values: {}}}}\n"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    flows = tmp_path / "flows"
    flows.mkdir()
    return flows


def write(folder: Path, **flows: str) -> None:
    for name, text in flows.items():
        (folder / f"{name}.yaml").write_text(text)


def exit_of(*arguments: str) -> object:
    """The code with which the argument parser ends the program."""
    with pytest.raises(SystemExit) as ended:
        cli.run(arguments)
    return ended.value.code


# help


def test_help_names_every_command(capsys: Captured) -> None:
    assert exit_of("--help") == 0
    told = capsys.readouterr().out
    for command in cli.COMMANDS:
        assert f"    {command.name} " in told


@pytest.mark.parametrize("command", [command.name for command in cli.COMMANDS])
def test_the_help_of_a_command_begins_with_an_example(capsys: Captured, command: str) -> None:
    assert exit_of(command, "--help") == 0
    told = capsys.readouterr().out
    assert f"example: ivr {command}" in told
    assert told.index("example: ") < told.index("options:")


def test_the_help_of_serve_shows_every_setting_and_its_variable(capsys: Captured) -> None:
    assert exit_of("serve", "--help") == 0
    told = "".join(capsys.readouterr().out.split())
    for setting in SETTINGS:
        assert setting.flag in told
        assert setting.variable in told


@pytest.mark.parametrize(
    "arguments", [[], ["sreve"], ["lint", "--frmat", "json"], ["lint", "--format", "xml"], ["serve"]]
)
def test_wrong_use_of_the_parser_is_told(capsys: Captured, arguments: list[str]) -> None:
    assert exit_of(*arguments) == 2
    assert "ivr" in capsys.readouterr().err


def test_the_program_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "ivr", "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ivr ")


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    """As `ivr schema | head`."""
    with subprocess.Popen(
        [sys.executable, "-m", "ivr", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as it:
        assert it.stdout is not None
        assert it.stderr is not None
        it.stdout.close()
        assert it.stderr.read() == b""
    assert it.returncode == 1


# lint


def test_a_folder_without_mistakes_is_fine(capsys: Captured, folder: Path) -> None:
    write(folder, caller=CALLER, inner=INNER)
    (folder / "caller.test.yaml").write_text("no flow")
    assert cli.run(["lint", str(folder)]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_example_flows_are_fine(capsys: Captured, tmp_path: Path) -> None:
    assert cli.run(["lint", str(FLOWS), "--data-dir", str(tmp_path), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["findings"]
    # Of a language without a model on this machine it is only said that it has none.
    assert {(each["check"], each["severity"]) for each in told} <= {("speech-model", "info")}


def test_what_can_not_be_said_is_a_finding_and_what_is_for_keys_only_is_not(
    capsys: Captured, folder: Path, tmp_path: Path
) -> None:
    command = ["lint", str(folder), "--data-dir", str(tmp_path / "data")]
    menu = (
        "language: {}\nstart: ask\nnodes:\n  ask:\n    type: menu\n    choices: [{{say: {}, next: bye}}]\n"
        "    prompt: Say balance or qwertz.\n    on_failure: bye\n  bye: {{type: hangup, prompt: Goodbye.}}\n"
    )
    write(folder, main=menu.format("en-US", "[balance, qwertz]"))
    assert cli.run(command) == 1
    told = capsys.readouterr().out
    assert f"{folder}/main.yaml:6:31: warning: callers can't say “qwertz” in en-US" in told
    assert "balance" not in told.splitlines()[0]
    write(folder, main=menu.format("la", "[balance, qwertz]"))
    assert cli.run(command) == 0
    assert "info: there is no speech model for la" in capsys.readouterr().out


def test_a_linter_needs_no_secrets(capsys: Captured, folder: Path) -> None:
    write(folder, main=GOOD)
    (folder / "ivr.toml").write_text('secrets = "nowhere"\nmodels = "models"\n')
    assert cli.run(["lint", str(folder)]) == 2
    assert capsys.readouterr().err == f"ivr lint: {folder}/models: there is no such folder\n"
    (folder / "models").mkdir()
    assert cli.run(["lint", str(folder)]) == 0


def test_all_mistakes_of_all_files_are_told_with_their_lines(capsys: Captured, folder: Path) -> None:
    write(folder, good=GOOD, a=BROKEN, b="start: [\n", c=f"start: nowhere\nlanguage: en\nlanguage: hi\n{NODES}")
    assert cli.run(["lint", str(folder)]) == 1
    told = capsys.readouterr().out
    assert f"{folder}/a.yaml:3:" in told
    assert "    bye: {type: hangup, prompt: Goodbye., next: nowhere}\n" in told
    assert f"{folder}/b.yaml:" in told
    assert f"{folder}/c.yaml:1:8: error: there is no node “nowhere”" in told
    assert f"{folder}/c.yaml:3:1: error: the key “language”" in told
    assert "good.yaml" not in told
    assert "\x1b" not in told


def test_json_is_for_programs(capsys: Captured, folder: Path) -> None:
    write(folder, good=GOOD)
    assert cli.run(["lint", str(folder), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"findings": []}
    write(folder, main=CALLER)
    assert cli.run(["lint", str(folder), "--format", "json"]) == 1
    [finding] = json.loads(capsys.readouterr().out)["findings"]
    assert finding["message"].startswith("there is no flow “inner”")
    assert finding == {
        "check": "unknown-name",
        "severity": "error",
        "message": finding["message"],
        "file": f"{folder}/main.yaml",
        "line": 1,
        "column": CALLER.index("inner") + 1,
    }


def test_github_shows_mistakes_beside_the_lines(capsys: Captured, folder: Path) -> None:
    write(folder, main=CALLER)
    assert cli.run(["lint", str(folder), "--format", "github"]) == 1
    column = CALLER.index("inner") + 1
    told = capsys.readouterr().out
    assert told.startswith(f"::error file={folder}/main.yaml,line=1,col={column},title=unknown-name::there is no flow")
    assert told.count("\n") == 1


def test_mistakes_are_set_apart_and_counted(capsys: Captured, folder: Path) -> None:
    write(folder, a=BROKEN, c=f"start: nowhere\nlanguage: en\nlanguage: hi\n{NODES}")
    assert cli.run(["lint", str(folder)]) == 1
    told = capsys.readouterr().out
    assert told.count("\n\n") == 3
    assert told.splitlines()[-1] == "3 errors in 2 files"


def test_a_finding_is_allowed_with_a_reason_and_an_error_of_loading_is_not(
    capsys: Captured, folder: Path, tmp_path: Path
) -> None:
    command = ["lint", str(folder), "--data-dir", str(tmp_path / "data")]
    menu = (
        "language: xx\nstart: ask\nnodes:\n  ask:\n    type: menu\n    choices:\n"
        "      - {{press: 1, say: [balance], next: {}}} # allow speech-model, unknown-name: {}\n"
        "  bye: {{type: hangup}}\n"
    )
    write(folder, main=menu.format("bye", "keys serve as well"))
    cli.run(command)
    told = capsys.readouterr().out
    assert "[speech-model]" not in told
    assert "main.yaml:7:69: warning: there is no check “unknown-name” that can be allowed" in told
    write(folder, main=menu.format("bye", "").replace(", unknown-name", ""))
    assert cli.run(command) == 1
    told = capsys.readouterr().out
    assert "[speech-model]" in told
    assert "an allow needs a reason" in told
    write(folder, main=menu.format("nowhere", "it is somewhere"))
    assert cli.run(command) == 1
    assert "error: there is no node “nowhere”" in capsys.readouterr().out


def test_one_file_is_checked_together_with_the_flows_that_it_calls(capsys: Captured, folder: Path) -> None:
    write(folder, caller=CALLER, inner=INNER, other=BROKEN)
    assert cli.run(["lint", str(folder / "caller.yaml")]) == 0
    assert capsys.readouterr().out == ""
    assert cli.run(["lint", str(folder / "other.yaml"), str(folder / "inner.yaml")]) == 1
    assert "caller.yaml" not in capsys.readouterr().out
    write(folder, inner=BROKEN)
    assert cli.run(["lint", str(folder / "caller.yaml")]) == 1
    told = capsys.readouterr().out
    assert "the flow “inner” has errors" in told
    assert "inner.yaml" not in told


def test_folders_have_nothing_to_do_with_each_other(capsys: Captured, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, main=GOOD.replace("{start", "{default: true, start"))
    assert cli.run(["lint", str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "one" / "main.yaml")]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [("nowhere", "there is no such file or folder"), ("flows", "there are no flows (*.yaml, *.yml) in this folder")],
)
def test_what_can_not_be_read_is_wrong_use(capsys: Captured, folder: Path, name: str, why: str) -> None:
    place = folder.parent / name
    assert cli.run(["lint", str(place)]) == 2
    assert capsys.readouterr() == ("", f"ivr lint: {place}: {why}\n")


def test_any_bytes_are_findings_and_no_error_of_ours(capsys: Captured, folder: Path) -> None:
    (folder / "bytes.yaml").write_bytes(bytes(range(256)))
    (folder / "empty.yaml").write_bytes(b"")
    (folder / "deep.yml").write_bytes(b"[" * 100_000)
    assert cli.run(["lint", str(folder)]) == 1
    told = capsys.readouterr().out
    for name in ("bytes.yaml", "empty.yaml", "deep.yml"):
        assert f"{folder}/{name}:" in told


# schema


def test_the_schema_is_one_and_accepts_the_example_flows(capsys: Captured) -> None:
    assert cli.run(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    files = flow_files(FLOWS)
    assert files
    for file in files:
        value = read(file.read_bytes(), file.name).value
        assert [error.message for error in validator.iter_errors(value)] == [], file


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{start: a}",
        "{start: a, nodes: {a: {type: dance}}}",
        "{start: a, nodes: {a: {type: hangup, next: b}}}",
        "{start: a, nodes: {a: {type: menu, prompt: Hello}}}",
        "{start: a, nodes: {a: {type: hangup}}, colour: red}",
    ],
)
def test_the_schema_refuses_what_is_no_flow(capsys: Captured, text: str) -> None:
    cli.run(["schema"])
    validator = Draft202012Validator(json.loads(capsys.readouterr().out))
    assert not validator.is_valid(read(text, "flow.yaml").value)


# models


def test_models_are_listed_also_where_it_is_not_known_what_can_be_fetched(capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "models" / "hi" / "graph").mkdir(parents=True)
    (tmp_path / "models" / "hi" / "graph" / "Gr.fst").touch()
    nowhere = (tmp_path / "list.json").as_uri()
    assert cli.run(["models", "list", "--data-dir", str(tmp_path), "--list", nowhere]) == 0
    told = capsys.readouterr().out
    assert "en-US     PocketSphinx" in told
    assert "503,352" in told
    assert f"{tmp_path}/models/hi can't be used: am/final.mdl" in told
    assert told.endswith(f"what can be fetched is not known: {nowhere}: unknown url type: file\n")


def test_a_model_is_fetched_from_a_mirror(capsys: Captured, tmp_path: Path) -> None:
    name = "vosk-model-small-hi-0.1"
    files = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLr.fst", "graph/Gr.fst")
    with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
        for file in (*files, "graph/disambig_tid.int"):
            archive.writestr(f"{name}/{file}", "x")
    content = (tmp_path / f"{name}.zip").read_bytes()
    serving = functools.partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), serving) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        entry = {"name": name, "lang": "hi", "lang_text": "Hindi", "type": "small", "url": f"{url}/{name}.zip"}
        entries = [{**entry, "md5": md5, "size": len(content), "obsolete": "false"}]
        (tmp_path / "list.json").write_text(json.dumps(entries))
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        more = ["--data-dir", str(tmp_path / "data"), "--list", f"{url}/list.json"]
        try:
            codes = [cli.run(["models", "get", wanted, *more]) for wanted in ("hi-IN", name, "ta")]
            told = capsys.readouterr()
            assert cli.run(["models", "list", *more]) == 0
        finally:
            server.shutdown()
    assert codes == [0, 0, 2]
    assert told.out == f"{name} (Hindi) is in {tmp_path}/data/models/{name}\n" * 2
    assert told.err == "ivr models: there is no small model for “ta”, and none of that name; languages are hi\n"
    listed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["hi", name, "0", "MB", "unknown", f"{tmp_path}/data/models/{name}"] in listed
    assert listed[-1] == ["hi", name, "0", "MB", "Hindi"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  so it is called there
        """Say nothing on standard error."""


# build


def test_build_renders_all_prompts_once(capsys: Captured, folder: Path, tmp_path: Path) -> None:
    write(folder, main=GOOD)
    data = tmp_path / "data"
    command = ["build", str(folder), "--data-dir", str(data), "--jobs", "1"]
    assert cli.run(command) == 0
    told = capsys.readouterr()
    assert told.out == f"2 prompts are ready in {data / 'prompts'}\n"
    files = {file: file.stat().st_mtime_ns for file in (data / "prompts").iterdir()}
    assert len(files) == 2
    assert cli.run(command) == 0
    assert {file: file.stat().st_mtime_ns for file in (data / "prompts").iterdir()} == files


def test_build_tells_what_can_not_be_rendered(capsys: Captured, folder: Path, tmp_path: Path) -> None:
    write(folder, main=GOOD.replace("{start", "{voice: {name: nobody}, start"))
    assert cli.run(["build", str(folder), "--data-dir", str(tmp_path / "data"), "--jobs", "1"]) == 1
    told = capsys.readouterr()
    assert "there is no voice 'nobody'" in told.err
    assert told.out.startswith("0 prompts are ready")


# settings


@pytest.mark.parametrize("command", ["serve", "build"])
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--jobs", "none"], "--jobs: expected a whole number from 1 to 64; got 'none'"),
        (["--data-dir", ""], "--data-dir: expected a path; got ''"),
    ],
)
def test_a_wrong_setting_is_told_with_what_was_expected(
    capsys: Captured, folder: Path, command: str, arguments: list[str], why: str
) -> None:
    write(folder, main=GOOD)
    assert cli.run([command, str(folder), *arguments]) == 2
    assert capsys.readouterr() == ("", f"ivr {command}: {why}\n")


def test_a_wrong_line_of_the_file_of_settings_is_told(capsys: Captured, folder: Path) -> None:
    write(folder, main=GOOD)
    (folder / "ivr.toml").write_text("prot = 80\n")
    assert cli.run(["serve", str(folder)]) == 2
    assert capsys.readouterr().err == f"ivr serve: {folder}/ivr.toml: prot is no setting; did you mean port?\n"


def test_strict_serves_nothing_beside_a_broken_flow(capsys: Captured, folder: Path, tmp_path: Path) -> None:
    write(folder, main=GOOD, broken=BROKEN)
    assert cli.run(["serve", str(folder), "--strict", "--data-dir", str(tmp_path / "data")]) == 2
    told = capsys.readouterr().err
    assert f"{folder}/broken.yaml:3:" in told
    assert told.endswith("ivr serve: there are errors, and with --strict nothing is served then\n")


def test_with_broken_flows_alone_there_is_nothing_to_serve(capsys: Captured, folder: Path, tmp_path: Path) -> None:
    write(folder, broken=BROKEN)
    assert cli.run(["serve", str(folder), "--data-dir", str(tmp_path / "data")]) == 2
    assert capsys.readouterr().err.endswith(
        f"ivr serve: {folder}: no flow is without errors, so there is nothing to serve\n"
    )


def test_a_folder_that_is_not_there_is_wrong_use(capsys: Captured, tmp_path: Path) -> None:
    for command in ("serve", "build"):
        assert cli.run([command, str(tmp_path / "nowhere")]) == 2
        assert capsys.readouterr().err == f"ivr {command}: {tmp_path}/nowhere: there is no such file or folder\n"


def test_a_data_directory_that_can_not_be_one_is_wrong_use(capsys: Captured, folder: Path, tmp_path: Path) -> None:
    write(folder, main=GOOD)
    (tmp_path / "file").touch()
    assert cli.run(["serve", str(folder), "--port", "0", "--data-dir", str(tmp_path / "file")]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"ivr serve: {tmp_path}/file")
    assert "Traceback" not in told


# call


def test_a_call_without_a_server_is_wrong_use(capsys: Captured) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ivr", "call", "main", "--url", "http://127.0.0.1:1"],
        input="",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 2
    assert done.stderr.startswith("ivr call: no server answers at http://127.0.0.1:1")
    assert capsys.readouterr().err == ""
