"""`menu`: waits for one of its choices, by key or by phrase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from ivr.core import input as input_keys
from ivr.core.effects import Listen
from ivr.core.expressions import Expression
from ivr.core.fields import Fields
from ivr.core.filling import Pattern
from ivr.core.filling import expressions as expressions_in
from ivr.core.gathering import Asking, InputNode
from ivr.core.node import Exit
from ivr.core.offered import phrases
from ivr.core.prompts import Announced, ByLanguage
from ivr.core.reading import as_text
from ivr.core.spoken import normal
from ivr.core.stimulus import Stimulus, pressed, said
from ivr.core.templates import Template
from ivr.core.turn import Turn

NEXT_KEY_MS = 3_000
"""How long a key that could become a longer choice waits for the next one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that the caller may want."""

    press: str | None
    say: ByLanguage[tuple[str, ...]]
    label: ByLanguage[Template]
    next: str
    set: Mapping[str, Pattern]

    @property
    def name(self) -> str:
        """What people call it: its key, else its first phrase."""
        return self.press or next((said[0] for said in self.say.entries.values() if said), "")

    @property
    def exit(self) -> str:
        """The name of the way out that it is."""
        return f"choices.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(InputNode):
    """A question with choices."""

    kind: ClassVar[str] = "menu"
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Waits for one of its choices.",
        "required": ["choices"],
        "not_allowed": ["next"],
        "properties": {
            "prompt": {"$ref": "#/$defs/prompt"},
            "choices": {
                "type": "array",
                "minItems": 1,
                "description": "What the caller may choose.",
                "items": {
                    "type": "object",
                    "required": ["next"],
                    "anyOf": [{"required": ["press"]}, {"required": ["say"]}],
                    "additionalProperties": False,
                    "properties": {
                        "press": {"$ref": "#/$defs/keys", "description": "One key or more: 1, \"#\", \"12\"."},
                        "say": {"$ref": "#/$defs/phrases", "description": "A phrase, or several."},
                        "label": {"$ref": "#/$defs/label", "description": "What {choices: …} calls it."},
                        "next": {"$ref": "#/$defs/node"},
                        "set": {"$ref": "#/$defs/values", "description": "Variables to assign, and `language`."},
                    },
                },
                "examples": [[{"press": 1, "say": ["balance", "my account"], "next": "ask_account"}]],
            },
            **input_keys.SCHEMA,
        },
    }  # fmt: skip

    choices: tuple[Choice, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        choices = tuple(_choice(fields, place) for place in range(len(fields.raw["choices"])))
        return cls(**fields.common(), prompt=fields.prompt("prompt"), input=fields.input(), choices=choices)

    # Keys

    def press(self, turn: Turn, asking: Asking, key: str) -> None:
        """Take a key: it decides, may become a longer choice, ends a shorter one, or is a no-match."""
        entry = asking.entry + key
        offered = self._offered(turn)
        if any(press.startswith(entry) and press != entry for press in offered):
            turn.remember(replace(asking, entry=entry))
            turn.explain("a longer choice is possible")
            turn.wait(NEXT_KEY_MS)
        elif entry in offered:
            self._decide(turn, asking, entry)
        elif asking.entry in offered:
            turn.keypad.put_back(key)
            self._decide(turn, asking, asking.entry)
        else:
            self._no_match(turn, asking, entry)

    def _offered(self, turn: Turn) -> tuple[str, ...]:
        own = [choice.press for choice in self.choices]
        own.extend(universal.press for universal in turn.flow.universals)
        return tuple(press for press in own if press is not None)

    def _decide(self, turn: Turn, asking: Asking, entry: str) -> None:
        for choice in self.choices:
            if choice.press == entry:
                self._take(turn, choice, turn.named(entry))
                return
        self.universal_key(turn, asking, entry)

    def _take(self, turn: Turn, choice: Choice, why: str) -> None:
        turn.accepted()
        turn.explain(f"{why} chooses “{choice.next}”", "choice")
        turn.assign(turn.fill(choice.set))
        turn.leave(choice.next, choice.exit)

    def run_out(self, turn: Turn, asking: Asking) -> None:
        """No further key came, or none at all."""
        if not asking.entry:
            self.miss(turn, asking, "no_input", "the caller was silent")
        elif asking.entry in self._offered(turn):
            self._decide(turn, asking, asking.entry)
        else:
            self._no_match(turn, asking, asking.entry)

    def _no_match(self, turn: Turn, asking: Asking, entry: str) -> None:
        self.miss(turn, asking, "no_match", f"{turn.named(entry)} is not offered here")

    # Speech

    def offers(self, turn: Turn, asking: Asking) -> Listen | None:  # noqa: ARG002 - a menu offers always the same
        """The phrases of the choices."""
        own = tuple(phrase for choice in self.choices for phrase in phrases(choice.say, turn))
        return Listen(turn.language, own) if own else None

    def hear(self, turn: Turn, asking: Asking, text: str, *, ended: bool) -> bool:  # noqa: ARG002 - phrases are whole
        """Take a phrase of a choice."""
        said = normal(text)
        for choice in self.choices:
            if said in map(normal, phrases(choice.say, turn)):
                turn.hush()
                self._take(turn, choice, f"“{said}”")
                return True
        return False

    # Facts for the linter

    def answers(self, turn: Turn, asking: Asking) -> tuple[Stimulus, ...]:  # noqa: ARG002 - always the same
        """Each choice, by its key if it has one."""
        return tuple(filter(None, (self.stimulus(turn, choice) for choice in self.choices)))

    def stimulus(self, turn: Turn, choice: Choice) -> Stimulus | None:
        """How a caller takes a choice; None if it has no key, and no phrase in the language of the call."""
        if choice.press is None:
            heard = phrases(choice.say, turn)
            return said("choice", heard[0]) if heard else None
        longer = any(press != choice.press and press.startswith(choice.press) for press in self._offered(turn))
        return pressed("choice", choice.press, waits=longer)

    def takes(self, turn: Turn, asking: Asking, key: str) -> bool:  # noqa: ARG002 - always the same
        """Whether a choice begins with the key."""
        return any(choice.press is not None and choice.press.startswith(key) for choice in self.choices)

    def announced(self) -> tuple[Announced, ...]:
        """The choices that have a label."""
        return tuple(
            Announced(choice.label, choice.press or "", choice.say) for choice in self.choices if choice.label.entries
        )

    def exits(self) -> tuple[Exit, ...]:
        """A way out for each choice."""
        chosen = (
            Exit(choice.exit, choice.next, ("choices", place, "next")) for place, choice in enumerate(self.choices)
        )
        return (*chosen, *super(Menu, self).exits())

    def expressions(self) -> tuple[Expression, ...]:
        """Those of the values that choices assign."""
        return tuple(each for choice in self.choices for each in expressions_in(dict(choice.set)))

    def writes(self) -> tuple[str, ...]:
        """What the choices assign."""
        return tuple(name for choice in self.choices for name in choice.set if name != "language")

    def languages(self) -> tuple[Pattern, ...]:
        """What the choices set."""
        return tuple(choice.set["language"] for choice in self.choices if "language" in choice.set)


def _choice(fields: Fields, place: int) -> Choice:
    raw = fields.raw["choices"][place]
    reading = fields.reading
    return Choice(
        press=as_text(raw["press"]) if "press" in raw else None,
        say=reading.phrases(raw.get("say"), fields.at("choices", place, "say")),
        label=reading.label(raw.get("label"), fields.at("choices", place, "label")),
        next=reading.refer("node", as_text(raw["next"]), fields.at("choices", place, "next")),
        set=reading.variables(raw.get("set"), fields.at("choices", place, "set"), allowed=("language",)),
    )
