"""All that was found of a flow, and how it is told to programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.hear.figures import Figures, Row, Threshold


@dataclass(frozen=True, slots=True)
class Ear:
    """What listened to one language of the flow."""

    language: str
    engine: str | None
    """`vosk` or `sphinx`; None where no model was found, so that nothing was tried."""
    model: str | None
    """The name of the model."""
    voices: tuple[str, ...] = ()
    """The names of those that spoke."""
    unknown: tuple[str, ...] = ()
    """The phrases that hold a word which the model lacks, so that they can never be heard."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """All that was found of a flow."""

    flow: str
    fingerprint: str
    """That of the flow, so that figures of an older one are known as such."""
    rates: tuple[int, ...]
    """Words a minute."""
    noise: tuple[float | None, ...]
    """Ratios of speech to noise in decibels; None without noise."""
    limit: float
    """The share of what is not offered that may pass, 0 to 1."""
    ears: tuple[Ear, ...]
    figures: tuple[Figures, ...]

    @property
    def to_avoid(self) -> tuple[tuple[Figures, Row], ...]:
        """The author's phrases that better are not offered, each with the node that offers it."""
        return tuple((each, row) for each in self.figures for row in each.to_avoid)


def as_json(hearing: Hearing) -> str:
    """Tell it to programs, `ivr lint --heard` among them; the shape is that of docs/hear.md and stays stable."""
    return json.dumps(
        {
            "flow": hearing.flow,
            "fingerprint": hearing.fingerprint,
            "rates": list(hearing.rates),
            "noise": list(hearing.noise),
            "limit": hearing.limit,
            "languages": [_language(ear) for ear in hearing.ears],
            "nodes": [_node(each) for each in hearing.figures],
        },
        indent=2,
        ensure_ascii=False,
    )


def _language(ear: Ear) -> Mapping[str, Any]:
    return {
        "language": ear.language,
        "engine": ear.engine,
        "model": ear.model,
        "voices": list(ear.voices),
        "unknown": list(ear.unknown),
    }


def _node(found: Figures) -> Mapping[str, Any]:
    return {
        "node": found.question.node,
        "moment": found.question.moment,
        "language": found.question.language,
        "phrases": [_phrase(row) for row in found.rows],
        "matrix": {
            "said": [row.label for row in found.rows],
            "heard": list(found.columns),
            "counts": [list(row.heard) for row in found.rows],
        },
        "others": found.foreign,
        "passed": dict(found.passed),
        "counted_at": found.counted.confidence,
        "own": _threshold(found.own),
        "threshold": _threshold(found.lowest) if found.lowest else None,
    }


def _phrase(row: Row) -> Mapping[str, Any]:
    return {
        "phrase": row.label,
        "answer": row.answer,
        "trials": row.trials,
        "right": row.right,
        "wrong": row.wrong,
        "by_voice": dict(row.by_voice),
        "taken_for": row.taken_for or None,
        "avoid": row.fault,
    }


def _threshold(found: Threshold) -> Mapping[str, float]:
    return {
        "confidence": found.confidence,
        "false_accepts": round(found.false_accepts, 4),
        "recognised": round(found.recognised, 4),
    }
