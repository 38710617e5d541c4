"""Records what a caller says, and tells when it is speech."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from ivr.calls.recordings import Recorder, Shelf
from ivr.core.events import Event, RecordingEnded, SpeechBegan, SpeechEnded
from ivr.logs import log
from ivr.media.activity import Activity

logger = logging.getLogger(__name__)


class Tape:
    """The recorder of one call, which runs or not."""

    def __init__(
        self, folder: Path, at: Callable[[], int], tell: Callable[[Event], None], shelf: Shelf | None = None
    ) -> None:
        """Record into `folder`; `at` is the time of the call, `tell` takes what is noticed; the `shelf` limits room."""
        self._folder = folder
        self._shelf = shelf
        self._at = at
        self._tell = tell
        self.recorder: Recorder | None = None
        """What records the caller."""

    @cached_property
    def _activity(self) -> Activity:
        """One for the whole call, which most calls never need."""
        return Activity()

    def start(self, recording: str, *, again: bool = False) -> None:
        """Begin a recording, or go on with one that another process began."""
        self._activity.restart()
        path = self._folder / f"{recording}.wav"
        try:
            self.recorder = Recorder.resume(path, self._shelf) if again else Recorder(path, self._shelf)
        except OSError as error:
            self._unwritable(recording, error)

    def hear(self, audio: bytes) -> None:
        """Take the caller's audio, A-law; it is dropped where nothing is recorded."""
        if self.recorder is None:
            return
        try:
            self.recorder.write(audio)
        except OSError as error:
            self._unwritable(self.recorder.path.stem, error)
            return
        for change in self._activity.feed(audio):
            self._tell(SpeechBegan(self._at()) if change == "began" else SpeechEnded(self._at()))

    def stop(self, *, keep: bool) -> None:
        """End the recording, and keep it or not."""
        if self.recorder is not None:
            with contextlib.suppress(OSError):
                self.recorder.close(keep=keep)
            self.recorder = None

    def _unwritable(self, recording: str, error: OSError) -> None:
        log(logger, logging.ERROR, "recording can't be written", recording=recording, why=str(error))
        self._tell(RecordingEnded(self._at(), recording))
