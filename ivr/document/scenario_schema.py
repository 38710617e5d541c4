"""The JSON Schema of scenario files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.document.schema import DEFS

TEXT: Mapping[str, Any] = {"type": ["string", "number", "boolean"], "title": "text"}
DURATION = DEFS["duration"]
STEP_KEYS = ("hear", "press", "say", "wait", "at", "check", "hang_up")
STEP: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "oneOf": [{"required": [key]} for key in STEP_KEYS],
    "properties": {
        "hear": TEXT,
        "press": {
            "type": ["string", "integer"], "pattern": "^[0-9*#A-D]+$", "minimum": 0, "title": "keys of the telephone"
        },
        "say": TEXT,
        "wait": DURATION,
        "at": TEXT,
        "check": TEXT,
        "hang_up": {"const": True, "title": "true"},
        "after": DURATION,
    },
}  # fmt: skip
EXCHANGE: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["request"],
    "properties": {
        "request": {
            "type": "string",
            "pattern": r"^[A-Z]+ \S+$",
            "title": "a request such as GET http://crm.test/x",
        },
        "status": {"type": "integer", "minimum": 100, "maximum": 599},
        "body": {},
        "headers": {"type": "object", "additionalProperties": TEXT},
        "error": {"enum": ["timeout", "connect"]},
        "delay": DURATION,
    },
}
TEXTS: Mapping[str, Any] = {"type": "object", "additionalProperties": TEXT}
SCENARIO: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "steps"],
    "properties": {
        "name": TEXT,
        "description": TEXT,
        "flow": TEXT,
        "call": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "from": TEXT,
                "to": TEXT,
                "id": TEXT,
                "direction": {"enum": ["inbound", "outbound", "INBOUND", "OUTBOUND"]},
                "now": {"type": "string", "title": "an ISO 8601 time such as 2026-11-23T10:00:00+05:30"},
                "transfer": {"enum": ["busy", "no_answer", "unsupported"]},
            },
        },
        "env": TEXTS,
        "secret": TEXTS,
        "secrets": TEXTS,
        "http": {"type": "array", "items": EXCHANGE},
        "steps": {"type": "array", "items": STEP},
        "ends": TEXT,
    },
}
SHARED = ("flow", "call", "env", "secret", "secrets", "http")
"""What may stand at the top of a file, for every scenario that does not have it itself."""
FILE: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["scenarios"],
    "properties": {
        "description": TEXT,
        **{key: SCENARIO["properties"][key] for key in SHARED},
        "scenarios": {"type": "array", "items": SCENARIO},
    },
}


def scenario_file_schema() -> Mapping[str, Any]:
    """The whole schema, for editors: what `ivr schema --scenarios` prints."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ivr scenarios",
        "description": "Calls as they should go, for `ivr test`.",
        **FILE,
    }
