"""What the workers of a server have in common: the memory of prompts and of speech models.

It is made before they are forked, so that each page of it is in memory once, however many read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ivr.config import Settings
from ivr.server.edition import Edition
from ivr.server.listening import recognisers
from ivr.speech.nursery_process import Nursery
from ivr.speech.pool import Pool
from ivr.speech.sounds import Name, Sound, kept
from ivr.speech.static import static_segments


@dataclass(frozen=True, slots=True)
class Shared:
    """What was there before a worker was forked; what is not, it gets for itself."""

    sounds: Mapping[Name, Sound] = field(default_factory=dict, repr=False)
    """Static prompts that were on disk then."""
    nurseries: Mapping[Pool, Nursery] = field(default_factory=dict)
    """What forks recognisers."""


def shared(edition: Edition, settings: Settings, environ: Mapping[str, str]) -> Shared:
    """What workers that serve these flows can share but for prompts: models begin to be loaded.

    Raises:
        OSError: the operator's folder of models is none, or no process can be started.
    """
    pools = recognisers(edition, settings, environ)
    nurseries = {pool: pool.nursery() for pool in pools.values()}
    for nursery in nurseries.values():
        nursery.start()
    return Shared(nurseries=nurseries)


def with_prompts(common: Shared, edition: Edition, settings: Settings) -> Shared:
    """The same with the static prompts of these flows, as far as they are on disk by now."""
    segments = static_segments(edition.flows.values())
    return replace(common, sounds=kept(prompts_folder(settings), segments, common.sounds))


def prompts_folder(settings: Settings) -> Path:
    """Where rendered prompts are kept."""
    return settings.data_dir / "prompts"
