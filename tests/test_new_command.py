"""`ivr new` makes a project that is without findings, whole under test, and as docs/starting.md shows it."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
from contextlib import ExitStack, chdir
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ivr.cli import COMMANDS, run
from ivr.commands.new import starter
from ivr.config import load

PAGE = Path(__file__).parents[1] / "docs" / "starting.md"
BLOCK = re.compile(r"^```(?P<kind>text|sh)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = re.compile(r"in \d+\.\d\d s$", re.MULTILINE)
COMMAND = re.compile(r"(?:^|\brun: | {4}|`)ivr ([a-z]+)(?: [^\n#`]*)?", re.MULTILINE)


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A project, which has just been made in an empty folder."""
    folder = tmp_path / "acme-line"
    folder.mkdir()
    with chdir(folder):
        assert run(["new", "."]) == 0
    assert "cd " not in capsys.readouterr().out
    return folder


def parsed(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))


def test_a_new_project_has_no_finding_and_is_whole_under_test(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with chdir(project):
        assert run(["lint"]) == 0
        assert capsys.readouterr().out == ""
        assert run(["test", "--fail-under", "100"]) == 0
        assert re.search(r"^main +100 % +100 % +100 %", capsys.readouterr().out, re.MULTILINE)
        assert run(["diff", "flows", "flows"]) == 0
        assert capsys.readouterr().out == ""


def test_editors_know_what_the_program_knows(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for written, asked in (("flow.schema.json", ["schema"]), ("scenarios.schema.json", ["schema", "--scenarios"])):
        assert run(asked) == 0
        assert (project / written).read_text("utf-8") == capsys.readouterr().out
    for name, schema in (("main.yaml", "flow.schema.json"), ("main.test.yaml", "scenarios.schema.json")):
        file = project / "flows" / name
        modeline = f"# yaml-language-server: $schema=../{schema}\n"
        assert file.read_text("utf-8").startswith(modeline)
        told = json.loads((project / schema).read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(told)
        jsonschema.Draft202012Validator(told).validate(parsed(file))
    settings = json.loads((project / ".vscode" / "settings.json").read_text("utf-8"))
    for schema, files in settings["yaml.schemas"].items():
        assert (project / schema).is_file()
        assert list(project.glob(files))
    assert json.loads((project / ".vscode" / "extensions.json").read_text("utf-8"))["recommendations"]


def test_ci_and_the_readme_run_commands_that_there_are(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = parsed(project / ".github" / "workflows" / "flows.yml")["jobs"]["flows"]["steps"]
    commands = [step["run"] for step in steps if step.get("run", "").startswith("ivr ")]
    assert [command.split()[1] for command in commands] == ["lint", "test"]
    with chdir(project):
        for command in commands:
            assert run(shlex.split(command)[1:]) == 0
    capsys.readouterr()
    shown = COMMAND.findall((project / "README.md").read_text("utf-8"))
    assert len(shown) > 5
    assert set(shown) <= {command.name for command in COMMANDS}


def test_settings_that_are_commented_out_are_right(project: Path) -> None:
    file = project / "ivr.toml"
    lines = file.read_text("utf-8").splitlines()
    written = [line.removeprefix("# ") for line in lines if re.match(r"# [a-z_]+ = ", line)]
    assert len(written) > 8
    assert all(line.startswith("#") or not line for line in lines)
    file.write_text("\n".join(written))
    (project / "secrets.env").write_text("CRM_TOKEN=t")
    settings = load(argparse.Namespace(), {"HOME": "/"}, project / "flows")
    assert (settings.data_dir, settings.workers, settings.allow_env) == (project / "data", 2, ("CRM_URL",))


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text("mine")
    (tmp_path / "audio_prompts").write_text("no folder")
    (tmp_path / "notes.txt").write_text("nobody minds")
    assert run(["new", str(tmp_path)]) == 2
    there = f"{tmp_path}/audio_prompts, {tmp_path}/flows/main.yaml"
    assert capsys.readouterr().err == f"ivr new: nothing was written, because this is there already: {there}\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["audio_prompts", "flows", "notes.txt"]
    assert (tmp_path / "flows" / "main.yaml").read_text() == "mine"
    assert run(["new", str(tmp_path / "notes.txt")]) == 2


# docs/starting.md: `IVR_UPDATE_GOLDEN=1` writes what its commands print anew.


def test_commands_say_what_the_page_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGE.read_text("utf-8")
    where = ExitStack()

    def printed(command: str) -> str:
        program, *words = shlex.split(command)
        if program == "cd":
            where.enter_context(chdir(words[0]))
            return ""
        assert program == "ivr"
        run(words)
        return SECONDS.sub("in 0.01 s", capsys.readouterr().out)

    def played(block: re.Match[str]) -> str:
        if block["kind"] == "sh":
            for line in block["text"].splitlines():
                changed(line)
            return block[0]
        commands = [line[2:] for line in block["text"].splitlines() if line.startswith("$ ")]
        return "```text\n" + "".join(f"$ {each}\n{printed(each)}" for each in commands) + "```"

    def changed(line: str) -> None:
        program, *words = shlex.split(line)
        if program == "cp":
            for file in Path(words[1]).iterdir():
                Path(words[2]).mkdir(exist_ok=True)
                (Path(words[2]) / file.name).write_text(file.read_text("utf-8"), "utf-8")
        elif program == "sed":
            _, before, after, _ = words[1].split("/")
            file = Path(words[2])
            assert before in file.read_text("utf-8")
            file.write_text(file.read_text("utf-8").replace(before, after), "utf-8")
        else:
            assert program == "ivr"
            assert words[0] in {command.name for command in COMMANDS}

    with where:
        where.enter_context(chdir(tmp_path))
        made = BLOCK.sub(played, page)
    if os.environ.get("IVR_UPDATE_GOLDEN") == "1":
        PAGE.write_text(made, "utf-8")
        page = made
    assert made == page
    assert "1 failed, 8 passed" in page


def test_the_page_names_every_file_of_a_project() -> None:
    shown = " ".join(re.findall(r"^\| (`.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE))
    named = re.findall(r"`([^`]+)`", shown)
    for name in starter():
        assert any(name == each or (each.endswith("/") and name.startswith(each)) for each in named), name
