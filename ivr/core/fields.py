"""The keys of one node as its kind reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ivr.core.expressions import Expression
from ivr.core.filling import Pattern
from ivr.core.input import Input
from ivr.core.prompts import Prompt
from ivr.core.reading import Path, Reading, as_list, as_text
from ivr.core.templates import Template


@dataclass(frozen=True, slots=True)
class Fields:
    """The keys of one node, already valid by its kind's schema."""

    id: str
    own: Mapping[str, Any]
    """What stands in the node itself."""
    path: Path
    reading: Reading
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """The flow's input keys, for those that the node does not have."""

    @property
    def raw(self) -> Mapping[str, Any]:
        """All keys of the node."""
        return {**self.defaults, **self.own}

    def at(self, key: str, *path: str | int) -> Path:
        """The full path of one of the keys, which may stand in the flow's defaults."""
        inherited = key in self.defaults and key not in self.own
        return ("defaults", key, *path) if inherited else (*self.path, key, *path)

    def common(self) -> dict[str, Any]:
        """What every node has."""
        return {"id": self.id, "next": self.target("next"), "on_error": self.target("on_error")}

    def target(self, key: str) -> str | None:
        """The node that a key names."""
        name = self.raw.get(key)
        return None if name is None else self.reading.refer("node", as_text(name), self.at(key))

    def prompt(self, key: str) -> Prompt:
        """A prompt, empty if there is none."""
        return self.reading.prompt(self.raw.get(key), self.at(key))

    def escalating(self, key: str) -> tuple[Prompt, ...]:
        """A prompt, or a list of prompts of which the n-th is for the n-th time."""
        raw = self.raw.get(key)
        if raw is None:
            return ()
        if not isinstance(raw, list):
            return (self.prompt(key),)
        return tuple(self.reading.prompt(item, self.at(key, place)) for place, item in enumerate(raw))

    def template(self, key: str) -> Template:
        """A text with `{{ … }}`, empty if there is none."""
        return self.reading.template(as_text(self.raw.get(key, "")), self.at(key))

    def expression(self, key: str, local: tuple[str, ...] = ()) -> Expression | None:
        """A bare expression, None if there is none."""
        raw = self.raw.get(key)
        return None if raw is None else self.reading.expression(raw, self.at(key), local)

    def save(self, local: tuple[str, ...]) -> Mapping[str, Expression]:
        """Variables and the bare expressions that they are given."""
        saved: dict[str, Expression] = {}
        for name, raw in self.raw.get("save", {}).items():
            path = self.at("save", name)
            self.reading.assign(name, path, at_key=True)
            saved[name] = self.reading.expression(raw, path, local)
        return saved

    def into(self) -> str:
        """The variable that the node fills, empty if there is none."""
        name = as_text(self.raw.get("into"))
        return self.reading.assign(name, self.at("into"), at_key=False) if name else ""

    def values(self, key: str) -> Pattern:
        """Plain data whose texts are templates; None if there is none."""
        return self.reading.values(self.raw.get(key), self.at(key))

    def mapping(self, key: str) -> Mapping[str, Pattern]:
        """A mapping of such data, empty if there is none."""
        made = self.values(key)
        return made if isinstance(made, dict) else {}

    def variables(self, key: str, allowed: tuple[str, ...] = ()) -> dict[str, Pattern]:
        """Variables of this flow, and names allowed besides, with the data that they are given."""
        return self.reading.variables(self.raw.get(key), self.at(key), allowed)

    def duration(self, key: str, default: int) -> int:
        """Milliseconds."""
        raw = self.raw.get(key)
        return default if raw is None else self.reading.duration(raw, self.at(key))

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        return bool(self.raw.get(key, default))

    def input(self) -> Input:
        """The input keys of a menu or collect; the flow's defaults are among the keys already."""
        usual = Input()
        barge_in = self.raw.get("barge_in", True)
        if isinstance(barge_in, bool):
            barge_in = {"keys": barge_in, "speech": barge_in}
        return replace(
            usual,
            timeout=self.duration("timeout", usual.timeout),
            attempts=self.raw.get("attempts", usual.attempts),
            no_input=self.escalating("no_input"),
            no_match=self.escalating("no_match"),
            on_failure=self.target("on_failure"),
            keys_barge_in=barge_in.get("keys", True),
            speech_barges_in=barge_in.get("speech", True),
            flush=self.raw.get("type_ahead", "keep") == "flush",
            confidence=self.raw.get("confidence", usual.confidence),
        )


def key_set(raw: Any) -> str:
    """Keys of the telephone as one text: from a key, several in a text or a list, or `none`."""
    return "" if raw == "none" else "".join(as_text(each) for each in as_list(raw))
