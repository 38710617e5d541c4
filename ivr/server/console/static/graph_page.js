// The page of one graph: what is laid over it, the node that is chosen, and the way of a call.

import {ask, element} from "./console.js";
import {Graph} from "./graph.js";

const byId = (id) => document.getElementById(id);
const [canvas, side, panel, told, tools] = ["picture", "side", "node", "told", "tools"].map(byId);
const {flow} = canvas.dataset;
const base = `/console/graph/${encodeURIComponent(flow)}`;
const way = JSON.parse(canvas.dataset.path);
const graph = new Graph(canvas);

let chosen = null; // {node} or {key}
let notes = {};
let turn = 0;

const overlays = () => [...tools.querySelectorAll("[name=over]:checked")].map((each) => each.value);
const days = () => new URLSearchParams(byId("days").value);
const boxes = () => [...canvas.querySelectorAll("g[data-node], g[data-key]:not(.arrow)")];
const nameOf = ({dataset}) => (dataset.node ? {node: dataset.node} : {key: dataset.key});
const marked = () => boxes().find((each) => chosen && same(nameOf(each), chosen));
const same = (one, other) => one?.node === other?.node && one?.key === other?.key;

/** Get what is laid over the picture anew, and keep it in the address. */
async function lay() {
  const [own, names, query] = [++turn, overlays(), days()];
  const address = new URL(location);
  for (const name of ["overlay", "days", "since", "until"]) address.searchParams.delete(name);
  address.searchParams.set("overlay", names.join(","));
  for (const [name, value] of query) address.searchParams.set(name, value);
  history.replaceState(null, "", address);
  told.textContent = names.length ? "Looking …" : "";
  canvas.setAttribute("aria-busy", "true");
  try {
    const more = new URLSearchParams([["overlay", names.join(",")], ...query]);
    const found = names.length ? await ask(`${base}/notes?${more}`) : {};
    if (own !== turn) return;
    await graph.load(flow, names.filter((name) => !found[name].why), Object.fromEntries(query));
    if (own !== turn) return;
    notes = found;
    told.textContent = summary(names);
  } catch (error) {
    if (own === turn) told.textContent = `This can't be shown: ${error.message}.`;
  }
  canvas.removeAttribute("aria-busy");
  prepare();
  annotate();
  const box = marked();
  if (box) graph.reveal(box);
  else if (!chosen) visit();
}

/** What was found, in a line. */
function summary(names) {
  const why = names.filter((name) => notes[name].why).map((name) => `${label(name)}: ${notes[name].why}`);
  if (notes.findings?.nodes) {
    const all = [...Object.values(notes.findings.nodes), ...Object.values(notes.findings.keys)].flat().length;
    why.unshift(all ? `${all} ${all > 1 ? "findings" : "finding"}.` : "No findings.");
  }
  return why.join(" ");
}

const label = (name) => tools.querySelector(`[value=${name}]`).parentElement.textContent.trim();

/** Make the boxes of the picture what can be chosen. */
function prepare() {
  for (const box of boxes()) {
    box.setAttribute("role", "button");
    box.setAttribute("tabindex", "0");
    const on = chosen !== null && same(nameOf(box), chosen);
    box.classList.toggle("chosen", on);
    box.setAttribute("aria-pressed", String(on));
  }
  if (!way.length) return;
  canvas.classList.add("follows");
  const nodes = way.map((place) => graph.at(place)?.dataset.node);
  const steps = new Set(nodes.map((node, place) => `${nodes[place - 1] ?? ""}\n${node}`));
  for (const each of graph.nodes) each.classList.toggle("on-way", nodes.includes(each.dataset.node));
  for (const {dataset, classList} of canvas.querySelectorAll(".arrow")) {
    classList.toggle("on-way", steps.has(`${dataset.from ?? ""}\n${dataset.to}`) && (dataset.from || dataset.key === "start"));
  }
}

/** Choose a box: mark it, and show what is known of it. */
async function choose(box, {quietly = false} = {}) {
  chosen = nameOf(box);
  prepare();
  graph.reveal(box);
  if (chosen.node) history.replaceState(null, "", `#${chosen.node}`);
  const wanted = chosen;
  const headers = {Accept: "application/json, text/html;q=0.9"};
  const address = `${base}/node?${new URLSearchParams([...Object.entries(wanted), ...days()])}`;
  const text = await fetch(address, {headers})
    .then((response) => (response.ok ? response.text() : Promise.reject(new Error(`the server says ${response.status}`))))
    .catch((error) => {
      told.textContent = `This can't be shown: ${error.message}.`;
    });
  if (text === undefined || !same(wanted, chosen)) return;
  // The server's own page, in which everything is escaped.
  panel.innerHTML = text;
  annotate();
  if (!quietly && getComputedStyle(side).position === "static") panel.scrollIntoView({block: "nearest"});
  byId("said").textContent = `${wanted.node ?? wanted.key} is chosen.`;
}

/** Write what the overlays say of the chosen node beside its lines. */
function annotate() {
  const place = panel.querySelector(".noted");
  if (!chosen || !place) return;
  place.replaceChildren();
  for (const [name, found] of Object.entries(notes)) {
    const lines = name === "traffic" ? [] : (found[chosen.node ? "nodes" : "keys"]?.[chosen.node ?? chosen.key] ?? []);
    if (!lines.length) continue;
    const list = element("ul");
    list.append(...lines.map((line) => element("li", line)));
    place.append(element("h3", label(name)), list);
  }
  const findings = notes.findings?.[chosen.node ? "nodes" : "keys"]?.[chosen.node ?? chosen.key] ?? [];
  const numbers = new Set(findings.map((line) => /^line (\d+):/.exec(line)?.[1]));
  for (const each of panel.querySelectorAll(".yaml li")) each.classList.toggle("at", numbers.has(each.dataset.line));
}

/** The box that a search means: by its name, by the beginning of it, by a part, by what it says. */
function found(text) {
  const wanted = text.trim().toLowerCase();
  const name = (box) => box.dataset.node?.toLowerCase() ?? "";
  const ways = [
    (box) => name(box) === wanted,
    (box) => name(box).startsWith(wanted),
    (box) => name(box).includes(wanted),
    (box) => box.textContent.toLowerCase().includes(wanted),
  ];
  for (const fits of wanted ? ways : []) {
    const box = graph.nodes.find(fits);
    if (box) return box;
  }
  return null;
}

canvas.addEventListener("click", (event) => {
  const box = event.target.closest("g[tabindex]");
  if (box) choose(box);
});
canvas.addEventListener("focusin", (event) => {
  if (event.target.matches("g:focus-visible")) graph.reveal(event.target);
});
canvas.addEventListener("keydown", (event) => {
  const box = event.target.closest("g[tabindex]");
  if (box && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    choose(box);
  }
});
document.addEventListener("keydown", (event) => {
  if (!event.target.closest("input, select, textarea, button, .side")) graph.key(event);
});
byId("closer").addEventListener("click", () => graph.closer());
byId("farther").addEventListener("click", () => graph.farther());
byId("fit").addEventListener("click", () => graph.fit());
tools.addEventListener("submit", (event) => {
  event.preventDefault();
  const box = found(byId("search").value);
  if (box) choose(box, {quietly: true});
  else told.textContent = "No node has that name, or says that.";
});
byId("search").addEventListener("input", (event) => {
  const box = graph.nodes.find((each) => each.dataset.node === event.target.value);
  if (box) choose(box, {quietly: true});
});
for (const each of tools.querySelectorAll("[name=over]")) each.addEventListener("change", lay);
byId("days").addEventListener("change", async () => {
  await lay();
  const box = marked();
  if (box) choose(box, {quietly: true});
});
byId("way")?.addEventListener("click", (event) => {
  const step = event.target.closest("[data-place]");
  const box = step && graph.at(step.dataset.place);
  if (!box) return;
  for (const each of byId("way").querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
  step.setAttribute("aria-current", "step");
  graph.light(step.dataset.place);
  choose(box, {quietly: true});
});

/** Choose the node that the address names. */
function visit() {
  const box = graph.at(decodeURIComponent(location.hash.slice(1)));
  if (box) choose(box, {quietly: true});
}

addEventListener("hashchange", visit);
prepare();
visit();
lay();
