// What is special about the parts of a view that grow: chats and lists. Nothing moves under
// the pointer or the focus; what is new waits behind a button that counts it.
import { morph, children, keyOf } from "./morph.js";

const maxOlder = 400; // messages of a chat that stay when newer ones came
const near = 60; // pixels from the end that count as the end

const waiting = new Map(); // id of a list to its newest state

function pendingButton(list) {
  return document.querySelector(`[data-pending="${CSS.escape(list.id)}"]`);
}

function showPending(list, count) {
  const button = pendingButton(list);
  if (!button) return;
  button.hidden = count === 0;
  const text = `${count} new`;
  const label = button.querySelector("span");
  if (count > 0 && label.textContent !== text) label.textContent = text;
}

// busy says whether somebody points at a list or has the focus in it.
function busy(list) {
  return list.matches(":hover") || (list.contains(document.activeElement) && document.activeElement !== list);
}

// updateList brings a list up to date. Where somebody is busy in it the rows stay where
// they are: the ones that are there change, and new ones wait.
function updateList(list, next) {
  if (!busy(list)) {
    children(list, next);
    waiting.delete(list.id);
    showPending(list, 0);
    return;
  }
  const rows = new Map([...list.children].map((row) => [keyOf(row), row]));
  let fresh = 0;
  for (const row of next.children) {
    const known = rows.get(keyOf(row));
    if (known) morph(known, row);
    else fresh += 1;
  }
  waiting.set(list.id, next.cloneNode(true));
  showPending(list, fresh);
}

// release brings lists up to date in which nobody is busy any more.
function release() {
  for (const [id, next] of [...waiting]) {
    const list = document.getElementById(id);
    if (list && !busy(list)) updateList(list, next);
    if (!list) waiting.delete(id);
  }
}

function scroller(list) { return list.closest("[data-list-scroll]"); }

function atEnd(box) { return box.scrollHeight - box.scrollTop - box.clientHeight < near; }

// A chat that was at its end stays there when a picture above comes in.
const grown = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const box = scroller(target);
    if (box?.dataset.end === "yes") box.scrollTop = box.scrollHeight;
  }
});

function toEnd(box) {
  box.scrollTop = box.scrollHeight;
  box.dataset.end = "yes";
  grown.observe(box.querySelector("[data-list=chat]"));
}

let unseen = 0;

// updateChat brings a chat up to date. Older messages that fell out of the page stay.
function updateChat(list, next) {
  const box = scroller(list);
  if (list.dataset.chat !== next.dataset.chat) {
    list.dataset.chat = next.dataset.chat;
    children(list, next);
    unseen = 0;
    showPending(list, 0);
    toEnd(box);
    return;
  }
  const follow = atEnd(box) && !box.matches(":hover");
  const had = new Set([...list.children].map(keyOf));
  const firstKept = [...next.children].map(keyOf).find((key) => had.has(key) && key.includes("_"));
  if (firstKept) keepOlder(list, next, firstKept);
  const fresh = [...next.children].filter((row) => row.matches(".m") && !had.has(keyOf(row))).length;
  children(list, next);
  if (follow || fresh === 0 && atEnd(box)) {
    toEnd(box);
    unseen = 0;
  } else {
    unseen += fresh;
    box.dataset.end = "no";
  }
  showPending(list, unseen);
}

// keepOlder puts the messages above the first one that both have in front of the new state.
function keepOlder(list, next, firstKept) {
  const older = [];
  for (const row of list.children) {
    if (keyOf(row) === firstKept) break;
    older.push(row);
  }
  const keys = new Set([...next.children].map(keyOf));
  const kept = older.filter((row) => !keys.has(keyOf(row))).slice(-maxOlder);
  if (!kept.some((row) => row.matches(".m"))) return;
  // The line with the day that the new state begins with stands above already.
  while (next.firstElementChild && keyOf(next.firstElementChild) !== firstKept) next.firstElementChild.remove();
  next.prepend(...older.slice(-maxOlder).map((row) => row.cloneNode(true)));
}

// update brings the growing parts of a view up to date, before the rest of it is.
export function update(root) {
  for (const next of root.querySelectorAll("[data-list=hold], [data-list=chat]")) {
    const list = document.getElementById(next.id);
    if (!list) continue;
    if (next.dataset.list === "chat") updateChat(list, next);
    else updateList(list, next);
    // The rest of the view takes the list as it is.
    next.replaceWith(list.cloneNode(true));
  }
}

// opened shows a chat that was just opened at its newest message.
export function opened(root) {
  unseen = 0;
  for (const button of root.querySelectorAll("[data-pending]")) button.hidden = true;
  const box = root.querySelector("[data-list-scroll]");
  if (!box) return;
  const selected = box.querySelector(".sel");
  if (selected && !atEnd(box)) selected.scrollIntoView({ block: "center" });
  else toEnd(box);
}

// ended shows the end of the chat, after the customer wrote something.
export function ended() {
  const box = document.querySelector("[data-list-scroll]");
  if (!box) return;
  toEnd(box);
  unseen = 0;
  const list = box.querySelector("[data-list=chat]");
  if (list) showPending(list, 0);
}

document.addEventListener("click", (e) => {
  const button = e.target.closest("[data-pending]");
  if (!button) return;
  const id = button.dataset.pending;
  if (id === "chat") return ended();
  const list = document.getElementById(id);
  const next = waiting.get(id);
  if (!list || !next) return;
  children(list, next);
  waiting.delete(id);
  showPending(list, 0);
  list.querySelector("a")?.focus({ preventScroll: true });
  list.closest("[tabindex], .sheet")?.scrollTo({ top: 0 });
});

// A click on a message opens it, as one on the line below it does.
document.addEventListener("click", (e) => {
  const bubble = e.target.closest(".m > .b");
  if (!bubble || e.target.closest("a, button, input, form, audio, video") || !getSelection().isCollapsed) return;
  bubble.parentElement.querySelector("[data-open]")?.click();
});

document.addEventListener("scroll", (e) => {
  if (!e.target.matches?.("[data-list-scroll]")) return;
  e.target.dataset.end = atEnd(e.target) ? "yes" : "no";
  if (unseen > 0 && atEnd(e.target)) ended();
}, true);
document.addEventListener("pointerout", () => setTimeout(release, 150));
document.addEventListener("focusout", () => setTimeout(release, 150));

// sameChat says whether two views show the same chat from the same message on.
export function sameChat(one, other) {
  const [a, b] = [one, other].map((root) => root.querySelector("[data-list=chat]"));
  return (!a && !b) || (a?.dataset.chat === b?.dataset.chat && a?.dataset.before === b?.dataset.before);
}
