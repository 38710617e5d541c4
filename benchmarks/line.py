"""A caller's end of a stream, as a carrier treats it: audio takes its time, marks come back when it is over."""

from __future__ import annotations

import asyncio
import base64
import json
import time

from benchmarks.light_carrier import Stream, framed

SILENCE = json.dumps(
    {
        "event": "media",
        "streamId": "S",
        "media": {
            "payload": base64.b64encode(b"\xd5" * 160).decode(),
            "contentType": "audio/PCMA",
            "sampleRate": 8000,
        },
    }
)
"""20 ms of a silent caller."""
MEDIA = framed(SILENCE.encode())
"""The same as it is sent."""
CLEAR_S = 5.0
"""A prompt that goes on for so long after a key is an error."""
AUDIBLE_S = 8.0
"""So is a silence of so long."""
_BYTES_PER_MS = 8
_ENVELOPE = len(json.dumps({"event": "playAudio", "media": {"payload": "", "contentType": "", "sampleRate": 8000}}))


class Line:
    """One stream: what is heard of it, and the keys that are pressed into it."""

    def __init__(self, address: str) -> None:
        """Prepare one whose address is known, and which is not connected yet."""
        self.address = address
        self.stream = Stream(address, self._take)
        self.heard = self.heard_bytes = 0
        """Messages with audio, and their length."""
        self._plays_until = 0.0
        self._marks: list[asyncio.TimerHandle] = []
        self._audio: asyncio.Future[None] | None = None
        self._cleared: asyncio.Future[float] | None = None

    def _take(self, message: bytes) -> None:
        loop = asyncio.get_running_loop()
        if b'"playAudio"' in message[:40]:
            self.heard, self.heard_bytes = self.heard + 1, self.heard_bytes + len(message)
            milliseconds = (len(message) - _ENVELOPE) * 3 / 4 / _BYTES_PER_MS
            self._plays_until = max(loop.time(), self._plays_until) + milliseconds / 1000
            if self._audio is not None and not self._audio.done():
                self._audio.set_result(None)
        elif b'"clearAudio"' in message:
            self._plays_until = 0.0
            for mark in self._marks:
                mark.cancel()
            self._marks.clear()
            self.write({"event": "clearedAudio", "streamId": "S"})
            if self._cleared is not None and not self._cleared.done():
                self._cleared.set_result(time.perf_counter())
        elif b'"checkpoint"' in message:
            played = {"event": "playedStream", "streamId": "S", "name": json.loads(message)["name"]}
            self._marks = [each for each in self._marks if each.when() > loop.time()]
            self._marks.append(loop.call_at(self._plays_until, self.write, played))

    def write(self, message: dict[str, object]) -> None:
        """Send a message of the carrier's."""
        self.stream.write(framed(json.dumps(message).encode()))

    def start(self, call_id: str) -> None:
        """Tell which call it is, as the first message of a stream."""
        self.write({"event": "start", "streamId": "S", "callId": call_id})

    @property
    def left(self) -> float:
        """For how many seconds something will be heard yet, if nothing more comes; 0 or less if nothing is heard."""
        return self._plays_until - asyncio.get_running_loop().time()

    async def audible(self) -> None:
        """Wait until something is played.

        Raises:
            TimeoutError: nothing is.
        """
        if self.left <= 0:
            self._audio = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(self._audio, AUDIBLE_S)
            except TimeoutError:
                raise TimeoutError("nothing was played any more") from None

    async def interrupt(self, key: str) -> float:
        """Press a key into a prompt, and tell after how many seconds the order to clear comes.

        Raises:
            TimeoutError: it does not come.
            ConnectionError: the stream is closed.
        """
        self._cleared = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self.press(key)
        try:
            return await asyncio.wait_for(self._cleared, CLEAR_S) - began
        except TimeoutError:
            raise TimeoutError("a prompt went on after a key") from None

    def press(self, key: str) -> None:
        """Press a key.

        Raises:
            ConnectionError: the stream is closed.
        """
        if self.stream.closed.done():
            raise ConnectionError(f"the stream was closed with {self.stream.closed.result()}")
        self.write({"event": "dtmf", "streamId": "S", "dtmf": {"digit": key}})

    def leave(self) -> None:
        """Hang up, and have nothing more to do with it."""
        self.stream.close()
        for mark in self._marks:
            mark.cancel()
