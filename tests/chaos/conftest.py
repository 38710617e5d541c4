"""What ordeals share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered prompts, made once for all ordeals."""
    return tmp_path_factory.mktemp("prompts")
