"""The flags of `ivr hear`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ivr.hear.trials import DEFAULT_NOISE, DEFAULT_RATES, DEFAULT_VOICES, Manner
from ivr.hear.voices import MOST_VOICES, SPEEDS, VARIANTS, VoiceNameError, checked

SLOWEST, FASTEST = 80, 450
"""Words a minute that eSpeak NG speaks."""
LEAST_SNR, MOST_SNR = -10.0, 90.0
CLEAN = "clean"
"""The word for a line without noise."""
DEFAULT_LIMIT = 0.02


def add(parser: argparse.ArgumentParser) -> None:
    """Add the flags, but those of settings."""
    voices = (
        f"how many (default: {DEFAULT_VOICES}), or which: piper, piper+{', +'.join(SPEEDS)}, "
        f"espeak+{', +'.join(VARIANTS)}, or voices as in a flow, such as gmw/en-gb-scotland+f3"
    )
    parser.add_argument("--voices", type=_voices, default=DEFAULT_VOICES, metavar="N|NAMES", help=voices)
    rates = f"words a minute (default: {','.join(map(str, DEFAULT_RATES))})"
    parser.add_argument("--rates", type=_rates, default=DEFAULT_RATES, metavar="LIST", help=rates)
    shown = ",".join(f"{each:g}" for each in DEFAULT_NOISE)
    noise = f"by how many dB the noises of the lines are softer than speech, or {CLEAN} (default: {shown})"
    parser.add_argument("--noise", type=_noises, default=DEFAULT_NOISE, metavar="LIST", help=noise)
    limit = "the share of what a node does not offer that may pass (default: 2%%)"
    parser.add_argument("--limit", type=_share, default=DEFAULT_LIMIT, metavar="PERCENT", help=limit)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "-o", dest="output", type=Path, metavar="FILE", help="write the JSON, for ivr lint --heard FILE"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw the confusions")


def manner(told: argparse.Namespace) -> Manner:
    """How everything is said, as the flags tell."""
    return Manner(told.voices, told.rates, told.noise)


def _voices(text: str) -> tuple[str, ...] | int:
    if text.isdecimal():
        if not 1 <= int(text) <= MOST_VOICES:
            raise argparse.ArgumentTypeError(f"expected a number from 1 to {MOST_VOICES}, or names; got {text!r}")
        return int(text)
    try:
        return tuple(map(checked, _parts(text)))
    except VoiceNameError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _rates(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(each) for each in _parts(text))
    except ValueError:
        found = (0,)
    if not all(SLOWEST <= each <= FASTEST for each in found):
        raise argparse.ArgumentTypeError(f"expected words a minute from {SLOWEST} to {FASTEST}; got {text!r}")
    return found


def _noises(text: str) -> tuple[float | None, ...]:
    try:
        found = tuple(None if each == CLEAN else float(each) for each in _parts(text))
    except ValueError:
        found = (MOST_SNR + 1,)
    if not all(each is None or LEAST_SNR <= each <= MOST_SNR for each in found):
        expected = f"decibels from {LEAST_SNR:g} to {MOST_SNR:g}, or {CLEAN}"
        raise argparse.ArgumentTypeError(f"expected {expected}; got {text!r}")
    return found


def _share(text: str) -> float:
    try:
        found = float(text.removesuffix("%").strip()) / 100
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"expected a percentage such as 2 or 2%; got {text!r}")
    return found


def _parts(text: str) -> list[str]:
    found = list(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    if not found:
        raise argparse.ArgumentTypeError("expected at least one, separated by commas")
    return found
