// What the caller hears: a queue of samples that is played sample by sample, with marks in it.

const LOUDEST = 32768;

/**
 * A queue at 8 kHz. Its only clock is that of its owner, who takes one sample every 125 µs of the sound card's time.
 *
 * A sample that was taken still has the way to the ear before it: the buffers of browser, system and sound card, which
 * are `latency` samples long. So a mark is `reached` when all samples before it were taken, and as many more.
 */
export class Loudspeaker {
  /** Samples on their way to the ear. */
  latency = 0;
  /** Samples of audio taken so far, silence aside. */
  played = 0;
  /** Samples that wait. */
  waiting = 0;
  #taken = 0; // With silence: the time.
  #pieces = [];
  #at = 0; // In the first piece.
  #marks = []; // [what must have been played before, name]
  #told = []; // [when to tell, name]

  /** Queue samples of 16 bits behind all that waits. */
  play(samples) {
    if (samples.length) this.#pieces.push(samples);
    this.waiting += samples.length;
  }

  /** Have it told when all that waits now has been heard. */
  mark(name) {
    this.#marks.push([this.played + this.waiting, name]);
    this.#pass();
  }

  /** Drop all that waits, with its marks; what is on its way to the ear will be heard. */
  clear() {
    this.#pieces.length = this.#marks.length = this.#at = this.waiting = 0;
  }

  /** Take the next sample, from -1 to 1: silence where nothing waits. */
  next() {
    this.#taken += 1;
    if (!this.#pieces.length) return 0;
    const [piece] = this.#pieces;
    const sample = piece[this.#at++];
    if (this.#at === piece.length) {
      this.#pieces.shift();
      this.#at = 0;
    }
    this.played += 1;
    this.waiting -= 1;
    this.#pass();
    return sample / LOUDEST;
  }

  /** The marks that were heard since this was asked before, in order. */
  reached() {
    const names = [];
    while (this.#told.length && this.#told[0][0] <= this.#taken) names.push(this.#told.shift()[1]);
    return names;
  }

  #pass() {
    while (this.#marks.length && this.#marks[0][0] <= this.played) {
      this.#told.push([this.#taken + this.latency, this.#marks.shift()[1]]);
    }
  }
}
