// How loud a side of the line is, as a bar, and in a word for those who can't see it.

const EVERY = 5; // Frames: ten times a second is as much as an eye wants.
const WORD_EVERY = 50; // Frames: a word a second.
const HEARD = 0.25; // Above -45 dB of full scale.

/** A meter in an element that has a bar and a word. */
export class Meter {
  #frames = 0;
  #loudest = 0;
  #loudestSince = 0;

  constructor(root) {
    [this.bar, this.word] = [root.querySelector("meter"), root.querySelector("[data-word]")];
  }

  /** Take the level of a frame, from 0 to 1. */
  take(level) {
    this.#frames += 1;
    this.#loudest = Math.max(this.#loudest, level);
    this.#loudestSince = Math.max(this.#loudestSince, level);
    if (this.#frames % EVERY === 0) {
      this.bar.value = this.#loudest;
      this.#loudest = 0;
    }
    if (this.#frames % WORD_EVERY === 0) {
      this.word.textContent = this.#loudestSince > HEARD ? "sound" : "silent";
      this.#loudestSince = 0;
    }
  }

  /** There is nothing to measure, because of this. */
  off(word) {
    this.bar.value = 0;
    this.word.textContent = word;
  }
}
