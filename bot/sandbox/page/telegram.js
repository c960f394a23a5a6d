// Telegram's own moods: what comes over the bot's calls until it is healed.

import { el, post } from "./ui.js";

const always = 1_000_000; // calls; nobody waits for so many

const moods = [
  { id: "well", label: "Well", help: "Takes every call and answers it.", faults: [] },
  { id: "slow", label: "Slow", help: "Every call takes two seconds more.", faults: [{ kind: "slow", delay_ms: 2000 }] },
  { id: "flood", label: "Flooded", help: "Refuses every message for now: 429, try again in 3 seconds. Presses are answered.", faults: ["sendMessage", "editMessageText", "editMessageReplyMarkup"].map((method) => ({ kind: "flood", method, retry_after: 3 })) },
  { id: "down", label: "Down", help: "Answers every call with a page of 502 Bad Gateway. What the bot owes waits.", faults: [{ kind: "page" }] },
  { id: "cut", label: "Cuts lines", help: "Hangs up on every call without an answer.", faults: [{ kind: "drop" }] },
  { id: "lost", label: "Loses answers", help: "The next three messages arrive, but the bot never hears so.", times: 3, faults: [{ kind: "drop", method: "sendMessage", after: true }] },
];

export class TelegramPanel {
  constructor() {
    this.state = el("span", { class: "pill" }, el("span", { class: "dot" }), el("span", {}));
    this.select = el("select", { class: "moods telegram-moods", "aria-label": "Mood of Telegram", onchange: () => this.choose() }, ...moods.map((m) => el("option", { value: m.id }, m.label)));
    this.help = el("p", { class: "help", "aria-live": "polite" });
    this.root = el("section", { class: "panel", "aria-label": "Telegram" }, el("h2", {}, "Telegram", this.state), el("label", { class: "hint mood-of" }, "It is ", this.select), this.help);
    this.draw([]);
  }

  async choose() {
    const mood = moods.find((m) => m.id === this.select.value);
    this.busy = true;
    await post("/sandbox/heal", {});
    for (const f of mood.faults) await post("/sandbox/fault", { times: mood.times ?? always, ...f });
    this.busy = false;
    this.draw(this.faults);
  }

  // draw tells the mood from the faults that are armed, whoever has armed them.
  draw(faults) {
    this.faults = faults;
    if (this.busy) return;
    const f = faults[0];
    const mood = !f ? moods[0] : moods.find((m) => m.faults[0]?.kind === f.kind && Boolean(m.faults[0].after) === Boolean(f.after)) ?? moods[3];
    this.select.value = mood.id;
    this.select.classList.toggle("calm", !f);
    this.state.className = f ? "pill busy" : "pill good";
    this.state.lastChild.textContent = mood.label.toLowerCase();
    if (this.help.textContent !== mood.help) this.help.textContent = mood.help;
  }
}
