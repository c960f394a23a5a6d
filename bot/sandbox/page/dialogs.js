// Boxes over the page. The browser's own dialog keeps the focus in them and closes them with Escape.

import { el, icon } from "./ui.js";

const box = (id) => document.getElementById(id);

export function alertBox(words, from) {
  const node = box("alert");
  node.querySelector(".box-from").textContent = from;
  node.querySelector(".box-words").textContent = words;
  if (!node.open) node.showModal();
}

// askContact resolves to {name, phone}, or to null when nothing is shared.
export function askContact(start) {
  const node = box("contact");
  const form = node.querySelector("form");
  node.querySelector("h2").textContent = start.title;
  form.elements.name.value = start.name;
  form.elements.phone.value = start.phone;
  node.returnValue = "";
  return new Promise((done) => {
    node.onclose = () => done(node.returnValue === "share" ? { name: form.elements.name.value.trim(), phone: form.elements.phone.value.trim() } : null);
    node.showModal();
    form.elements.phone.select();
  });
}

// look shows a picture as large as the window.
export function look(address, words) {
  const node = box("look");
  node.querySelector("img").src = address;
  node.querySelector("img").alt = words;
  node.showModal();
}

export function showKeys() {
  box("shortcuts").showModal();
}

// askAbout shows what can be done with a message: ask = {title, words, tasks: [{label, sign, go}],
// forwards: [{label, go}], nasty: {people: [{id, label}], keys: [{label, old}], press(key, person)}}.
export function askAbout(ask) {
  const node = box("about");
  const close = (then) => () => { node.close(); then(); };
  node.querySelector("h2").textContent = ask.title;
  node.querySelector(".box-from").textContent = ask.words;
  node.querySelector(".tasks").replaceChildren(...ask.tasks.map((t) => task(t.label, t.sign, close(t.go))));
  node.querySelector(".forwards").replaceChildren(...ask.forwards.map((f) => task(f.label, "forward", close(f.go))));
  const nasty = node.querySelector(".nasty");
  nasty.hidden = !ask.nasty.keys.length;
  const who = nasty.querySelector("select");
  who.replaceChildren(...ask.nasty.people.map((p) => el("option", { value: p.id }, p.label)));
  nasty.querySelector(".nasty-keys").replaceChildren(...ask.nasty.keys.map((k) => el("button", { type: "button", class: "task", onclick: close(() => ask.nasty.press(k, Number(who.value))) },
    icon("crash"), k.label, k.old ? el("i", {}, "an old button") : null)));
  node.showModal();
}

function task(label, sign, go) {
  return el("button", { type: "button", class: "task", onclick: go }, icon(sign), label);
}

// wireDialogs lets a press beside a box, or on what is marked for it, close the box, and the arrows go
// through its tasks.
export function wireDialogs() {
  for (const node of document.querySelectorAll("dialog")) {
    node.addEventListener("click", (event) => { if (event.target === node || event.target.closest("[data-close]")) node.close(); });
    node.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const all = [...node.querySelectorAll(".task")];
      if (!step || !all.length || event.target.matches("select, input")) return;
      event.preventDefault();
      all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    });
  }
}
