"""What the page for operators says of settings, health, the log and limits is what the program does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from ivr.calls.lookups import ANSWER_LIMIT
from ivr.calls.store import schema
from ivr.calls.store.chores import STALE_MS
from ivr.calls.store.engine import CONNECTIONS
from ivr.calls.store.store import MOST_WAITING, Health
from ivr.config import CALLS_EACH, SETTINGS
from ivr.server.app import WEBHOOK_BYTES
from ivr.server.places import Workers
from ivr.speech.ears import Load
from tests.docs.operating_page import PAGE, ROOT, rows, section

LOGGED = [*(ROOT / "ivr" / "server").rglob("*.py"), *(ROOT / "ivr" / "calls").rglob("*.py")]
SPEAKING = [*(ROOT / "ivr" / "speech").rglob("*.py")]
OTHERS_FLAGS = {
    *("--url", "--format"),
    *("--system", "--home-dir", "--now"),
    *("--detach", "--name", "--volume", "--env-file", "--time"),
    *("--file", "--clean", "--if-exists", "--dbname"),
}
"""Of other commands and programs."""
ELSEWHERE = {("listening.py", "finding.message"), ("run.py", "warning"), ("reload.py", "warning")}
"""Events that other files put into words: findings of `ivr lint`, and precautions."""
DAY_MS = 24 * 3_600_000


# Settings and limits


def test_flags_and_variables_that_are_named_exist() -> None:
    ours = {setting.flag for setting in SETTINGS}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) - OTHERS_FLAGS <= ours
    assert set(re.findall(r"\bIVR_(?!SECRET_)[A-Z_]+", PAGE)) <= {setting.variable for setting in SETTINGS}


def test_limits_have_the_defaults_of_the_program() -> None:
    calls = f"{CALLS_EACH['plain']} for each worker, {CALLS_EACH['fast']} with `--media fast`"
    default = {setting.flag: str(setting.default or calls) for setting in SETTINGS}
    shown = [cells for cells in rows(section("Limits")) if cells[0].startswith("`--")]
    assert len(shown) > 10
    for flag, value, *_ in shown:
        assert default[flag.strip("`")] == value, flag


def test_limits_that_are_no_settings_are_those_of_the_program() -> None:
    assert f"A webhook has at most {WEBHOOK_BYTES // 1024} KiB" in PAGE
    assert f"an answer to a lookup {ANSWER_LIMIT // 1024**2} MiB" in PAGE
    assert f"If {MOST_WAITING:,} steps wait" in PAGE
    assert f"count {CONNECTIONS} connections for each worker" in PAGE
    assert f"deleted after {STALE_MS // DAY_MS} days" in PAGE
    assert f"The tables of the store have version {schema.VERSION}." in PAGE
    for table in ("calls", "journal", "sessions", "answers", "flows"):
        assert f"`{table}`" in section("Privacy")
        assert table in schema.metadata.tables


# Health


def test_every_line_of_health_is_explained() -> None:
    tree = ast.parse((ROOT / "ivr" / "server" / "health.py").read_text("utf-8"))
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    told = [each for each in ast.walk(functions["readiness"]) if isinstance(each, ast.Dict)]
    shown = {cells[0].strip("`"): " ".join(cells) for cells in rows(section("Health")) if cells[0].startswith("`")}
    assert list(shown) == [key.value for key in told[0].keys if isinstance(key, ast.Constant)]
    reasons = [each.value for each in ast.walk(functions["_reasons"]) if isinstance(each, ast.Yield)]
    assert reasons
    for reason in reasons:
        assert reason is not None
        assert f"“{pattern(reason)}”" in section("Health")
    for kind in (Health, Workers, Load):
        for field in fields(kind):
            assert f"`{field.name}`" in section("Health"), field.name


# The log


def pattern(node: ast.expr) -> str | None:
    """A text as the page shows it: what differs is “…”; None if it is not written here."""
    match node:
        case ast.Constant(value=str(text)):
            return re.sub(r"%\w", "…", text)
        case ast.JoinedStr(values=values):
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in values]
            return "".join(map(str, parts))
    return None


def texts(node: ast.expr, function: ast.AST) -> Iterator[str]:
    """The events that an argument may be: written here, or assigned to a name in the same function."""
    if (found := pattern(node)) is not None:
        yield found
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body, function), *texts(node.orelse, function))
    elif isinstance(node, ast.Name):
        for each in ast.walk(function):
            if isinstance(each, ast.Assign) and any(ast.unparse(name) == node.id for name in each.targets):
                yield from texts(each.value, function)


def event(call: ast.Call) -> ast.expr | None:
    """What a call logs as a warning or an error, if it does."""
    match call.func:
        case ast.Name(id="log") if len(call.args) > 2:
            level = ast.unparse(call.args[1])
            return call.args[2] if level not in ("logging.INFO", "logging.DEBUG") else None
        case ast.Attribute(value=ast.Name(id="logger" | "_log"), attr="warning" | "error" | "exception" | "critical"):
            return call.args[0]
    return None


def events(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text("utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for each in ast.walk(function):
                if isinstance(each, ast.Call) and (told := event(each)) is not None:
                    found = list(texts(told, function))
                    if not found and (file.name, ast.unparse(told)) not in ELSEWHERE:
                        assert isinstance(told, ast.Call), f"{file.name}: {ast.unparse(told)}: what does it say?"
                        found = list(warnings_of(told))
                    yield from found


def warnings_of(call: ast.Call) -> Iterator[str]:
    """What a function says that makes events: `notice` of a language that nobody, or a lesser engine, listens to."""
    assert ast.unparse(call.func) == "notice"
    get = "to get one: ivr models get …"
    yield f'no Vosk model for "…": callers are served by keys only; {get}'
    yield f'no Vosk model for "…": PocketSphinx listens instead, to fewer callers at a time; {get}'


def precautions() -> Iterator[str]:
    tree = ast.parse((ROOT / "ivr" / "server" / "precautions.py").read_text("utf-8"))
    for each in ast.walk(tree):
        if isinstance(each, ast.Yield) and each.value is not None and (found := pattern(each.value)) is not None:
            yield found


def test_every_warning_and_error_of_the_log_is_explained_and_no_other() -> None:
    said = {text for file in (*LOGGED, *SPEAKING) for text in events(file)} | set(precautions())
    missing = "voice.engine is piper, and Piper is not installed: …, so eSpeak NG speaks instead"
    said = {missing if text == "…, so eSpeak NG speaks instead" else text for text in said}
    shown = [cells for cells in rows(section("The log")) if cells[0].startswith("`")]
    assert all(len(cells) == 3 and all(cells) for cells in shown)
    explained = [cells[0].strip("`") for cells in shown]
    assert sorted(said - set(explained)) == [], "the page lacks events of the log"
    assert sorted(set(explained) - said) == [], "the page has events that nobody logs"
    assert len(explained) == len(set(explained))
