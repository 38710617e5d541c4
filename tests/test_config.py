"""Settings come from flags, the environment, a file and defaults, and a wrong one says from where."""

from __future__ import annotations

import argparse
import dataclasses
import re
from pathlib import Path
from typing import get_args

import pytest

from ivr.carriers.codecs import Codec
from ivr.carriers.sfvopi import StreamDirection
from ivr.config import SETTINGS, Settings, add_flags, as_table, load, load_some
from ivr.shapes import SettingError

CANARY = "canary-4711-of-sixteen-and-more"


def parse(*flags: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("directory", nargs="?")
    add_flags(parser, [setting.name for setting in SETTINGS])
    return parser.parse_args(flags)


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    directory = tmp_path / "project" / "flows"
    directory.mkdir(parents=True)
    return directory


def test_defaults(flows: Path) -> None:
    settings = load(argparse.Namespace(), {"HOME": "/home/ann"}, flows)
    assert dataclasses.asdict(settings) == {
        "host": "127.0.0.1",
        "port": 8080,
        "public_url": None,
        "trust_proxy": False,
        "webhook_secret": None,
        "console_password": None,
        "stream_key": None,
        "data_dir": Path("/home/ann/.local/share/ivr"),
        "database": None,
        "keep_journals": 2_592_000_000,
        "keep_records": 7_776_000_000,
        "keep_figures": 94_608_000_000,
        "strict": False,
        "workers": 1,
        "max_calls": 120,
        "drain": 60_000,
        "handover_code": 1012,
        "watch": False,
        "start_timeout": 10_000,
        "media_timeout": 10_000,
        "reconnect": 12_000,
        "max_duration": 14_400_000,
        "max_message": 256,
        "max_unread": 1000,
        "media": "plain",
        "max_recordings": 1024,
        "allow_private": False,
        "allow_env": (),
        "secrets": {},
        "max_lookups": 200,
        "transfer_url": None,
        "codec": "PCMA",
        "sample_rate": 8000,
        "direction": "BOTH",
        "keep_call_alive": False,
        "stream_timeout": 86_400_000,
        "jobs": 2,
        "models": None,
        "recognisers": 1,
        "listeners": 25,
        "sphinx_recognisers": 1,
        "sphinx_listeners": 8,
        "log_format": "text",
    }


def test_calls_at_a_time_follow_from_workers_and_from_how_they_read(flows: Path) -> None:
    assert load(parse("--workers", "2"), {}, flows).max_calls == 240
    assert load(parse("--workers", "2", "--media", "fast"), {}, flows).max_calls == 900


def test_a_flag_beats_the_environment_that_beats_the_file(flows: Path) -> None:
    (flows / "ivr.toml").write_text("port = 1\nmax_calls = 1\njobs = 1\n")
    environ = {"IVR_PORT": "2", "IVR_MAX_CALLS": "2", "IVR_JOBS": ""}
    settings = load(parse("--port", "3"), environ, flows)
    assert (settings.port, settings.max_calls, settings.jobs) == (3, 2, 1)


def test_all_settings_can_be_flags_or_variables_or_in_the_file(flows: Path) -> None:
    (flows / "names").write_text("A=b")
    texts = {
        "host": "0.0.0.0",  # noqa: S104  nothing is bound to it
        "port": "0",
        "public_url": "https://ivr.example.com/base/",
        "trust_proxy": "yes",
        "webhook_secret": "s3cret",
        "console_password": CANARY,
        "stream_key": CANARY,
        "data_dir": "/srv/ivr",
        "database": "postgresql://ivr:canary@db/ivr",
        "keep_journals": "7d",
        "keep_records": "30d",
        "keep_figures": "366d",
        "strict": "on",
        "workers": "3",
        "max_calls": "7",
        "drain": "90",
        "handover_code": "4000",
        "watch": "1",
        "start_timeout": "2.5s",
        "media_timeout": "1m",
        "reconnect": "8s",
        "max_duration": "30m",
        "max_message": "64",
        "max_unread": "50",
        "media": "FAST",
        "max_recordings": "10",
        "allow_private": "1",
        "allow_env": "CRM_URL, OTHER",
        "secrets": str(flows / "names"),
        "max_lookups": "9",
        "transfer_url": "http://10.0.0.5/t?key=1",
        "codec": "l16",
        "sample_rate": "8000",
        "direction": "inbound",
        "keep_call_alive": "true",
        "stream_timeout": "1h",
        "jobs": "4",
        "models": "/srv/models",
        "recognisers": "2",
        "listeners": "30",
        "sphinx_recognisers": "3",
        "sphinx_listeners": "5",
        "log_format": "JSON",
    }
    switches = {"trust_proxy", "strict", "watch", "allow_private", "keep_call_alive"}
    flags = [
        part
        for setting in SETTINGS
        for part in ([setting.flag] if setting.name in switches else [setting.flag, texts[setting.name]])
    ]
    from_flags = load(parse(*flags), {}, flows)
    from_environ = load(parse(), {setting.variable: texts[setting.name] for setting in SETTINGS}, flows)
    (flows / "ivr.toml").write_text("".join(f"{name} = {text!r}\n" for name, text in texts.items()))
    assert from_flags == from_environ == load(parse(), {}, flows)
    assert from_flags.public_url == "https://ivr.example.com/base"
    assert (from_flags.drain, from_flags.start_timeout, from_flags.media_timeout) == (90_000, 2_500, 60_000)
    assert (from_flags.stream_timeout, from_flags.codec, from_flags.direction) == (3_600_000, "L16", "INBOUND")
    assert from_flags.allow_env == ("CRM_URL", "OTHER")
    assert all(getattr(from_flags, name) is True for name in switches)


def test_the_file_has_types_of_its_own(flows: Path) -> None:
    (flows / "ivr.toml").write_text('strict = true\ndrain = 1.5\nallow_env = ["A", "B C"]\nport = 0x1F90\n')
    settings = load(parse(), {}, flows)
    assert (settings.strict, settings.drain, settings.allow_env, settings.port) == (True, 1500, ("A", "B", "C"), 8080)


def test_a_switch_can_be_turned_off_again(flows: Path) -> None:
    assert not load(parse("--no-strict"), {"IVR_STRICT": "true"}, flows).strict


def test_names_can_be_repeated(flows: Path) -> None:
    assert load(parse("--allow-env", "A", "B", "--allow-env", "C,A"), {}, flows).allow_env == ("A", "B", "C")


def test_the_nearer_file_counts(flows: Path) -> None:
    (flows.parent / "ivr.toml").write_text('port = 1\ndata_dir = "data"\n')
    settings = load(parse(), {}, flows)
    assert (settings.port, settings.data_dir) == (1, flows.parent / "data")
    (flows / "ivr.toml").write_text("port = 2\n")
    settings = load(parse(), {"XDG_DATA_HOME": "/data"}, flows)
    assert (settings.port, settings.data_dir) == (2, Path("/data/ivr"))


def test_some_settings_can_be_had_where_others_are_wrong(flows: Path) -> None:
    (flows / "ivr.toml").write_text('secrets = "nowhere"\nmodels = "models"\nport = "x"\n')
    found = load_some(("models", "data_dir"), parse(), {"XDG_DATA_HOME": "/data"}, flows)
    assert found == {"models": flows / "models", "data_dir": Path("/data/ivr")}
    assert load_some(("models",), parse("--models", "m"), {}, flows) == {"models": Path("m")}


def test_a_relative_data_home_is_no_data_home(flows: Path) -> None:
    settings = load(parse(), {"XDG_DATA_HOME": "data", "HOME": "/home/ann"}, flows)
    assert settings.data_dir == Path("/home/ann/.local/share/ivr")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("host", "a b"),
        ("port", "x"),
        ("port", "-1"),
        ("port", "65536"),
        ("port", "8_080"),
        ("port", "9" * 5000),
        ("public_url", "ivr.example.com"),
        ("public_url", "wss://ivr.example.com"),
        ("public_url", "https://"),
        ("public_url", "https://ivr.example.com/?a=b"),
        ("trust_proxy", "perhaps"),
        ("drain", "soon"),
        ("drain", "-1s"),
        ("drain", "25h"),
        ("start_timeout", "0"),
        ("media_timeout", "500ms"),
        ("allow_env", "A-B"),
        ("codec", "MP3"),
        ("sample_rate", "16000"),
        ("log_format", "xml"),
        ("max_calls", "0"),
        ("workers", "65"),
        ("handover_code", "999"),
        ("handover_code", "1006"),
        ("max_duration", "25h"),
        ("max_message", "0"),
        ("data_dir", "a\0b"),
    ],
)
def test_a_wrong_value_says_whence_what_was_expected_and_what_came(flows: Path, name: str, text: str) -> None:
    setting = next(setting for setting in SETTINGS if setting.name == name)
    with pytest.raises(SettingError) as wrong:
        load(parse(), {setting.variable: text}, flows)
    assert str(wrong.value).startswith(f"IVR_{name.upper()}: expected {setting.shape.expected}; got {text[:5]!r}"[:-1])
    assert len(str(wrong.value)) < 250


@pytest.mark.parametrize(
    "line", ["port = true", "port = 80.5", "drain = true", "drain = nan", "strict = 2", "host = 1", "allow_env = [1]"]
)
def test_a_wrong_type_in_the_file_is_told_with_file_and_key(flows: Path, line: str) -> None:
    (flows / "ivr.toml").write_text(line)
    with pytest.raises(SettingError, match=rf"ivr\.toml: {line.split()[0]}: expected .*; got "):
        load(parse(), {}, flows)


def test_a_wrong_flag_is_named(flows: Path) -> None:
    with pytest.raises(SettingError, match=r"^--port: expected a whole number from 0 to 65535; got 'abc'$"):
        load(parse("--port", "abc"), {}, flows)


@pytest.mark.parametrize(
    ("key", "words"), [("public-url", "did you mean public_url"), ("prot", "mean port"), ("zzz", "known are allow_env")]
)
def test_an_unknown_key_of_the_file_is_an_error(flows: Path, key: str, words: str) -> None:
    (flows / "ivr.toml").write_text(f"{key} = 1\n")
    with pytest.raises(SettingError, match=words):
        load(parse(), {}, flows)


@pytest.mark.parametrize(("content", "words"), [(b"port 80", "not TOML"), (b"\xff", "not UTF-8")])
def test_an_unreadable_file_is_named(flows: Path, content: bytes, words: str) -> None:
    (flows / "ivr.toml").write_bytes(content)
    with pytest.raises(SettingError, match=rf"ivr\.toml.*{words}"):
        load(parse(), {}, flows)


def test_what_is_secret_is_not_shown(flows: Path) -> None:
    hidden = {
        "IVR_STREAM_KEY": CANARY,
        "IVR_WEBHOOK_SECRET": CANARY,
        "IVR_SECRET_A": CANARY,
        "IVR_TRANSFER_URL": f"http://10.0.0.5/{CANARY}",
        "IVR_DATABASE": f"postgresql://ivr:{CANARY}@db/ivr",
    }
    assert CANARY not in repr(load(parse(), hidden, flows))
    wrong_ones = (
        ("IVR_STREAM_KEY", "short-canary"),
        ("IVR_WEBHOOK_SECRET", "a/canary"),
        ("IVR_DATABASE", "mysql://canary@db"),
    )
    for variable, text in wrong_ones:
        with pytest.raises(SettingError, match=f"{variable}: expected") as wrong:
            load(parse(), {variable: text}, flows)
        assert "canary" not in str(wrong.value)


def test_rows_fields_and_carrier_agree() -> None:
    assert [setting.name for setting in SETTINGS] == [row.name for row in dataclasses.fields(Settings)]
    shapes = {setting.name: setting.shape.expected for setting in SETTINGS}
    assert shapes["codec"] == " or ".join(get_args(Codec))
    assert shapes["direction"] == " or ".join(get_args(StreamDirection))


def test_flags_explain_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--help")
    shown = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "--public-url URL how the carrier reaches this server" in shown
    assert "port to listen on; 0 takes a free one (default: 8080; IVR_PORT)" in shown


def test_the_table_has_a_row_for_each_setting() -> None:
    rows = as_table().splitlines()
    assert len(rows) == 2 + len(SETTINGS)
    assert all(row.count("|") == 5 for row in rows)
    assert "| `--drain` | a duration from 0s to 24h, such as 500ms, 10s or 2m | 60s | " in as_table()
