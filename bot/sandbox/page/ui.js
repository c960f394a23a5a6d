// Small pieces of the page: elements, icons, toasts, calls, groups of buttons. Words reach the page as
// text nodes and attributes only.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

export function icon(name) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  const use = document.createElementNS(ns, "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
}

const tints = ["#0c7a69", "#3a62c4", "#a8471f", "#7a3fb0", "#b0326b", "#2b7a2f", "#8a6410", "#1d7391"];

export function tint(id) {
  return tints[(Math.imul(Number(id) | 0, 2654435761) >>> 20) % tints.length];
}

export function avatar(name, id, small) {
  const node = el("span", { class: small ? "avatar small" : "avatar", "aria-hidden": "true" }, [...name][0]?.toUpperCase() ?? "?");
  node.style.setProperty("--tint", tint(id));
  return node;
}

// toast shows words for a moment: in host, or over the whole page.
export function toast(words, from, host = document.getElementById("toasts")) {
  const node = el("div", { class: "toast" }, from ? el("b", {}, from) : null, words);
  host.append(node);
  if (host.children.length > 4) host.firstChild.remove();
  setTimeout(() => node.remove(), Math.max(4200, 70 * words.length));
}

// post calls the server and resolves to its answer; a refusal is shown as a toast and is null. A form's
// data goes as it is, everything else as JSON.
export async function post(path, body) {
  const form = body instanceof FormData;
  try {
    const answer = await fetch(path, { method: "POST", headers: form ? {} : { "Content-Type": "application/json" }, body: form ? body : JSON.stringify(body) });
    const text = await answer.text();
    let value = {};
    try { value = text ? JSON.parse(text) : {}; } catch { value = { error: text }; }
    if (answer.ok) return value;
    toast(value.error || "The server refused: " + answer.status);
  } catch {
    toast("The demo's server does not answer.");
  }
  return null;
}

// copy puts text into the clipboard and says so on the host.
export async function copy(text, host) {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else if (!copyOldWay(text)) throw new Error("refused");
    toast("Copied: " + text, "", host);
  } catch {
    toast("The browser would not copy. It is: " + text, "", host);
  }
}

// copyOldWay serves pages that were not loaded from this machine: those have no navigator.clipboard.
function copyOldWay(text) {
  const before = document.activeElement;
  const box = el("textarea", { class: "offstage", readonly: true, "aria-hidden": "true" });
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  before?.focus();
  return done;
}

// radios makes a row of buttons one group: one tab stop, arrows move and choose.
export function radios(group) {
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey) return;
    const all = [...group.querySelectorAll("[role=radio], [role=tab]")];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    event.preventDefault();
    next.focus();
    next.click();
  });
}

// popup makes list a menu under button: arrows move, Escape and a press elsewhere close it. It returns a
// function that opens (true) or closes it.
export function popup(button, list) {
  const show = (open) => {
    list.hidden = !open || !list.children.length;
    button.setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) list.firstElementChild.focus();
  };
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => show(list.hidden));
  list.addEventListener("keydown", (event) => {
    const all = [...list.children].filter((c) => !c.hidden);
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) { event.preventDefault(); all[(to + all.length) % all.length].focus(); }
    if (event.key === "Escape") { event.stopPropagation(); show(false); button.focus(); }
  });
  const outside = (event) => { if (!list.hidden && !list.contains(event.target) && !button.contains(event.target)) show(false); };
  document.addEventListener("pointerdown", outside);
  document.addEventListener("focusin", outside);
  return show;
}
