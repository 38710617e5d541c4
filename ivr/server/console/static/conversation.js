// What is said, pressed and decided in a call, line by line as it happens.

import {element} from "./console.js";

const WHO = {ivr: "IVR", engine: "why", caller: "you", line: "line"};
const NEAR_PX = 40; // Whoever is so near to the end wants to follow.

/** The transcript of one call after the other, in a list. */
export class Conversation {
  constructor(list) {
    this.list = list;
  }

  /** Begin anew. */
  clear() {
    this.list.replaceChildren();
  }

  /** Add a line of the flow, the engine, the caller or the line, at so many milliseconds of the call. */
  add(at, who, text, node = "") {
    const view = this.list.parentElement;
    const follows = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_PX;
    const line = element("li", "", {class: who});
    line.append(
      element("span", (at / 1000).toFixed(1), {class: "at"}),
      element("span", WHO[who], {class: "who"}),
      element("code", node, {class: "node"}),
      element("span", text, {class: "text"}),
    );
    this.list.append(line);
    if (follows) view.scrollTop = view.scrollHeight;
  }
}
