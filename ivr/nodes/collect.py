"""`collect`: fills a variable with digits or with a spoken phrase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from ivr.core import input as input_keys
from ivr.core.effects import Listen
from ivr.core.expressions import Expression
from ivr.core.fields import Fields, as_list, as_text, duration
from ivr.core.gathering import Asking, InputNode, begins_longer, phrases, universal_phrases
from ivr.core.prompts import ByLanguage, Prompt
from ivr.core.spoken import NO, YES, by_language, normal, spoken_digits
from ivr.core.turn import Turn
from ivr.core.values import Sensitive

SWALLOW_MS = 2_000
"""How long a finish key after a full field means nothing."""
MAX_DIGITS = 1_000
"""The most that a field without `max` takes."""
ACCEPT, REJECT = "1", "2"


@dataclass(frozen=True, slots=True)
class Digits:
    """What keys may be collected (timing: W3C VoiceXML 2.0 Appendix D)."""

    min: int = 1
    max: int = MAX_DIGITS
    finish: str = "#"
    """Keys of which each one ends the entry."""
    between: int = 3_000
    """Milliseconds for each key after the first."""
    keys: str = "0123456789"
    erase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(InputNode):
    """A question with a free answer."""

    kind: ClassVar[str] = "collect"
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Fills a variable with digits or with a spoken phrase.",
        "required": ["into", "next"],
        "anyOf": [{"required": ["digits"]}, {"required": ["speech"]}],
        "properties": {
            "prompt": {"$ref": "#/$defs/prompt"},
            "into": {"$ref": "#/$defs/variable", "description": "The variable that takes the answer."},
            "digits": {
                "description": "How many digits: a number, or from min to max.",
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": MAX_DIGITS},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "min": {"type": "integer", "minimum": 0, "default": 1},
                            "max": {"type": "integer", "minimum": 1, "maximum": MAX_DIGITS},
                            "finish": {
                                "description": "Keys that end the entry: one, several, or none.",
                                "default": "#",
                                "anyOf": [{"const": "none"}, {"$ref": "#/$defs/keys"}, {"$ref": "#/$defs/key_list"}],
                            },
                            "between": {"$ref": "#/$defs/duration", "default": "3s"},
                            "keys": {"$ref": "#/$defs/keys", "default": "0123456789"},
                            "erase": {
                                "description": "A key that empties the entry.",
                                "anyOf": [{"const": "none"}, {"$ref": "#/$defs/key"}],
                            },
                        },
                    },
                ],
                "examples": [6, {"min": 4, "max": 12, "finish": "#", "erase": "*"}],
            },
            "speech": {
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
        "examples": [{"type": "collect", "prompt": "Your account number?", "into": "account", "digits": 6, "next": "x"}],
    }  # fmt: skip

    into: str
    digits: Digits | None
    spoken: str
    """`digits`, `any`, `phrases` or nothing."""
    phrases: ByLanguage[tuple[str, ...]]
    validate: Expression | None
    confirm: Prompt
    sensitive: bool

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
            digits=_digits(fields.raw.get("digits")),
            spoken=spoken,
            phrases=fields.reading.phrases(speech if spoken == "phrases" else None, fields.at("speech")),
            validate=fields.expression("validate"),
            confirm=fields.prompt("confirm"),
            sensitive=fields.flag("sensitive", False),
        )

    # Keys

    def press(self, turn: Turn, asking: Asking, key: str) -> None:
        """Look a key up as `finish`, `erase`, one of `keys`, universal; else it is a no-match."""
        if asking.candidate is not None:
            self._press_confirmation(turn, asking, key)
            return
        digits = self.digits
        if digits is not None and key in digits.finish:
            self._finish(turn, asking, digits)
        elif digits is not None and key in digits.erase:
            turn.remember(replace(asking, entry=""))
            turn.explain("the entry is erased")
            turn.wait(self.input.timeout)
        elif digits is not None and key in digits.keys:
            self._add(turn, asking, digits, key)
        elif not self.universal_key(turn, asking, key):
            self.miss(turn, asking, "no_match", "this key is not one of the field's")

    def _add(self, turn: Turn, asking: Asking, digits: Digits, key: str) -> None:
        entry = asking.entry + key
        turn.remember(replace(asking, entry=entry))
        if len(entry) >= digits.max:
            turn.swallow_next(digits.finish, SWALLOW_MS)
            self._fill(turn, asking, entry)
        else:
            turn.wait(digits.between)

    def _finish(self, turn: Turn, asking: Asking, digits: Digits) -> None:
        if len(asking.entry) < digits.min:
            self.miss(turn, asking, "no_match", f"{len(asking.entry)} of at least {digits.min} keys")
        else:
            self._fill(turn, asking, asking.entry)

    def run_out(self, turn: Turn, asking: Asking) -> None:
        """No key came in time: the entry is complete, too short, or was never begun."""
        if asking.candidate is not None:
            self._unconfirmed(turn, asking, "the caller was silent")
        elif self.digits is not None and asking.entry:
            self._finish(turn, asking, self.digits)
        else:
            self.miss(turn, asking, "no_input", "the caller was silent")

    # Values

    def _fill(self, turn: Turn, asking: Asking, value: str) -> None:
        """Check a complete value, have it confirmed, and keep it."""
        if self.validate is not None and not self._holds(turn, self.validate, value):
            self.miss(turn, asking, "no_match", "the value is not valid")
        elif self.confirm:
            turn.explain("the value needs a confirmation")
            self._confirm(turn, replace(asking, entry="", candidate=value))
        else:
            self._keep(turn, value)

    def _holds(self, turn: Turn, condition: Expression, value: str) -> bool:
        verdict = turn.evaluate(condition, self._local(value))
        return bool(verdict.value if isinstance(verdict, Sensitive) else verdict)

    def _local(self, value: str) -> Mapping[str, Any]:
        return {self.into: Sensitive(value) if self.sensitive else value}

    def _keep(self, turn: Turn, value: str) -> None:
        turn.accepted()
        turn.explain(f"“{self.into}” is filled")
        turn.assign(self._local(value))
        turn.leave(self.next)

    # Confirmation

    def _confirm(self, turn: Turn, asking: Asking) -> None:
        turn.keys = ""
        turn.remember(asking)
        turn.listen(self.wanted(turn))
        turn.wait(None)
        if not turn.play(self.confirm, local=self._local(asking.candidate or "")):
            turn.wait(self.input.timeout)

    def _press_confirmation(self, turn: Turn, asking: Asking, key: str) -> None:
        if key == ACCEPT:
            self._keep(turn, asking.candidate or "")
        elif key == REJECT:
            self._refused(turn, asking)
        elif not self.universal_key(turn, asking, key):
            self._unconfirmed(turn, asking, "this key neither accepts nor refuses")

    def _refused(self, turn: Turn, asking: Asking) -> None:
        turn.keys = ""
        self.ask(turn, self.count(turn, asking, "the caller refused the value"))

    def _unconfirmed(self, turn: Turn, asking: Asking, why: str) -> None:
        self._confirm(turn, self.count(turn, asking, why))

    def again(self, turn: Turn, asking: Asking) -> None:
        """Ask the same again: the confirmation, if it is about that."""
        if asking.candidate is None:
            self.ask(turn, asking)
        else:
            self._confirm(turn, asking)

    # Speech

    def wanted(self, turn: Turn) -> Listen | None:
        """The node's phrases and those of universals; yes and no in a confirmation."""
        universal = universal_phrases(turn)
        if turn.recall(Asking).candidate is not None:
            own = (*by_language(YES, turn.language, ()), *by_language(NO, turn.language, ())) if self.spoken else ()
            return Listen(turn.language, (*own, *universal)) if own or universal else None
        if not self.spoken and not universal:
            return None
        return Listen(
            turn.language,
            (*phrases(self.phrases, turn), *universal),
            digits=self.spoken == "digits",
            free=self.spoken == "any",
        )

    def hear(self, turn: Turn, asking: Asking, text: str, *, ended: bool) -> bool:
        """Take what was said as the value, or as yes or no."""
        said = normal(text)
        if asking.candidate is not None:
            return self._hear_confirmation(turn, asking, said)
        own = phrases(self.phrases, turn)
        if not ended and (self.spoken in ("digits", "any") or begins_longer(said, (*own, *universal_phrases(turn)))):
            return False
        value = self._value(turn, text, said, own)
        if value is None:
            return False
        turn.hush()
        self._fill(turn, asking, value)
        return True

    def _value(self, turn: Turn, text: str, said: str, own: tuple[str, ...]) -> str | None:
        """What the words mean here; None if nothing."""
        match self.spoken:
            case "phrases":
                return next((phrase for phrase in own if normal(phrase) == said), None)
            case "digits":
                digits, limits = spoken_digits(text, turn.language), self.digits or Digits()
                return digits if digits is not None and limits.min <= len(digits) <= limits.max else None
            case "any":
                return None if said in map(normal, universal_phrases(turn)) else text.strip() or None
            case _:
                return None

    def _hear_confirmation(self, turn: Turn, asking: Asking, said: str) -> bool:
        if not self.spoken:
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

    def misheard(self, turn: Turn, asking: Asking) -> None:
        """What was said is no answer."""
        if asking.candidate is None:
            super(Collect, self).misheard(turn, asking)
        else:
            self._unconfirmed(turn, asking, "what was said is neither yes nor no")

    # Facts for the linter

    def prompts(self) -> tuple[Prompt, ...]:
        """Those of every input node, and the confirmation."""
        return (*super(Collect, self).prompts(), self.confirm)

    def expressions(self) -> tuple[Expression, ...]:
        """The condition of the value."""
        return () if self.validate is None else (self.validate,)

    def writes(self) -> tuple[str, ...]:
        """The one variable."""
        return (self.into,)


def _digits(raw: Any) -> Digits | None:
    usual = Digits()
    match raw:
        case None:
            return None
        case int():
            return Digits(min=raw, max=raw)
        case _:
            return Digits(
                min=raw.get("min", usual.min),
                max=raw.get("max", MAX_DIGITS),
                finish=key_set(raw.get("finish", usual.finish)),
                between=duration(raw.get("between", "3s")),
                keys=key_set(raw.get("keys", usual.keys)),
                erase=key_set(raw.get("erase", "none")),
            )


def key_set(raw: Any) -> str:
    """Keys as one text: from a key, several in a text or a list, or `none`."""
    return "" if raw == "none" else "".join(as_text(each) for each in as_list(raw))
