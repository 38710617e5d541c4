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
from ivr.media.playout import CHUNK_BYTES, CHUNK_MS, LEAD_MS

KEY_S = 4.0
"""From a key to the next one, each pressed into a prompt."""
PROMPT_S = 1.5
SILENCE_S = 2.0
"""From the end of a prompt to the same prompt again, which is then heard for half a second: with `KEY_S`, prompts
play half of the time."""
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
    audio = prompt()
    pieces = (audio[start : start + CHUNK_BYTES] for start in range(0, len(audio), CHUNK_BYTES))
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


def for_node() -> str:
    """All of it as JSON, for a server that is no Python."""
    return json.dumps(
        {"messages": messages(), "chunkMs": CHUNK_MS, "leadMs": LEAD_MS, "silenceMs": round(SILENCE_S * 1000)}
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
