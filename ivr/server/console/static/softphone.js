// The softphone: a call of a flow from the browser, which is carrier, telephone and caller at once.
//
// Clocks. The sound card's clock drives all sound: it takes samples for the loudspeaker and gives those of the
// microphone, of which each 160th ends a frame that leaves at once (linecard.js). The server paces what it sends by a
// clock of its own, about 0.4 s ahead; the queue of the loudspeaker is what lies between the two, and marks tell the
// server how far it was heard. This thread has no clock that anything hears: it passes messages on as they come, and
// counts the seconds that it shows.

import {ask, lasting} from "./console.js";
import {Conversation} from "./conversation.js";
import {Graph} from "./graph.js";
import {Keypad} from "./keypad.js";
import {Meter} from "./meters.js";
import {Sound} from "./sound.js";
import {Stream, unfit} from "./stream.js";
import {sound as sounded} from "./tones.js";

const LATENCY_EVERY = 50; // Frames: browsers learn of their latency by and by.
const RECORD_AFTER_MS = [150, 500, 1500]; // When the record of a call is looked for; it is written in a moment.
const SHOWN_EVERY_MS = 250;
const NORMAL = 1000;

const root = document.querySelector("#phone");
const part = (name) => document.querySelector(`#${name}`);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const chosen = () => part("flow").selectedOptions[0];

/** One call, from the click to its record. */
class Call {
  constructor(flow, keysAreTold, caller) {
    [this.flow, this.keysAreTold, this.caller] = [flow, keysAreTold, caller];
    this.left = false;
    this.frames = 0;
  }

  /** Milliseconds since the stream was asked for. */
  get at() {
    return performance.now() - this.began;
  }

  async open() {
    show("asking", "Opening microphone and loudspeaker …");
    this.sound = await Sound.open((told) => this.#line(told), notice);
    notice(this.sound.missing);
    if (this.left) return this.#close("You hung up before the call was answered.");
    show("calling", "Calling …");
    const {stream: offer, call_id: id} = await ask(`/console/softphone/${encodeURIComponent(this.flow)}`, {
      from: this.caller,
    });
    const wrong = unfit(offer);
    if (wrong) throw new Error(wrong);
    this.id = id;
    this.began = performance.now();
    this.stream = new Stream(offer, id, this.#news());
    if (this.left) this.stream.hangUp();
  }

  press(key) {
    sounded(this.sound.context, key);
    this.stream.press(key);
    conversation.add(this.at, "caller", this.keysAreTold ? `presses ${key}` : "presses a key");
  }

  mute(muted) {
    this.sound?.order({muted});
  }

  hangUp() {
    this.left = true;
    this.stream?.hangUp();
  }

  /** The call did not come about. */
  async fail(error) {
    await this.#close(`The call was not taken: ${error.message}`);
  }

  /** What the line's end tells, in the rhythm of the sound card. */
  #line({frame, said, heard, played, waiting, reached, dropped}) {
    if (call !== this) return; // It is over, and the sound card is still closing.
    for (const name of reached ?? []) this.stream?.played(name);
    if (dropped !== undefined) {
      root.dataset.dropped = dropped;
      this.stream.cleared();
    }
    if (!frame) return;
    this.stream?.say(frame);
    [root.dataset.played, root.dataset.waiting] = [played, waiting];
    meters.line.take(heard);
    if (!this.sound?.missing) meters.microphone.take(said);
    if (this.frames++ % LATENCY_EVERY === 0) this.sound?.order({latency: this.sound.latency});
  }

  /** What the stream tells. */
  #news() {
    return {
      play: (samples) => this.sound.order({play: samples}),
      mark: (name) => this.sound.order({mark: name}),
      clear: () => this.sound.order({clear: true}),
      transcript: ({who, node, text}) => conversation.add(this.at, who, text, node),
      node: (place) => this.#come(place),
      broken: (code) => this.#broken(code),
      back: () => conversation.add(this.at, "line", "The carrier is back."),
      ended: (ending) => this.#ended(ending),
    };
  }

  #come(place) {
    show("talking", "Connected");
    root.dataset.node = place;
    part("place").textContent = place;
    graph.light(place);
  }

  #broken(code) {
    this.sound.order({clear: true});
    show("broken", "The stream broke; coming back …");
    conversation.add(this.at, "line", `The stream broke (${code}); the carrier will try to come back.`);
  }

  async #ended({by, code, opened}) {
    const refused = "The server did not take the stream. It may just have ended.";
    const broke = opened ? `The stream broke (${code}), and the carrier could not come back.` : refused;
    const hung = by === "caller" ? "You hung up." : "The other side hung up.";
    await this.#close(by === "ivr" && code !== NORMAL ? broke : hung);
    if (opened) await this.#recorded(by === "ivr");
  }

  async #close(words) {
    show("ended", words);
    if (this.began) conversation.add(this.at, "line", words);
    part("again").textContent = "Call again";
    for (const meter of Object.values(meters)) meter.off("no call");
    if (call === this) call = null;
    this.sound?.close();
  }

  /** Show where the record of the call is, and why the other side hung up, if that is soon written there. */
  async #recorded(tellsWhy) {
    const address = `/console/softphone/record/${encodeURIComponent(this.id)}`;
    let record = null;
    for (const wait of RECORD_AFTER_MS) {
      await pause(wait);
      record = await ask(address).catch(() => null);
      if (call) return; // The next one has begun.
      if (record?.why) break;
    }
    part("why").textContent = tellsWhy && record?.why ? `At “${record.node}”: ${record.why}.` : "";
    part("record").href = address;
    part("ending").hidden = false;
  }
}

/** Show in what state the telephone is, and say it. */
function show(state, words) {
  root.dataset.state = state;
  if (part("status").textContent !== words) part("status").textContent = words;
  const busy = state !== "idle" && state !== "ended";
  part("again").hidden = busy;
  part("hang-up").hidden = part("mute").hidden = !busy;
  part("flow").disabled = part("from").disabled = busy;
  keypad.enabled = state === "talking";
}

function notice(words) {
  part("notice").textContent = words;
  part("notice").hidden = !words;
  if (words) meters.microphone.off("none");
}

async function dial() {
  if (call) return;
  call = new Call(chosen().value, "keys" in chosen().dataset, part("from").value);
  const made = call;
  conversation.clear();
  graph.dim();
  mute(false);
  part("ending").hidden = true;
  part("place").textContent = part("duration").textContent = "";
  part("hang-up").hidden = false;
  try {
    await made.open();
    part("hang-up").focus();
  } catch (error) {
    await made.fail(error);
  }
}

function mute(muted) {
  part("mute").setAttribute("aria-pressed", muted);
  call?.mute(muted);
}

async function draw() {
  part("flow-name").textContent = chosen().value;
  part("about").textContent = chosen().dataset.about;
  part("place").textContent = "";
  graph.dim();
  await graph.load(chosen().value).catch((error) => (part("graph").textContent = error.message));
}

const meters = {microphone: new Meter(part("microphone")), line: new Meter(part("line"))};
const conversation = new Conversation(part("transcript"));
const graph = new Graph(part("graph"));
const keypad = new Keypad(part("keypad"), (key) => call?.press(key));
let call = null;

part("call").addEventListener("submit", (event) => {
  event.preventDefault();
  dial();
});
part("hang-up").addEventListener("click", () => call?.hangUp());
part("mute").addEventListener("click", () => mute(part("mute").getAttribute("aria-pressed") !== "true"));
part("reasons").addEventListener("change", () => part("transcript").classList.toggle("plain", !part("reasons").checked));
part("flow").addEventListener("change", draw);
part("map").addEventListener("toggle", () => part("map").open && graph.light(part("place").textContent));
addEventListener("pagehide", () => call?.hangUp());
setInterval(() => call?.began && (part("duration").textContent = lasting(call.at)), SHOWN_EVERY_MS);
if (matchMedia("(max-width: 44rem)").matches) part("map").open = false;
show("idle", "Ready.");
if (chosen()) draw();
