"""Superfone's SFVoPI: its webhooks, and the eight messages of its audio stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from json import dumps
from typing import Literal, get_args

from ivr.carriers.audio_messages import audio_of, is_media, playing, playing_shared
from ivr.carriers.codecs import Codec, named, to_alaw
from ivr.carriers.facts import (
    KEYS,
    AnswerRequest,
    Cleared,
    Direction,
    Fact,
    HangupReport,
    Key,
    Marked,
    Media,
    Nonsense,
    RingReport,
    Said,
    Speaking,
    Started,
    Stopped,
    WebhookError,
)
from ivr.carriers.lenient import UnreadableError, base64_of, excerpt, number, object_of, phone_number, text
from ivr.media.frame import SAMPLE_RATE, Audio

StreamDirection = Literal["BOTH", "INBOUND", "OUTBOUND"]
"""Who is heard on the stream: both, only the caller, or only we."""

LONGEST_STREAM = 86_400
"""Seconds."""

LONGEST_SPEECH = 2_000
"""Characters that a caller who speaks in text may say at once."""

MOST_NAMES = 12
"""How many of the fields that came an error tells: more than any webhook has."""


def _one_of(name: str, value: str, possible: tuple[str, ...]) -> None:
    if value not in possible:
        raise ValueError(f"{name} {value!r} is not offered; possible are {', '.join(possible)}")


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What is asked of the carrier for a stream, and how it is spoken to.

    Raises ValueError for what the carrier does not offer, or what has no use, with what is possible.
    """

    codec: Codec = "PCMA"
    """The telephone network speaks A-law: it is passed through, all else is transcoded on the way."""
    sample_rate: int = SAMPLE_RATE
    direction: StreamDirection = "BOTH"
    stream_timeout: int = LONGEST_STREAM
    """Seconds after which the carrier ends the stream: as in its sample, because flows end by themselves."""
    keep_call_alive: bool = False
    """Whether the call goes on without its stream. The carrier's sample has true, and no page tells the
    meaning. Plivo, its model, ends the call with the stream where it is false; and to close the stream is all
    that we can do to end a call."""
    stream_id_in_play: bool = False
    """Whether `playAudio` names its stream: the carrier's sample does not, that of its relatives does."""

    def __post_init__(self) -> None:
        """Refuse what can't work, with what can."""
        _one_of("codec", self.codec, get_args(Codec))
        _one_of("direction", self.direction, get_args(StreamDirection))
        if self.sample_rate != SAMPLE_RATE:
            raise ValueError(
                f"sample rate {self.sample_rate} is not offered: the telephone network has {SAMPLE_RATE},"
                f" and more adds nothing; possible is {SAMPLE_RATE}"
            )
        if not 1 <= self.stream_timeout <= LONGEST_STREAM:
            raise ValueError(
                f"stream timeout {self.stream_timeout} is not offered; possible are 1 to {LONGEST_STREAM} seconds"
            )

    @property
    def can_play(self) -> bool:
        """Whether the caller can hear us."""
        return self.direction != "INBOUND"

    @property
    def can_listen(self) -> bool:
        """Whether we can hear the caller: if not, no media will come, and its absence means nothing."""
        return self.direction != "OUTBOUND"


DEFAULT_SETTINGS = StreamSettings()


def answer_request(fields: Mapping[str, object]) -> AnswerRequest:
    """Read the answer webhook from its fields, whether they came as JSON, as a form or in a query.

    Raises WebhookError where there is no `call_uuid`.
    """
    return AnswerRequest(*_call("answer", fields), answered_at=_answered_at(fields))


def ring_report(fields: Mapping[str, object]) -> RingReport:
    """Read the ring webhook, as `answer_request` does."""
    return RingReport(*_call("ring", fields))


def hangup_report(fields: Mapping[str, object]) -> HangupReport:
    """Read the hangup webhook, as `answer_request` does."""
    return HangupReport(
        *_call("hangup", fields),
        duration=number(fields.get("duration")),
        started_at=text(fields.get("started_at")),
        answered_at=_answered_at(fields),
        ended_at=text(fields.get("ended_at")),
        cause=text(fields.get("hangup_cause")),
    )


def answer_document(url: str, settings: StreamSettings = DEFAULT_SETTINGS) -> dict[str, object]:
    """Make the JSON that answers the answer webhook: open a stream to `url` (`wss://…`).

    Codec and rate are always stated, because the carrier's defaults have changed before.
    """
    return {
        "stream": {
            "url": url,
            "codec": settings.codec,
            "sample_rate": settings.sample_rate,
            "direction": settings.direction,
            # In Plivo's words: whether the stream also carries audio from us.
            "bidirectional": settings.can_play,
            "stream_timeout": settings.stream_timeout,
            "keep_call_alive": settings.keep_call_alive,
        }
    }


def transcript(who: Literal["ivr", "caller", "engine"], node: str, said: str) -> str:
    """Make the message that tells our own desk caller what was said, or decided, and at which node.

    `said` must be fit to be shown. No carrier knows this message: send it only where `Started.desk` is set.
    """
    return dumps({"event": "transcript", "who": who, "node": node, "text": said})


def at_node(node: str) -> str:
    """Make the message that tells our own desk caller that the call has come to a node; send it as `transcript`."""
    return dumps({"event": "node", "node": node})


@dataclass(slots=True)
class Stream:
    """One connection of the carrier's: reads its messages, and writes ours.

    A reconnection is a new object. Between messages it remembers only what the wire needs: the stream's id,
    and the last key's message, to tell a repeated one.
    """

    settings: StreamSettings = DEFAULT_SETTINGS
    stream_id: str = ""
    """As the carrier's start message has it; empty before."""
    in_text: bool = False
    """Whether the start message has said that what the caller says comes as text: only our own desk does that."""
    _started: Started | None = field(default=None, repr=False)
    """What the first start message said."""
    _last_press: tuple[str, str, str] | None = field(default=None, repr=False)
    """Sequence number, time and keys of the last dtmf message."""

    def parse(self, message: str | bytes) -> tuple[Fact, ...]:
        """Read one message, whatever it holds; what means nothing comes back as `Nonsense`.

        A binary message is read as text: SFVoPI documents none.
        """
        try:
            if isinstance(message, str) and is_media(message):
                audio = audio_of(message, self.settings.codec)
                if audio is not None:
                    return (Media(audio),)
            return self._facts(object_of(message), message)
        except UnreadableError as fault:
            return (Nonsense(str(fault), excerpt(message)),)

    def play(self, audio: Audio, *, shared: bool = False) -> str:
        """Make the command that plays A-law at 8 kHz behind all that was sent before.

        What is `shared` by calls is encoded once. Raises ValueError where the stream's direction is INBOUND, so that
        the caller can't hear us.
        """
        if not self.settings.can_play:
            raise ValueError("an INBOUND stream plays nothing; ask StreamSettings.can_play first")
        stream = f'"streamId":{dumps(self.stream_id)},' if self.settings.stream_id_in_play else ""
        rest = (playing_shared if shared else playing)(audio, self.settings.codec)
        return f'{{"event":"playAudio",{stream}{rest}'

    def clear(self) -> str:
        """Make the command that drops all the caller has not heard yet."""
        return dumps({"event": "clearAudio", **self._identity()})

    def checkpoint(self, name: str) -> str:
        """Make the command that asks to be told, by `Marked`, when all audio sent before has been heard."""
        return dumps({"event": "checkpoint", **self._identity(), "name": name})

    def _identity(self) -> dict[str, str]:
        return {"streamId": self.stream_id} if self.stream_id else {}

    def _facts(self, message: Mapping[str, object], raw: str | bytes) -> tuple[Fact, ...]:
        match message.get("event"):
            case "media":
                return (self._media(message),)
            case "dtmf":
                return self._keys(message, raw)
            case "start":
                return (self._start(message),)
            case "speech" if self.in_text:
                return (_speech(message),)
            case "playedStream":
                return (_marked(message),)
            case "clearedAudio":
                return (Cleared(),)
            case "stop":
                return (Stopped(),)
            case _:
                raise UnreadableError(
                    "an unknown event: expected start, media, dtmf, playedStream, clearedAudio or stop"
                )

    def _start(self, message: Mapping[str, object]) -> Started:
        """Read ids from the top level, as SFVoPI has them, or from `start`, as its model Plivo has.

        A connection is one stream, so what a second start says of it changes nothing.
        """
        if self._started is not None:
            return self._started
        nested = _object(message.get("start"))
        self.stream_id = text(message.get("streamId")) or text(nested.get("streamId"))
        call_id = text(message.get("callId")) or text(nested.get("callId"))
        desk = message.get("desk") is True or nested.get("desk") is True
        self.in_text = desk and message.get("speaks") == "text"
        self._started = Started(self.stream_id, call_id, desk, self.in_text)
        return self._started

    def _media(self, message: Mapping[str, object]) -> Media:
        """Read audio by what the frame itself says of its format, else by what was asked for."""
        media = _object(message.get("media"))
        payload = media.get("payload")
        if not isinstance(payload, str):
            raise UnreadableError("media without a payload: expected base64 in media.payload")
        content_type = text(media.get("contentType"))
        codec, rate = named(content_type) if content_type else (self.settings.codec, None)
        rate_told = number(media.get("sampleRate")) or rate or self.settings.sample_rate
        return Media(to_alaw(base64_of(payload), codec, rate_told))

    def _keys(self, message: Mapping[str, object], raw: str | bytes) -> tuple[Fact, ...]:
        """Read keys wherever they may stand: the body of this message is not documented."""
        pressed = _pressed(message).upper()
        if not pressed:
            raise UnreadableError("dtmf without a key: expected one of 0-9 * # A-D in dtmf.digit")
        sequence = text(message.get("sequenceNumber"))
        time = text(_object(message.get("dtmf")).get("timestamp")) or text(message.get("timestamp"))
        press = (sequence, time, pressed)
        # Two equal keys are two presses, unless the carrier's own counter or clock says otherwise.
        if (sequence or time) and press == self._last_press:
            raise UnreadableError("dtmf that came before, with the same sequenceNumber and timestamp")
        self._last_press = press
        facts: tuple[Fact, ...] = tuple(Key(key) for key in pressed if key in KEYS)
        if len(facts) < len(pressed):
            facts += (Nonsense("dtmf with characters that are no keys: expected 0-9 * # A-D", excerpt(raw)),)
        return facts


def _marked(message: Mapping[str, object]) -> Marked:
    name = text(message.get("name"))
    if not name:
        raise UnreadableError("playedStream without a name")
    return Marked(name)


def _speech(message: Mapping[str, object]) -> Speaking | Said:
    match message.get("state"):
        case "began":
            return Speaking()
        case "ended":
            return Said(text(message.get("text"), LONGEST_SPEECH))
        case _:
            raise UnreadableError("speech that neither began nor ended: expected one of these in state")


def _pressed(message: Mapping[str, object]) -> str:
    dtmf = message.get("dtmf")
    for place in (_object(dtmf), message):
        for name in ("digit", "digits", "key"):
            if found := text(place.get(name)):
                return found
    return text(dtmf)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _call(webhook: str, fields: Mapping[str, object]) -> tuple[str, str, str, Direction, str, str]:
    """Read what every webhook has, in the order of `Webhook`."""
    call_id = text(fields.get("call_uuid"))
    if not call_id:
        came = ", ".join(sorted(name for name in map(text, fields) if name.isidentifier())[:MOST_NAMES])
        raise WebhookError(
            f"the {webhook} webhook has no call_uuid, which tells the call; it came with {came or 'nothing'}"
        )
    direction: Direction = "outbound" if text(fields.get("direction")).lower() == "outbound" else "inbound"
    return (
        call_id,
        phone_number(fields.get("from")),
        phone_number(fields.get("to")),
        direction,
        text(fields.get("call_status")),
        text(fields.get("request_uuid")),
    )


def _answered_at(fields: Mapping[str, object]) -> str:
    """Read the time of the answer, which two pages of the carrier name differently."""
    return text(fields.get("answered_at")) or text(fields.get("answer_at"))
