// Goes from view to view without loading the page anew: fetches the view that an address
// names, and makes the page like it. Each view has its address; Back and reload work.
import { morph } from "./morph.js";
import { update, opened, sameChat } from "./chat.js";
import { dress, closeMenus } from "./chrome.js";
import { say } from "./store.js";

const views = ["conversations", "numbers", "faults", "deliveries", "requests", "unknown", "search", "keys", "start"];

let newest = 0; // of the loads that were begun
let shown = location.href.split("#")[0];

function folder(url) { return url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1); }

// isView says whether an address is that of a view of this page.
function isView(url) {
  return url.origin === location.origin && folder(url) === folder(location) && views.includes(url.pathname.slice(folder(url).length));
}

async function fetchView(url, options) {
  const { headers, ...others } = options ?? {};
  const response = await fetch(url, { headers: { Accept: "text/html", ...headers }, cache: "no-store", ...others });
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!next.body.dataset.view) throw new Error("not a view");
  return { next, response };
}

const scrolling = ["#main", "#sheet", "#contacts"];

function scrolls() {
  return Object.fromEntries(scrolling.map((at) => [at, document.querySelector(at)?.scrollTop ?? 0]));
}

// show makes the page like another view. live says that nobody asked for it.
function show(next, live) {
  const sameView = document.body.dataset.view === next.body.dataset.view;
  const sameTalk = sameView && (live || sameChat(document, next));
  const wasRun = document.documentElement.dataset.instance;
  const isRun = next.documentElement.dataset.instance;
  if (wasRun !== isRun) restarted(isRun);
  for (const id of ["views", "clock-now"]) morph(document.getElementById(id), next.getElementById(id));
  for (const { name, value } of [...next.body.attributes]) document.body.setAttribute(name, value);
  document.title = next.title;
  const main = document.getElementById("main");
  if (sameView) {
    if (sameTalk) update(next);
    morph(main, next.getElementById("main"));
  } else {
    main.replaceWith(document.adoptNode(next.getElementById("main")));
  }
  dress();
  if (!sameTalk) opened(document);
}

// restarted says that the program that the page knew is gone.
function restarted(run) {
  document.documentElement.dataset.instance = run;
  const note = document.createElement("p");
  note.className = "note";
  const text = document.createElement("span");
  text.className = "grow";
  text.textContent = `The emulator was restarted before ${new Date().toISOString().slice(11, 16)} UTC. What it knew before is gone, unless a seed brought it back.`;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn quiet";
  close.textContent = "Close this note";
  close.addEventListener("click", () => note.remove());
  note.append(text, close);
  document.getElementById("notes").replaceChildren(note);
}

// visit shows the view at an address. It is loaded as a page where it is none of this one.
export async function visit(href, { push = true, focus = null } = {}) {
  const url = new URL(href, location.href);
  const load = ++newest;
  history.replaceState({ scrolls: scrolls() }, "");
  let got;
  try {
    got = await fetchView(url.href);
  } catch {
    location.assign(url.href);
    return;
  }
  if (load !== newest) return;
  if (push && url.href !== location.href) history.pushState({}, "", url.href);
  shown = url.href.split("#")[0];
  closeMenus(null);
  forget();
  show(got.next, false);
  if (url.hash) document.getElementById(url.hash.slice(1))?.scrollIntoView();
  focusAfter(focus);
  say(document.title);
}

function focusAfter(focus) {
  const look = document.querySelector("#look [data-close]");
  const wanted = focus ? document.querySelector(focus) : look;
  wanted?.focus({ preventScroll: false });
}

// begun counts the views that were begun to be shown.
export function begun() { return newest; }

// answered shows the answer to a form: the view that it leads to, or the one with a reason
// why not. Who has gone on to another view since the form was sent stays there.
export async function answered(response, before) {
  if (response.ok && before !== newest) return;
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!next.body.dataset.view) {
    location.assign(response.url);
    return;
  }
  newest += 1;
  if (response.redirected && response.url !== location.href) {
    history.pushState({}, "", response.url);
    shown = response.url.split("#")[0];
  }
  show(next, false);
  if (!response.ok) for (const reason of document.querySelectorAll("[role=alert]")) reason.dataset.keep = "";
}

// forget removes the reasons why forms were refused.
export function forget() {
  for (const reason of document.querySelectorAll("[role=alert][data-keep]")) reason.remove();
}

let loading = false;
let again = false;
let last = 0;
const pauses = { visible: 150, hidden: 1000 };

// loadAgain brings the view up to date, not more often than somebody could see.
export async function loadAgain() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  await new Promise((done) => setTimeout(done, Math.max(0, last + pauses[document.visibilityState] - Date.now())));
  again = false;
  last = Date.now();
  // It does not count as a visit: one that is under way goes on.
  const [load, at] = [newest, location.href];
  try {
    // An address that leaves the choice of the number open shows the one that is open.
    const { next } = await fetchView(at.split("#")[0], { headers: { "X-Open-Number": document.body.dataset.number ?? "" } });
    if (load === newest && at === location.href) show(next, true);
  } catch { /* the stream tells when the emulator is there again */ }
  loading = false;
  if (again) loadAgain();
}

function clicked(e) {
  const link = e.target.closest("a[href]");
  if (!link || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  if (link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (!isView(url) || (url.hash && url.href.split("#")[0] === shown)) return;
  e.preventDefault();
  startOver(link.closest("form"));
  visit(link.href);
}

// startOver takes back what was typed into a form that a link in it fills.
function startOver(form) {
  if (!form) return;
  HTMLFormElement.prototype.reset.call(form);
  for (const part of form.querySelectorAll("[data-keep]")) part.removeAttribute("data-keep");
}

// Esc closes what is open and returns to its row.
export function closeLook() {
  const look = document.getElementById("look");
  const close = look?.querySelector("[data-close]");
  if (!close) return false;
  const id = CSS.escape(look.dataset.id);
  visit(close.href, { focus: `[data-open="${id}"], tr[data-id="${id}"] a` });
  return true;
}

export function start() {
  document.addEventListener("click", clicked);
  addEventListener("popstate", async (e) => {
    if (location.href.split("#")[0] === shown) return;
    await visit(location.href, { push: false });
    for (const at of scrolling) document.querySelector(at)?.scrollTo({ top: e.state?.scrolls?.[at] ?? 0 });
  });
}

