// Makes a part of the page like a newer one, and leaves what is the same as it is: scroll
// positions, open menus, the focus and what is being typed stay.

// same says whether two elements stand for the same thing.
function same(a, b) {
  if (a.nodeType !== b.nodeType || a.nodeName !== b.nodeName) return false;
  return a.nodeType !== Node.ELEMENT_NODE || keyOf(a) === keyOf(b);
}

export function keyOf(el) {
  return el.dataset?.key ?? el.id ?? "";
}

// Attributes that the user or the script sets.
const own = {
  DETAILS: ["open"], DIALOG: ["open"], INPUT: ["value", "checked"], OPTION: ["selected"],
};

function attributes(from, to) {
  const kept = own[from.nodeName] ?? [];
  for (const { name, value } of [...to.attributes]) {
    if (!kept.includes(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!kept.includes(name) && name !== "data-end" && !to.hasAttribute(name)) from.removeAttribute(name);
  }
}

// fields takes a new value over where nobody changed the field.
function field(from, to) {
  switch (from.nodeName) {
    case "INPUT":
      if (from.type === "checkbox" || from.type === "radio") {
        if (from.checked === from.defaultChecked && from.checked !== to.defaultChecked) from.checked = to.defaultChecked;
        from.defaultChecked = to.defaultChecked;
      } else if (from.type !== "file" && from !== document.activeElement && from.value === from.defaultValue) {
        from.value = from.defaultValue = to.defaultValue;
      }
      if (from.type === "hidden") from.value = from.defaultValue = to.getAttribute("value") ?? "";
      return;
    case "TEXTAREA":
      if (from !== document.activeElement && from.value === from.defaultValue) from.value = from.defaultValue = to.defaultValue;
  }
}

export function morph(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.hasAttribute("data-keep") || from.isEqualNode(to)) return;
  attributes(from, to);
  field(from, to);
  if (from.nodeName === "TEXTAREA") return;
  if (from.nodeName === "SELECT") return choices(from, to);
  children(from, to);
}

function choices(from, to) {
  if (from === document.activeElement) return;
  const was = from.value;
  const before = [...from.options].map((o) => o.value + o.text).join();
  const after = [...to.options].map((o) => o.value + o.text).join();
  if (before !== after) from.replaceChildren(...[...to.options].map((o) => o.cloneNode(true)));
  from.value = before === after && !from.hasAttribute("data-go") ? was : to.value;
}

// children makes the children of an element those of another one.
export function children(from, to) {
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    let found = at;
    while (found && !same(found, next)) found = found.nextSibling;
    if (found && found !== at && !(found.nodeType === Node.ELEMENT_NODE && keyOf(found))) {
      // Something without a key has no identity but its place, unless what stood before it went.
      if (found.nodeType === Node.ELEMENT_NODE && rest(at) > rest(next)) {
        while (at !== found) at = drop(at);
      } else found = null;
    }
    if (!found) {
      from.insertBefore(next.cloneNode(true), at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    else from.insertBefore(found, at);
    morph(found, next);
  }
  while (at) at = drop(at);
}

function rest(node) {
  let n = 0;
  for (let one = node.nodeType === Node.ELEMENT_NODE ? node : node.nextElementSibling; one; one = one.nextElementSibling) n += 1;
  return n;
}

// drop removes a node, unless it is the reason why a form was refused, which is for the
// next form to remove.
function drop(node) {
  const next = node.nextSibling;
  if (!node.matches?.("[role=alert][data-keep]")) node.remove();
  return next;
}
