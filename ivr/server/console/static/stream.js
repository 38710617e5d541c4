// The carrier's end of SFVoPI's audio stream, in the browser: writes what a carrier writes, reads what a server does.

import {CODECS, fromBase64, toBase64} from "./alaw.js";

const RATE = 8000;
const NORMAL = 1000; // RFC 6455, 7.4.1, as the next one.
const PROTOCOL_ERROR = 4002; // 1002 is not a page's to send, but what it means in the range for pages.
const WAITS_MS = [1000, 2000, 4000]; // From a break, or the attempt before, to each attempt (SFVoPI's overview).
const MOST_UNSENT = 16_000; // Bytes: about a second of frames.
const DIRECTIONS = {BOTH: "BI", INBOUND: "IN", OUTBOUND: "OUT"};
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Of a ULID.

const letter = (number) => LETTERS[number % LETTERS.length];
const identity = () => Array.from(crypto.getRandomValues(new Uint8Array(26)), letter).join("");

/** What is wrong with an offer of a stream, in words; empty if nothing is. */
export function unfit({codec, sample_rate: rate, direction}) {
  if (!CODECS[codec]) return `The server offers audio in ${codec}; this page has ${Object.keys(CODECS).join(", ")}.`;
  if (rate !== RATE) return `The server offers ${rate} samples a second; this page has ${RATE}.`;
  return DIRECTIONS[direction] ? "" : `The server offers a stream in the direction ${direction}, which is none.`;
}

/** The address of an offered stream, on the host that the page came from, whatever name the server has elsewhere. */
function addressOf(url) {
  const address = new URL(url, location.href);
  [address.protocol, address.host] = [location.protocol === "https:" ? "wss:" : "ws:", location.host];
  return address.href;
}

/**
 * One stream, over one connection after the other, until one of them is closed in order.
 *
 * It has no clock but for the way back after a break: frames leave when the sound card has filled them, and what comes
 * is handed on as it comes. `told` has a function for each thing that can happen: play(samples), mark(name), clear(),
 * transcript({who, node, text}), node(place), broken(code), back(), and ended({by, code, opened}), which is the last one.
 */
export class Stream {
  #socket = null; // None before, between connections and after the end.
  #attempts = 0;
  #opened = false;
  #left = false;
  #fault = false;
  #timer = 0;

  constructor({url, codec, direction}, callId, told) {
    this.codec = CODECS[codec];
    this.speaks = direction !== "OUTBOUND";
    this.address = addressOf(url);
    this.callId = callId;
    this.streamId = `SFV_STRM_${DIRECTIONS[direction]}_${identity()}`;
    this.told = told;
    this.#connect();
  }

  /** Send a frame of samples of 16 bits; lost where there is no connection, or one that is a second behind. */
  say(frame) {
    if (!this.speaks || (this.#socket?.bufferedAmount ?? 0) > MOST_UNSENT) return;
    const payload = toBase64(this.codec.encode(frame));
    this.#send("media", {media: {payload, contentType: this.codec.contentType, sampleRate: RATE}});
  }

  /** Press a key. */
  press(digit) {
    this.#send("dtmf", {dtmf: {digit}});
  }

  /** All before a mark was heard. */
  played(name) {
    this.#send("playedStream", {name});
  }

  /** What was to be played was dropped. */
  cleared() {
    this.#send("clearedAudio", {});
  }

  /** Hang up. */
  hangUp() {
    this.#left = true;
    clearTimeout(this.#timer);
    if (this.#socket) this.#socket.close(NORMAL);
    else this.told.ended({by: "caller", code: NORMAL, opened: this.#opened});
  }

  #send(event, fields) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({event, streamId: this.streamId, ...fields}));
  }

  #connect() {
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    socket.onopen = () => {
      this.#send("start", {callId: this.callId, desk: true});
      if (this.#opened) this.told.back();
      [this.#opened, this.#attempts] = [true, 0];
    };
    socket.onmessage = ({data}) => this.#take(data);
    socket.onclose = ({code}) => this.#closed(code);
  }

  /** The call is over, or the carrier comes back. */
  #closed(code) {
    this.#socket = null;
    const over = this.#left || this.#fault || code === NORMAL || !this.#opened;
    if (over || this.#attempts === WAITS_MS.length) {
      this.told.ended({by: this.#left ? "caller" : "ivr", code, opened: this.#opened});
      return;
    }
    if (!this.#attempts) this.told.broken(code);
    this.#timer = setTimeout(() => this.#connect(), WAITS_MS[this.#attempts]);
    this.#attempts += 1;
  }

  #take(data) {
    const message = this.#read(data);
    switch (message?.event) {
      case "playAudio":
        this.told.play(this.codec.decode(fromBase64(message.media.payload)));
        break;
      case "clearAudio":
        this.told.clear();
        break;
      case "checkpoint":
        this.told.mark(message.name);
        break;
      case "transcript":
        this.told.transcript(message);
        break;
      case "node":
        this.told.node(message.node);
        break;
      default:
        this.#fault = true;
        this.#socket.close(PROTOCOL_ERROR, "no command of SFVoPI");
    }
  }

  /** A message; null for what no carrier would understand. */
  #read(data) {
    try {
      const message = JSON.parse(data);
      const known = message.event !== "playAudio" || message.media.contentType === this.codec.contentType;
      return known ? message : null;
    } catch {
      return null;
    }
  }
}
