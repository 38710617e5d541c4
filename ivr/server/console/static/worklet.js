// The line's end as a processor of an AudioWorklet.

import {LineCard} from "./linecard.js";

class LineProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.card = new LineCard(sampleRate, (told, handedOver) => this.port.postMessage(told, handedOver ?? []));
    this.port.onmessage = ({data}) => this.card.order(data);
  }

  process([[input]], [[output]]) {
    this.card.run(input, output);
    return true; // Without a microphone there is no input, and the line goes on.
  }
}

registerProcessor("line", LineProcessor);
