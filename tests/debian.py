"""Programs of Debian's packages, without which some tests are left out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

SYSTEM = "/usr/sbin:/sbin"
"""Where programs for operators are, to which not every user's path leads."""
REASON = "Debian's package"
"""What all reasons have in common for which tests are left out here."""


def needed(program: str, package: str) -> Path:
    """Find a program, or leave the test out, which `IVR_REQUIRE=package …` in the environment forbids."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:{SYSTEM}")
    if found is not None:
        return Path(found)
    why = f"there is no {program} here: {REASON} `{package}` has it"
    if package in os.environ.get("IVR_REQUIRE", "").split():
        pytest.fail(why)
    pytest.skip(why)
