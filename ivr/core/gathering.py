"""How menus and collects ask: prompts, attempts, keys pressed ahead, barge-in, speech, universals."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, assert_never

from ivr.core.effects import Listen
from ivr.core.events import (
    KEYS,
    DeadlinePassed,
    Deafened,
    KeyPressed,
    PhraseHeard,
    PlaybackEnded,
    Reconnected,
    SpeechBegan,
    SpeechEnded,
    Told,
)
from ivr.core.input import Input, escalated
from ivr.core.mishap import AttemptsUsedUp
from ivr.core.node import Exit, Node
from ivr.core.offered import may_go_on
from ivr.core.prompts import Announced, Prompt
from ivr.core.spoken import normal
from ivr.core.stimulus import Cause, Stimulus, pressed, silence
from ivr.core.turn import Turn
from ivr.core.universals import follow, pressed_universal, said_universal, universal_phrases, universal_stimuli
from ivr.core.values import clean
from ivr.core.wording import hint_at_keys

MAX_SPEECH_MS = 20_000
"""Nobody speaks longer into a menu; noise that never ends is a no-match after this."""
TOO_NOISY = "the line is too noisy to understand"

Miss = Literal["no_input", "no_match"]


@dataclass(frozen=True, slots=True)
class Asking:
    """What a menu or collect remembers of the visit."""

    entry: str = field(default="", repr=False)
    """Keys and spoken digits so far."""
    said: bool = False
    """The last digits of the entry were spoken."""
    missed: int = 0
    """Attempts used."""
    no_inputs: int = 0
    no_matches: int = 0
    speaking: bool = False
    """Speech began, and nothing has decided since."""
    due: int | None = None
    """When silence would have been too long, had this speech not begun."""
    candidate: str | None = field(default=None, repr=False)
    """The value that waits for its confirmation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputNode(Node):
    """A node that waits for keys and phrases; its kind says what they mean."""

    is_input: ClassVar[bool] = True

    prompt: Prompt
    input: Input

    # What a kind adds

    @abstractmethod
    def press(self, turn: Turn, asking: Asking, key: str) -> None:
        """A key that nobody swallowed, with no prompt playing."""

    @abstractmethod
    def hear(self, turn: Turn, asking: Asking, text: str, *, ended: bool) -> bool:
        """Take what was said, and say whether it decided: then the prompt is hushed and the node has acted.

        Before the end of speech only words come here of which no longer phrase can come.
        """

    @abstractmethod
    def run_out(self, turn: Turn, asking: Asking) -> None:
        """The caller was silent for as long as the node waits."""

    @abstractmethod
    def offers(self, turn: Turn, asking: Asking) -> Listen | None:
        """What the node itself listens for, universals aside; None if it has no phrases."""

    def announced(self) -> tuple[Announced, ...]:
        """The choices that the prompt may announce."""
        return ()

    def hides(self, turn: Turn, asking: Asking, key: str) -> bool:  # noqa: ARG002 - only some kinds have secrets
        """Whether the key may be part of something sensitive."""
        return False

    @property
    def speech_continues(self) -> bool:
        """Whether speech may go on with an entry that keys or speech have begun."""
        return False

    def patience(self, asking: Asking) -> int:  # noqa: ARG002 - kinds with entries wait otherwise within them
        """Milliseconds for which the caller may be silent now."""
        return self.input.timeout

    # What all of them do

    def enter(self, turn: Turn) -> None:
        """Ask for the first time, or take what was pressed ahead as if it were pressed now."""
        if self.input.flush or not self.input.keys_barge_in:
            turn.keypad.drop()
        self.ask(turn, Asking())

    def ask(self, turn: Turn, asking: Asking, lead: Prompt = (), *, noisy: bool = False) -> None:
        """Play the prompts and wait; keys pressed ahead come first and spare the prompts."""
        if asking.entry or asking.candidate is not None or asking.speaking:
            asking = replace(asking, entry="", said=False, candidate=None, speaking=False)
        turn.remember(asking)
        turn.wait_for_caller()
        turn.listen(self.wanted(turn, asking))
        if not self.take_keys(turn):
            self._say(turn, lead, noisy=noisy)

    def take_keys(self, turn: Turn) -> bool:
        """Press what was pressed ahead, until the node is left or asks anew; False if there was nothing."""
        taken = False
        while turn.target is None and not turn.playing and (key := turn.keypad.next()) is not None:
            taken = True
            self._press(turn, turn.recall(Asking), key)
        return taken

    def _press(self, turn: Turn, asking: Asking, key: str) -> None:
        turn.keypad.took("hidden" if self.hides(turn, asking, key) else "taken")
        self.press(turn, asking, key)

    def _say(self, turn: Turn, lead: Prompt, *, noisy: bool) -> None:
        turn.wait(None)
        said = turn.play(lead, self.announced())
        said = (noisy and hint_at_keys(turn)) or said
        said = turn.play(self.prompt, self.announced()) or said
        if not said:
            turn.wait(self.input.timeout)

    def handle(self, turn: Turn, event: Told) -> None:
        """Keys, speech, silence and ends of prompts."""
        asking = turn.recall(Asking)
        match event:
            case KeyPressed(key=key):
                self._key(turn, asking, key)
            case PlaybackEnded():
                self._heard_out(turn, asking)
            case DeadlinePassed():
                if self._waits_for_speech(turn, asking):
                    self.misheard(turn, replace(asking, speaking=False), noisy=False)
                else:
                    self.run_out(turn, asking)
            case SpeechBegan():
                asking = replace(asking, speaking=True, due=turn.deadline)
                turn.remember(asking)
                if not turn.playing and self._waits_for_speech(turn, asking):
                    turn.wait(MAX_SPEECH_MS)
            case PhraseHeard(text=text, confidence=confidence):
                if asking.speaking and self._audible(turn, asking) and confidence >= self.input.confidence:
                    self._speech(turn, asking, clean(text), ended=False)
            case SpeechEnded(text=text, confidence=confidence, noisy=noisy):
                if asking.speaking and self._audible(turn, asking):
                    certain = clean(text) if confidence >= self.input.confidence else ""
                    self._speech_ended(turn, asking, certain, noisy=noisy and not text)
                elif asking.speaking:
                    turn.remember(replace(asking, speaking=False))
            case Deafened(why=why):
                self._deafened(turn, asking, why)
            case Reconnected():
                turn.keypad.press_again(asking.entry)
                self.again(turn, asking)
            case _:
                pass  # The rest concerns other kinds of nodes.

    def _key(self, turn: Turn, asking: Asking, key: str) -> None:
        if turn.playing and not self._interruptible(turn, asking):
            turn.explain(f"{turn.named(key)} is lost, because the prompt must be heard")
            return
        turn.hush()
        if asking.speaking:
            asking = replace(asking, speaking=False)
            turn.remember(asking)
        self._press(turn, asking, key)

    def _interruptible(self, turn: Turn, asking: Asking) -> bool:
        """Whether a key stops what is playing; a confirmation always lets it, and so does the hint to use keys."""
        only_hint = turn.playing == (turn.keys_hint,)
        return self.input.keys_barge_in or asking.candidate is not None or only_hint

    def _heard_out(self, turn: Turn, asking: Asking) -> None:
        turn.wait(MAX_SPEECH_MS if self._waits_for_speech(turn, asking) else self.patience(asking))

    # Speech

    def wanted(self, turn: Turn, asking: Asking) -> Listen | None:
        """What to listen for: the node's own phrases and those of universals; None if there are none."""
        own, universal = self.offers(turn, asking), universal_phrases(turn)
        if own is not None:
            return replace(own, phrases=(*own.phrases, *universal)) if universal else own
        return Listen(turn.language, universal) if universal else None

    def _waits_for_speech(self, turn: Turn, asking: Asking) -> bool:
        """Whether the end of speech is waited for: not in a node without phrases, which noise must not hold up."""
        counts = not asking.entry or self.speech_continues
        return asking.speaking and counts and self.offers(turn, asking) is not None

    def _audible(self, turn: Turn, asking: Asking) -> bool:
        """Whether speech counts now: after the prompt, or into it if that is allowed; always in a confirmation."""
        return not turn.playing or self.input.speech_barges_in or asking.candidate is not None

    def _speech(self, turn: Turn, asking: Asking, text: str, *, ended: bool) -> bool:
        """Take what was said for the node or for a universal, and say whether it decided."""
        said = normal(text)
        if not said or (not ended and may_go_on(turn, said)):
            return False
        return self.hear(turn, asking, text, ended=ended) or self._universal_phrase(turn, asking, said)

    def _speech_ended(self, turn: Turn, asking: Asking, text: str, *, noisy: bool) -> None:
        waited = not turn.playing and self._waits_for_speech(turn, asking)
        quiet = replace(asking, speaking=False)
        turn.remember(quiet)
        if not self._speech(turn, quiet, text, ended=True) and waited:
            self.misheard(turn, quiet, noisy=noisy)

    def misheard(self, turn: Turn, asking: Asking, *, noisy: bool) -> None:
        """What was said after the prompt is nothing that the node offers, or is lost in the noise of the line."""
        why = TOO_NOISY if noisy else "what was said is not offered here"
        self.miss(turn, asking, "no_match", why, noisy=noisy)

    def _deafened(self, turn: Turn, asking: Asking, why: str) -> None:
        """Nobody listens any more: speech begun is forgotten, and who was asked to speak learns what else to do."""
        turn.explain(f"only keys are understood: {why}")
        waited = not turn.playing and self._waits_for_speech(turn, asking)
        asking = replace(asking, speaking=False)
        turn.remember(asking)
        typing = bool(asking.entry) and not asking.said
        if not typing and self.offers(turn, asking) is not None and hint_at_keys(turn):
            turn.wait(None)
        elif waited:
            turn.wait(self.patience(asking))

    # Attempts

    def miss(self, turn: Turn, asking: Asking, miss: Miss, why: str, *, noisy: bool = False) -> None:
        """Count an attempt; ask again with the prompt for it, or give up. With noise, keys are a way out of it."""
        turn.keypad.drop()
        match miss:
            case "no_input":
                asking = self.count(turn, asking, "silence", f"no-input: {why}")
                asking = replace(asking, no_inputs=asking.no_inputs + 1)
                lead = escalated(self.input.no_input, asking.no_inputs)
            case "no_match":
                asking = self.count(turn, asking, "wrong", f"no-match: {why}")
                asking = replace(asking, no_matches=asking.no_matches + 1)
                lead = escalated(self.input.no_match, asking.no_matches)
            case _:
                assert_never(miss)
        self.ask(turn, asking, lead, noisy=noisy)

    def count(self, turn: Turn, asking: Asking, cause: Cause, why: str) -> Asking:
        """One attempt more.

        Raises:
            AttemptsUsedUp: it was the last one.
        """
        asking = replace(asking, missed=asking.missed + 1, speaking=False)
        turn.remember(asking)
        turn.explain(f"{why}; attempt {asking.missed} of {self.input.attempts}", cause)
        if asking.missed >= self.input.attempts:
            raise AttemptsUsedUp(self.input.on_failure)
        return asking

    # Universals

    def universal_key(self, turn: Turn, asking: Asking, key: str) -> bool:
        """Do what a universal's key asks for, if it is one."""
        return self._universal(turn, asking, pressed_universal(turn, key), turn.named(key))

    def _universal(self, turn: Turn, asking: Asking, place: int | None, why: str) -> bool:
        if place is None:
            return False
        if follow(turn, place, why):
            self.again(turn, asking)
        return True

    def _universal_phrase(self, turn: Turn, asking: Asking, said: str) -> bool:
        place = said_universal(turn, said)
        if place is not None:
            turn.hush()
        return self._universal(turn, asking, place, f"“{said}”")

    def again(self, turn: Turn, asking: Asking) -> None:
        """Ask the same again, at the same attempt."""
        self.ask(turn, asking)

    # Facts for the linter

    @abstractmethod
    def answers(self, turn: Turn, asking: Asking) -> tuple[Stimulus, ...]:
        """What the caller may do that the node itself asks for."""

    @abstractmethod
    def takes(self, turn: Turn, asking: Asking, key: str) -> bool:
        """Whether the node itself has a use for this key as the first one; universals have what it leaves."""

    def stimuli(self, turn: Turn) -> tuple[Stimulus, ...]:
        """Answers, universals, silence, and a key that nobody offers."""
        asking = turn.recall(Asking)
        left = [key for key in KEYS if not self.takes(turn, asking, key)]
        foreign = [key for key in left if pressed_universal(turn, key) is None]
        wrong = (pressed("wrong", foreign[0]),) if foreign else ()
        return (*self.answers(turn, asking), *universal_stimuli(turn, left), silence(), *wrong)

    def exits(self) -> tuple[Exit, ...]:
        """The ways out that every input node has."""
        failure = self.input.on_failure
        named = super(InputNode, self).exits()
        return named if failure is None else (*named, Exit("on_failure", failure, ("on_failure",)))

    def prompts(self) -> tuple[Prompt, ...]:
        """The node's prompt and those for misses."""
        return (self.prompt, *self.input.no_input, *self.input.no_match)
