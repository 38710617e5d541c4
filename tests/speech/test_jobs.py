"""Jobs on the pipe, and the keys of their results."""

from __future__ import annotations

import pytest

from ivr.core.segments import Voice
from ivr.speech.jobs import LENGTH, Convert, Job, Say, decode, encode, key

HELLO = Say("Hello", "en-US", Voice())


@pytest.mark.parametrize("job", [HELLO, Say("ह\ud800\x00", "hi-IN", Voice("x", 120, 0.5)), Convert("/a b.wav", "ff")])
def test_a_job_arrives_as_it_was_sent(job: Job) -> None:
    sent = encode(job)
    assert LENGTH.unpack(sent[: LENGTH.size]) == (len(sent) - LENGTH.size,)
    assert decode(sent[LENGTH.size :]) == job


def test_all_that_decides_the_sound_decides_the_key() -> None:
    jobs: list[Job] = [
        HELLO,
        Say("Hullo", "en-US", Voice()),
        Say("Hello", "en-GB", Voice()),
        Say("Hello", "en-US", Voice(rate=166)),
        Say("Hello", "en-US", Voice(volume=0.9)),
        Say("Hello", "en-US", Voice(name="gmw/en")),
        Convert("a.wav", "00"),
        Convert("a.wav", "01"),
    ]
    assert len({key(job) for job in jobs}) == len(jobs)


def test_the_same_recording_under_another_name_has_the_same_key() -> None:
    assert key(Convert("a.wav", "00")) == key(Convert("b.wav", "00"))
