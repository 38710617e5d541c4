// G.711 by table: A-law and mu-law, the codes of the telephone network, and the codecs that a stream may have.

const SIGN = 0x80; // Set in the code of a positive sample, in both laws.
const EVEN_BITS = 0x55; // A-law is sent with every other bit inverted (ITU-T G.711, table 1a).
const BIAS = 33; // What mu-law adds to a magnitude of 14 bits, so that every segment is a power of two (table 2a).
const LARGEST = 0x1fff;
const bitLength = (number) => 32 - Math.clz32(number);

/** The seven-bit A-law code of a magnitude of 11 bits: a segment and four bits within it. */
function alawCode(magnitude) {
  const segment = Math.max(bitLength(magnitude) - 4, 0);
  return segment ? (segment << 4) | ((magnitude >> (segment - 1)) & 0x0f) : magnitude;
}

/** The middle, on the scale of 16 bits, of what a seven-bit A-law code stands for. */
function alawMagnitude(code) {
  const [segment, step] = [code >> 4, code & 0x0f];
  return segment ? (((step | 0x10) << 4) | 0x08) << (segment - 1) : (step << 4) | 0x08;
}

/** The seven-bit mu-law code, before its bits are inverted, of a magnitude of 13 bits. */
function mulawCode(magnitude) {
  const biased = Math.min(magnitude + BIAS, LARGEST);
  const segment = bitLength(biased) - 6;
  return (segment << 4) | ((biased >> (segment + 1)) & 0x0f);
}

/** The middle, on the scale of 16 bits, of what a seven-bit mu-law code stands for. */
function mulawMagnitude(code) {
  const [segment, step] = [code >> 4, code & 0x0f];
  return (((2 * step + BIAS) << segment) - BIAS) << 2;
}

// A negative sample takes the code of its one's complement. The index is the sample's 16 bits as an unsigned number.
const ofSample = (index) => (index << 16) >> 16;
const magnitudeOf = (sample) => (sample < 0 ? ~sample : sample);
const signed = (code, magnitude) => (code & SIGN ? magnitude : -magnitude);

const ALAW = Uint8Array.from({length: 65536}, (_, index) => {
  const sample = ofSample(index);
  return alawCode(magnitudeOf(sample) >> 4) ^ EVEN_BITS ^ (sample < 0 ? 0 : SIGN);
});
const MULAW = Uint8Array.from({length: 65536}, (_, index) => {
  const sample = ofSample(index);
  return (mulawCode(magnitudeOf(sample) >> 2) ^ 0x7f) | (sample < 0 ? 0 : SIGN);
});
const FROM_ALAW = Int16Array.from({length: 256}, (_, code) => signed(code, alawMagnitude((code ^ EVEN_BITS) & 0x7f)));
const FROM_MULAW = Int16Array.from({length: 256}, (_, code) => signed(code, mulawMagnitude(~code & 0x7f)));

const byTable = (contentType, codes, samples) => ({
  contentType,
  encode: (audio) => Uint8Array.from(audio, (sample) => codes[sample & 0xffff]),
  decode: (bytes) => Int16Array.from(bytes, (code) => samples[code]),
});

/** Linear samples, little-endian whatever the machine is. */
const linear = {
  contentType: "audio/x-l16",
  encode(audio) {
    const bytes = new DataView(new ArrayBuffer(audio.length * 2));
    audio.forEach((sample, at) => bytes.setInt16(at * 2, sample, true));
    return new Uint8Array(bytes.buffer);
  },
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Int16Array.from({length: bytes.length >> 1}, (_, at) => view.getInt16(at * 2, true));
  },
};

/** By the name that a stream's offer has: how samples of 16 bits (Int16Array) become bytes, and bytes samples. */
export const CODECS = {
  PCMA: byTable("audio/PCMA", ALAW, FROM_ALAW),
  PCMU: byTable("audio/PCMU", MULAW, FROM_MULAW),
  L16: linear,
};

/** Bytes as base64 (RFC 4648, section 4). */
export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** The bytes of base64. */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
}
