// What the caller says: samples that become frames of 20 ms, and how loud they are.

/** Samples of a frame, at 8 kHz. */
export const FRAME = 160;
const LARGEST = 32767;
const QUIETEST_DB = -60;

/** How loud samples from -1 to 1 are, from 0 (at most -60 dB of full scale, or nothing) to 1, given their squares' sum. */
export function level(squares, count) {
  const decibels = 10 * Math.log10(squares / Math.max(count, 1) || 1e-12);
  return Math.min(1, Math.max(0, 1 - decibels / QUIETEST_DB));
}

/** Collects samples into frames; its clock is that of the samples: the 160th of them ends a frame. */
export class Microphone {
  /** Whether frames are silent whatever is said. */
  muted = false;
  #frame = new Int16Array(FRAME);
  #filled = 0;
  #squares = 0;

  /** Take a sample from -1 to 1; with the last one of a frame comes the frame and its level, else null. */
  take(sample) {
    const heard = this.muted ? 0 : Math.max(-1, Math.min(1, sample));
    this.#frame[this.#filled++] = Math.round(heard * LARGEST);
    this.#squares += heard * heard;
    if (this.#filled < FRAME) return null;
    const whole = {frame: this.#frame, level: level(this.#squares, FRAME)};
    this.#frame = new Int16Array(FRAME);
    this.#filled = this.#squares = 0;
    return whole;
  }
}
