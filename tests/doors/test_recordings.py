"""A caller can't fill the disk by what is recorded of him, and the call goes on where there is no more room."""

from __future__ import annotations

from tests.endtoend.conftest import Serve

FLOW = """
start: say
variables: {message: ""}
nodes:
  say: {type: record, prompt: Speak., into: message, max_duration: 2m, next: tell}
  tell: {type: hangup, prompt: "Thanks{{ ', it is kept' if message else '' }}."}
"""
MEBIBYTE = 1024 * 1024
SECOND = bytes(range(0x80, 0xD0)) * 100


async def test_a_recording_ends_where_there_is_no_room_for_it(serve: Serve) -> None:
    server = await serve(FLOW, max_recordings="1")
    folder = server.data / "recordings"
    (folder / "earlier.wav").write_bytes(bytes(MEBIBYTE - 50_000))
    server.line.services.shelf.measure()  # type: ignore[union-attr]  # it has one
    async with server.call() as call:
        await call.hears("Speak")
        await call.receives("playAudio")
        await call.speak(SECOND * 30)
        await call.hears("Thanks, it is kept")
        await call.ended()
    assert "--max-recordings" in (await server.log.has("recording can't be written"))["why"]
    (kept,) = [path for path in folder.iterdir() if path.name != "earlier.wav"]
    assert 16_000 < kept.stat().st_size <= 50_000
    async with server.call() as call:
        await call.hears("Speak")
        await call.speak(SECOND * 30)
        await call.hears("Thanks")
        await call.ended()
    assert sum(path.stat().st_size for path in folder.iterdir()) <= MEBIBYTE
