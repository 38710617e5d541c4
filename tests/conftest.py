"""What tests of several folders share: comparison with golden files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Golden = Callable[[Path, str], None]


@pytest.fixture
def golden() -> Golden:
    """Compare a text with a file; with `IVR_UPDATE_GOLDEN=1` in the environment, write the file instead."""

    def compare(path: Path, text: str) -> None:
        if os.environ.get("IVR_UPDATE_GOLDEN") == "1":
            path.write_text(text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text == expected, f"{path.name} differs; IVR_UPDATE_GOLDEN=1 pytest writes it anew"

    return compare
