"""The same menu by `pipecat-ai` and its FastAPI transport; runs in an environment that has these.

Plivo's serializer is the nearest to our dialect: it speaks mu-law, and asks for no checkpoints. So the menu comes again
by a timer, and no playedStream is waited for. Lookups are not made. Both are in Pipecat's favour.
"""

# mypy: disable-error-code="import-not-found,misc,untyped-decorator"
# The environment of these packages is not the one in which types are checked.

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import (
    FrameDirection,
    FrameProcessor,
)
from pipecat.serializers.plivo import PlivoFrameSerializer
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.workers.runner import WorkerRunner

RATE = 8000
SCRIPT = json.loads(Path(sys.argv[2]).read_text())
LEAN = sys.argv[3:] == ["lean"]
"""Without all that a menu by keys has no need of, and that Pipecat has by default: the caller's audio in the pipeline,
its messages to clients (RTVI) and its tracking of turns."""
CHUNK_MS = 40 if sys.argv[3:] == ["40ms"] else SCRIPT["chunkMs"]
"""Its own default, or what the others have."""
AUDIO = base64.b64decode(SCRIPT["samples"])
app = FastAPI()


class Menu(FrameProcessor):
    """Plays, and plays anew from each key and after each silence."""

    _timer: asyncio.Task[None] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            return
        if isinstance(frame, InputDTMFFrame):
            await self.push_frame(InterruptionFrame())
            await self._play()
            return
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            await self._play()

    async def _play(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.create_task(self._again())
        await self.push_frame(OutputAudioRawFrame(AUDIO, RATE, 1))

    async def _again(self) -> None:
        await asyncio.sleep(len(AUDIO) / 2 / RATE + SCRIPT["silenceMs"] / 1000)
        self._timer = None
        await self._play()

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._timer is not None:
            self._timer.cancel()


@app.websocket("/")
async def answer(websocket: WebSocket) -> None:
    await websocket.accept()
    start = json.loads(await websocket.receive_text())
    serializer = PlivoFrameSerializer(
        start["streamId"], params=PlivoFrameSerializer.InputParams(plivo_sample_rate=RATE, auto_hang_up=False)
    )
    params = FastAPIWebsocketParams(
        audio_in_enabled=not LEAN,
        audio_out_enabled=True,
        audio_out_10ms_chunks=CHUNK_MS // 10,
        serializer=serializer,
    )
    transport = FastAPIWebsocketTransport(websocket, params)
    more: dict[str, Any] = {"enable_rtvi": False, "enable_turn_tracking": False} if LEAN else {}
    worker = PipelineWorker(
        Pipeline([transport.input(), Menu(), transport.output()]),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        idle_timeout_secs=None,
        **more,
    )

    @transport.event_handler("on_client_disconnected")
    async def left(*_: object) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="INFO")
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", log_level="warning")
