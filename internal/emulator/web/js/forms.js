// Sends forms without loading the page anew. Without this script they work all the same.
import { visit, answered, loadAgain } from "./visits.js";
import { ended } from "./chat.js";

async function post(form, button) {
  const data = new FormData(form, button);
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  form.querySelector(".lost")?.remove();
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
    form.reset();
    for (const area of form.querySelectorAll("textarea")) fit(area);
    const menu = form.closest("details.menu");
    if (menu) menu.open = false;
  }
  await answered(response);
  if (response.ok && (form.closest(".compose") || form.matches(".acts, .rows"))) ended();
  loadAgain();
}

// lost says beside a form that it did not arrive. What was typed stays.
function lost(form) {
  const text = document.createElement("p");
  text.className = "bad small lost";
  text.setAttribute("role", "alert");
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

// The sentence of the form for a fault follows what is typed.
const faultWords = {
  op: (v) => v || "every operation", template: (v) => v && ` of template ${v}`, to: (v) => v && ` to ${v}`,
};

function says(form) {
  const out = form.querySelector(".says");
  const f = Object.fromEntries(new FormData(form));
  const subject = faultWords.op(f.op) + (faultWords.template(f.template) || "") + (faultWords.to(f.to) || "");
  const often = { always: `Each request to ${subject}`, limit: `More than ${f.minute || "?"} requests a minute to ${subject}` }[f.often]
    ?? `The next ${f.times || 1} × ${subject}`;
  const does = [];
  if (f.delay) does.push(`waits ${f.delay}`);
  if (f.status) does.push(`answers ${f.status} ${f.code ?? ""}`.trim() + (f.retry ? `, Retry-After ${f.retry}` : ""));
  if (f.often === "limit" && !f.status) does.push("answers 429 with Retry-After");
  if (f.cut) does.push(`is cut off after ${f.cut} bytes`);
  if (f.reset) does.push("is reset without an answer");
  const processed = f.processed || (!f.status && !f.reset) ? "The request is processed." : "The request is not processed.";
  out.textContent = does.length ? `${often} ${does.join(", then ")}. ${processed}` : "Nothing would break yet: give a status, a delay, a reset or a cut.";
}

export function start() {
  document.addEventListener("submit", submitted);
  document.addEventListener("keydown", pressed);
  document.addEventListener("change", (e) => {
    if (e.target.matches("select[data-go]")) e.target.form.requestSubmit();
  });
  document.addEventListener("input", (e) => {
    if (e.target.matches("textarea[data-enter]")) fit(e.target);
    const form = e.target.closest("form[data-says]");
    if (form) says(form);
  });
}
