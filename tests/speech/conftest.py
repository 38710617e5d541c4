"""The engine, which a process can have only one of."""

from __future__ import annotations

import pytest

from ivr.speech.voice import Espeak


@pytest.fixture(scope="session")
def espeak() -> Espeak:
    return Espeak()
