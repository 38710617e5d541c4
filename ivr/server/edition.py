"""What is served of a folder of flows: their newest texts, and older ones of those that have errors by now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from ivr.core.flow import Flow
from ivr.document.finding import Finding
from ivr.document.load import Loaded, flow_files, load


class NotTaken(Exception):
    """Nothing of a folder can be served; the text says why."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The flows that new calls get."""

    loaded: Loaded
    """What was read last."""
    parts: tuple[Loaded, ...]
    """The flows that are served, each with the texts that it was made of: the newest ones, then older ones."""
    refused: tuple[Finding, ...] = ()
    """The errors of those that were to take the place of older versions."""

    @property
    def flows(self) -> Mapping[str, Flow]:
        """The flows that are served, by id."""
        return MappingProxyType({id: flow for part in self.parts for id, flow in part.flows.items()})


def first_edition(loaded: Loaded) -> Edition:
    """What is served at first."""
    return Edition(loaded, (loaded,))


def next_edition(before: Edition, folder: Path, *, strict: bool) -> Edition:
    """What is served once a folder was read anew: a flow whose file is gone goes, one that has errors stays as it was.

    With `strict` an error in one flow leaves all as they were.

    Raises:
        NotTaken: the folder can't be read, or has no flow any more, which is more likely a mistake than a wish.
    """
    try:
        files = flow_files(folder)
        loaded = load(files)
    except OSError as error:
        raise NotTaken(f"{folder}: this can't be read: {(error.strerror or str(error)).lower()}") from None
    if not files:
        raise NotTaken(f"{folder}: there are no flows (*.yaml, *.yml) in this folder any more")
    errors = tuple(finding for finding in loaded.findings if finding.severity == "error")
    if strict and errors:
        return replace(before, loaded=loaded, refused=errors)
    broken = {finding.file for finding in errors}
    older = (replace(part, flows=_staying(part, broken, loaded)) for part in before.parts)
    return Edition(loaded, (loaded, *(part for part in older if part.flows)), errors)


def _staying(part: Loaded, broken: set[str], newest: Loaded) -> Mapping[str, Flow]:
    """The flows whose files can't be used as they are now."""
    return {id: flow for id, flow in part.flows.items() if flow.file in broken and id not in newest.flows}
