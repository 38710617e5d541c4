"""Secrets for flows come from a file and from the environment, and no message gives one away."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from ivr.config import load
from ivr.shapes import SettingError

CANARY = "canary-4711-of-sixteen-and-more"
NO_FLAGS = argparse.Namespace()


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    directory = tmp_path / "project" / "flows"
    directory.mkdir(parents=True)
    return directory


def test_secrets_come_from_a_file_else_from_the_environment(flows: Path) -> None:
    env = flows / "secrets.env"
    env.write_text("# a comment\n\nexport A=from file\nB = ' padded '\nC=\"x=y\"\nD=\n")
    environ = {"IVR_SECRET_A": "lost", "IVR_SECRET_E": "kept\n", "IVR_SECRETS": str(env), "IVR_SECRET_1": "no name"}
    expected = {"A": "from file", "B": " padded ", "C": "x=y", "D": "", "E": "kept"}
    assert load(NO_FLAGS, environ, flows).secrets == expected
    toml = flows.parent / "secrets.toml"
    toml.write_text('A = "from TOML"\n')
    (flows / "ivr.toml").write_text('secrets = "../secrets.toml"\n')
    assert load(NO_FLAGS, {}, flows).secrets == {"A": "from TOML"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("s.env", f"A=1\n{CANARY}\n", r"s\.env:2: expected NAME=value"),
        ("s.env", f"A-B={CANARY}\n", r"s\.env:1: expected NAME=value"),
        ("s.toml", f"A = '{CANARY}'\nB = 4711\n", r"s\.toml: B: expected NAME = \"value\""),
        ("s.toml", f"A = {CANARY}\n", r"s\.toml: this is not TOML"),
        ("missing.env", None, r"missing\.env: this can't be read: no such file"),
        ("missing.toml", None, r"missing\.toml: this can't be read: no such file"),
    ],
)
def test_a_broken_file_of_secrets_gives_none_away(flows: Path, name: str, content: str | None, words: str) -> None:
    if content is not None:
        (flows / name).write_text(content)
    with pytest.raises(SettingError, match=words) as wrong:
        load(argparse.Namespace(secrets=str(flows / name)), {}, flows)
    assert CANARY not in str(wrong.value)
