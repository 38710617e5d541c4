"""Pictures of flows for the tests of how they are drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.core.flow import Flow
from ivr.document.finding import as_text
from ivr.document.load import flow_files, load, load_sources
from ivr.document.source import read
from ivr.graph.picture import Picture, picture

HERE = Path(__file__).parent
FLOWS = (*flow_files(HERE.parents[1] / "flows"), *flow_files(HERE))


def _loaded(path: Path) -> tuple[Flow, Picture]:
    loaded = load(flow_files(path.parent), 2026)
    flow = loaded.flows[path.stem]
    return flow, picture(flow, loaded.sources[str(path)])


@pytest.fixture(params=FLOWS, ids=[path.stem for path in FLOWS])
def any_flow(request: pytest.FixtureRequest) -> tuple[Flow, Picture]:
    """Each of the example flows, a small one, and one whose author means no good; with their pictures."""
    return _loaded(request.param)


@pytest.fixture
def any_picture(any_flow: tuple[Flow, Picture]) -> Picture:
    """The pictures of the same."""
    return any_flow[1]


@pytest.fixture
def shop() -> Picture:
    """A small flow with something of everything."""
    return _loaded(HERE / "shop.yaml")[1]


@pytest.fixture
def picture_of() -> Callable[[str], Picture]:
    """Draw up a flow from its text."""

    def drawn(text: str) -> Picture:
        loaded = load_sources({"main.yaml": read(textwrap.dedent(text), "main.yaml")}, 2026)
        assert not loaded.findings, as_text(loaded.findings, loaded.lines)
        return picture(loaded.flows["main"], loaded.sources["main.yaml"])

    return drawn
