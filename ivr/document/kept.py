"""Flows as they are kept: their texts and the lengths of their recordings, and flows again from these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ivr.core.flow import Flow
from ivr.core.prompts import ByLanguage, Prompt, Sound
from ivr.document.load import Loaded, load_sources
from ivr.document.recordings import Find, Lengths, remembered
from ivr.document.source import read
from ivr.nodes.subflow import involved


@dataclass(frozen=True, slots=True)
class KeptFlow:
    """All that is needed to load a flow as it was."""

    fingerprint: str
    flow: str
    """Its id."""
    texts: Mapping[str, str] = field(repr=False)
    """That of the flow, and those of all that it may come to, by id."""
    lengths: Lengths = field(repr=False)

    def loaded(self, year: int, recordings: Find | None = None) -> Flow | None:
        """The flow, with the holidays from a year on; None if it can't be loaded as it was.

        Recordings are silent, and as long as they were, if none are given.
        """
        sources = {f"{id}.yaml": read(text, f"{id}.yaml") for id, text in self.texts.items()}
        found = load_sources(sources, year, recordings or remembered(self.lengths)).flows.get(self.flow)
        return found if found is not None and found.fingerprint == self.fingerprint else None


def kept_flows(loaded: Loaded) -> Iterator[KeptFlow]:
    """What is to be kept of all flows that calls may be on."""
    for flow in loaded.flows.values():
        if not flow.is_subflow:
            parts = involved(flow)
            texts = {each.id: "\n".join(loaded.sources[each.file].lines) for each in parts}
            lengths = {name: dict(found) for each in parts for name, found in _lengths(each)}
            yield KeptFlow(flow.fingerprint, flow.id, texts, lengths)


def _lengths(flow: Flow) -> Iterator[tuple[str, Mapping[str, int]]]:
    waiting: list[Prompt] = list(flow.all_prompts())
    while waiting:
        for piece in waiting.pop():
            match piece:
                case Sound(name=name, files=files):
                    yield name, {tag: each.duration for tag, each in files.entries.items()}
                case ByLanguage(entries):
                    waiting.extend(entries.values())
                case _:
                    pass  # The rest has no recordings, or names a prompt that comes by itself.
