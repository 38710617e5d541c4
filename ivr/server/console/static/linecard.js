// The end of a telephone line in the audio thread: what the caller says goes out in frames, what comes is heard.

import {Loudspeaker} from "./loudspeaker.js";
import {Microphone, level} from "./microphone.js";
import {Resampler} from "./resampler.js";

const LINE_RATE = 8000; // Samples a second.

/**
 * Both ways of a line, driven by the sound card alone: `run` is called for each block of samples (128 of them in an
 * AudioWorklet: 2.7 ms at 48 kHz), whether anybody speaks or not, and never waits.
 *
 * So frames leave every 20 ms of the sound card's time, which is what the carrier's network does too. Orders come
 * between two blocks: what is cleared is not heard any more from the next block on. What is told goes to the page's
 * thread, which may be late without harm, since nothing here waits for it.
 */
export class LineCard {
  #loudspeaker = new Loudspeaker();
  #microphone = new Microphone();
  #squares = 0;
  #count = 0;

  /** Work at the sound card's rate, and tell objects (with what of them is handed over) to the page. */
  constructor(rate, tell) {
    this.tell = tell;
    this.inward = new Resampler(rate, LINE_RATE);
    this.outward = new Resampler(LINE_RATE, rate);
  }

  /** Do what the page orders. */
  order({play, mark, clear, muted, latency}) {
    if (play) this.#loudspeaker.play(play);
    if (mark) this.#loudspeaker.mark(mark);
    if (clear) this.#clear();
    if (muted !== undefined) this.#microphone.muted = muted;
    if (latency !== undefined) this.#loudspeaker.latency = Math.round(latency * LINE_RATE);
  }

  /** Take a block of the microphone's samples (undefined without one), and fill one for the loudspeaker. */
  run(input, output) {
    for (let at = 0; at < output.length; at += 1) {
      output[at] = this.#sound();
      this.#hear(input ? input[at] : 0);
    }
    const reached = this.#loudspeaker.reached();
    if (reached.length) this.tell({reached});
  }

  #clear() {
    const dropped = this.#loudspeaker.waiting;
    this.#loudspeaker.clear();
    this.tell({dropped});
  }

  #sound() {
    while (this.outward.hungry) {
      const sample = this.#loudspeaker.next();
      this.#squares += sample * sample;
      this.#count += 1;
      this.outward.take(sample);
    }
    return this.outward.give();
  }

  #hear(sample) {
    this.inward.take(sample);
    while (!this.inward.hungry) {
      const whole = this.#microphone.take(this.inward.give());
      if (whole) this.#report(whole);
    }
  }

  #report({frame, level: said}) {
    const heard = level(this.#squares, this.#count);
    this.#squares = this.#count = 0;
    const {played, waiting} = this.#loudspeaker;
    this.tell({frame, said, heard, played, waiting}, [frame.buffer]);
  }
}
