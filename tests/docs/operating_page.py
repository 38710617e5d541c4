"""The page for operators, in parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")


def section(title: str) -> str:
    """What is below a heading, up to the next one of the same rank or a higher one."""
    found = re.search(rf"^(##+) {title}\n(.*?)(?=^#{{2}} |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None, title
    rank = len(found[1])
    return re.split(rf"^#{{2,{rank}}} ", found[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of all tables."""
    for line in text.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def statements(title: str) -> list[str]:
    """The statements of SQL below a heading."""
    blocks = re.findall(r"```sql\n(.*?)```", section(title), re.DOTALL)
    return [each.strip() for block in blocks for each in block.split(";\n") if each.strip()]
