// Small pieces of the page: elements, icons, toasts, boxes, calls.

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
  setTimeout(() => node.remove(), 4200);
}

export function alertBox(words, from) {
  const box = document.getElementById("alert");
  box.querySelector(".box-from").textContent = from;
  box.querySelector(".box-words").textContent = words;
  if (!box.open) box.showModal();
}

// askContact resolves to {name, phone}, or to null when nothing is shared.
export function askContact(start) {
  const box = document.getElementById("contact");
  const form = box.querySelector("form");
  form.elements.name.value = start.name;
  form.elements.phone.value = start.phone;
  box.returnValue = "";
  return new Promise((done) => {
    form.querySelector("[value=cancel]").onclick = () => box.close("cancel");
    box.onclose = () => done(box.returnValue === "share" ? { name: form.elements.name.value.trim(), phone: form.elements.phone.value.trim() } : null);
    box.showModal();
    form.elements.phone.select();
  });
}

// post calls the server and resolves to its answer; a refusal is shown as a toast and is null.
export async function post(path, body) {
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
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

// radios makes a row of buttons one radio group: one tab stop, arrows move and choose.
export function radios(group) {
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = [...group.querySelectorAll("[role=radio], [role=tab]")];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    event.preventDefault();
    next.focus();
    next.click();
  });
}
