// The tones of a telephone's keys, for the caller's own ear: the line is sent the key, not the sound.

const ROWS = [697, 770, 852, 941]; // Hertz, as the columns (ITU-T Q.23).
const COLUMNS = [1209, 1336, 1477, 1633];
const KEYPAD = ["123A", "456B", "789C", "*0#D"];
const LASTS = 0.12; // Seconds.
const EDGE = 0.005; // Seconds in which a tone comes and goes, so that it does not click.
const LOUD = 0.08; // Each of the two, of full scale.

/** All keys, as they stand on a keypad. */
export const KEYS = KEYPAD.join("");

/** The two frequencies of a key. */
export function frequencies(key) {
  const row = KEYPAD.findIndex((keys) => keys.includes(key));
  return [ROWS[row], COLUMNS[KEYPAD[row].indexOf(key)]];
}

/** Sound a key, on the clock of an AudioContext. */
export function sound(context, key) {
  const [begin, end] = [context.currentTime, context.currentTime + LASTS];
  const volume = new GainNode(context, {gain: 0});
  volume.gain.setValueAtTime(0, begin);
  volume.gain.linearRampToValueAtTime(LOUD, begin + EDGE);
  volume.gain.setValueAtTime(LOUD, end - EDGE);
  volume.gain.linearRampToValueAtTime(0, end);
  volume.connect(context.destination);
  for (const frequency of frequencies(key)) {
    const tone = new OscillatorNode(context, {frequency});
    tone.connect(volume);
    tone.start(begin);
    tone.stop(end);
  }
}
