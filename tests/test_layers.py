"""The layers of the architecture hold: who may import whom, what is pure, and where each third party lives."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "ivr"

ROWS = (
    ("__main__",),
    ("cli",),
    ("commands",),
    ("server", "desk", "explore"),
    ("overlays",),
    ("calls", "lint", "simulate", "hear", "graph", "replay", "config"),
    ("carriers", "speech", "document", "logs", "secret_files"),
    ("nodes", "shapes"),
    ("core", "media"),
)
"""From top to bottom: each package or module imports only from rows below its own."""
ROW_OF = {name: row for row, names in enumerate(ROWS) for name in names}

PURE = ("core", "nodes", "media", "carriers")
"""No clock, randomness, tasks, threads, files, environment or logging in these."""
IMPURE = frozenset(
    {
        *("asyncio", "threading", "multiprocessing", "concurrent", "queue", "selectors", "signal", "contextvars"),
        *("logging", "time", "random", "secrets", "uuid", "os", "sys", "pathlib", "shutil", "tempfile", "glob"),
        *("socket", "ssl", "http", "subprocess", "urllib.request", "sqlite3", "platform", "getpass"),
    }
)
IMPURE_CALLS = frozenset({"open", "print", "input", "breakpoint"})
CLOCKS = frozenset({"now", "today", "utcnow"})

HOMES = {
    "jinja2": ("core/",),
    "babel": ("core/spoken.py",),
    "numpy": ("media/",),
    "soxr": ("media/",),
    "yaml": ("document/",),
    "jsonschema": ("document/",),
    "holidays": ("document/hours.py",),
    "pyttsx3": ("speech/voice.py",),
    "espeakng_loader": ("speech/voice.py",),
    "vosk": ("speech/vosk_engine.py",),
    "pocketsphinx": ("speech/sphinx_engine.py",),
    "piper": ("speech/piper_voice.py",),
    "httpx": ("calls/",),
    "httpcore": ("calls/",),
    "h11": ("calls/",),
    "sqlalchemy": ("calls/store/",),
    "cryptography": ("calls/store/",),
    "watchfiles": ("server/",),
    "msgspec": ("carriers/", "calls/store/"),
    "uvloop": ("commands/serve.py",),
    "picows": ("server/fast_frames.py",),
    "quart": ("server/",),
    "hypercorn": ("server/",),
    "itsdangerous": ("server/",),
    "prometheus_client": ("server/metrics.py", "server/sheets.py"),
    "tqdm": ("server/", "hear/", "speech/downloads.py", "commands/"),
    "websockets": ("desk/", "server/plain_frames.py"),
}
"""The one place of each third party."""

FILES = sorted(ROOT.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, also late or for types only, with its line; names from `ivr` itself too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, each.name) for each in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                yield node.lineno, module
                yield from ((node.lineno, f"{module}.{each.name}") for each in names if module == "ivr")
            case ast.ImportFrom(level=level) if level:
                raise AssertionError(f"{path}:{node.lineno}: imports are absolute")


def package(path: Path) -> str:
    """The package of a file, or the module if it stands in `ivr` itself."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_imports_come_from_rows_below(path: Path) -> None:
    own = package(path)
    if own == "__init__":
        return
    assert own in ROW_OF, f"{own} has no place in the picture of the layers"
    for line, name in imports(path):
        parts = name.split(".")
        other = parts[1] if parts[0] == "ivr" and len(parts) > 1 else own
        if other == own or other == "__doc__":
            continue
        assert ROW_OF[other] > ROW_OF[own], f"{path}:{line}: {own} can't import {other}"


@pytest.mark.parametrize("path", sorted((ROOT / "nodes").glob("[!_]*.py")), ids=lambda path: str(path.stem))
def test_node_kinds_know_the_core_only(path: Path) -> None:
    for line, name in imports(path):
        assert not name.startswith("ivr") or name.startswith("ivr.core"), f"{path}:{line}: {name}"


@pytest.mark.parametrize("name", PURE)
def test_pure_packages_have_no_means(name: str) -> None:
    for path in sorted((ROOT / name).rglob("*.py")):
        for line, module in imports(path):
            parents = {module.rsplit(".", depth)[0] for depth in range(module.count(".") + 1)}
            assert not parents & IMPURE, f"{path}:{line}: {module}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=called)):
                    assert called not in IMPURE_CALLS, f"{path}:{node.lineno}: {called}"
                case ast.Attribute(value=ast.Name(id="datetime" | "date"), attr=attribute):
                    assert attribute not in CLOCKS, f"{path}:{node.lineno}: {attribute}"


def test_each_third_party_has_one_home() -> None:
    for path in FILES:
        place = path.relative_to(ROOT).as_posix()
        for line, name in imports(path):
            top = name.split(".")[0]
            if top != "ivr" and top not in sys.stdlib_module_names:
                assert top in HOMES, f"{place}:{line}: {top} has no home yet"
                assert place.startswith(HOMES[top]), f"{place}:{line}: {top} lives in {' and '.join(HOMES[top])}"


HEAVY = (
    *("numpy", "soxr", "httpx", "httpcore", "sqlalchemy", "quart", "hypercorn"),
    *("pyttsx3", "espeakng_loader", "vosk", "pocketsphinx", "piper", "onnxruntime"),
)


@pytest.mark.parametrize(
    "module", ["ivr.document.load", "ivr.document.scenarios", "ivr.commands.test", "ivr.commands.lint"]
)
def test_what_checks_and_tries_flows_starts_fast(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert loaded.split() == []
