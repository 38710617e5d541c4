"""`record`: a beep, then the caller's voice as a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from ivr.core.effects import Record as RecordEffect
from ivr.core.events import (
    DeadlinePassed,
    HungUp,
    KeyPressed,
    PlaybackEnded,
    Reconnected,
    RecordingEnded,
    SpeechBegan,
    SpeechEnded,
    Told,
)
from ivr.core.fields import Fields, key_set
from ivr.core.node import Node
from ivr.core.prompts import Prompt
from ivr.core.segments import Beep
from ivr.core.stimulus import Cause, Stimulus, silence
from ivr.core.turn import Turn


@dataclass(frozen=True, slots=True)
class Recorder:
    """What a record node remembers of the visit."""

    full_at: int | None = None
    """When the recording has its greatest length; None until the beep was heard."""
    said: bool = False
    """Whether the caller has said anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Node):
    """The caller's own words, kept as a WAV file."""

    kind: ClassVar[str] = "record"
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Plays a beep, then records the caller's voice.",
        "required": ["into", "next"],
        "properties": {
            "prompt": {"$ref": "#/$defs/prompt"},
            "into": {
                "$ref": "#/$defs/variable",
                "description": "Takes the recording's id, or an empty text if nothing was said.",
            },
            "max_duration": {"$ref": "#/$defs/duration", "default": "60s"},
            "silence": {"$ref": "#/$defs/duration", "default": "4s", "description": "Silence that ends it."},
            "finish": {"$ref": "#/$defs/finish", "default": "#"},
        },
    }

    prompt: Prompt
    into: str
    max_duration: int
    silence: int
    finish: str

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        finish = fields.raw.get("finish", "#")
        return cls(
            **fields.common(),
            prompt=fields.prompt("prompt"),
            into=fields.into(),
            max_duration=fields.duration("max_duration", 60_000),
            silence=fields.duration("silence", 4_000),
            finish=key_set(finish),
        )

    def enter(self, turn: Turn) -> None:
        """Say the prompt to its end, and beep."""
        turn.keypad.drop()
        turn.wait_for_caller()
        turn.remember(Recorder())
        turn.play(self.prompt, tail=(Beep(),))

    def handle(self, turn: Turn, event: Told) -> None:
        """Record from the beep to silence, a finish key, the greatest length or the end of the call."""
        recorder = turn.recall(Recorder)
        match event:
            case PlaybackEnded():
                self._start(turn)
            case Reconnected() if turn.recording is None:
                self.enter(turn)
            case _ if turn.recording is None:
                pass  # Keys during the prompt are lost.
            case KeyPressed(key=key):
                if key in self.finish:
                    turn.keypad.took("taken")
                    self._stop(turn, recorder, f"{turn.named(key)} ended the recording")
                else:
                    turn.keypad.keep(key)
            case SpeechBegan():
                turn.remember(replace(recorder, said=True))
                self._wait(turn, recorder, self.max_duration)
            case SpeechEnded():
                self._wait(turn, recorder, self.silence)
            case DeadlinePassed():
                self._stop(turn, recorder, "silence or the greatest length ended the recording")
            case RecordingEnded():
                self._stop(turn, recorder, "the recorder stopped by itself")
            case HungUp():
                self._stop(turn, recorder, "the caller hung up in the recording", ended=False)
            case _:
                pass  # The rest concerns other kinds of nodes.

    def _start(self, turn: Turn) -> None:
        turn.recording = f"{turn.call.token}-{turn.number()}"
        turn.ask(RecordEffect(turn.recording))
        recorder = Recorder(full_at=turn.at + self.max_duration)
        turn.remember(recorder)
        self._wait(turn, recorder, self.silence)

    def _wait(self, turn: Turn, recorder: Recorder, milliseconds: int) -> None:
        left = (recorder.full_at or turn.at) - turn.at
        turn.wait(min(milliseconds, left))

    def _stop(self, turn: Turn, recorder: Recorder, why: str, *, ended: bool = True) -> None:
        """Keep what was said; the recording has `ended`, or the caller's end is told by itself."""
        cause: Cause = "answer" if recorder.said else "silence"
        turn.explain(why if recorder.said else f"{why}; nothing was said", cause if ended else None)
        recording = turn.recording
        turn.stop_recording(keep=recorder.said)
        turn.assign({self.into: recording if recorder.said else ""})
        if ended:
            turn.leave(self.next)

    def stimuli(self, turn: Turn) -> tuple[Stimulus, ...]:
        """Words, or silence."""
        if turn.recording is None:
            return ()
        spoke = Stimulus("answer", "speak", (SpeechBegan(0), SpeechEnded(0), DeadlinePassed(0)))
        return spoke, silence()

    def prompts(self) -> tuple[Prompt, ...]:
        """The one prompt."""
        return (self.prompt,)

    def writes(self) -> tuple[str, ...]:
        """The recording's id."""
        return (self.into,)
