// The keyboard. Letters work outside of fields only, and can be switched off.
import { stored, store } from "./store.js";
import { closeMenus, copyCurl, selectTab } from "./chrome.js";
import { closeLook, visit } from "./visits.js";

const goes = { c: "conversations", n: "numbers", f: "faults", d: "deliveries", r: "requests", u: "unknown" };
const goTime = 1200; // milliseconds from g to the next letter

let went = 0; // when g was pressed

function typing(el) {
  return el.isContentEditable || el.matches("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=range])");
}

// Rows between which the arrows move.
const rows = [".list a", "tbody tr td a[href]", ".rail a", ".chat .meta[href]"];

function move(e) {
  const tab = e.target.closest("[role=tab]");
  if (tab) return moveTab(e, tab);
  if (e.target.closest("details.menu[open]:not(.fold)")) return;
  const at = rows.find((one) => e.target.matches(one)) ?? rows.find((one) => e.target.querySelector?.(one));
  if (!at) return;
  const box = e.target.matches(at) ? e.target.closest(".pane, .sheet, .flow, .page, .card") ?? document : e.target;
  if (e.target === document.body) return;
  const all = [...box.querySelectorAll(at)].filter((el) => el.offsetParent);
  const now = all.indexOf(e.target);
  let next = null;
  if (e.key === "ArrowDown") next = now < 0 ? (at === rows[3] ? all.at(-1) : all[0]) : all[now + 1];
  if (e.key === "ArrowUp") next = now < 0 ? null : all[now - 1];
  if (e.key === "Home" && now >= 0) next = all[0];
  if (e.key === "End" && now >= 0) next = all.at(-1);
  if (!next) return;
  e.preventDefault();
  next.focus();
}

function moveTab(e, tab) {
  const all = [...tab.parentElement.querySelectorAll("[role=tab]")];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
  if (!step) return;
  e.preventDefault();
  const next = all[(all.indexOf(tab) + step + all.length) % all.length];
  selectTab(next);
  next.focus();
}

function escape(e) {
  const menu = e.target.closest("details.menu[open]:not(.fold)");
  if (closeMenus(null)) {
    menu?.querySelector("summary").focus();
    return;
  }
  if (e.target.matches("#q")) return e.target.blur();
  closeLook();
}

function letter(e) {
  if (went && Date.now() - went < goTime && goes[e.key]) {
    e.preventDefault();
    went = 0;
    return visit(goes[e.key]);
  }
  went = e.key === "g" ? Date.now() : 0;
  switch (e.key) {
    case "/":
      e.preventDefault();
      return document.getElementById("q")?.focus();
    case "?":
      return visit("keys");
    case "r": {
      const field = document.getElementById("say-text");
      if (!field) return;
      e.preventDefault();
      return field.focus();
    }
    case "c":
      return copyCurl();
  }
}

function pressed(e) {
  if (e.defaultPrevented || e.metaKey || e.ctrlKey || e.altKey || e.isComposing) return;
  if (e.key === "Escape") return escape(e);
  if (typing(e.target)) return;
  if (/^(Arrow|Home$|End$)/.test(e.key)) return move(e);
  if (stored("letters", "on") === "on") letter(e);
}

export function start() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("change", (e) => {
    if (e.target.id === "letters") store("letters", e.target.checked ? "on" : "off");
  });
  const show = () => {
    const box = document.getElementById("letters");
    if (box) box.checked = stored("letters", "on") === "on";
  };
  show();
  new MutationObserver(show).observe(document.body, { childList: true, subtree: false });
}
