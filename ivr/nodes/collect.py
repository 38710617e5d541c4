"""`collect`: fills a variable with digits or with a spoken phrase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, assert_never

from ivr.core import digits as typed
from ivr.core import input as input_keys
from ivr.core.confirming import ConfirmedInput
from ivr.core.digits import SWALLOW_MS, Digits, Verdict, completed, read_digits, verdict, verdict_of_speech
from ivr.core.effects import Listen
from ivr.core.expressions import Expression
from ivr.core.fields import Fields
from ivr.core.gathering import Asking
from ivr.core.offered import phrases
from ivr.core.prompts import ByLanguage
from ivr.core.spoken import digit_words, normal, spoken_digits
from ivr.core.stimulus import Stimulus, said
from ivr.core.turn import Turn
from ivr.core.universals import universal_phrases
from ivr.core.values import reveal


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(ConfirmedInput):
    """A question with a free answer."""

    kind: ClassVar[str] = "collect"
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Fills a variable with digits or with a spoken phrase.",
        "required": ["into", "next"],
        "anyOf": [{"required": ["digits"]}, {"required": ["speech"]}],
        "properties": {
            "prompt": {"$ref": "#/$defs/prompt"},
            "into": {"$ref": "#/$defs/variable", "description": "The variable that takes the answer."},
            "digits": typed.SCHEMA,
            "speech": {
                "title": "digits, any, or a list of phrases",
                "description": "What may be said: digits, any words, or one of these phrases.",
                "anyOf": [{"enum": ["digits", "any"]}, {"$ref": "#/$defs/phrase_list"}],
                "examples": ["digits", "any", ["red", "green"]],
            },
            "validate": {
                "$ref": "#/$defs/expression",
                "description": "Must hold of the new value; otherwise it is a no-match.",
                "examples": ["account | luhn"],
            },
            "confirm": {
                "$ref": "#/$defs/prompt",
                "description": "Asks whether the value is right: 1 or yes accepts, 2 or no asks again.",
            },
            "sensitive": {
                "type": "boolean",
                "default": False,
                "description": "Keeps the value out of logs, records and screens.",
            },
            **input_keys.SCHEMA,
        },
        "examples": [{"type": "collect", "prompt": "Your account?", "into": "account", "digits": 6, "next": "x"}],
    }  # fmt: skip

    digits: Digits | None
    spoken: str
    """`digits`, `any`, `phrases` or nothing."""
    phrases: ByLanguage[tuple[str, ...]]
    validate: Expression | None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        speech = fields.raw.get("speech", "")
        spoken = speech if speech in ("digits", "any", "") else "phrases"
        return cls(
            **fields.common(),
            prompt=fields.prompt("prompt"),
            input=fields.input(),
            into=fields.into(),
            digits=read_digits(fields, "digits"),
            spoken=spoken,
            phrases=fields.reading.phrases(speech if spoken == "phrases" else None, fields.at("speech")),
            validate=fields.expression("validate"),
            confirm=fields.prompt("confirm"),
            sensitive=fields.flag("sensitive", False),
        )

    # Keys

    def press(self, turn: Turn, asking: Asking, key: str) -> None:
        """Take a key for the field, for its confirmation, or as a universal; else it is a no-match."""
        if asking.candidate is not None:
            self.press_confirmation(turn, asking, key)
        elif self.digits is None:
            self._foreign(turn, asking, key)
        else:
            self._typed(turn, asking, self.digits, key)

    def _typed(self, turn: Turn, asking: Asking, digits: Digits, key: str) -> None:
        found = verdict(digits, asking.entry, key)
        match found:
            case "more":
                turn.remember(replace(asking, entry=asking.entry + key, said=False))
                turn.wait(digits.between)
            case "full":
                turn.keypad.swallow_next(digits.finish, SWALLOW_MS)
                self._fill(turn, asking, asking.entry + key)
            case "erased":
                turn.remember(replace(asking, entry="", said=False))
                turn.explain("the entry is erased")
                turn.wait(self.input.timeout)
            case "foreign":
                self._foreign(turn, asking, key)
            case "finished" | "too_short":
                self._complete(turn, asking, digits, found)
            case _:
                assert_never(found)

    def _foreign(self, turn: Turn, asking: Asking, key: str) -> None:
        if not self.universal_key(turn, asking, key):
            self.miss(turn, asking, "no_match", f"{turn.named(key)} is not one of the field's")

    def _complete(self, turn: Turn, asking: Asking, digits: Digits, found: Verdict) -> None:
        if found == "too_short":
            self.miss(turn, asking, "no_match", f"{len(asking.entry)} of at least {digits.min} digits")
        else:
            self._fill(turn, asking, asking.entry)

    def run_out(self, turn: Turn, asking: Asking) -> None:
        """No key came in time: the entry is complete, too short, or was never begun."""
        if asking.candidate is not None:
            self.unconfirmed(turn, asking, "silence", "the caller was silent")
        elif self.digits is not None and asking.entry:
            self._complete(turn, asking, self.digits, completed(self.digits, asking.entry))
        else:
            self.miss(turn, asking, "no_input", "the caller was silent")

    def _fill(self, turn: Turn, asking: Asking, value: str) -> None:
        if self.validate is not None and not reveal(turn.evaluate(self.validate, self.local(value))):
            self.miss(turn, asking, "no_match", "the value is not valid")
        else:
            self.candidate(turn, asking, value)

    # Speech

    @property
    def is_spoken(self) -> bool:
        """Whether the node takes speech."""
        return bool(self.spoken)

    def offers(self, turn: Turn, asking: Asking) -> Listen | None:
        """The node's phrases, digits or any words; yes and no in a confirmation."""
        if asking.candidate is not None:
            return self.yes_or_no(turn)
        own = phrases(self.phrases, turn)
        if self.spoken in ("", "phrases") and not own:
            return None
        most = (self.digits or Digits()).max if self.spoken == "digits" else 0
        return Listen(turn.language, own, digits=most, free=self.spoken == "any")

    @property
    def speech_continues(self) -> bool:
        """Whether digits may be said after others."""
        return self.spoken == "digits"

    def patience(self, asking: Asking) -> int:
        """The timeout, and less within an entry."""
        return self.digits.between if self.digits is not None and asking.entry else self.input.timeout

    def misheard(self, turn: Turn, asking: Asking, *, noisy: bool) -> None:
        """What was said is no answer; but who is typing is not disturbed by noise."""
        if asking.entry and not asking.said:
            turn.explain("a sound between the keys means nothing")
            turn.remember(asking)
            # The clock was only stopped: a line that is never still must not keep the entry open for ever.
            turn.wait(max(0, (asking.due or turn.at) - turn.at))
        else:
            super(Collect, self).misheard(turn, asking, noisy=noisy)

    def hear(self, turn: Turn, asking: Asking, text: str, *, ended: bool) -> bool:
        """Take what was said as the value, as digits of it, or as yes or no."""
        if asking.candidate is not None:
            return self.hear_confirmation(turn, asking, normal(text))
        if self.spoken == "digits":
            said = spoken_digits(text, turn.language) if ended else None
            return said is not None and self._said(turn, asking, said, normal(text))
        value = self._value(turn, text, ended)
        if value is None:
            return False
        turn.hush()
        self._fill(turn, asking, value)
        return True

    def _said(self, turn: Turn, asking: Asking, said: str, words: str) -> bool:
        """Take spoken digits for the field, and say whether they decided or went into the entry."""
        digits, entry = self.digits or Digits(), asking.entry + said
        match verdict_of_speech(digits, asking.entry, said):
            case "finished":
                turn.hush()
                turn.keypad.swallow_next(digits.finish, SWALLOW_MS)
                self._fill(turn, asking, entry)
            case "more":
                turn.hush()
                turn.remember(replace(asking, entry=entry, said=True))
                turn.explain(f"{len(entry)} of at least {digits.min} digits; more may follow")
                turn.wait(digits.between)
            case "foreign" if turn.playing or words in map(normal, universal_phrases(turn)):
                return False
            case "foreign":
                self.miss(turn, asking, "no_match", "these digits are too many, or not all the field's")
            case _ as never:
                assert_never(never)
        return True

    def _value(self, turn: Turn, text: str, ended: bool) -> str | None:
        """The value that the words are; None if they are none."""
        said = normal(text)
        match self.spoken:
            case "phrases":
                own = phrases(self.phrases, turn)
                return next((phrase for phrase in own if normal(phrase) == said), None)
            case "any" if ended and said not in map(normal, universal_phrases(turn)):
                return text.strip() or None
            case _:
                return None

    # Facts for the linter

    def entries(self, turn: Turn) -> tuple[Stimulus, ...]:
        """The shortest entry by keys, else by speech."""
        if self.digits is not None:
            return (typed.stimulus(self.digits),)
        match self.spoken:
            case "digits":
                return tuple(said("answer", word) for word in digit_words(turn.language)[:1])
            case "phrases":
                return tuple(said("answer", phrase) for phrase in phrases(self.phrases, turn)[:1])
            case _:
                return (said("answer", "anything"),)

    def takes(self, turn: Turn, asking: Asking, key: str) -> bool:
        """Whether the field has a use for the key."""
        if asking.candidate is None:
            return self.digits is not None and verdict(self.digits, "", key) != "foreign"
        return super(Collect, self).takes(turn, asking, key)

    def is_of_value(self, asking: Asking, key: str) -> bool:
        """Whether the key goes on with the entry."""
        digits = self.digits if asking.candidate is None else None
        return digits is not None and verdict(digits, asking.entry, key) in ("more", "full")

    def expressions(self) -> tuple[Expression, ...]:
        """The condition of the value."""
        return () if self.validate is None else (self.validate,)
