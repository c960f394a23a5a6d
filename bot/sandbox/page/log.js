// The messages of one chat, as elements in a box that scrolls. Only the newest are drawn; earlier ones come
// when they are wanted. A change touches the elements that it is about, and no others.

import { el } from "./ui.js";
import { bubble, meta, onlySeen } from "./bubble.js";

const step = 100; // messages drawn at first, and more at a time

const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export class Log {
  // how = {person(), group, on, jump, input, empty()}: input is where the keyboard goes when there is nothing better.
  constructor(box, how) {
    Object.assign(this, { box, how, drawn: new Map(), limit: step, last: 0 });
    this.earlier = el("button", { type: "button", class: "earlier", onclick: () => this.more() }, "Earlier messages");
    box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    box.addEventListener("keydown", (event) => this.arrows(event));
    box.addEventListener("animationend", (event) => event.target.closest("article")?.classList.remove("fresh", "changed"));
    how.jump.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => { if (this.stuck) this.toEnd(); }).observe(box);
    this.stuck = true;
  }

  scrolled() {
    this.stuck = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 60;
    this.how.jump.hidden = this.stuck;
    if (this.box.scrollTop < 120 && this.earlier.isConnected) this.more();
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.stuck = true;
    this.how.jump.hidden = true;
  }

  clear() {
    this.drawn.clear();
    this.box.replaceChildren();
    Object.assign(this, { limit: step, last: 0, stuck: true });
  }

  // more draws earlier messages and leaves what is looked at where it is.
  more() {
    const below = this.box.scrollHeight - this.box.scrollTop;
    this.limit += step;
    this.rebuild();
    this.box.scrollTop = this.box.scrollHeight - below;
  }

  // draw shows the chat's messages, of which those numbered touched have changed; null means any.
  draw(messages, touched) {
    this.messages = messages;
    const gone = touched?.some((id) => !messages.has(id));
    if (!touched || gone || !this.drawn.size) this.rebuild();
    else for (const id of touched) this.change(messages.get(id));
    if (this.stuck) this.toEnd();
  }

  rebuild() {
    const all = [...this.messages.values()];
    const shown = all.slice(-this.limit);
    const known = this.drawn;
    const held = this.focused();
    this.drawn = new Map();
    const nodes = shown.length < all.length ? [this.earlier] : [];
    shown.forEach((m, i) => {
      const old = known.get(m.message_id);
      const node = old?.message === m ? old.node : this.make(m);
      this.drawn.set(m.message_id, { node, message: m });
      if (newDay(shown[i - 1], m)) nodes.push(separator(m));
      this.joints(node, shown[i - 1], m, shown[i + 1]);
      nodes.push(node);
    });
    this.last = shown.at(-1)?.message_id ?? 0;
    this.box.replaceChildren(...(shown.length ? nodes : [this.how.empty()]));
    this.restore(held);
  }

  make(m) {
    return bubble(m, { person: this.how.person(), group: this.how.group, on: this.how.on });
  }

  // joints tells a message where its row of the same sender begins and ends.
  joints(node, before, m, after) {
    node.classList.toggle("first", before?.from?.id !== m.from?.id || newDay(before, m));
    node.classList.toggle("last", after?.from?.id !== m.from?.id || newDay(m, after));
  }

  change(m) {
    const known = this.drawn.get(m.message_id);
    if (!known) return m.message_id > this.last ? this.append(m) : undefined;
    if (known.message === m) return;
    if (onlySeen(known.message, m)) {
      known.node.querySelector(".meta")?.replaceWith(meta(m, m.from?.id === this.how.person()));
    } else {
      const held = this.focused();
      const made = this.make(m);
      made.classList.toggle("first", known.node.classList.contains("first"));
      made.classList.toggle("last", known.node.classList.contains("last"));
      if (known.message.text !== m.text || known.message.caption !== m.caption) made.classList.add("changed");
      known.node.replaceWith(made);
      known.node = made;
      this.restore(held);
    }
    known.message = m;
  }

  append(m) {
    const before = this.drawn.get(this.last);
    if (newDay(before?.message, m)) this.box.append(separator(m));
    const node = this.make(m);
    node.classList.add("fresh");
    this.joints(node, before?.message, m, undefined);
    if (before && !node.classList.contains("first")) before.node.classList.remove("last");
    this.box.append(node);
    this.drawn.set(m.message_id, { node, message: m });
    this.last = m.message_id;
    if (this.stuck && this.drawn.size > this.limit + step) this.rebuild();
  }

  // focused remembers which button of which message has the keyboard.
  focused() {
    const at = document.activeElement;
    const article = at?.closest?.("article");
    if (!article || !this.box.contains(article)) return null;
    return { id: Number(article.dataset.id), key: [...article.querySelectorAll(".key")].indexOf(at) };
  }

  // restore gives the keyboard back to the same place of the message's new look, or to the newest buttons.
  restore(held) {
    if (!held || this.box.contains(document.activeElement)) return;
    const node = this.drawn.get(held.id)?.node;
    const keys = [...(node?.querySelectorAll(".key") ?? [])];
    const next = held.key < 0 ? node : keys[held.key] ?? keys[0];
    (next ?? this.how.input).focus({ preventScroll: true });
  }

  // newestKey is the first button of the newest message that has any.
  newestKey() {
    return [...this.box.querySelectorAll(".rows")].at(-1)?.querySelector(".key");
  }

  // arrows move between buttons, or between messages; Enter on a message opens what can be done with it.
  arrows(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.matches(".key")) return this.arrowsOnKeys(event);
    if (event.target !== this.box && !event.target.matches("article")) return;
    const all = [...this.box.querySelectorAll("article")];
    const at = all.indexOf(event.target);
    const to = { ArrowUp: at < 0 ? all.length - 1 : at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      this.how.on.more(this.messages.get(Number(event.target.dataset.id)));
    } else if (to !== undefined && all[to] && (at >= 0 || event.key === "ArrowUp")) {
      event.preventDefault();
      all[to].focus();
    } else if (event.key === "ArrowDown" && at >= 0) {
      event.preventDefault();
      this.how.input.focus();
    }
  }

  arrowsOnKeys(event) {
    const rows = [...this.box.querySelectorAll(".keyrow")].map((row) => [...row.querySelectorAll(".key")]);
    const row = rows.findIndex((r) => r.includes(event.target));
    const column = rows[row].indexOf(event.target);
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [];
    if (down === undefined) return;
    event.preventDefault();
    const line = rows[row + down];
    if (!line) return down > 0 ? this.how.input.focus() : undefined;
    line[Math.max(0, Math.min(line.length - 1, column + right))].focus();
  }
}

function newDay(before, m) {
  return !before || !m || new Date(before.date * 1000).toDateString() !== new Date(m.date * 1000).toDateString();
}

function separator(m) {
  const date = new Date(m.date * 1000);
  const words = date.toDateString() === new Date().toDateString() ? "Today" : day.format(date);
  return el("p", { class: "service day" }, words);
}
