// What all pages of the console share: times in the reader's zone, and questions to the server.

const time = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "medium"});

/** Write the times below an element in the reader's zone. */
export function localTimes(root = document) {
  for (const each of root.querySelectorAll("time[datetime]:not([data-local])")) {
    each.title = each.dateTime;
    each.textContent = time.format(new Date(each.dateTime));
    each.dataset.local = "";
  }
}

/** Milliseconds as m:ss, with hours where there are some. */
export function lasting(milliseconds) {
  const all = Math.max(0, Math.round(milliseconds / 1000));
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** What the server says as JSON; an Error with its words where it refuses. */
export async function ask(path, body) {
  const options = body === undefined ? {} : {method: "POST", body: JSON.stringify(body)};
  const headers = {Accept: "application/json", "Content-Type": "application/json"};
  const response = await fetch(path, {...options, headers}).catch(() => {
    throw new Error("the server can't be reached");
  });
  const told = await response.json().catch(() => ({error: `the server says ${response.status}`}));
  if (!response.ok) {
    throw Object.assign(new Error(told.error ?? `the server says ${response.status}`), {status: response.status});
  }
  return told;
}

/** A new element with a text and attributes. */
export function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

localTimes();
