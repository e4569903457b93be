// The browser's storage, which may be switched off.
const prefix = "emulator-";

export function stored(name, otherwise) {
  try {
    return localStorage.getItem(prefix + name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function store(name, value) {
  try {
    localStorage.setItem(prefix + name, value);
  } catch { /* then it lasts as long as the view */ }
}

// say tells people who do not see the page what happened.
export function say(text) {
  const status = document.getElementById("say");
  if (status) status.textContent = text;
}
