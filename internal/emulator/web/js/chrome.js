// The small things of every view: theme, tabs, copying, menus, fields that show their value.
import { stored, store, say } from "./store.js";

const themes = ["auto", "light", "dark"];

function showTheme(theme) {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const b of document.querySelectorAll("[data-theme-button]")) {
    b.hidden = false;
    b.setAttribute("aria-label", `Theme: ${theme}. Change`);
    b.title = `Theme: ${theme}`;
  }
}

// Which tab of a group is shown is remembered while the page is open, so that a view that
// is loaded again shows the same.
const chosen = new Map();

export function selectTab(tab) {
  const group = tab.closest("[data-tabs]");
  const all = [...group.querySelectorAll("[role=tab]")];
  chosen.set(group.dataset.tabs, all.indexOf(tab));
  showTabs(group);
}

function showTabs(group) {
  const all = [...group.querySelectorAll("[role=tab]")];
  const now = Math.min(chosen.get(group.dataset.tabs) ?? 0, all.length - 1);
  all.forEach((tab, i) => {
    tab.setAttribute("aria-selected", String(i === now));
    tab.tabIndex = i === now ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls"))?.classList.toggle("on", i === now);
  });
}

// dress puts back what only the script knows, after a view or a part of it was loaded.
export function dress() {
  for (const group of document.querySelectorAll("[data-tabs]")) showTabs(group);
  showTheme(stored("theme", "auto"));
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyOldWay(text)) return say("The browser does not allow to copy");
  }
  say("Copied");
  const label = button?.querySelector("span");
  if (!label || label.dataset.was) return;
  label.dataset.was = label.textContent;
  label.textContent = "Copied";
  setTimeout(() => {
    label.textContent = label.dataset.was;
    delete label.dataset.was;
  }, 1200);
}

// A page that is neither HTTPS nor loopback has no clipboard.
function copyOldWay(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

// Where a shell line stands, what is open before what is not.
const shells = ["#look .panel[data-shell]", "main details[open] [data-shell]", ".compose [data-shell]", "#new-fault [data-shell]", "main [data-shell]"];

// copyCurl copies what is open as a shell line; it says whether there is one.
export function copyCurl() {
  const box = shells.map((at) => document.querySelector(at)).find((one) => one?.textContent.trim());
  if (!box) return false;
  copy(box.textContent, null);
  return true;
}

// closeMenus closes what lies over the page. A fold stands in it, and stays as it is.
export function closeMenus(except) {
  let open = false;
  for (const menu of document.querySelectorAll("details.menu[open]:not(.fold)")) {
    if (menu === except || menu.contains(except)) continue;
    menu.open = false;
    open = true;
  }
  return open;
}

function clicked(e) {
  const el = e.target.closest("button, [role=tab], summary");
  closeMenus(e.target.closest("details.menu:not(.fold)"));
  if (!el) return;
  if (el.hasAttribute("data-theme-button")) {
    const theme = themes[(themes.indexOf(stored("theme", "auto")) + 1) % themes.length];
    store("theme", theme);
    showTheme(theme);
  }
  if (el.getAttribute("role") === "tab") selectTab(el);
  if (el.dataset.copy !== undefined) copy(el.dataset.copy, el);
  if (el.hasAttribute("data-copy-panel")) copy(el.closest("[data-tabs]").querySelector(".panel.on").textContent, el);
  if (el.hasAttribute("data-copy-code")) copy(el.closest(".code").querySelector("pre").textContent, el);
}

function typed(e) {
  const out = document.getElementById(e.target.dataset?.out ?? "");
  if (out) out.firstChild.textContent = e.target.value;
}

export function start() {
  document.addEventListener("click", clicked);
  document.addEventListener("input", typed);
  dress();
}
