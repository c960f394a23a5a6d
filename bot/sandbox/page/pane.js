// One phone: a person's private chat with the bot, or the group seen by one of its members.

import { askContact, avatar, el, icon, post, radios, tint } from "./ui.js";
import { bubble, meta, onlySeen } from "./bubble.js";

const answerWithin = 16000; // after this a press is too old to be answered

export class Pane {
  // world is the page's picture of everything; people are those whom this pane may be.
  constructor(id, world, { label, role, people, group }) {
    Object.assign(this, { id, world, label, people, group, drawn: new Map(), unread: 0, news: new Set(), looks: {} });
    this.person = people[0]?.id;
    this.root = document.getElementById("pane").content.firstElementChild.cloneNode(true);
    this.root.id = "view-" + id;
    this.root.setAttribute("aria-label", label);
    for (const name of ["log", "typing", "menu", "quote", "keys", "start", "jump", "sub"]) this[name] = this.root.querySelector("." + name);
    this.box = this.root.querySelector("textarea");
    this.root.querySelector(".role").textContent = role;
    this.log.setAttribute("aria-label", "Messages of " + label);
    this.chips = this.root.querySelector(".people");
    this.chips.setAttribute("aria-label", "Who you are in " + label);
    radios(this.chips);
    this.listen();
  }

  get chatID() {
    return this.group ? this.world.groupID() : this.person;
  }

  listen() {
    this.typing.addEventListener("submit", (event) => { event.preventDefault(); this.send(this.box.value); });
    let shift = false;
    this.box.addEventListener("keydown", (event) => {
      shift = event.shiftKey;
      if (event.key === "Escape") this.reply(null);
    });
    this.box.addEventListener("beforeinput", (event) => {
      if (event.inputType !== "insertLineBreak" || shift) return;
      event.preventDefault();
      this.send(this.box.value);
    });
    this.start.addEventListener("click", () => this.send("/start"));
    this.root.querySelector(".share").addEventListener("click", () => this.share());
    this.quote.querySelector("button").addEventListener("click", () => this.reply(null));
    this.jump.addEventListener("click", () => this.toEnd());
    this.log.addEventListener("scroll", () => { this.jump.hidden = this.atEnd(); });
    const slash = this.root.querySelector(".slash");
    slash.addEventListener("click", () => this.openMenu(this.menu.hidden));
    this.menu.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const all = [...this.menu.children];
      if (step) { event.preventDefault(); all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus(); }
      if (event.key === "Escape") { this.openMenu(false); slash.focus(); }
    });
    document.addEventListener("pointerdown", (event) => {
      if (!this.menu.contains(event.target) && !slash.contains(event.target)) this.openMenu(false);
    });
  }

  be(person) {
    if (this.person !== person) {
      this.person = person;
      this.drawn.clear();
      this.log.replaceChildren();
      this.root.querySelector(".pane-toasts").replaceChildren();
      this.reply(null);
    }
    this.news.delete(person);
    this.draw();
    this.toEnd();
  }

  async send(words) {
    if (!words.trim()) return;
    const sent = await post("/sandbox/send", { person: this.person, chat: this.chatID, text: words, reply_to: this.answering ?? 0 });
    if (!sent) return;
    if (words === this.box.value) this.box.value = "";
    this.reply(null);
    this.toEnd();
  }

  async share() {
    const p = this.world.person(this.person);
    const given = await askContact({ name: p.first_name, phone: p.phone ?? "" });
    if (given) await post("/sandbox/contact", { person: this.person, chat: this.chatID, ...given, owner: given.phone === p.phone ? p.id : 0 });
  }

  reply(m) {
    this.answering = m?.message_id;
    this.quote.hidden = !m;
    this.quote.querySelector("p").textContent = m ? (m.text ?? m.contact?.phone_number ?? "") : "";
    if (m) this.box.focus();
  }

  openMenu(open) {
    this.menu.hidden = !open || !this.menu.children.length;
    this.root.querySelector(".slash").setAttribute("aria-expanded", String(!this.menu.hidden));
    if (!this.menu.hidden) this.menu.firstElementChild.focus();
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  draw() {
    const chat = this.world.chats.get(this.chatID);
    const messages = this.world.messages.get(this.chatID) ?? new Map();
    this.drawHead(chat);
    this.drawPeople();
    const stick = this.atEnd();
    this.drawMessages(messages);
    this.drawFoot(chat);
    if (stick) this.toEnd();
  }

  drawHead(chat) {
    const face = this.root.querySelector(".avatar");
    face.replaceChildren(icon(this.group ? "group" : "bolt"));
    face.style.setProperty("--tint", this.group ? tint(5) : tint(0));
    this.root.querySelector("h2").textContent = this.group ? (chat?.title ?? "Group") : this.world.bot.first_name;
    const typing = chat?.typingUntil > Date.now();
    clearTimeout(this.typingTimer);
    if (typing) this.typingTimer = setTimeout(() => this.drawHead(this.world.chats.get(this.chatID)), chat.typingUntil - Date.now() + 50);
    const calm = this.group ? `${chat?.members?.length ?? 0} people and the bot` : "bot";
    this.sub.textContent = typing ? "typing…" : chat?.blocked ? "blocked" : calm;
    this.sub.classList.toggle("typing-now", Boolean(typing));
  }

  // differs tells whether a part looks other than when it was drawn last, so that focus stays where it is.
  differs(part, look) {
    const key = JSON.stringify(look);
    if (this.looks[part] === key) return false;
    this.looks[part] = key;
    return true;
  }

  drawPeople() {
    if (this.people.length < 2 || !this.differs("people", [this.person, [...this.news]])) return;
    this.chips.replaceChildren(...this.people.map((p) => {
      const me = p.id === this.person;
      return el("button", {
        type: "button", role: "radio", "aria-checked": String(me), tabindex: me ? "0" : "-1",
        class: this.news.has(p.id) ? "who news" : "who", onclick: () => { this.be(p.id); this.chips.querySelector("[aria-checked=true]").focus(); },
      }, avatar(p.first_name, p.id, true), p.first_name, p.role && !this.group ? el("i", {}, p.role) : null);
    }));
  }

  drawMessages(messages) {
    this.log.querySelector(".empty")?.remove();
    const shown = [...messages.values()];
    if (!shown.length) return this.log.append(this.empty());
    const first = this.drawn.size === 0;
    for (const [id, known] of this.drawn) {
      if (!messages.has(id)) { known.node.remove(); this.drawn.delete(id); }
    }
    let before = null;
    shown.forEach((m, i) => {
      const known = this.drawn.get(m.message_id);
      let node = known?.node;
      if (known && known.message !== m && onlySeen(known.message, m)) {
        node.querySelector(".meta").replaceWith(meta(m, m.from?.id === this.person));
        known.message = m;
      } else if (known?.message !== m) {
        const made = bubble(m, { person: this.person, group: this.group, on: { command: (w) => this.send(w), reply: (r) => this.reply(r), pressed: (k, p) => this.world.pressed(k, p, answerWithin) } });
        this.replace(node, made);
        if (!known && !first) made.classList.add("fresh");
        node = made;
        this.drawn.set(m.message_id, { node, message: m });
      }
      if ((before ? before.nextSibling : this.log.firstChild) !== node) before ? before.after(node) : this.log.prepend(node);
      node.classList.toggle("first", shown[i - 1]?.from?.id !== m.from?.id);
      node.classList.toggle("last", shown[i + 1]?.from?.id !== m.from?.id);
      before = node;
    });
  }

  // replace swaps a drawn message and keeps the keyboard's focus at the same place.
  replace(old, made) {
    if (!old) return;
    const keys = [...old.querySelectorAll(".key")];
    const at = keys.indexOf(document.activeElement);
    old.replaceWith(made);
    if (at >= 0) (made.querySelectorAll(".key")[at] ?? made.querySelector(".key") ?? this.log).focus({ preventScroll: true });
  }

  empty() {
    const words = this.group ? "The bot writes its alerts here. Try /id." : "Press Start to say hello, as you would on a real phone.";
    const face = el("span", { class: "avatar" }, icon(this.group ? "group" : "bolt"));
    face.style.setProperty("--tint", this.group ? tint(5) : tint(0));
    return el("div", { class: "empty" }, face, el("b", {}, this.group ? "Nothing yet" : this.world.bot.first_name), words);
  }

  drawFoot(chat) {
    const started = this.group || Boolean(chat);
    this.start.hidden = started;
    this.typing.hidden = !started;
    this.box.setAttribute("aria-label", `Message as ${this.world.person(this.person)?.first_name ?? ""}`);
    this.box.placeholder = chat?.box?.placeholder || "Message";
    if (!this.differs("foot", [chat?.menu, chat?.box, this.person])) return;
    this.menu.replaceChildren(...(chat?.menu ?? []).map((c) => el("button", { type: "button", role: "menuitem", onclick: () => { this.openMenu(false); this.send("/" + c.command); this.box.focus(); } }, el("b", {}, "/" + c.command), el("span", {}, c.description))));
    if (!this.menu.children.length) this.menu.hidden = true;
    this.root.querySelector(".slash").hidden = !this.menu.children.length;
    const rows = chat?.box?.rows ?? [];
    this.keys.hidden = !rows.length;
    this.keys.replaceChildren(...rows.map((row) => el("div", { class: "keyrow" }, ...row.map((b) => el("button", { type: "button", class: ["key", b.style].filter(Boolean).join(" "), onclick: () => (b.request_contact ? this.share() : this.send(b.text)) }, b.text)))));
  }
}
