"""Values that may not be shown: what a caller entered in confidence, and references to secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

MASK = "•••"
"""What is shown in place of a sensitive value."""

MAX_DEPTH = 100
"""How deep lists and mappings may be nested in a value from outside; Python itself gives up near 1,000."""

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_REFERENCE = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]+){_CLOSE}|[{_OPEN}{_CLOSE}]")
_FOREIGN = re.compile(f"[{_OPEN}{_CLOSE}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


class Sensitive:
    """A plain value that must not be seen: it prints as `MASK` everywhere, and JSON refuses it.

    Frozen, and equal to another `Sensitive` of an equal value. No dataclass, because `dataclasses.asdict` and
    the comparisons that pytest prints would open one.
    """

    __slots__ = ("value",)
    value: Any

    def __init__(self, value: Any) -> None:
        """Wrap `value`; what is wrapped already is not wrapped twice."""
        object.__setattr__(self, "value", value.value if isinstance(value, Sensitive) else value)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse, as frozen dataclasses do."""
        raise AttributeError(f"a Sensitive is frozen; {name} can't be assigned")

    def __delattr__(self, name: str) -> None:
        """Refuse, as frozen dataclasses do."""
        raise AttributeError(f"a Sensitive is frozen; {name} can't be deleted")

    def __eq__(self, other: object) -> bool:
        """Tell whether both are sensitive and of the same value."""
        return self.value == other.value if isinstance(other, Sensitive) else NotImplemented

    def __hash__(self) -> int:
        """Hash the value; TypeError where that can't be hashed."""
        return hash((Sensitive, self.value))

    def __repr__(self) -> str:
        """Show the mask."""
        return MASK

    def __format__(self, spec: str) -> str:
        """Show the mask whatever the format asks for, so that not even a width tells of the value."""
        return MASK

    def __reduce__(self) -> tuple[type[Sensitive], tuple[Any]]:
        """Let `copy` and `pickle` build an equal one, which assignment could not."""
        return Sensitive, (self.value,)


def reveal(value: Any) -> Any:
    """Return `value` with every `Sensitive` in it, at any depth of lists and mappings, unwrapped."""
    match value:
        case Sensitive():
            return reveal(value.value)
        case dict():
            return {key: reveal(inner) for key, inner in value.items()}
        case list():
            return [reveal(inner) for inner in value]
        case tuple():
            return tuple(reveal(inner) for inner in value)
        case _:
            return value


class UnknownSecretError(Exception):
    """A text refers to a secret that nobody gave."""

    def __init__(self, name: str, known: Mapping[str, str]) -> None:
        """Name the missing secret and the ones there are, never what they hold."""
        there = ", ".join(sorted(known)) or "none"
        super().__init__(
            f"there is no secret {name}; give it in the file that --secrets names or as IVR_SECRET_{name}"
            f" (given are: {there})"
        )
        self.name = name


class TooDeepError(ValueError):
    """A value from outside holds more than `MAX_DEPTH` lists and mappings inside each other."""

    def __init__(self) -> None:
        """Say the limit."""
        super().__init__(f"lists and objects are nested deeper than {MAX_DEPTH} levels")


def reference(name: str) -> str:
    """Return the text that stands for the secret `name`, an identifier, until a request is sent.

    It is framed by two noncharacters, which Unicode keeps for internal use and which no honest text holds
    (The Unicode Standard, 23.7). ValueError if `name` is no identifier.
    """
    if not name.isidentifier():
        raise ValueError(f"a secret's name is letters, digits and _, not beginning with a digit; got {name!r}")
    return f"{_OPEN}{name}{_CLOSE}"


def references(text: str) -> tuple[str, ...]:
    """Return the names of the secrets that `text` refers to, in the order of the text."""
    return tuple(match[1] for match in _REFERENCE.finditer(text) if match[1])


def split_references(text: str) -> list[str]:
    """Take `text` apart into references to secrets and what stands around them, in order."""
    return re.split(f"({_OPEN}[^{_OPEN}{_CLOSE}]+{_CLOSE})", text)


def _unchanged(text: str) -> str:
    return text


def fill(text: str, secrets: Mapping[str, str], encode: Callable[[str], str] = _unchanged) -> str:
    """Replace each reference in `text` by `encode` of its secret; half a reference vanishes.

    UnknownSecretError if one is not among `secrets`.
    """

    def secret(match: re.Match[str]) -> str:
        name = match[1]
        if not name:
            return ""
        if name not in secrets:
            raise UnknownSecretError(name, secrets)
        return encode(secrets[name])

    return _REFERENCE.sub(secret, text)


def mask_references(text: str) -> str:
    """Replace each reference in `text` by words that people may read: `[secret NAME]`."""
    return _REFERENCE.sub(lambda match: f"[secret {match[1]}]" if match[1] else "", text)


def clean(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return plain data from outside without the characters that frame a reference to a secret.

    Otherwise a server's answer, or a carrier's webhook, could make us send a secret elsewhere. Lone
    surrogates, which no encoding can write, become U+FFFD. Keys of mappings are cleaned too. TooDeepError if
    lists and mappings are nested deeper than `depth`.
    """
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub(_REPLACEMENT, _FOREIGN.sub("", value))
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise TooDeepError
    if isinstance(value, dict):
        return {clean(key): clean(inner, depth - 1) for key, inner in value.items()}
    return [clean(inner, depth - 1) for inner in value]
