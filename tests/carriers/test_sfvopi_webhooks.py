"""SFVoPI's webhooks are read in every way they may come, and answered with a stream."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.carriers.facts import AnswerRequest, Direction, HangupReport, RingReport, WebhookError
from ivr.carriers.sfvopi import StreamSettings, answer_document, answer_request, hangup_report, ring_report

OUTBOUND = {
    "call_uuid": "call-uuid-1738491600-abc123",
    "request_uuid": "sfv_ob_req_a8k3m2x9p1z0",
    "from": "+918000000003",
    "to": "+918000000001",
    "direction": "OUTBOUND",
}
NAMES: tuple[str, str, str, Direction] = (
    "call-uuid-1738491600-abc123",
    "+918000000003",
    "+918000000001",
    "outbound",
)


def test_an_answer_webhook() -> None:
    fields = {**OUTBOUND, "call_status": "IN_PROGRESS", "answered_at": "2026-02-02T10:00:00.000Z"}
    assert answer_request(fields) == AnswerRequest(
        *NAMES, "IN_PROGRESS", "sfv_ob_req_a8k3m2x9p1z0", answered_at="2026-02-02T10:00:00.000Z"
    )


def test_an_inbound_call_has_no_request() -> None:
    request = answer_request({"call_uuid": "c-1", "from": "+911", "to": "+912", "direction": "INBOUND"})
    assert request == AnswerRequest("c-1", "+911", "+912", "inbound", "", "", answered_at="")


def test_either_name_of_the_answers_time_will_do() -> None:
    assert answer_request({"call_uuid": "c-1", "answer_at": "10:00"}).answered_at == "10:00"
    assert hangup_report({"call_uuid": "c-1", "answered_at": "10:00"}).answered_at == "10:00"


def test_a_plus_that_the_query_lost_is_put_back() -> None:
    request = answer_request({"call_uuid": "c-1", "from": " 918000000003", "to": 918000000001})
    assert (request.caller, request.called) == ("+918000000003", "918000000001")


def test_a_ring_webhook() -> None:
    assert ring_report({**OUTBOUND, "call_status": "RINGING"}) == RingReport(
        *NAMES, "RINGING", "sfv_ob_req_a8k3m2x9p1z0"
    )


def test_a_hangup_webhook() -> None:
    fields = {
        **OUTBOUND,
        "call_status": "COMPLETED",
        "duration": 300,
        "started_at": "2026-02-02T10:00:00.000Z",
        "answer_at": "2026-02-02T10:00:01.000Z",
        "ended_at": "2026-02-02T10:05:01.000Z",
        "hangup_cause": "16",
    }
    assert hangup_report(fields) == HangupReport(
        *NAMES,
        "COMPLETED",
        "sfv_ob_req_a8k3m2x9p1z0",
        duration=300,
        started_at="2026-02-02T10:00:00.000Z",
        answered_at="2026-02-02T10:00:01.000Z",
        ended_at="2026-02-02T10:05:01.000Z",
        cause="16",
    )


def test_a_hangup_webhook_of_texts_with_an_unknown_status_and_no_answer() -> None:
    report = hangup_report({"call_uuid": "c-1", "call_status": "ABDUCTED", "duration": "0", "hangup_cause": 17})
    assert (report.status, report.duration, report.cause, report.answered_at) == ("ABDUCTED", 0, "17", "")
    assert hangup_report({"call_uuid": "c-1", "duration": "a while"}).duration is None


@pytest.mark.parametrize("read", [answer_request, ring_report, hangup_report])
@pytest.mark.parametrize("call_uuid", [None, "", "  ", [], {}, True])
def test_without_a_calls_id_there_is_nothing_to_do(read: Any, call_uuid: object) -> None:
    fields = {"call_uuid": call_uuid, "to": "+91", "from": "+92", '{"x":"secret"}': ""}
    with pytest.raises(WebhookError, match=r"has no call_uuid, .* it came with call_uuid, from, to$"):
        read(fields)
    with pytest.raises(WebhookError, match=r"it came with nothing$"):
        read({})


def test_the_answer_states_codec_and_rate_and_hangs_up_by_closing() -> None:
    assert answer_document("wss://ivr.example.com/stream/t") == {
        "stream": {
            "url": "wss://ivr.example.com/stream/t",
            "codec": "PCMA",
            "sample_rate": 8000,
            "direction": "BOTH",
            "bidirectional": True,
            "stream_timeout": 86400,
            "keep_call_alive": False,
        }
    }


def test_the_answer_follows_the_settings() -> None:
    settings = StreamSettings(codec="L16", direction="INBOUND", stream_timeout=600, keep_call_alive=True)
    assert answer_document("wss://x", settings)["stream"] == {
        "url": "wss://x",
        "codec": "L16",
        "sample_rate": 8000,
        "direction": "INBOUND",
        "bidirectional": False,
        "stream_timeout": 600,
        "keep_call_alive": True,
    }


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"codec": "OPUS"}, "codec 'OPUS' is not offered; possible are PCMA, PCMU, L16"),
        ({"direction": "both"}, "direction 'both' is not offered; possible are BOTH, INBOUND, OUTBOUND"),
        ({"codec": "L16", "sample_rate": 16000}, "sample rate 16000 is not offered.*possible is 8000"),
        ({"stream_timeout": 0}, "stream timeout 0 is not offered; possible are 1 to 86400 seconds"),
        ({"stream_timeout": 86401}, "stream timeout 86401 is not offered"),
    ],
)
def test_settings_that_the_carrier_does_not_offer_are_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StreamSettings(**setting)
