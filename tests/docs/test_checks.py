"""docs/checks.md is right: it tells of every check, and each of its flows is found to be what it says.

A section of the page is headed by the id of a check. Its blocks of YAML are the files of a folder, named after the
word `yaml` and else `flow.yaml`; the block of text that follows is what `ivr lint` tells of them.
`IVR_UPDATE_GOLDEN=1` writes these texts anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from ivr.core.step import MAX_CHAIN
from ivr.document.compose import MAX_VALUES
from ivr.document.finding import as_text
from ivr.document.load import flow_files, load
from ivr.document.source import MAX_BYTES
from ivr.lint import check
from ivr.lint.allow import ALLOW
from ivr.lint.checks import CHECKS
from ivr.lint.checks.heard import CONFUSED, UNHEARD, Heard, Measured
from ivr.lint.checks.long_prompt import LONGEST_MS
from ivr.lint.checks.missing_engine import MISSING_ENGINE
from ivr.lint.checks.trapped_caller import MOST_MS, MOST_TURNS
from ivr.lint.states.alike import MANY_VALUES
from ivr.lint.states.explore import MOST_STATES
from ivr.nodes.subflow import MAX_DEPTH
from ivr.speech.machine import Machine

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "checks.md"
TODAY = date(2026, 11, 23)

SECTION = re.compile(
    r"^### (?P<id>[a-z-]+)\n\n\*(?P<severity>[^*]+)\*\n(?P<body>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL
)
BLOCK = re.compile(r"^```(?P<tag>yaml|text)(?: (?P<name>[^\n]+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| \[`(?P<id>[a-z-]+)`\]\(#(?P<link>[a-z-]+)\) \| (?P<severity>[^|]+) \| [^|]+ \|$", re.MULTILINE)
FINDING = re.compile(r"^[^ ].*?:\d+:\d+: (?P<severity>\w+): .* \[(?P<id>[a-z-]+)\]$", re.MULTILINE)
SEVERITIES = re.compile(r"\b(?:error|warning|info)\b")

MEASURED = {
    CONFUSED: Measured("menu", "en-US", "sales", trials=20, right=9, wrong=8, taken_for="cells"),
    UNHEARD: Measured("menu", "en-US", "help", trials=20, right=7, wrong=0, taken_for=""),
}
"""What `ivr hear` told of the flows of these sections."""
WITHOUT_FLOW = ("unproved", "yaml-size")
"""What only flows do that are too long for a page."""
IN_SOURCES = re.compile(r'"(yaml-[a-z-]+)"')


@dataclass(frozen=True)
class Section:
    """What the page tells of one check."""

    id: str
    severity: str
    body: str

    @property
    def examples(self) -> list[tuple[dict[str, str], str]]:
        """Files by name, and what is told of them."""
        found: list[tuple[dict[str, str], str]] = []
        files: dict[str, str] = {}
        for block in BLOCK.finditer(self.body):
            if block["tag"] == "yaml":
                files[block["name"] or "flow.yaml"] = block["text"]
            elif files:
                found.append((files, block["text"]))
                files = {}
        assert not files, "a flow without the text of its findings"
        return found


def sections() -> list[Section]:
    return [Section(each["id"], each["severity"], each["body"]) for each in SECTION.finditer(PAGE.read_text("utf-8"))]


SECTIONS = sections()
EXAMPLES = [
    pytest.param(each, number, id=f"{each.id}-{number}") for each in SECTIONS for number in range(len(each.examples))
]


def linted(files: dict[str, str], section: str, folder: Path) -> str:
    """What is told of the files of an example."""
    flows = folder / "flows"
    flows.mkdir()
    for name, text in files.items():
        (flows / name).write_text(text, "utf-8")
    if section == MISSING_ENGINE.id:
        return _linted_without_piper(flows)
    loaded = load(flow_files(flows), TODAY.year)
    measured = [Heard("flow", (MEASURED[section],))] if section in MEASURED else []
    found = (*loaded.findings, *check(loaded, Machine.this(None, folder, {}), TODAY, measured))
    return as_text(found, loaded.lines).replace(f"{flows}/", "")


def _linted_without_piper(flows: Path) -> str:
    """What the command tells where Piper can't be imported; without the line that counts."""
    program = "import sys; sys.modules['piper'] = None; from ivr.cli import main; main()"
    command = [sys.executable, "-c", program, "lint", ".", "--data-dir", "data"]
    told = subprocess.run(command, cwd=flows, capture_output=True, text=True, timeout=60, check=False)
    return told.stdout.rpartition("\n\n")[0] + "\n"


@pytest.mark.parametrize(("section", "number"), EXAMPLES)
def test_a_flow_is_found_to_be_what_the_page_says(section: Section, number: int, tmp_path: Path) -> None:
    files, expected = section.examples[number]
    text = linted(files, section.id, tmp_path)
    if os.environ.get("IVR_UPDATE_GOLDEN") == "1":
        _rewrite(section, number, text)
        expected = text
    assert text == expected, "IVR_UPDATE_GOLDEN=1 pytest writes it anew"
    told = [*FINDING.finditer(text)]
    assert {each["id"] for each in told} == {section.id}
    assert {each["severity"] for each in told} <= set(SEVERITIES.findall(section.severity))


def _rewrite(section: Section, number: int, text: str) -> None:
    """Put the text of an example into the page."""
    page = PAGE.read_text("utf-8")
    begin = page.index(f"\n### {section.id}\n")
    blocks = [block for block in BLOCK.finditer(page, begin) if block["tag"] == "text"]
    block = blocks[number]
    PAGE.write_text(page[: block.start("text")] + text + page[block.end("text") :], "utf-8")


def test_every_check_has_its_section_and_its_flow() -> None:
    told = {each.id for each in SECTIONS}
    assert len(told) == len(SECTIONS)
    assert {each.id for each in CHECKS} | {ALLOW, CONFUSED, UNHEARD} <= told
    assert {each.id for each in SECTIONS if not each.examples} == set(WITHOUT_FLOW)


def test_what_is_found_while_loading_has_its_section() -> None:
    told = {each.id for each in SECTIONS}
    golden = [path.read_text("utf-8") for path in (ROOT / "tests" / "flows" / "bad").glob("*.out")]
    assert {each for text in golden for each in re.findall(r"\[([a-z-]+)\]$", text, re.MULTILINE)} <= told
    code = [path.read_text("utf-8") for path in (ROOT / "ivr" / "document").glob("*.py")]
    assert {each for text in code for each in IN_SOURCES.findall(text)} <= told


def test_severities_are_those_of_the_checks() -> None:
    told = {each.id: SEVERITIES.findall(each.severity)[0] for each in SECTIONS}
    checks = {each.id: each.severity for each in CHECKS}
    others = dict.fromkeys((ALLOW, CONFUSED, UNHEARD), "warning")
    assert told == {**dict.fromkeys(told, "error"), **others, **checks}


def test_the_table_of_contents_tells_of_every_section_in_its_order() -> None:
    rows = [*ROW.finditer(PAGE.read_text("utf-8"))]
    assert [row["id"] for row in rows] == [row["link"] for row in rows] == [each.id for each in SECTIONS]
    listed = {row["id"]: dict.fromkeys(SEVERITIES.findall(row["severity"])) for row in rows}
    assert listed == {each.id: dict.fromkeys(SEVERITIES.findall(each.severity)) for each in SECTIONS}


def test_the_limits_that_the_page_names_are_those_of_the_program() -> None:
    page = " ".join(PAGE.read_text("utf-8").split())
    assert f"{MOST_STATES:,} states" in page
    assert f"more than {MANY_VALUES} combinations of values" in page
    assert f"more than {MOST_TURNS} turns or {MOST_MS // 60_000} minutes" in page
    assert f"after {MAX_CHAIN} nodes" in page
    assert f"gives up at {MAX_DEPTH} of them" in page
    assert f"more than {LONGEST_MS // 1_000} seconds at a time" in page
    assert f"{MAX_BYTES // 1024**2} MiB, more than {MAX_VALUES:,} keys and values" in page
