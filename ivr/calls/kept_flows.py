"""Keeps the texts of flows in the data directory, for the replay of their calls."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ivr.core.flow import Flow
from ivr.core.prompts import ByLanguage, Prompt, Sound
from ivr.core.segments import Recording
from ivr.document.journal import FLOWS
from ivr.document.load import Loaded
from ivr.document.recordings import FOLDER
from ivr.media.frame import SAMPLE_RATE
from ivr.media.wav import HEADER_BYTES, header
from ivr.nodes.subflow import involved

SAMPLE_BYTES = 2


def keep_flows(loaded: Loaded, data: Path) -> None:
    """Keep the texts of all flows by their fingerprints, for the replay of their calls; what is there is left alone.

    Of recordings only the length is kept, as a file of silence that takes no room.

    Raises:
        OSError: the data directory can't be written.
    """
    (data / FLOWS).mkdir(mode=0o700, parents=True, exist_ok=True)
    for flow in loaded.flows.values():
        folder = data / FLOWS / flow.fingerprint
        if flow.is_subflow or folder.is_dir():
            continue
        made = folder.with_name(f"{folder.name}.{os.getpid()}")
        made.mkdir(exist_ok=True)
        for each in involved(flow):
            text = "\n".join(loaded.sources[each.file].lines)
            (made / f"{each.id}.yaml").write_text(text, "utf-8", errors="surrogatepass")
            for recording in _recordings(each):
                _keep_length(recording, made)
        try:
            made.rename(folder)
        except OSError:
            remove(made)
            if not folder.is_dir():  # Otherwise another process was first.
                raise


def _recordings(flow: Flow) -> Iterator[Recording]:
    waiting: list[Prompt] = list(flow.all_prompts())
    while waiting:
        for piece in waiting.pop():
            match piece:
                case Sound(files=files):
                    yield from files.entries.values()
                case ByLanguage(entries):
                    waiting.extend(entries.values())
                case _:
                    pass  # The rest has no recordings, or names a prompt that comes by itself.


def _keep_length(recording: Recording, folder: Path) -> None:
    name = recording.path.replace("\\", "/").rpartition(f"{FOLDER}/")[2]
    path = folder / FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = max(1, recording.duration * SAMPLE_RATE // 1000)
    with path.open("wb") as file:
        file.write(header(samples))
        file.truncate(HEADER_BYTES + SAMPLE_BYTES * samples)


def remove(folder: Path) -> None:
    """Delete a kept flow, of which nothing but files and folders is made."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
    folder.rmdir()
