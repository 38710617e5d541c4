"""What is said and pressed in every call of the benchmark, whichever server answers it."""

from __future__ import annotations

import base64
import io
import json
import random
import wave
from pathlib import Path

from ivr.media import alaw
from ivr.media.frame import SAMPLE_RATE

KEY_S = 4.0
"""From a key to the next one, each pressed into a prompt."""
PROMPT_S = 1.5
SILENCE_S = 2.0
"""From the end of a prompt to the same prompt again, which is then heard for half a second: with `KEY_S`, prompts
play half of the time."""
CHUNK_MS = 200
"""Audio in one message, as `ivr` sends it."""
LEAD_MS = 400
"""How far ahead of real time it is sent, again as `ivr` does."""
LOOKUP_EVERY = 5
"""So many keys lead to one lookup."""

FLOW = """
default: true
start: balance
variables: {name: ""}
defaults: {timeout: 2s, no_input: {audio: prompt.wav, text: Please press a key.}}
nodes:
  balance:
    type: menu
    prompt: {audio: prompt.wav, text: For your account press 1. To hear your name press 2.}
    choices:
      - {press: 1, next: account}
      - {press: 2, next: lookup}
  account:
    type: menu
    prompt: {audio: prompt.wav, text: For your balance press 1. To hear your name press 2.}
    choices:
      - {press: 1, next: balance}
      - {press: 2, next: lookup}
  lookup:
    type: http
    method: POST
    url: "{{ env.LOOKUP_URL }}/lookup"
    json: {call: "{{ call.id }}", name: "{{ name }}"}
    save: {name: body.name}
    on_error: sorry
    next: balance
  sorry: {type: hangup, prompt: {audio: prompt.wav, text: Sorry.}, reason: error}
"""


def prompt() -> bytes:
    """Make the prompt, A-law at 8 kHz: noise, which compresses and repeats as little as speech."""
    return random.Random(0).randbytes(round(PROMPT_S * SAMPLE_RATE))


def messages() -> list[str]:
    """Make the messages that play the prompt, of the size that `ivr` sends them in."""
    audio, size = prompt(), CHUNK_MS * SAMPLE_RATE // 1000
    pieces = (audio[start : start + size] for start in range(0, len(audio), size))
    return [
        json.dumps(
            {
                "event": "playAudio",
                "media": {
                    "payload": base64.b64encode(piece).decode(),
                    "contentType": "audio/PCMA",
                    "sampleRate": SAMPLE_RATE,
                },
            },
            separators=(",", ":"),
        )
        for piece in pieces
    ]


def as_json() -> str:
    """Give all of it to a server that runs elsewhere; `samples` are linear, of 16 bits, in base64."""
    return json.dumps(
        {
            "messages": messages(),
            "samples": base64.b64encode(alaw.decode(prompt())).decode(),
            "chunkMs": CHUNK_MS,
            "leadMs": LEAD_MS,
            "silenceMs": round(SILENCE_S * 1000),
        }
    )


def write_flow(folder: Path) -> None:
    """Write the flow and its recording into a folder."""
    (folder / "audio_prompts").mkdir(parents=True)
    (folder / "menu.yaml").write_text(FLOW)
    recording = io.BytesIO()
    with wave.open(recording, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(alaw.decode(prompt()))
    (folder / "audio_prompts" / "prompt.wav").write_bytes(recording.getvalue())
