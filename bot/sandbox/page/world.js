// What the page knows: filled from the sandbox's event stream, drawn by the panes.

import { alertBox, toast } from "./ui.js";

export class World {
  constructor(onFirst, onNews, onLink, hostOf) {
    Object.assign(this, { people: [], chats: new Map(), messages: new Map(), waiting: 0, bot: {}, onNews, onFirst, onLink, hostOf });
    this.presses = new Map();
    this.answered = new Map();
    this.source = new EventSource("/sandbox/events");
    this.source.onopen = () => onLink(true);
    this.source.onerror = () => onLink(false);
    this.source.onmessage = (event) => this.take(JSON.parse(event.data));
  }

  person(id) {
    return this.people.find((p) => p.id === id);
  }

  // groupID is the group to look at: the one that has not moved away.
  groupID() {
    return [...this.chats.values()].find((c) => c.kind !== "private" && !c.moved_to)?.id;
  }

  take(news) {
    const first = !this.people.length;
    if (news.people) {
      this.people = news.people;
      this.chats.clear();
      this.messages.clear();
    }
    this.bot = news.bot;
    this.waiting = news.waiting;
    for (const c of news.chats ?? []) this.chats.set(c.id, { ...c, typingUntil: c.typing_ms ? Date.now() + c.typing_ms : 0 });
    const fresh = [];
    for (const m of news.messages ?? []) {
      const chat = this.messages.get(m.chat.id) ?? new Map();
      this.messages.set(m.chat.id, chat);
      if (m.deleted) { chat.delete(m.message_id); continue; }
      if (!chat.has(m.message_id)) fresh.push(m);
      chat.set(m.message_id, m);
    }
    if (first) this.onFirst();
    for (const a of news.answers ?? []) this.answer(a);
    this.onNews(first ? [] : fresh);
  }

  // pressed remembers a spinning button until the bot's answer comes.
  pressed(key, press, within) {
    const stop = () => { key.removeAttribute("aria-busy"); clearTimeout(timer); this.presses.delete(press.query); };
    const timer = setTimeout(() => { stop(); toast("The bot has not answered in time.", this.person(press.person)?.first_name); }, within);
    this.presses.set(press.query, stop);
    if (this.answered.delete(press.query)) stop();
  }

  answer(a) {
    const stop = this.presses.get(a.query);
    stop ? stop() : this.answered.set(a.query, true);
    if (!a.text) return;
    const who = `${this.bot.first_name} to ${this.person(a.person)?.first_name ?? "somebody"}`;
    a.alert ? alertBox(a.text, who) : toast(a.text, who, this.hostOf(a));
  }
}
