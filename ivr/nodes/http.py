"""`http`: looks something up, or tells somebody, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NoReturn, Self, get_args
from urllib.parse import quote

from ivr.core.echoes import marked, tells
from ivr.core.effects import Fetch, Method
from ivr.core.events import DeadlinePassed, LookupAnswered, LookupFailed, PlaybackEnded, Reconnected, Told
from ivr.core.expressions import Expression, ExpressionError
from ivr.core.fields import Fields
from ivr.core.filling import Pattern, filled
from ivr.core.filling import expressions as expressions_in
from ivr.core.mishap import Mishap
from ivr.core.node import Exit, Node
from ivr.core.prompts import Prompt
from ivr.core.stimulus import Stimulus, answered, unanswered
from ivr.core.templates import Template, printed
from ivr.core.tries import RETRIED, SERVER_ERRORS, WAITING_MS, Trying, due, next_at, postponed, sent
from ivr.core.turn import Turn
from ivr.core.values import TooDeepError, clean, references, reveal, split_references

SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Http(Node):
    """One lookup."""

    kind: ClassVar[str] = "http"
    after_call: ClassVar[bool] = True
    needs_prompts: ClassVar[bool] = False
    schema: ClassVar[Mapping[str, Any]] = {
        "description": "Sends one HTTP request and keeps what it answers.",
        "required": ["url"],
        "properties": {
            "method": {"enum": list(get_args(Method)), "default": "GET"},
            "url": {
                "$ref": "#/$defs/template",
                "description": "A template at the very start is used as it is; others are percent-encoded.",
                "examples": ["{{ env.CRM_URL }}/accounts/{{ account }}"],
            },
            "headers": {"$ref": "#/$defs/texts"},
            "query": {"$ref": "#/$defs/texts"},
            "json": {"description": "A JSON body: any data, with templates in its texts."},
            "form": {"$ref": "#/$defs/texts"},
            "timeout": {"$ref": "#/$defs/duration", "default": "5s", "description": "For each try."},
            "retries": {
                "type": "integer",
                "minimum": 0,
                "maximum": 10,
                "default": 0,
                "description": "Further tries after no connection, no answer in time, or a 5xx.",
            },
            "waiting": {
                "$ref": "#/$defs/prompt",
                "description": "Heard in a loop if the answer takes over a second.",
            },
            "save": {
                "$ref": "#/$defs/save",
                "description": "Variables to assign from `status`, `headers` and `body`, all or none.",
                "examples": [{"balance": "body.balance"}],
            },
            "on_status": {
                "type": "object",
                "propertyNames": {"pattern": "^[1-5][0-9][0-9]$", "title": "a status such as 404"},
                "additionalProperties": {"$ref": "#/$defs/node"},
                "description": "Where single statuses lead.",
                "examples": [{"404": "not_found"}],
            },
        },
        "not_both": ["json", "form"],
    }

    method: Method
    url: Template
    headers: Mapping[str, Pattern]
    query: Mapping[str, Pattern]
    json: Pattern
    form: Mapping[str, Pattern] | None
    timeout: int
    retries: int
    waiting: Prompt
    save: Mapping[str, Expression]
    on_status: Mapping[int, str]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from its keys."""
        statuses = fields.raw.get("on_status", {})
        return cls(
            **fields.common(),
            method=fields.raw.get("method", "GET"),
            url=fields.template("url"),
            headers=fields.mapping("headers"),
            query=fields.mapping("query"),
            json=fields.values("json"),
            form=fields.mapping("form") if "form" in fields.raw else None,
            timeout=fields.duration("timeout", 5_000),
            retries=fields.raw.get("retries", 0),
            waiting=fields.prompt("waiting"),
            save=fields.save(("status", "headers", "body")),
            on_status={
                int(status): fields.reading.refer("node", node, fields.at("on_status", status))
                for status, node in statuses.items()
            },
        )

    # Sending

    def enter(self, turn: Turn) -> None:
        """Send the first try."""
        key = f"{turn.call.token}-{turn.number()}"
        self._send(turn, Trying(key=key, wait_at=turn.at + WAITING_MS if self.waiting else None))

    def _send(self, turn: Turn, trying: Trying) -> None:
        lookup = turn.number()
        turn.fetching = lookup
        turn.ask(self._request(turn, lookup, trying.key))
        trying = sent(trying, turn.at, self.timeout)
        turn.explain(f"try {trying.tries} of {self.retries + 1} is sent")
        self._keep_on(turn, trying)

    def _request(self, turn: Turn, lookup: int, key: str) -> Fetch:
        scope = turn.scope()
        try:
            return Fetch(
                lookup,
                key,
                self.method,
                self.url.text(scope, encode=_encoded).value.strip(),
                self.timeout,
                headers={name: _text(value) for name, value in filled(self.headers, scope).items()},
                query={name: _text(value) for name, value in filled(self.query, scope).items()},
                json=reveal(filled(self.json, scope)),
                form=None
                if self.form is None
                else {name: _text(value) for name, value in filled(self.form, scope).items()},
            )
        except ExpressionError as error:
            raise Mishap("template", str(error)) from None

    def _keep_on(self, turn: Turn, trying: Trying) -> None:
        """Remember, and be woken by whichever of the three times comes first."""
        turn.remember(trying)
        turn.deadline = next_at(trying)

    # What comes back

    def handle(self, turn: Turn, event: Told) -> None:
        """Take the answer, try again, or keep the caller company."""
        trying = turn.recall(Trying)
        match event:
            case LookupAnswered(status=status) if status in SERVER_ERRORS and status not in self.on_status:
                self._failed(turn, trying, "status", f"the server answered {status}", again=True)
            case LookupAnswered():
                turn.hush()
                self._answered(turn, event)
            case LookupFailed(fault=fault, message=message):
                self._failed(turn, trying, fault, message, again=fault in RETRIED)
            case DeadlinePassed():
                self._woken(turn, trying)
            case PlaybackEnded():
                turn.play(self.waiting)
            case Reconnected():
                self._keep_on(turn, replace(trying, wait_at=turn.at if self.waiting else None))
            case _:
                super(Http, self).handle(turn, event)

    def _woken(self, turn: Turn, trying: Trying) -> None:
        match due(trying, turn.at):
            case "give_up":
                turn.fetching = None
                self._failed(turn, trying, "timeout", "no answer came in time", again=True)
            case "send":
                self._send(turn, trying)
            case "company":
                self._keep_on(turn, replace(trying, wait_at=None))
                turn.play(self.waiting)

    def _failed(self, turn: Turn, trying: Trying, kind: str, message: str, *, again: bool) -> None:
        if not again or trying.tries > self.retries:
            turn.hush()
            self._fail(turn, kind, message)
        trying = postponed(trying, turn.at)
        turn.explain(f"{kind}: {message}; once more in {(trying.retry_at or turn.at) - turn.at} ms")
        self._keep_on(turn, trying)

    def _answered(self, turn: Turn, event: LookupAnswered) -> None:
        if event.status in self.on_status:
            turn.explain(f"the server answered {event.status}", "failed")
            turn.leave(self.on_status[event.status], f"on_status.{event.status}")
        elif event.status not in SUCCESS:
            self._fail(turn, "status", f"the server answered {event.status}")
        else:
            self._save(turn, event)
            turn.explain(f"the server answered {event.status}", "found")
            turn.leave(self.next)

    def _save(self, turn: Turn, event: LookupAnswered) -> None:
        try:
            answer = {"status": event.status, "headers": clean(dict(event.headers)), "body": clean(event.body)}
            scope = turn.scope(answer)
            values = {name: each.evaluate(scope) for name, each in self.save.items()}
        except (ExpressionError, TooDeepError) as error:
            told = str(error)
            self._fail(turn, "body", "the answer can't be saved" if tells(told, turn.stack) else told)
        turn.assign(marked(values, turn.stack))

    def _fail(self, turn: Turn, kind: str, message: str) -> NoReturn:
        turn.explain("", "failed")
        raise Mishap(kind, message) from None

    # Facts for the linter

    def stimuli(self, turn: Turn) -> tuple[Stimulus, ...]:
        """An answer, each status that leads elsewhere, and none at all."""
        if turn.fetching is None:
            return ()
        elsewhere = (answered(status, f"let the lookup answer {status}", "failed") for status in self.on_status)
        return answered(SUCCESS.start, "let the lookup answer", "found"), *elsewhere, unanswered(self.retries + 1)

    def exits(self) -> tuple[Exit, ...]:
        """A way out for each status that has one."""
        statuses = (
            Exit(f"on_status.{status}", node, ("on_status", str(status))) for status, node in self.on_status.items()
        )
        return (*statuses, *super(Http, self).exits())

    def prompts(self) -> tuple[Prompt, ...]:
        """The waiting prompt."""
        return (self.waiting,)

    def expressions(self) -> tuple[Expression, ...]:
        """Those of the request and of what is saved."""
        request = (self.url, dict(self.headers), dict(self.query), self.json, dict(self.form or {}))
        return (*(each for part in request for each in expressions_in(part)), *self.save.values())

    def writes(self) -> tuple[str, ...]:
        """What is saved."""
        return tuple(self.save)


def _encoded(text: str) -> str:
    """Percent-encode (RFC 3986); references to secrets are left for the sender, who encodes what they stand for."""
    return "".join(part if references(part) else quote(part, safe="") for part in split_references(text))


def _text(value: Any) -> str:
    return printed(reveal(value))
