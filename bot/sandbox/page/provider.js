// One pretend provider on the desk: its counters, its float, its mood.

import { el, post } from "./ui.js";

export class Provider {
  constructor(p, open) {
    this.mood = el("span", { class: "pill" }, el("span", { class: "dot" }), el("span", {}));
    this.counts = Object.fromEntries(["received", "accepted", "delivered"].map((name) => [name, el("b", {}, "–")]));
    this.float = el("b", {}, "–");
    this.amount = el("input", { inputmode: "decimal", placeholder: "500.00", "aria-label": "New float of " + p.name, maxlength: "14" });
    this.moods = el("select", { class: "moods", "aria-label": "Mood of " + p.name, onchange: () => this.choose(p.name) });
    this.help = el("p", { class: "help", "aria-live": "polite" });
    const set = el("form", { class: "float" }, el("span", {}, "Float", this.float), this.amount, el("button", { class: "button quiet" }, "Set"));
    set.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.amount.value.trim()) post("/demo/float", { provider: p.name, amount: this.amount.value.trim() }).then((ok) => { if (ok) this.amount.value = ""; });
    });
    this.head = el("button", { type: "button", class: "head", onclick: open }, el("span", { class: "provider-name" }, p.name), this.mood);
    this.root = el("section", { class: "panel provider", "aria-label": "Provider " + p.name },
      el("h2", {}, this.head),
      el("div", { class: "stats" }, ...Object.entries(this.counts).map(([name, count]) => el("div", { class: "stat" }, count, el("span", {}, name)))),
      el("p", { class: "hint under" }, "One order makes “accepted” grow by one. Never by two."),
      set, el("label", { class: "hint mood-of" }, "It is ", this.moods), this.help);
  }

  show(shown) {
    this.shown = shown;
    this.root.classList.toggle("closed", !shown);
    this.head.setAttribute("aria-expanded", String(shown));
  }

  // choose: the choice stands until the server tells of another mood than before, or refuses.
  choose(provider) {
    this.help.textContent = this.moods.selectedOptions[0].dataset.help;
    post("/demo/mood", { provider, mood: this.moods.value }).then((ok) => { if (!ok) this.moods.value = this.told; });
  }

  draw(p) {
    const chosen = p.moods?.find((m) => m.id === p.mood);
    const calm = p.mood === p.moods?.[0]?.id;
    this.mood.className = calm ? "pill good" : "pill busy";
    this.mood.lastChild.textContent = (chosen?.label ?? p.mood).toLowerCase();
    this.float.textContent = (p.currency ? p.currency + " " : "") + p.float;
    for (const [name, node] of Object.entries(this.counts)) bump(node, String(p[name] ?? 0));
    const key = JSON.stringify(p.moods);
    if (this.drawnMoods !== key) {
      this.drawnMoods = key;
      this.told = null;
      this.moods.replaceChildren(...(p.moods ?? []).map((m) => el("option", { value: m.id, "data-help": m.help }, m.label)));
    }
    if (this.told !== p.mood) this.moods.value = this.told = p.mood;
    this.moods.classList.toggle("calm", calm);
    const help = this.moods.selectedOptions[0]?.dataset.help ?? "";
    if (this.help.textContent !== help) this.help.textContent = help;
  }
}

// bump writes a number and lets it hop when it has changed.
export function bump(node, next) {
  if (node.textContent === next) return;
  if (node.textContent !== "–") {
    node.parentElement.classList.remove("bump");
    void node.offsetWidth; // starts the animation again
    node.parentElement.classList.add("bump");
  }
  node.textContent = next;
}
