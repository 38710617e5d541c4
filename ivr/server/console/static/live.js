// Live: asks the server each second what has changed, and changes only that.

import {ask, element, lasting} from "./console.js";

const EVERY_MS = 1000;
const WHO = {caller: "Caller", ivr: "IVR", engine: "Why", world: "World"};
const by = (id) => document.getElementById(id);
const [list, log, rows] = [by("calls"), by("log"), by("rows")];

let chosen = log.dataset.call;
let line = Number(log.dataset.line);
let ahead = 0; // By how much the server's clock is ahead of this one, in milliseconds.
let timer = 0;
let asked = 0;
let first = true;

const called = (call) => call.caller || "unknown caller";

function show(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Show an element with a text, or hide it where there is none. */
function tell(id, text) {
  show(by(id), text);
  by(id).hidden = !text;
}

/** A time in a call, to a tenth of a second. */
function moment(at) {
  const seconds = String(Math.floor(at % 60000 / 1000)).padStart(2, "0");
  return `${Math.floor(at / 60000)}:${seconds}.${Math.floor(at % 1000 / 100)}`;
}

// The list

function made(call) {
  const item = element("li", "", {"data-record": call.record});
  const link = element("a", "", {href: `/console/?call=${encodeURIComponent(call.record)}`});
  const where = element("span", "", {class: "where"});
  where.append(element("span", call.flow, {class: "flow"}), " · ", element("span", "", {class: "place"}));
  link.append(
    element("strong", called(call), {class: "caller"}), where,
    element("span", "", {class: "lasting", "data-began": call.began}),
    element("span", "", {class: "breaks badge warn", hidden: ""}),
  );
  const form = element("form", "", {method: "post", action: "/console/live/hang-up"});
  for (const name of ["record", "call"]) form.append(element("input", "", {type: "hidden", name, value: call[name]}));
  form.append(element("button", "Hang up", {class: "stop", "aria-label": `Hang up on ${called(call)}`}));
  item.append(link, form);
  return item;
}

function update(item, call) {
  show(item.querySelector(".place"), call.place);
  const breaks = item.querySelector(".breaks");
  show(breaks, `${call.interruptions}× interrupted`);
  breaks.hidden = !call.interruptions;
}

/** Say to those who do not see the page what has changed in it. */
function announce(began, over) {
  const one = (words, names) => names.length === 1 ? `${names[0]} ${words[0]}.` : `${names.length} calls ${words[1]}.`;
  const told = [];
  if (began.length) told.push(one(["calls", "began"], began));
  if (over.length) told.push(one(["is gone", "are over"], over));
  if (told.length) by("news").textContent = told.join(" ");
}

function listCalls(calls) {
  const there = new Map([...list.children].map((item) => [item.dataset.record, item]));
  const began = [];
  calls.forEach((call, place) => {
    const item = there.get(call.record) ?? made(call);
    if (!there.delete(call.record)) began.push(called(call));
    update(item, call);
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
  });
  const over = [...there.values()].map((item) => item.querySelector(".caller").textContent);
  for (const item of there.values()) {
    if (item.contains(document.activeElement)) by("calls-title").focus();
    item.remove();
  }
  if (!first) announce(began, over);
  first = false;
  by("none").hidden = calls.length > 0;
  mark();
  tick();
}

function mark() {
  for (const item of list.children) {
    const link = item.querySelector("a");
    if (item.dataset.record === chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function tick() {
  const now = Date.now() + ahead;
  for (const each of list.querySelectorAll("[data-began]")) show(each, lasting(now - Number(each.dataset.began)));
}

// The transcript

function row(each) {
  const item = element("li", "", {class: each.who});
  item.append(
    element("span", moment(each.at), {class: "at"}), element("span", WHO[each.who], {class: "who"}),
    element("span", each.text, {class: "text", dir: "auto"}),
  );
  if (each.node) item.append(element("span", each.node, {class: "node"}));
  return item;
}

function listRows(found) {
  const {transcript} = found;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
  rows.append(...transcript.rows.map(row));
  if (transcript.line) line = transcript.line;
  if (atEnd) log.scrollTop = log.scrollHeight;
  show(by("transcript-title"), `Transcript of ${called(found)} on ${found.flow}`);
  by("record").href = `/console/calls/${encodeURIComponent(found.record)}`;
  by("record").hidden = false;
  tell("over", found.ended && `The call is over: ${found.ended}.`);
  tell("fault", transcript.fault && `The journal can't be read: ${transcript.fault}`);
  silent("Nothing is written yet.");
}

/** Say why there are no rows. */
function silent(why) {
  by("silent").hidden = rows.children.length > 0;
  if (!by("silent").hidden) show(by("silent"), by("silent").dataset.unkept || why);
}

function choose(record) {
  chosen = record;
  line = 0;
  rows.replaceChildren();
  show(by("transcript-title"), "Transcript");
  for (const id of ["over", "fault"]) tell(id, "");
  for (const id of ["record", "earlier", "silent"]) by(id).hidden = true;
  mark();
  look();
}

// The server

function numbers(told) {
  const there = by("numbers").children;
  if (there.length !== told.length) {
    by("numbers").replaceChildren(...told.map(() => {
      const made = element("div", "", {class: "card"});
      made.append(element("dt"), element("dd"));
      return made;
    }));
  }
  told.forEach((each, place) => {
    const [name, value] = there[place].children;
    show(name, each.name);
    show(value, each.value);
    value.className = each.look;
  });
}

async function look() {
  clearTimeout(timer);
  const [mine, wanted] = [++asked, new URLSearchParams({call: chosen, after: line})];
  try {
    const view = await ask(`/console/live.json?${wanted}`);
    if (mine !== asked) return; // Another call was chosen meanwhile.
    ahead = view.now - Date.now();
    numbers(view.numbers);
    tell("trouble", view.away && `The calls of all processes can't be listed now: ${view.away}`);
    document.body.classList.toggle("stale", Boolean(view.away));
    if (!view.away) {
      listCalls(view.calls);
      tell("more", view.more ? `and ${view.more} more` : "");
    }
    if (view.chosen) listRows(view.chosen);
    else if (!view.away) silent(chosen ? "There is no record of this call." : "Choose a call to read what is said in it.");
  } catch (error) {
    if (mine !== asked) return;
    tell("trouble", `This page shows how it was: ${error.message}.`);
    document.body.classList.add("stale");
    if (error.status === 401) location.reload();
  }
  if (!document.hidden) timer = setTimeout(look, EVERY_MS);
}

async function hangUp(form) {
  const {record, call} = Object.fromEntries(new FormData(form));
  const item = form.closest("li");
  const caller = item.querySelector(".caller").textContent;
  show(by("sure-text"), `The call of ${caller} ends at once, and the caller hears no goodbye.`);
  by("sure").returnValue = "";
  by("sure").showModal();
  await new Promise((closed) => by("sure").addEventListener("close", closed, {once: true}));
  if (by("sure").returnValue !== "yes") return;
  try {
    await ask("/console/live/hang-up", {record, call});
    item.classList.add("ending");
    tell("told", `The call of ${caller} is being hung up.`);
  } catch (error) {
    tell("told", `The call of ${caller} was not hung up: ${error.message}.`);
  }
  look();
}

list.addEventListener("submit", (event) => {
  event.preventDefault();
  hangUp(event.target);
});
list.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  choose(link.closest("li").dataset.record);
});
addEventListener("popstate", () => choose(new URLSearchParams(location.search).get("call") ?? ""));
document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : look());

log.scrollTop = log.scrollHeight;
setInterval(tick, EVERY_MS);
look();
