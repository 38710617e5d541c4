"""The two recordings of the example flows, as notes: `python audio_prompts/compose.py` writes them again."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

RATE = 8_000
"""Samples a second, as on the telephone."""
LOUDNESS = 0.2
"""The peak of one note, of a full scale of 1; two or three of them sound together."""
FADE = 3.0
"""How fast a note dies away: to a twentieth in a second."""
ATTACK = 0.02
"""Seconds until a note is there, so that it begins without a click."""
OVERTONES = ((1, 1.0), (2, 0.3), (3, 0.1))
"""Multiples of a note's frequency, and how loud they are in it."""

Note = tuple[float, float]
"""When it begins, in seconds, and its frequency in Hz."""

C4, E4, G4, A4, C5, E5 = 261.63, 329.63, 392.0, 440.0, 523.25, 659.26

PIECES: dict[str, tuple[float, tuple[Note, ...]]] = {
    "connect.wav": (1.4, ((0.0, G4), (0.25, C5))),
    "hold.wav": (
        5.0,
        ((0.0, C4), (0.5, E4), (1.0, G4), (1.5, C5), (2.0, A4), (2.5, C5), (3.0, E5), (3.5, G4)),
    ),
}  # fmt: skip
"""Each with its length in seconds."""


def sample(at: float, notes: tuple[Note, ...]) -> float:
    """The sum of all notes that have begun by `at`, in seconds."""
    return sum(
        LOUDNESS * loud * min(1.0, (at - begin) / ATTACK) * math.exp(-FADE * (at - begin))
        * math.sin(2 * math.pi * frequency * times * (at - begin))
        for begin, frequency in notes if at > begin
        for times, loud in OVERTONES
    )  # fmt: skip


def write(path: Path, seconds: float, notes: tuple[Note, ...]) -> None:
    """Write a piece as WAV: mono, 16 bits."""
    samples = [round(32_767 * sample(place / RATE, notes)) for place in range(round(seconds * RATE))]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


if __name__ == "__main__":
    for name, (length, notes) in PIECES.items():
        write(Path(__file__).with_name(name), length, notes)
