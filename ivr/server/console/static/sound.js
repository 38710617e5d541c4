// The sound card: microphone and loudspeaker of a call, as far as the browser gives them, on one clock.

import {LineCard} from "./linecard.js";

const WANTED = {audio: {echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1}};
const ONE_CHANNEL = {channelCount: 1, channelCountMode: "explicit", outputChannelCount: [1]};
const BLOCK = 512; // Samples, where there is no AudioWorklet: 11 ms at 48 kHz.
const START_MS = 4000; // Sound cards that sleep take a second or two.

const REFUSALS = {
  NotAllowedError: "the browser was not allowed to use it; allow it for this page beside the address, and call again",
  NotFoundError: "this machine has none",
  NotReadableError: "another program has it, or the system does not give it",
};
const INSECURE = "browsers give it only to pages over https, or on localhost";

/** Why there is no microphone, and what to do about it. */
function why(error) {
  const told = window.isSecureContext ? REFUSALS[error.name] : INSECURE;
  return `No microphone: ${told ?? error.message}. The call goes by keys; the line hears silence.`;
}

/** Fails after so many milliseconds: browsers wait without end for a loudspeaker, or for a click on the page. */
async function late(milliseconds) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  throw new Error("the browser plays no sound here; is there a loudspeaker?");
}

/** The microphone's stream; an Error where there is none. */
async function microphone() {
  if (!navigator.mediaDevices) throw new Error("this browser gives pages none");
  return navigator.mediaDevices.getUserMedia(WANTED);
}

/** What orders go to; the line's end in the audio thread, or on pages that may have none in this one. */
async function line(context, tell) {
  if (context.audioWorklet) {
    await context.audioWorklet.addModule("/console/static/worklet.js");
    const node = new AudioWorkletNode(context, "line", ONE_CHANNEL);
    node.port.onmessage = ({data}) => tell(data);
    return {node, order: (order) => node.port.postMessage(order)};
  }
  const node = context.createScriptProcessor(BLOCK, 1, 1);
  const card = new LineCard(context.sampleRate, tell);
  node.onaudioprocess = ({inputBuffer, outputBuffer}) =>
    card.run(inputBuffer.getChannelData(0), outputBuffer.getChannelData(0));
  return {node, order: (order) => card.order(order)};
}

/** The sound card while a call goes on. */
export class Sound {
  /** Why there is no microphone, in a sentence; empty with one. */
  missing = "";

  /**
   * Open it, which must be asked for by a key or a click; frames and marks are told from then on.
   *
   * `tell` gets what a LineCard tells; `lost` a sentence, once the microphone is gone.
   */
  static async open(tell, lost) {
    const sound = new Sound();
    // At the sound card's own rate: at 8 kHz Chromium takes 24 ms longer, lets 1% of 5 kHz through, and others refuse.
    sound.context = new AudioContext({latencyHint: "interactive"});
    sound.stream = await microphone().catch((error) => {
      sound.missing = why(error);
      return null;
    });
    await sound.#connect(tell).catch((error) => {
      sound.close();
      throw error;
    });
    for (const track of sound.stream?.getTracks() ?? []) {
      track.onended = () => lost(why(new Error("it was taken away")));
    }
    return sound;
  }

  async #connect(tell) {
    const {node, order} = await line(this.context, tell);
    this.order = order;
    if (this.stream) this.context.createMediaStreamSource(this.stream).connect(node);
    node.connect(this.context.destination);
    await Promise.race([this.context.resume(), late(START_MS)]);
  }

  /** Seconds between a sample that leaves the audio thread and the ear, as far as the browser tells. */
  get latency() {
    return (this.context.baseLatency ?? 0) + (this.context.outputLatency ?? 0);
  }

  /** Let go of everything; where nothing ever sounded, a browser may take for ever to do so. */
  close() {
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.context.close();
  }
}
