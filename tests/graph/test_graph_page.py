"""The page on pictures shows what the program draws."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from ivr.graph.mermaid import as_mermaid
from ivr.graph.picture import Picture

PAGE = Path(__file__).parents[2] / "docs" / "graph.md"
DRAWN = re.compile(r"(?<=```mermaid\n).*?(?=```)", re.DOTALL)


def test_the_picture_on_the_page_is_that_of_its_flow(picture_of: Callable[[str], Picture]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    flow = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert flow is not None
    drawn = as_mermaid(picture_of(flow[1]))
    if os.environ.get("IVR_UPDATE_GOLDEN") == "1":
        page = DRAWN.sub(lambda _: drawn, page)
        PAGE.write_text(page, encoding="utf-8")
    assert DRAWN.findall(page) == [drawn]
