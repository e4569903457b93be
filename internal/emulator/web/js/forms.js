// Sends forms without loading the page anew. Without this script they work all the same.
import { visit, answered, begun, forget, loadAgain } from "./visits.js";
import { ended } from "./chat.js";

async function post(form, button) {
  const data = new FormData(form, button);
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  forget();
  const before = begun();
  const pane = form.closest("[tabindex]");
  let response;
  form.setAttribute("aria-busy", "true");
  try {
    response = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  } catch {
    lost(form);
    return;
  } finally {
    form.removeAttribute("aria-busy");
  }
  if (response.ok) {
    HTMLFormElement.prototype.reset.call(form); // a field may have the name reset
    for (const at of typedParts) form.querySelector(at)?.removeAttribute("data-keep");
    for (const area of form.querySelectorAll("textarea")) fit(area);
    const menu = form.closest("details.menu:not(.fold)");
    if (menu) menu.open = false;
  }
  await answered(response, before);
  // A form that did its work may be gone, and the focus with it.
  if (pane?.isConnected && document.activeElement === document.body) pane.focus({ preventScroll: true });
  if (response.ok && (form.closest(".compose") || form.matches(".acts, .rows"))) ended();
  if (response.ok) loadAgain();
}

// lost says beside a form that it did not arrive. What was typed stays.
function lost(form) {
  const text = document.createElement("p");
  text.className = "bad small lost";
  text.setAttribute("role", "alert");
  text.dataset.keep = "";
  text.textContent = "The emulator does not answer. Nothing was done.";
  form.append(text);
}

function get(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.set(name, value);
  const text = query.toString();
  visit(form.getAttribute("action") + (text ? `?${text}` : ""));
}

function submitted(e) {
  const form = e.target;
  if (e.defaultPrevented) return;
  e.preventDefault();
  if (form.method === "post") post(form, e.submitter);
  else get(form);
}

// fit lets a field grow with its text.
function fit(area) {
  area.rows = Math.min(6, area.value.split("\n").length);
}

function pressed(e) {
  const area = e.target.closest("textarea[data-enter]");
  if (!area || e.key !== "Enter" || e.shiftKey || e.isComposing) return;
  e.preventDefault();
  if (area.value.trim()) area.form.requestSubmit(area.form.querySelector("button"));
}

// The form for a fault says in a sentence, and as curl, what it would do.
const typedParts = ["#says", "#fault-curl pre"];
let asked = 0;

async function says(form) {
  const mine = ++asked;
  await new Promise((done) => setTimeout(done, 250));
  if (mine !== asked) return;
  const query = new URLSearchParams(new FormData(form));
  query.delete("back");
  query.delete("do");
  try {
    const response = await fetch(`faults?${query}`, { headers: { Accept: "text/html" } });
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    if (mine !== asked) return;
    for (const at of typedParts) {
      const [box, now] = [form, next].map((root) => root.querySelector(at));
      box.replaceChildren(...(now?.childNodes ?? []));
      box.setAttribute("data-keep", ""); // as long as the form is not sent
    }
  } catch { /* the mark at the top says that the emulator is away */ }
}

export function start() {
  document.addEventListener("submit", submitted);
  document.addEventListener("keydown", pressed);
  document.addEventListener("change", (e) => {
    if (e.target.matches("[data-go]")) e.target.form.requestSubmit();
  });
  document.addEventListener("input", (e) => {
    if (e.target.matches("textarea[data-enter]")) fit(e.target);
    const form = e.target.closest("form[data-says]");
    if (form) says(form);
  });
}
