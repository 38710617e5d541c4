"""When a call is to be woken: deadlines to the millisecond, audio at moments that all calls share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr.calls.attendance import AUDIO_MS
from ivr.core.flow import Flow
from tests.calls.conftest import Dial

FLOW = "{start: bye, nodes: {bye: {type: hangup}}}"


async def test_audio_is_sent_at_shared_moments_and_deadlines_are_kept_exactly(
    dial: Dial, flow_of: Callable[..., Flow]
) -> None:
    driver = dial(flow_of(FLOW))

    def wakes_at(audio: int | None, deadline: int | None) -> int:
        when = driver.attendance.wakes_at(replace(driver.session, deadline=deadline), audio, connected=True)
        assert when is not None
        return when

    began = wakes_at(None, 0)
    for time in range(100, 100 + 2 * AUDIO_MS):
        assert wakes_at(None, time) == began + time
        assert wakes_at(time, None) % AUDIO_MS == 0
        assert 0 <= wakes_at(time, None) - (began + time) < AUDIO_MS
        assert wakes_at(time, 50) == began + 50
    assert driver.attendance.wakes_at(replace(driver.session, phase="done"), 100, connected=True) is None
