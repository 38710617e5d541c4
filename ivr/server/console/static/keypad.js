// The keys of a telephone: by mouse and finger, and by the keyboard while nothing is being typed.

import {KEYS} from "./tones.js";

const TYPING = "input, select, textarea, [contenteditable]";
const SHOWN_MS = 150;

/** Call `press` with each key that is pressed on the buttons in an element, or on the keyboard, while `enabled`. */
export class Keypad {
  constructor(root, press) {
    this.buttons = [...root.querySelectorAll("button[data-key]")];
    this.press = press;
    this.enabled = false;
    for (const button of this.buttons) button.addEventListener("click", () => press(button.dataset.key));
    document.addEventListener("keydown", (event) => this.#typed(event));
  }

  get enabled() {
    return !this.buttons[0].disabled;
  }

  set enabled(enabled) {
    for (const button of this.buttons) button.disabled = !enabled;
  }

  #typed(event) {
    const key = event.key.toUpperCase();
    const other = event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey;
    if (!this.enabled || other || key.length !== 1 || !KEYS.includes(key) || event.target.closest?.(TYPING)) return;
    event.preventDefault();
    this.#show(key);
    this.press(key);
  }

  /** Let a button look pressed for a moment. */
  #show(key) {
    const button = this.buttons.find((each) => each.dataset.key === key);
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), SHOWN_MS);
  }
}
