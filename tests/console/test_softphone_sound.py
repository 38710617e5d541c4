"""The sound of the softphone: its codecs are those of the server, and its samples those that a line can carry."""

from __future__ import annotations

import struct

from playwright.sync_api import Page

from ivr.media import alaw


def test_codecs_are_those_of_the_server(page: Page) -> None:
    page.goto("/console/softphone")
    coded = """async (name) => {
        const {CODECS, fromBase64, toBase64} = await import("/console/static/alaw.js");
        const text = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
        const encoded = CODECS[name].encode(Int16Array.from({length: 65536}, (_, index) => index));
        const codes = Uint8Array.from({length: 256}, (_, code) => code);
        const decoded = CODECS[name].decode(name === "L16" ? encoded : codes);
        const small = encoded.slice(0, 160);
        return [text(encoded), text(CODECS.L16.encode(decoded)), text(fromBase64(toBase64(small))) === text(small)];
    }"""
    samples = linear(*range(32768), *range(-32768, 0))
    assert page.evaluate(coded, "PCMA") == [alaw.ENCODE_TABLE.hex(), linear(*alaw.DECODE_TABLE), True]
    assert page.evaluate(coded, "PCMU") == [alaw.MULAW_ENCODE_TABLE.hex(), linear(*alaw.MULAW_DECODE_TABLE), True]
    assert page.evaluate(coded, "L16") == [samples, samples, True]


def linear(*samples: int) -> str:
    """Samples of 16 bits, little-endian, in hexadecimal digits."""
    return struct.pack(f"<{len(samples)}h", *samples).hex()


def test_samples_come_to_the_line_without_those_that_it_can_not_carry(page: Page) -> None:
    page.goto("/console/softphone")
    loudness = """async ([from, to, hertz]) => {
        const {Resampler} = await import("/console/static/resampler.js");
        const resampler = new Resampler(from, to);
        const out = [];
        for (let at = 0; at < from / 2; at += 1) {
            resampler.take(Math.sin((2 * Math.PI * hertz * at) / from));
            while (!resampler.hungry) out.push(resampler.give());
        }
        const later = out.slice(out.length / 2);
        return [out.length, 10 * Math.log10((2 * later.reduce((all, each) => all + each * each, 0)) / later.length)];
    }"""
    for rate in (8000, 44100, 48000):
        for hertz in (300, 1000, 3000):
            for one, other in ((rate, 8000), (8000, rate)):
                count, decibels = page.evaluate(loudness, [one, other, hertz])
                assert abs(count - other / 2) <= other / one + 1
                assert abs(decibels) < 0.2
        if rate > 8000:
            assert page.evaluate(loudness, [rate, 8000, 4500])[1] < -60


def test_marks_are_told_when_all_before_them_was_heard_and_what_is_cleared_is_not_heard(page: Page) -> None:
    page.goto("/console/softphone")
    told = page.evaluate("""async () => {
        const {Loudspeaker} = await import("/console/static/loudspeaker.js");
        const loudspeaker = new Loudspeaker();
        const taken = (count) => Array.from({length: count}, () => loudspeaker.next()).at(-1);
        loudspeaker.latency = 40;
        loudspeaker.play(new Int16Array(100).fill(16384));
        loudspeaker.play(new Int16Array(60).fill(-32768));
        loudspeaker.mark("heard");
        const told = [taken(100), taken(60), loudspeaker.reached(), taken(39), loudspeaker.reached(), taken(1)];
        told.push(loudspeaker.reached());
        loudspeaker.play(new Int16Array(100).fill(16384));
        loudspeaker.mark("cleared");
        told.push(taken(1));
        loudspeaker.clear();
        loudspeaker.mark("at once");
        told.push(taken(200), loudspeaker.reached(), loudspeaker.played, loudspeaker.waiting);
        return told;
    }""")
    assert told == [0.5, -1, [], 0, [], 0, ["heard"], 0.5, 0, ["at once"], 161, 0]


def test_what_is_said_leaves_in_frames_and_silence_where_it_is_muted(page: Page) -> None:
    page.goto("/console/softphone")
    frames = page.evaluate("""async () => {
        const {Microphone} = await import("/console/static/microphone.js");
        const microphone = new Microphone();
        const frames = [];
        for (let at = 0; at < 400; at += 1) {
            if (at === 160) microphone.muted = true;
            const whole = microphone.take(at % 2 ? 2 : -0.5);
            if (whole) frames.push([whole.frame.length, whole.frame[0], whole.frame[1], whole.level > 0.9]);
        }
        return frames;
    }""")
    assert frames == [[160, -16383, 32767, True], [160, 0, 0, False]]
