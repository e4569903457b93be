// Keeps the page live: one stream of changes for all tabs of a browser. The tab that has it
// tells the others. A change says what to look at again; the view is then loaded anew.
import { Stream } from "./stream.js";

const name = () => `emulator${new URL(document.body.dataset.events, location.href).pathname}`;

let channel;
let stream = null;
let refresh = () => {};
let state = { live: false, starting: true };
let letGo = null; // gives the stream to another tab
const me = Math.random().toString(36).slice(2);

// concerns says whether changes make the view old.
function concerns(changes) {
  const kinds = document.body.dataset.stale.split(" ");
  const number = document.body.dataset.number;
  return changes.some((c) => c.kind === "*" || (kinds.includes(c.kind) && (c.kind !== "message" || !number || !c.numberId || c.numberId === number)));
}

const patience = 1000; // milliseconds that the count of what is unread may be old
let waits = 0;

// changed brings the view up to date: at once, or a little later where it shows no more of a
// message than that one is unread, as every view does.
function changed(changes) {
  if (concerns(changes)) {
    refresh();
  } else if (!waits && changes.some((c) => c.kind === "message")) {
    waits = setTimeout(() => { waits = 0; refresh(); }, patience);
  }
}

function heard({ type, changes, now, to, run }) {
  if (type === "changes") changed(changes);
  if (type === "state") showState(now);
  if (type === "run" && run !== document.documentElement.dataset.instance) refresh();
  if (type === "retry") stream?.retry();
  if (type === "visible" && stream && document.hidden) channel.postMessage({ type: "take", to });
  if (type === "take" && to === me && !stream) lead(true);
  if (type === "who" && stream) channel.postMessage({ type: "state", now: state });
}

// both tells this tab and the others.
function both(message) {
  heard(message);
  channel.postMessage(message);
}

function told(events) {
  const changes = new Map();
  for (const { event, data } of events) {
    if (event === "change" && data) changes.set(`${data.kind} ${data.numberId}`, { kind: data.kind, numberId: data.numberId ?? "" });
    if (event === "gap") changes.set("*", { kind: "*" });
    if (event === "hello" && data) both({ type: "run", run: data.run });
  }
  if (changes.size) both({ type: "changes", changes: [...changes.values()] });
}

function begin() {
  stream = new Stream(new URL(document.body.dataset.events, location.href).href, {
    tell: told, state: (now) => both({ type: "state", now }),
    cursor: document.body.dataset.cursor, // what this view shows already: nothing is missed in between
  });
}

function end() {
  stream?.close();
  stream = null;
}

let pending = null; // the request for the lock
let gone = false; // the page is left

// lead waits until this tab has the stream, and holds it until another one takes it.
async function lead(steal) {
  if (!navigator.locks) return leadAlone();
  pending?.abort();
  const mine = pending = new AbortController();
  try {
    await navigator.locks.request(name(), steal ? { steal: true } : { signal: mine.signal }, () => new Promise((done) => {
      letGo = done;
      begin();
    }));
  } catch { /* another tab took it, or this one asks in another way */ }
  if (pending !== mine || gone) return;
  end();
  letGo = null;
  lead(false);
}

// Without locks, which a page has only where it is secure, each tab that is seen has a
// stream: a window shows one tab.
function leadAlone() {
  if (!document.hidden && !stream) begin();
  if (document.hidden) end();
}

function showState(now) {
  state = now;
  const box = document.getElementById("live");
  if (now.live) {
    const mark = document.createElement("span");
    mark.className = "live";
    mark.append(dot("dot"), words("live"));
    box.replaceChildren(mark);
    return;
  }
  const left = Math.max(0, Math.round((now.at - Date.now()) / 1000));
  let mark = box.querySelector("button");
  if (!mark) {
    mark = document.createElement("button");
    mark.type = "button";
    mark.className = "live not btn quiet";
    const text = words("not live");
    const more = document.createElement("span");
    more.className = "opt";
    more.setAttribute("aria-hidden", "true");
    text.append(more);
    mark.append(dot("dot wait"), text);
    mark.addEventListener("click", () => both({ type: "retry" }));
    box.replaceChildren(mark);
  }
  mark.title = `Since ${new Date(now.since).toISOString().slice(11, 19)} UTC. Try now`;
  mark.querySelector(".opt").textContent = left > 0 ? `, again in ${left} s` : ", trying";
}

function dot(kind) {
  const i = document.createElement("i");
  i.className = kind;
  return i;
}

function words(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}

// start keeps the view live; load brings it up to date.
export function start(load) {
  refresh = load;
  channel = new BroadcastChannel(name());
  channel.addEventListener("message", (e) => heard(e.data));
  channel.postMessage({ type: "who" });
  setInterval(() => { if (!state.live && !state.starting) showState(state); }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!navigator.locks) leadAlone();
    if (document.hidden) return;
    if (!stream) channel.postMessage({ type: "visible", to: me });
    refresh();
  });
  addEventListener("pagehide", () => {
    gone = true;
    pending?.abort();
    letGo?.();
    end();
  });
  addEventListener("pageshow", (e) => {
    if (!e.persisted) return;
    gone = false;
    lead(false);
    refresh();
  });
  lead(false);
}
