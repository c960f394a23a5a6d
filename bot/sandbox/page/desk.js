// The desk: the bot's process and the providers, between panels that others have made. It shows itself
// when the demo serves /demo/state and stays away when that is not there.

import { el, icon, post } from "./ui.js";
import { Provider, bump } from "./provider.js";

const everySecond = 1000;

export class Desk {
  constructor(root, onShow, above, below) {
    Object.assign(this, { root, onShow, cards: new Map(), phase: "idle" });
    this.root.append(...above, this.botPanel(), ...below);
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
    } catch { /* the page's own banner tells that the server is gone */ }
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
    const names = { killed: "killed", twice: "paid twice", lost: "lost" };
    this.counts = Object.fromEntries(Object.keys(names).map((name) => [name, el("b", {}, "–")]));
    this.verdict = el("p", { class: "help verdict", "aria-live": "polite", hidden: true });
    return el("section", { class: "panel", "aria-label": "The bot" },
      el("h2", {}, "The bot", this.status), this.crash,
      el("p", { class: "hint under" }, "SIGKILL, in the middle of whatever it does. Nothing may be lost or paid twice. ", this.facts),
      el("div", { class: "stats kills" }, ...Object.entries(names).map(([name, words]) => el("div", { class: "stat" }, this.counts[name], el("span", {}, words)))),
      this.verdict);
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
    this.facts.textContent = `pid ${bot.pid || "–"} · ${n} ${n === 1 ? "restart" : "restarts"}`;
    this.drawBooks(bot);
    const back = bot.running && (bot.restarts > (this.before?.restarts ?? 0) || bot.pid !== this.before?.pid);
    if (this.phase === "down" && !bot.running) this.setPhase("up", "Restarting…");
    if ((this.phase === "down" || this.phase === "up") && back) {
      this.setPhase("back", `Back after ${((performance.now() - this.killedAt) / 1000).toFixed(1)} s`);
      setTimeout(() => this.setPhase("idle", "Crash the bot"), 3500);
    }
    for (const p of state.providers ?? []) this.provider(p);
  }

  // drawBooks tells what the last kill has left behind: the demo has held the bot's store against the
  // providers' record before it started the bot again.
  drawBooks(bot) {
    const books = bot.books;
    bump(this.counts.killed, String(bot.killed ?? 0) + "×");
    bump(this.counts.twice, books ? String(books.twice) : "–");
    bump(this.counts.lost, books ? String(books.lost) : "–");
    this.root.querySelector(".kills").hidden = !bot.killed;
    this.verdict.hidden = !books;
    if (!books) return;
    const broken = books.twice + books.lost > 0;
    const words = `At the last kill the store was held against the providers' record: ${books.orders} paid ${books.orders === 1 ? "order" : "orders"}, ${books.open} still open.`
      + (bot.back_ms ? ` Ready again after ${bot.back_ms} ms.` : "");
    this.verdict.classList.toggle("wrong", broken);
    if (this.verdict.textContent !== words) this.verdict.textContent = words;
  }

  provider(p) {
    let card = this.cards.get(p.name);
    if (!card) {
      card = new Provider(p, () => this.open(card));
      this.cards.set(p.name, card);
      this.root.append(card.root);
      card.show(false);
      if (this.cards.size === 1) this.open(card);
    }
    card.draw(p);
  }

  // One provider is open at a time; pressing the open one closes it.
  open(chosen) {
    for (const card of this.cards.values()) card.show(card === chosen && !card.shown);
  }
}
