"""Tokens give leave to the calls they were made for, and to nothing and nobody else."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from ivr.server.tokens import LONGEST_TOKEN, StreamPass, TokenRefused, Tokens, stream_key

PASS = StreamPass("call-1", "+919999999999", "+918000000001", "INBOUND", "main", 1_000_000, 2_000_000)
KEY = "k" * 32


def test_a_pass_comes_back_as_it_was_signed() -> None:
    token = Tokens(KEY).sign(PASS)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", token)
    assert len(token) < 250
    assert Tokens(KEY).read(token, 1_999_999) == PASS
    assert "9999" not in repr(PASS)


def test_an_expired_token_is_refused() -> None:
    token = Tokens(KEY).sign(PASS)
    with pytest.raises(TokenRefused, match="expired 3 s ago"):
        Tokens(KEY).read(token, 2_003_000)
    with pytest.raises(TokenRefused, match="expired"):
        Tokens(KEY).read(token, PASS.expires_at)


def test_a_token_of_another_key_or_use_is_refused() -> None:
    with pytest.raises(TokenRefused, match="signature"):
        Tokens("other" * 8).read(Tokens(KEY).sign(PASS), 0)
    with pytest.raises(TokenRefused, match="signature"):
        Tokens(KEY).read(URLSafeSerializer(KEY, salt="another").dumps([1]), 0)


def test_no_character_of_a_token_can_be_changed() -> None:
    token = Tokens(KEY).sign(PASS)
    payload, signature = token.rsplit(".", 1)
    forged = Tokens("other" * 8).sign(replace(PASS, flow="other")).rsplit(".", 1)[0]
    for changed in (f"{forged}.{signature}", payload, f"{payload}.", f".{signature}", token[:-2], f"x{token}"):
        with pytest.raises(TokenRefused) as refused:
            Tokens(KEY).read(changed, 0)
        assert changed not in str(refused.value)


@given(st.text() | st.text("abcABC019-_.", min_size=1))
def test_whatever_a_stranger_shows_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        Tokens(KEY).read(token, 0)


def test_an_endless_token_is_refused() -> None:
    with pytest.raises(TokenRefused, match="no token"):
        Tokens(KEY).read("x" * (LONGEST_TOKEN + 1), 0)


@given(st.builds(StreamPass, *[st.text(max_size=50)] * 5, st.integers(), st.integers(min_value=1)))
def test_any_pass_survives(stream_pass: StreamPass) -> None:
    token = Tokens(KEY).sign(stream_pass)
    assert Tokens(KEY).read(token, 0) == stream_pass


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "data"
    key = stream_key(directory)
    assert len(key) >= 32
    assert stream_key(directory) == key
    assert [file.name for file in directory.iterdir()] == ["stream.key"]
    assert stat.S_IMODE((directory / "stream.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stream_key(tmp_path) != key


def test_processes_that_ask_at_once_get_the_same_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ivr.server.tokens import stream_key;"
        "print('ready', flush=True); sys.stdin.readline(); print(stream_key(Path(sys.argv[1])))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    keys = {process.communicate("\n")[0] for process in processes}
    assert len(keys) == 1


def test_a_file_without_a_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "stream.key").write_text("short\n")
    with pytest.raises(ValueError, match=r"stream\.key holds no key; delete it"):
        stream_key(tmp_path)
