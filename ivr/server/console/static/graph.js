// The picture of a flow in a page: its zoom, where it stands, and which of its nodes is lit.

const LEAST = 0.02, MOST = 4, READABLE = 0.75, STEP = 1.25, EDGE = 48;
const gentle = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

/** A picture in a container, which scrolls. Its stylesheets are /console/graph.css and /console/static/graph.css. */
export class Graph {
  #scale = 1;
  #place = "";

  /** Take the container, with the picture that the server has put into it, if any. */
  constructor(container) {
    this.container = container;
    container.classList.add("canvas");
    this.#listen();
    if (this.svg) this.#arrange();
  }

  /** The picture; null before there is any. */
  get svg() {
    return this.container.querySelector("svg[data-flow]");
  }

  /** The nodes of the picture, in the order of the flow's file. */
  get nodes() {
    return [...this.container.querySelectorAll("[data-node]")];
  }

  /** Get a flow's picture, with overlays such as ["findings"]; an Error says why there is none. */
  async load(flow, overlays = [], more = {}) {
    const query = new URLSearchParams({...(overlays.length ? {overlay: overlays.join(",")} : {}), ...more});
    const address = `/console/graph/${encodeURIComponent(flow)}.svg?${query}`;
    const headers = {Accept: "image/svg+xml, application/json"};
    const response = await fetch(address, {headers}).catch(() => {
      throw new Error("the server can't be reached");
    });
    if (!response.ok) {
      const told = await response.json().catch(() => ({}));
      throw new Error(told.error ?? `the server says ${response.status}`);
    }
    const read = new DOMParser().parseFromString(await response.text(), "image/svg+xml");
    const before = this.svg?.dataset.flow === flow ? this.#seen() : null;
    const scale = this.#scale;
    this.container.replaceChildren(document.importNode(read.documentElement, true));
    if (before) {
      this.#resize(scale);
      this.#see(...before);
    } else {
      this.#arrange();
    }
    if (this.#place) this.light(this.#place);
  }

  /** The node of a place: of a subflow's place (`flow/node`) the node that leads there; null where there is none. */
  at(place) {
    const own = this.nodes.find((each) => each.dataset.node === place);
    if (own) return own;
    const [flow, inner] = place.split("/");
    if (inner === undefined) return null;
    const leading = this.nodes.filter((each) => (each.dataset.calls ?? "").split(" ").includes(flow));
    return leading.find((each) => each.classList.contains("lit")) ?? leading[0] ?? null;
  }

  /** Light the node of a place, and no other, and bring it into view; what is not there yet is lit when it comes. */
  light(place) {
    const node = this.at(place);
    this.dim();
    this.#place = place;
    if (node) {
      node.classList.add("lit");
      node.setAttribute("aria-current", "true");
      this.reveal(node);
    }
  }

  /** Light no node. */
  dim() {
    this.#place = "";
    for (const each of this.container.querySelectorAll(".lit")) {
      each.classList.remove("lit");
      each.removeAttribute("aria-current");
    }
  }

  /** Scroll to a node, if it can't be seen well where it is. */
  reveal(node) {
    const [box, view] = [node.getBoundingClientRect(), this.container.getBoundingClientRect()];
    const aside = box.left < view.left + EDGE || box.right > view.right - EDGE;
    const off = box.top < view.top + EDGE || box.bottom > view.bottom - EDGE;
    if (!aside && !off) return;
    const left = (box.left + box.right - view.left - view.right) / 2;
    const top = (box.top + box.bottom - view.top - view.bottom) / 2;
    const near = Math.abs(left) < view.width && Math.abs(top) < view.height;
    this.container.scrollBy({left, top, behavior: near ? gentle() : "instant"});
  }

  /** Draw it larger or smaller; what is at a point of the window, else in the middle, stays where it is. */
  zoom(factor, x, y) {
    const view = this.container.getBoundingClientRect();
    const [atX, atY] = [x ?? view.left + view.width / 2, y ?? view.top + view.height / 2];
    const before = this.svg.getBoundingClientRect();
    const [partX, partY] = [(atX - before.left) / before.width, (atY - before.top) / before.height];
    this.#resize(this.#scale * factor);
    const after = this.svg.getBoundingClientRect();
    this.container.scrollLeft += after.left + partX * after.width - atX;
    this.container.scrollTop += after.top + partY * after.height - atY;
  }

  /** Draw it larger by a step. */
  closer() {
    if (this.svg) this.zoom(STEP);
  }

  /** Draw it smaller by a step. */
  farther() {
    if (this.svg) this.zoom(1 / STEP);
  }

  /** Draw all of it into the container. */
  fit() {
    if (!this.svg) return;
    const {width, height} = this.svg.viewBox.baseVal;
    this.#resize(Math.min(this.container.clientWidth / width, this.container.clientHeight / height, 1));
  }

  /** As wide as the container, as long as it can be read; the start is in sight. */
  #arrange() {
    const {width} = this.svg.viewBox.baseVal;
    this.#resize(Math.max(READABLE, Math.min(1, this.container.clientWidth / width)));
    this.container.scrollTo(Math.max(0, (width * this.#scale - this.container.clientWidth) / 2), 0);
  }

  #resize(scale) {
    this.#scale = Math.max(LEAST, Math.min(MOST, scale));
    const {width, height} = this.svg.viewBox.baseVal;
    this.svg.setAttribute("width", Math.floor(width * this.#scale));
    this.svg.setAttribute("height", Math.floor(height * this.#scale));
  }

  /** What is in sight: the middle and the upper end, as shares of all. */
  #seen() {
    const view = this.container;
    return [(view.scrollLeft + view.clientWidth / 2) / view.scrollWidth, view.scrollTop / view.scrollHeight];
  }

  #see(middle, top) {
    const view = this.container;
    view.scrollTo(middle * view.scrollWidth - view.clientWidth / 2, top * view.scrollHeight);
  }

  #listen() {
    this.container.addEventListener("wheel", (event) => this.#wheel(event), {passive: false});
    this.container.addEventListener("pointerdown", (event) => this.#drag(event));
    this.container.addEventListener("touchstart", (event) => this.#pinch(event), {passive: false});
    this.container.addEventListener("keydown", (event) => this.key(event));
  }

  #wheel(event) {
    if (!event.ctrlKey || !this.svg) return; // A touchpad's pinch comes as a wheel with Ctrl too.
    event.preventDefault();
    const pixels = event.deltaMode ? event.deltaY * 16 : event.deltaY;
    this.zoom(Math.exp(-Math.max(-60, Math.min(60, pixels)) / 200), event.clientX, event.clientY);
  }

  #drag(event) {
    if (event.pointerType === "touch" || event.button) return; // Fingers scroll.
    const view = this.container;
    const onBar = event.target === view && (event.offsetX >= view.clientWidth || event.offsetY >= view.clientHeight);
    if (onBar) return;
    const [left, top] = [view.scrollLeft + event.clientX, view.scrollTop + event.clientY];
    const over = new AbortController();
    const end = () => {
      over.abort();
      if (!view.classList.contains("dragged")) return;
      view.classList.remove("dragged");
      // What was dragged is not clicked too.
      const stop = (clicked) => clicked.stopPropagation();
      view.addEventListener("click", stop, {capture: true, once: true});
      setTimeout(() => view.removeEventListener("click", stop, {capture: true}));
    };
    const move = (moved) => {
      if (Math.hypot(moved.clientX - event.clientX, moved.clientY - event.clientY) > 4) view.classList.add("dragged");
      view.scrollTo(left - moved.clientX, top - moved.clientY);
    };
    addEventListener("pointermove", move, {signal: over.signal});
    addEventListener("pointerup", end, {signal: over.signal});
    addEventListener("pointercancel", end, {signal: over.signal});
  }

  #pinch(event) {
    if (event.touches.length !== 2 || !this.svg) return;
    const apart = ({touches: [one, other]}) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    let before = apart(event);
    const over = new AbortController();
    const move = (moved) => {
      if (moved.touches.length !== 2) return;
      moved.preventDefault();
      const [one, other] = moved.touches;
      this.zoom(apart(moved) / before, (one.clientX + other.clientX) / 2, (one.clientY + other.clientY) / 2);
      before = apart(moved);
    };
    this.container.addEventListener("touchmove", move, {signal: over.signal, passive: false});
    this.container.addEventListener("touchend", () => over.abort(), {signal: over.signal});
    this.container.addEventListener("touchcancel", () => over.abort(), {signal: over.signal});
  }

  /** Zoom by a key: + and - by a step, 0 draws all of it. */
  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !this.svg) return;
    const deeds = {"+": () => this.closer(), "=": () => this.closer(), "-": () => this.farther(), 0: () => this.fit()};
    if (event.key in deeds) {
      event.preventDefault();
      deeds[event.key]();
    }
  }
}
