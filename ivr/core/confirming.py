"""How a value is confirmed: the caller hears it, then accepts it, refuses it, or is asked once more."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace

from ivr.core.effects import Listen
from ivr.core.gathering import TOO_NOISY, Asking, InputNode
from ivr.core.prompts import Prompt
from ivr.core.spoken import NO, YES, by_language, normal
from ivr.core.stimulus import Cause, Stimulus, pressed
from ivr.core.turn import Turn
from ivr.core.universals import pressed_universal
from ivr.core.values import Sensitive
from ivr.core.wording import hint_at_keys

ACCEPT, REFUSE = "1", "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedInput(InputNode):
    """An input node with a value that its caller may have to confirm."""

    into: str
    confirm: Prompt
    """Without it, nothing is confirmed."""
    sensitive: bool

    @property
    @abstractmethod
    def is_spoken(self) -> bool:
        """Whether the node takes speech, so that "yes" and "no" are understood."""

    def candidate(self, turn: Turn, asking: Asking, value: str) -> None:
        """Take a valid value: keep it, or have it confirmed first."""
        if self.confirm:
            turn.explain("the value needs a confirmation")
            self._confirm(turn, replace(asking, entry="", candidate=value))
        else:
            self._keep(turn, value)

    def local(self, value: str) -> dict[str, Sensitive | str]:
        """The variable, as if it had the value already."""
        return {self.into: Sensitive(value) if self.sensitive else value}

    def _keep(self, turn: Turn, value: str) -> None:
        turn.accepted()
        turn.explain(f"“{self.into}” is filled", "answer")
        turn.assign(self.local(value))
        turn.leave(self.next)

    def _confirm(self, turn: Turn, asking: Asking, *, noisy: bool = False) -> None:
        turn.keypad.drop()
        turn.remember(replace(asking, speaking=False))
        turn.listen(self.wanted(turn, asking))
        turn.wait(None)
        said = noisy and hint_at_keys(turn)
        if not turn.play(self.confirm, local=self.local(asking.candidate or "")) and not said:
            turn.wait(self.input.timeout)

    def again(self, turn: Turn, asking: Asking) -> None:
        """Ask the same again: the confirmation, if it is about that."""
        if asking.candidate is None:
            super(ConfirmedInput, self).again(turn, asking)
        else:
            self._confirm(turn, asking)

    # Answers

    def press_confirmation(self, turn: Turn, asking: Asking, key: str) -> None:
        """Take a key as an answer to the confirmation."""
        if key == ACCEPT:
            self._keep(turn, asking.candidate or "")
        elif key == REFUSE:
            self._refused(turn, asking)
        elif not self.universal_key(turn, asking, key):
            self.unconfirmed(turn, asking, "wrong", f"{turn.named(key)} neither accepts nor refuses")

    def yes_or_no(self, turn: Turn) -> Listen | None:
        """What to listen for while the confirmation is asked."""
        if not self.is_spoken:
            return None
        answers = (*by_language(YES, turn.language, ()), *by_language(NO, turn.language, ()))
        return Listen(turn.language, answers) if answers else None

    def hear_confirmation(self, turn: Turn, asking: Asking, said: str) -> bool:
        """Take words as an answer to the confirmation, and say whether they are one."""
        if not self.is_spoken:
            return False
        if said in map(normal, by_language(YES, turn.language, ())):
            turn.hush()
            self._keep(turn, asking.candidate or "")
            return True
        if said in map(normal, by_language(NO, turn.language, ())):
            turn.hush()
            self._refused(turn, asking)
            return True
        return False

    def misheard(self, turn: Turn, asking: Asking, *, noisy: bool) -> None:
        """What was said is no answer."""
        if asking.candidate is None:
            super(ConfirmedInput, self).misheard(turn, asking, noisy=noisy)
        else:
            why = TOO_NOISY if noisy else "what was said is neither yes nor no"
            self.unconfirmed(turn, asking, "wrong", why, noisy=noisy)

    def unconfirmed(self, turn: Turn, asking: Asking, cause: Cause, why: str, *, noisy: bool = False) -> None:
        """Count an attempt, and repeat the confirmation."""
        self._confirm(turn, self.count(turn, asking, cause, why), noisy=noisy)

    def _refused(self, turn: Turn, asking: Asking) -> None:
        turn.keypad.drop()
        self.ask(turn, self.count(turn, asking, "refusal", "the caller refused the value"))

    # Facts for the linter

    def hides(self, turn: Turn, asking: Asking, key: str) -> bool:
        """Whether the key is of a sensitive value, or was meant to be: what is of use elsewhere is not."""
        if not self.sensitive or self.is_of_value(asking, key):
            return self.sensitive
        return not self.takes(turn, asking, key) and pressed_universal(turn, key) is None

    @abstractmethod
    def is_of_value(self, asking: Asking, key: str) -> bool:
        """Whether the key goes on with the entry."""

    @abstractmethod
    def entries(self, turn: Turn) -> tuple[Stimulus, ...]:
        """Values that the caller may give."""

    def answers(self, turn: Turn, asking: Asking) -> tuple[Stimulus, ...]:
        """A value, or what accepts or refuses it."""
        if asking.candidate is None:
            return self.entries(turn)
        return pressed("answer", ACCEPT), pressed("refusal", REFUSE)

    def takes(self, turn: Turn, asking: Asking, key: str) -> bool:  # noqa: ARG002 - kinds may have to look at the call
        """Whether the key answers the confirmation."""
        return asking.candidate is not None and key in (ACCEPT, REFUSE)

    def prompts(self) -> tuple[Prompt, ...]:
        """Those of every input node, and the confirmation."""
        return (*super(ConfirmedInput, self).prompts(), self.confirm)

    def writes(self) -> tuple[str, ...]:
        """The one variable."""
        return (self.into,)
