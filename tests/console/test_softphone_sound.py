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
