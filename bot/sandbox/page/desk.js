// The desk: the bot's process, the providers and the guide. It shows itself when the demo serves
// /demo/state and stays away when that is not there.

import { el, icon, post } from "./ui.js";

const everySecond = 1000;

export class Desk {
  constructor(root, onShow, guide) {
    Object.assign(this, { root, onShow, cards: new Map(), phase: "idle" });
    this.root.append(guidePanel(guide), this.botPanel());
    this.poll();
  }

  async poll() {
    try {
      const answer = await fetch("/demo/state", { cache: "no-store" });
      if (answer.status === 404) {
        this.show(false);
        return;
      }
      if (answer.ok) {
        this.show(true);
        this.draw(await answer.json());
      }
    } catch { /* the page's own pill tells that the server is gone */ }
    setTimeout(() => this.poll(), this.phase === "idle" ? everySecond : everySecond / 4);
  }

  show(there) {
    if (this.root.hidden === !there) return;
    this.root.hidden = !there;
    this.onShow(there);
  }

  botPanel() {
    this.status = el("span", { class: "pill" }, el("span", { class: "dot" }), el("span", {}, "…"));
    this.crash = el("button", { class: "crash", type: "button", onclick: () => this.kill() }, icon("crash"), el("span", {}, "Crash the bot"));
    this.facts = el("span", { class: "facts" });
    return el("section", { class: "panel", "aria-label": "The bot" },
      el("h2", {}, "The bot", this.status), this.crash,
      el("p", { class: "hint under" }, "SIGKILL, in the middle of whatever it does. Nothing may be lost or paid twice. ", this.facts));
  }

  async kill() {
    if (this.phase !== "idle") return;
    this.killedAt = performance.now();
    this.before = this.bot ?? {};
    this.setPhase("down", "Killed…");
    if (!await post("/demo/crash", {})) this.setPhase("idle", "Crash the bot");
  }

  setPhase(phase, words) {
    this.phase = phase;
    this.crash.dataset.phase = phase;
    this.crash.lastChild.textContent = words;
    this.crash.setAttribute("aria-label", words);
  }

  draw(state) {
    const bot = this.bot = state.bot ?? {};
    this.status.className = bot.running ? "pill good" : "pill bad";
    this.status.lastChild.textContent = bot.running ? "running" : "down";
    const n = bot.restarts ?? 0;
    this.facts.textContent = `pid ${bot.pid ?? "–"} · ${n} ${n === 1 ? "restart" : "restarts"}`;
    const back = bot.running && (bot.restarts > (this.before?.restarts ?? 0) || bot.pid !== this.before?.pid);
    if (this.phase === "down" && !bot.running) this.setPhase("up", "Restarting…");
    if ((this.phase === "down" || this.phase === "up") && back) {
      this.setPhase("back", `Back after ${((performance.now() - this.killedAt) / 1000).toFixed(1)} s`);
      setTimeout(() => this.setPhase("idle", "Crash the bot"), 3500);
    }
    for (const p of state.providers ?? []) this.provider(p);
  }

  provider(p) {
    let card = this.cards.get(p.name);
    if (!card) {
      card = new Card(p, () => this.open(card));
      this.cards.set(p.name, card);
      this.root.append(card.root);
      if (this.cards.size === 1) this.open(card);
    }
    card.draw(p);
  }

  // One provider is open at a time; pressing the open one closes it.
  open(chosen) {
    for (const card of this.cards.values()) card.show(card === chosen && !card.shown);
  }
}

class Card {
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
    this.head = el("button", { type: "button", class: "head", onclick: open }, p.name, this.mood);
    this.root = el("section", { class: "panel", "aria-label": "Provider " + p.name },
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

  choose(provider) {
    this.chosenAt = performance.now();
    this.help.textContent = this.moods.selectedOptions[0].dataset.help;
    post("/demo/mood", { provider, mood: this.moods.value });
  }

  draw(p) {
    const chosen = p.moods?.find((m) => m.id === p.mood);
    const calm = p.mood === p.moods?.[0]?.id;
    this.mood.className = calm ? "pill good" : "pill busy";
    this.mood.lastChild.textContent = (chosen?.label ?? p.mood).toLowerCase();
    this.float.textContent = (p.currency ? p.currency + " " : "") + p.float;
    for (const [name, node] of Object.entries(this.counts)) {
      const next = String(p[name] ?? 0);
      if (node.textContent !== next && node.textContent !== "–") {
        node.parentElement.classList.remove("bump");
        void node.offsetWidth; // starts the animation again
        node.parentElement.classList.add("bump");
      }
      node.textContent = next;
    }
    const key = JSON.stringify(p.moods);
    if (this.drawnMoods !== key) {
      this.drawnMoods = key;
      this.moods.replaceChildren(...(p.moods ?? []).map((m) => el("option", { value: m.id, "data-help": m.help }, m.label)));
    }
    if (document.activeElement !== this.moods || performance.now() - this.chosenAt > 2 * everySecond) this.moods.value = p.mood;
    this.moods.classList.toggle("calm", calm);
    this.help.textContent = this.moods.selectedOptions[0]?.dataset.help ?? "";
  }
}

// guidePanel opens one step at a time; going on to a step does what it says.
function guidePanel(steps) {
  const items = steps.map((s) => el("li", {}, el("button", { type: "button", onclick: () => { choose(s); s.go(); } },
    el("span", {}, el("b", {}, s.title), el("span", { class: "more" }, ...s.words)))));
  const choose = (chosen) => items.forEach((item, i) => {
    item.classList.toggle("open", steps[i] === chosen);
    item.firstChild.setAttribute("aria-current", steps[i] === chosen ? "step" : "false");
  });
  choose(steps[0]);
  return el("section", { class: "panel", "aria-label": "Try this" }, el("h2", {}, "Try this"), el("ol", { class: "guide" }, ...items));
}
