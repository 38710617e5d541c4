// From one rate of samples to another by a polyphase low-pass: the telephone's 8 kHz, and whatever a sound card has.

const ZEROS = 24; // Zero crossings of the kernel on each side: 3.1 kHz passes whole, from 4.1 kHz on 70 dB are gone.
const ROLLOFF = 0.9; // Where the kernel has half its height, as a share of half the lower rate.

const divisor = (one, other) => (other ? divisor(other, one % other) : one);
const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const blackman = (x) => (Math.abs(x) < 1 ? 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x) : 0);

/**
 * Takes samples at one rate and gives them at another; the two clocks are one, and only count differently.
 *
 * The ratio is kept as whole numbers, up / down, so that nothing drifts however long a call is. Each output lies
 * between two inputs at one of `up` places, and each place has a kernel of its own, of unit gain for a constant. While
 * `hungry`, the next output needs another `take` first; else `give` may be asked for it. The delay is half a kernel:
 * 24 samples of the lower rate, which are 3 ms at 8 kHz.
 */
export class Resampler {
  #past;
  #newest = 0;
  #phase;

  constructor(from, to) {
    const common = divisor(from, to);
    [this.up, this.down] = [to / common, from / common];
    const share = from === to ? 1 : ROLLOFF * Math.min(1, to / from);
    this.reach = from === to ? 1 : Math.ceil(ZEROS * Math.max(1, from / to));
    this.kernels = Array.from({length: this.up}, (_, phase) => this.#kernel(phase / this.up, share));
    this.#past = new Float32Array(4 * this.reach); // Twice the same, so that the latest are always in one row.
    this.#phase = this.up;
  }

  #kernel(offset, share) {
    const times = Array.from({length: 2 * this.reach}, (_, back) => back + offset - this.reach);
    const kernel = times.map((time) => share * sinc(share * time) * blackman(time / this.reach));
    const sum = kernel.reduce((all, each) => all + each, 0);
    return Float32Array.from(kernel, (each) => each / sum);
  }

  /** Whether another sample must be taken before the next one is given. */
  get hungry() {
    return this.#phase >= this.up;
  }

  /** Take one sample. */
  take(sample) {
    const taps = 2 * this.reach;
    this.#newest = (this.#newest || taps) - 1;
    this.#past[this.#newest] = this.#past[this.#newest + taps] = sample;
    this.#phase -= this.up;
  }

  /** Give one sample. */
  give() {
    const kernel = this.kernels[this.#phase];
    let sum = 0;
    for (let back = 0; back < kernel.length; back += 1) sum += kernel[back] * this.#past[this.#newest + back];
    this.#phase += this.down;
    return sum;
  }
}
