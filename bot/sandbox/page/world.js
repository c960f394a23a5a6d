// What the page knows: filled from the sandbox's event stream, drawn by the panes.

import { toast } from "./ui.js";
import { alertBox } from "./dialogs.js";

const retryAfter = 1000;

export class World {
  // on = {first(), people(), news(fresh, touched), link(up), hostOf(press)}. fresh are messages that were not there
  // before; touched maps a chat to the numbers of its changed messages, and is null when all is new.
  constructor(on) {
    Object.assign(this, { on, people: [], topics: [], chats: new Map(), messages: new Map(), keys: new Map(), waiting: 0, faults: [], bot: {} });
    this.presses = new Map();
    this.answered = new Set();
    this.connect();
  }

  connect() {
    this.source = new EventSource("/sandbox/events");
    this.source.onopen = () => { this.beginning = true; this.on.link(true); };
    this.source.onerror = () => {
      this.on.link(false);
      if (this.source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      setTimeout(() => this.connect(), retryAfter);
    };
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
    const first = !this.met;
    const all = this.beginning;
    if (all) this.forget(news.topics);
    for (const p of news.people ?? []) this.meet(p);
    this.bot = news.bot;
    this.waiting = news.waiting;
    this.faults = news.faults ?? [];
    for (const c of news.chats ?? []) this.chats.set(c.id, { ...c, typingUntil: c.typing_ms ? Date.now() + c.typing_ms : 0 });
    const fresh = [];
    const touched = new Map();
    for (const m of news.messages ?? []) {
      if (this.keep(m)) fresh.push(m);
      if (!touched.has(m.chat.id)) touched.set(m.chat.id, []);
      touched.get(m.chat.id).push(m.message_id);
    }
    if (first) this.on.first();
    else if (news.people) this.on.people();
    for (const a of news.answers ?? []) this.answer(a);
    this.on.news(all ? [] : fresh, all ? null : touched);
  }

  // forget begins anew after a connection: the server tells all again.
  forget(topics) {
    Object.assign(this, { beginning: false, met: true, people: [], topics: topics ?? [] });
    this.chats.clear();
    this.messages.clear();
  }

  meet(p) {
    const at = this.people.findIndex((o) => o.id === p.id);
    at < 0 ? this.people.push(p) : (this.people[at] = p);
  }

  // keep puts a message into its chat and reports whether it is new there.
  keep(m) {
    const chat = this.messages.get(m.chat.id) ?? new Map();
    this.messages.set(m.chat.id, chat);
    this.remember(m);
    if (m.deleted) {
      chat.delete(m.message_id);
      return false;
    }
    const fresh = !chat.has(m.message_id);
    chat.set(m.message_id, m);
    return fresh;
  }

  // remember keeps every button that a message has ever had, for those who want to press old ones.
  remember(m) {
    if (!m.reply_markup) return;
    const id = m.chat.id + "/" + m.message_id;
    const known = this.keys.get(id) ?? new Map();
    this.keys.set(id, known);
    for (const b of m.reply_markup.inline_keyboard.flat()) if (b.callback_data) known.set(b.callback_data, b);
  }

  // everyKey lists a message's buttons, those that are gone too.
  everyKey(m) {
    return [...(this.keys.get(m.chat.id + "/" + m.message_id)?.values() ?? [])];
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
    stop ? stop() : this.answered.add(a.query);
    if (!a.text) return;
    const who = `${this.bot.first_name} to ${this.person(a.person)?.first_name ?? "somebody"}`;
    a.alert ? alertBox(a.text, who) : toast(a.text, who, this.on.hostOf(a));
  }
}
