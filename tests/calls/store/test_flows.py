"""Flows outlive their files: a call that began on one goes on with it, and its journal can be made again."""

from __future__ import annotations

from pathlib import Path

from ivr.calls.store.archive import Archive
from ivr.core.flow import Flow
from ivr.core.prompts import Stage, segments
from ivr.core.segments import Recording, Segment, Silence, Speech
from ivr.document.load import Loaded, flow_files, load
from ivr.media.wav import header
from tests.calls.store.conftest import Open, call_on

TEXTS = {
    "main": (
        "\ufeffstart: a\r\nnodes:\r\n  a: {type: subflow, flow: inner, next: b}\r\n"
        "  b: {type: hangup, prompt: [{audio: gone.wav}, {audio: gone.wav, text: Gone.}, {audio: sub/here.wav}]}"
    ),
    "inner": "start: a\nnodes: {a: {type: play, prompt: {hi-IN: {audio: here.wav}}, next: b}, b: {type: return}}\n",
    "other": "start: a\nnodes: {a: {type: hangup, prompt: Bye.}}\n",
}
SOUNDS = {"gone.wav": 12_345, "sub/here.wav": 8_000, "hi-IN/here.wav": 4_000}


def served(folder: Path) -> Loaded:
    """The flows of a folder that has them with all their recordings."""
    for name, samples in SOUNDS.items():
        path = folder / "audio_prompts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(header(samples) + bytes(2 * samples))
    for name, text in TEXTS.items():
        (folder / f"{name}.yaml").write_bytes(text.encode())
    loaded = load(flow_files(folder), 2026)
    assert not [each for each in loaded.findings if each.severity == "error"]
    return loaded


def said(flow: Flow, node: str, language: str = "en-US") -> tuple[Segment, ...]:
    [prompt] = flow.nodes[node].prompts()
    return segments(prompt, Stage(language, flow.language, flow.voice, flow.prompts))


async def test_a_flow_is_there_although_its_files_are_not(tmp_path: Path, sqlite_url: str, opened: Open) -> None:
    folder = tmp_path / "flows"
    loaded = served(folder)
    main = loaded.flows["main"]
    first = await opened(sqlite_url)
    for _ in range(2):
        await first.keep_flows(loaded)
    await call_on(first, main).durable()
    (folder / "audio_prompts" / "gone.wav").unlink()
    for path in flow_files(folder):
        path.unlink()
    found = await (await opened(sqlite_url)).flow(main.fingerprint, folder)
    assert found is not None
    assert (found.id, found.fingerprint) == ("main", main.fingerprint)
    gone, spoken, here = said(found, "b")
    assert gone == Silence(1_543)
    assert isinstance(spoken, Speech)
    assert spoken.text == "Gone."
    assert here == Recording(str(folder / "audio_prompts" / "sub" / "here.wav"), 1_000)
    [inner] = said(found.flow("inner"), "a", "hi-IN")
    assert isinstance(inner, Recording)
    assert inner.path.endswith("hi-IN/here.wav")
    assert await first.flow(main.fingerprint, folder) is main
    assert await (await opened(sqlite_url)).flow("0" * 16, folder) is None


async def test_what_is_kept_of_a_flow_is_what_a_replay_needs(tmp_path: Path, sqlite_url: str, opened: Open) -> None:
    loaded = served(tmp_path / "flows")
    store = await opened(sqlite_url)
    await store.keep_flows(loaded)
    await store.aclose()
    with Archive(sqlite_url) as archive:
        assert archive.flow(loaded.flows["inner"].fingerprint) is None
        kept = archive.flow(loaded.flows["main"].fingerprint)
    assert kept is not None
    assert set(kept.texts) == {"main", "inner"}
    flow = kept.loaded(2026)
    assert flow is not None
    gone, *_ = said(flow, "b")
    assert gone == Recording("audio_prompts/gone.wav", 1_543)
