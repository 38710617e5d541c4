"""The scratch pad of one step: what a node may ask for, and what has become of the session so far."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from operator import attrgetter
from typing import Any, TypeVar

from ivr.core.effects import Clear, Deafen, Effect, Explain, Listen, Play, Prepare, StopRecording
from ivr.core.expressions import Expression, ExpressionError, Scope
from ivr.core.filling import Pattern, assigned
from ivr.core.flow import Flow
from ivr.core.keypad import Keypad
from ivr.core.mishap import Mishap
from ivr.core.naming import as_names, local_time, opened
from ivr.core.node import Node
from ivr.core.prompts import Announced, Prompt, Stage, segments
from ivr.core.segments import Segment, Speech
from ivr.core.session import Activation, Session, Swallow, place
from ivr.core.spoken import is_language_tag
from ivr.core.stimulus import Cause
from ivr.core.templates import Template, Text
from ivr.core.values import mask_references, reveal

Memory = TypeVar("Memory")

MAX_SESSION_BYTES = 65_536


FIELDS = attrgetter(*(each.name for each in fields(Session)))
"""The fields of a session, which a turn has too."""


class Turn:
    """Mutable for the length of one step, and never seen outside of it."""

    def __init__(self, root: Flow, session: Session, at: int, *, pressed: int = 0) -> None:
        """Begin a step; `pressed` keys come with its event."""
        self.root = root
        self.at = at
        self.before = session
        self.effects: list[Effect] = []
        self.changed: set[str] = set()
        """Variables that have new values."""
        self.played: list[Prompt] = []
        """What was queued in this step, and so need not be prepared."""
        self.target: str | None = None
        """The node to enter next."""
        self.reported = session.listening
        """What the world reports of speech, as far as it was asked before this step."""
        self.keypad = Keypad(session.keys, session.swallow, at, pressed)
        self.call = session.call
        self.env = session.env
        self.language = session.language
        self.stack = session.stack
        self.phase = session.phase
        self.memory = session.memory
        self.playing = session.playing
        self.listening = session.listening
        self.keys_hint = session.keys_hint
        self.fetching = session.fetching
        self.recording = session.recording
        self.deadline = session.deadline
        self.error = session.error
        self.recovering = session.recovering
        self.chain = session.chain
        self.serial = session.serial
        self.goals = session.goals
        self.over_at = session.over_at
        self.reason = session.reason
        self.ended_by = session.ended_by

    @property
    def keys(self) -> str:
        """What was pressed ahead."""
        return self.keypad.keys

    @property
    def swallow(self) -> Swallow | None:
        """Finish keys that mean nothing if one is the next key."""
        return self.keypad.swallow

    # Where the call is

    @property
    def here(self) -> Activation:
        """The activation at work."""
        return self.stack[-1]

    @property
    def flow(self) -> Flow:
        """The flow at work."""
        flow_id = self.stack[-1].flow
        return self.root if flow_id == self.root.id else self.root.flows[flow_id]

    @property
    def node(self) -> Node:
        """The current node."""
        return self.flow.nodes[self.stack[-1].node]

    @property
    def over(self) -> bool:
        """Whether the caller has gone."""
        return self.phase in ("over", "done")

    # What a node remembers

    def recall(self, kind: type[Memory]) -> Memory:
        """The node's memory as the dataclass that it keeps it in."""
        return kind(**self.memory)

    def remember(self, memory: Any) -> None:
        """Keep a dataclass of plain values, with slots, until the node is left."""
        self.memory = {name: getattr(memory, name) for name in type(memory).__slots__}

    def number(self) -> int:
        """The next number for a playback, a lookup or a recording."""
        self.serial += 1
        return self.serial

    # Values

    def scope(self, local: Mapping[str, Any] | None = None) -> Scope:
        """The names of expressions, now; `local` hides variables."""
        return Scope(
            variables=self.here.variables,
            language=self.language,
            now=lambda: local_time(self.flow, self.call, self.at),
            is_open=self._is_open,
            call=lambda: as_names(self.call, self.reason),
            env=self.env,
            error=None if self.error is None else asdict(self.error),
            local=local or {},
        )

    def _is_open(self, name: str) -> bool:
        return opened(self.flow, name, local_time(self.flow, self.call, self.at))

    def evaluate(self, expression: Expression, local: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression, `Sensitive` if it was made from something sensitive.

        Raises:
            Mishap: of kind `template`.
        """
        try:
            return expression.evaluate(self.scope(local))
        except ExpressionError as error:
            raise Mishap("template", str(error)) from None

    def text(self, template: Template) -> Text:
        """A template filled in.

        Raises:
            Mishap: of kind `template`.
        """
        try:
            return template.text(self.scope())
        except ExpressionError as error:
            raise Mishap("template", str(error)) from None

    def fill(self, patterns: Mapping[str, Pattern]) -> dict[str, Any]:
        """The values of a mapping of data with templates inside.

        Raises:
            Mishap: of kind `template`.
        """
        try:
            return assigned(patterns, self.scope())
        except ExpressionError as error:
            raise Mishap("template", str(error)) from None

    def assign(self, values: Mapping[str, Any]) -> None:
        """Give variables their new values, all or none; `language` among them changes the language of the call.

        Raises:
            Mishap: of kind `size`, if the session would grow over 64 KiB, or `template`, if the language is none.
        """
        if not values:
            return
        variables = {**self.here.variables, **values}
        language = reveal(variables.pop("language", self.language))
        if not is_language_tag(language):
            raise Mishap("template", "a language is a BCP 47 tag such as en-US")
        self.check_size(variables)
        self.stack = (*self.stack[:-1], replace(self.here, variables=variables))
        self.changed.update(name for name in values if name != "language")
        if language != self.language:
            self.language = language
            self.explain(f"the language is {language}")

    def check_size(self, variables: Mapping[str, Any]) -> None:
        """Refuse variables of this flow that are too large together with those of the flows below it.

        Raises:
            Mishap: of kind `size`.
        """
        others = [activation.variables for activation in self.stack[:-1]]
        if sum(map(_size, (variables, *others))) > MAX_SESSION_BYTES:
            raise Mishap("size", f"the call would remember more than {MAX_SESSION_BYTES // 1024} KiB")

    # What the caller hears

    def play(
        self,
        prompt: Prompt,
        choices: tuple[Announced, ...] = (),
        local: Mapping[str, Any] | None = None,
        tail: tuple[Segment, ...] = (),
    ) -> bool:
        """Queue a prompt and its `tail`; False if there is nothing to hear in it or nobody to hear it.

        Raises:
            Mishap: of kind `template`.
        """
        if self.over:
            return False
        self.played.append(prompt)
        try:
            audio = (*segments(prompt, self.stage(choices, local)), *tail)
        except ExpressionError as error:
            raise Mishap("template", str(error)) from None
        return self.play_segments(audio)

    def stage(self, choices: tuple[Announced, ...] = (), local: Mapping[str, Any] | None = None) -> Stage:
        """What decides how prompts sound, now."""
        flow = self.flow
        return Stage(self.language, flow.language, flow.voice, flow.prompts, self.scope(local), choices)

    def play_segments(self, audio: tuple[Segment, ...]) -> bool:
        """Queue segments; False if there are none or nobody hears them."""
        if not audio or self.over:
            return False
        playback = self.number()
        self.effects.append(Play(playback, audio))
        self.playing = (*self.playing, playback)
        self.chain = 0
        return True

    def hush(self) -> None:
        """Stop all that is queued or playing."""
        if self.playing:
            self.effects.append(Clear())
            self.playing = ()

    # What is waited for

    def wait(self, milliseconds: int | None) -> None:
        """Be woken after so long, or not at all; a new wait replaces the old one."""
        self.deadline = None if milliseconds is None else self.at + milliseconds

    def wait_for_caller(self) -> None:
        """The caller is asked something: the chain of nodes that run by themselves ends here."""
        self.chain = 0

    def listen(self, wanted: Listen | None) -> None:
        """Want speech reported, or no longer."""
        self.listening = wanted

    def deafened(self) -> None:
        """Nobody listens any more; who listens next is asked anew, even if for the same."""
        self.listening = self.reported = None
        # The world may have begun to listen to something else just before it told that it can't listen.
        self.effects.append(Deafen())

    # Ways on

    def accepted(self) -> None:
        """The caller's input was accepted: failures may be recovered from again."""
        self.recovering = False

    def leave(self, target: str | None, way: str = "next") -> None:
        """Go on at a node, by the exit of this name; None ends the work after a call."""
        if target is None:
            self.finish()
        else:
            self.effects.append(Explain(place(self.stack), "", way))
            self.target = target

    def stop_recording(self, *, keep: bool) -> None:
        """End the recording that runs."""
        if self.recording is not None:
            self.effects.append(StopRecording(self.recording, keep))
            self.recording = None

    def finish(self) -> None:
        """Nothing more is to be done for this call."""
        self.phase, self.deadline, self.fetching, self.target = "done", None, None, None

    # The record of it

    def ask(self, effect: Effect) -> None:
        """Ask the world for something."""
        self.effects.append(effect)

    def explain(self, why: str, cause: Cause | None = None) -> None:
        """Say what was decided, and why; never with a sensitive value. `cause`: what this is the reaction to."""
        self.effects.append(Explain(place(self.stack), mask_references(why), cause=cause))

    def named(self, key: str) -> str:
        """A key as reasons may name it: not where it could be part of something sensitive that comes too soon."""
        return "this key" if self.root.private else f"key {key}"

    def reach(self, node: str) -> None:
        """Note the goals that entering a node reaches for the first time."""
        known = {name for name, _ in self.goals}
        new = tuple((name, self.at) for name in self.flow.goals_at(node) if name not in known)
        self.goals = (*self.goals, *new)

    def settled(self) -> tuple[Session, tuple[Effect, ...]]:
        """The next session, and all effects in order."""
        if self.listening != self.reported and self.before.phase != "over":
            self.effects.append(Deafen() if self.listening is None else self.listening)
        if self.changed and not self.over:
            self._prepare()
        if fates := self.keypad.fates():
            here = place(self.stack)
            self.effects.extend(Explain(here, "", key=fate) for fate in fates)
        session = Session(*FIELDS(self))
        if (limit := session.over_limit) is not None:
            session = replace(session, deadline=limit if self.deadline is None else min(limit, self.deadline))
        return session, tuple(self.effects)

    def _prepare(self) -> None:
        """Ask for the audio of prompts whose values have just become known."""
        spoken: list[Segment] = []
        for prompt in self.flow.prompts_with(frozenset(self.changed)):
            if any(prompt is played for played in self.played):
                continue
            try:
                pieces = segments(prompt, self.stage())
            except ExpressionError:
                continue  # Other values of this prompt are yet to come.
            spoken.extend(piece for piece in pieces if isinstance(piece, Speech) and not piece.static)
        if spoken:
            self.effects.append(Prepare(tuple(dict.fromkeys(spoken))))


def _size(variables: Mapping[str, Any]) -> int:
    """About how many bytes the variables take when the session is stored."""
    return len(json.dumps(reveal(dict(variables)), ensure_ascii=False).encode("utf-8", "surrogatepass"))
