// The clock of the emulator goes on between two views.
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");

const begun = new WeakMap(); // element to its text of time, and when that was true

function now(el) {
  const known = begun.get(el);
  if (known?.text === el.dateTime) return known.at + performance.now() - known.since;
  const at = Date.parse(el.dateTime);
  begun.set(el, { text: el.dateTime, at, since: performance.now() });
  return at;
}

function show() {
  for (const el of document.querySelectorAll("[data-clock]")) {
    const d = new Date(now(el));
    const short = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
    const text = el.dataset.clock === "short" ? short
      : `${days[d.getUTCDay()]} ${d.getUTCDate()} ${months[d.getUTCMonth()]} ${short}:${two(d.getUTCSeconds())}`;
    if (el.textContent !== text) el.textContent = text;
  }
}

const every = 30_000; // milliseconds after which what is left of windows and waits is said anew

export function start(loadAgain) {
  setInterval(show, 500);
  setInterval(() => { if (!document.hidden) loadAgain(); }, every);
}
