// One phone: a person's private chat with the bot, or the group seen by one of its members.

import { avatar, copy, el, icon, post, radios, tint, toast } from "./ui.js";
import { askAbout } from "./dialogs.js";
import { inShort } from "./bubble.js";
import { Compose } from "./compose.js";
import { Log } from "./log.js";

const answerWithin = 16000; // after this a press is too old to be answered

export class Pane {
  // world is the page's picture of everything; people are those whom this pane may be; places() lists the
  // chats of all panes: [{label, person, chat}].
  constructor(id, world, { label, role, people, group, places }) {
    Object.assign(this, { id, world, label, people, group, places, unread: 0, news: new Set() });
    this.person = people[0]?.id;
    this.root = document.getElementById("pane").content.firstElementChild.cloneNode(true);
    this.root.id = "view-" + id;
    this.root.setAttribute("aria-label", label);
    this.sub = this.root.querySelector(".sub");
    this.root.querySelector(".role").textContent = role;
    this.block = this.root.querySelector(".block");
    this.block.addEventListener("click", () => this.toggleBlock());
    this.chips = this.root.querySelector(".people");
    this.chips.setAttribute("aria-label", "Who you are in " + label);
    radios(this.chips);
    this.compose = new Compose(this.root, { world, group, person: () => this.person, chat: () => this.chatID, toEnd: () => this.log.toEnd(), toKeys: () => (this.log.newestKey() ?? this.log.box).focus() });
    this.log = this.makeLog(label);
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && event.target !== this.compose.box) this.focus();
    });
  }

  makeLog(label) {
    const box = this.root.querySelector(".log");
    box.setAttribute("aria-label", "Messages of " + label);
    return new Log(box, {
      person: () => this.person, group: this.group, jump: this.root.querySelector(".jump"), input: this.compose.box, empty: () => this.empty(),
      on: {
        command: (words) => this.compose.send(words), more: (m) => this.more(m), pressed: (key, press) => this.world.pressed(key, press, answerWithin),
        host: this.root.querySelector(".pane-toasts"), topic: (id) => this.world.topics.find((t) => t.id === id)?.name,
      },
    });
  }

  get chatID() {
    return this.group ? this.world.groupID() : this.person;
  }

  // focus puts the keyboard where one writes, or starts.
  focus() {
    (this.compose.typing.hidden ? this.compose.start : this.compose.box).focus();
  }

  be(person) {
    if (this.person !== person) {
      this.person = person;
      this.log.clear();
      this.root.querySelector(".pane-toasts").replaceChildren();
      this.compose.reply(null);
    }
    this.news.delete(person);
    this.draw(null);
    this.log.toEnd();
  }

  async toggleBlock() {
    const blocked = !this.world.chats.get(this.chatID)?.blocked;
    if (await post("/sandbox/block", { person: this.person, blocked })) toast(blocked ? "The bot cannot write here any more." : "The bot may write here again.", "", this.root.querySelector(".pane-toasts"));
  }

  // more offers what a client, and a bad client, can do with a message.
  more(m) {
    if (!m) return;
    const tasks = [{ label: "Reply", sign: "reply", go: () => { this.compose.reply(m); this.compose.box.focus(); } }];
    if (m.text || m.caption) tasks.push({ label: "Copy the text", sign: "copy", go: () => copy(m.text ?? m.caption, this.root.querySelector(".pane-toasts")) });
    const now = new Set((m.reply_markup?.inline_keyboard ?? []).flat().map((b) => b.callback_data));
    askAbout({
      title: m.from?.id === this.person ? "My message" : "Message of " + (m.from?.first_name ?? ""), words: inShort(m), tasks,
      forwards: this.places().filter((p) => p.chat !== this.chatID).map((p) => ({ label: "Forward to " + p.label, go: () => this.forward(m, p) })),
      nasty: {
        people: [...this.world.people].sort((a, b) => (b.id === this.person) - (a.id === this.person)).map((p) => ({ id: p.id, label: p.first_name })),
        keys: this.world.everyKey(m).map((b) => ({ label: b.text, data: b.callback_data, old: !now.has(b.callback_data) })),
        press: (key, person) => this.forge(m, key, person),
      },
    });
  }

  async forward(m, place) {
    if (await post("/sandbox/forward", { person: place.person, chat: this.chatID, message_id: m.message_id, to: place.chat })) toast("Forwarded to " + place.label, "", this.root.querySelector(".pane-toasts"));
  }

  // forge presses a button as a bad client would: somebody else's, from their own chat, or one that is gone.
  async forge(m, key, person) {
    const chat = this.group ? this.chatID : person;
    const press = await post("/sandbox/forge", { person, chat, message_id: m.message_id, data: key.data });
    if (press) toast(`Pressed “${key.label}” as ${this.world.person(person)?.first_name}.`, "", this.root.querySelector(".pane-toasts"));
  }

  // draw shows the chat anew; touched are the numbers of the messages that have changed, null means any.
  draw(touched) {
    const chat = this.world.chats.get(this.chatID);
    this.drawHead(chat);
    this.drawPeople();
    if (touched === null || touched.length) this.log.draw(this.world.messages.get(this.chatID) ?? new Map(), touched);
    this.compose.draw(chat, [...(this.world.messages.get(this.chatID)?.values() ?? [])].findLast((m) => m.from?.is_bot));
  }

  drawHead(chat) {
    const face = this.root.querySelector(".head .avatar");
    if (!face.firstChild) face.append(icon(this.group ? "group" : "bolt"));
    face.style.setProperty("--tint", this.group ? tint(5) : tint(0));
    this.root.querySelector("h2").textContent = this.group ? (chat?.title ?? "Group") : this.world.bot.first_name;
    const typing = chat?.typingUntil > Date.now();
    clearTimeout(this.typingTimer);
    if (typing) this.typingTimer = setTimeout(() => this.drawHead(this.world.chats.get(this.chatID)), chat.typingUntil - Date.now() + 50);
    const calm = this.group ? `${chat?.members?.length ?? 0} people and the bot` : "bot";
    const words = chat?.shut ? chat.shut : typing ? "typing…" : calm;
    if (this.sub.textContent !== words) this.sub.textContent = words;
    this.sub.classList.toggle("typing-now", typing === true);
    const name = this.world.person(this.person)?.first_name ?? "";
    this.block.hidden = this.group || !chat;
    this.block.setAttribute("aria-pressed", String(Boolean(chat?.blocked)));
    this.block.title = `${chat?.blocked ? "Unblock" : "Block"} the bot as ${name}`;
    this.block.setAttribute("aria-label", `Block the bot as ${name}`);
  }

  drawPeople() {
    if (this.people.length < 2 || !this.compose.differs("people", [this.person, [...this.news]])) return;
    const focused = this.chips.contains(document.activeElement);
    this.chips.replaceChildren(...this.people.map((p) => {
      const me = p.id === this.person;
      return el("button", {
        type: "button", role: "radio", "aria-checked": String(me), tabindex: me ? "0" : "-1", title: [p.first_name, p.last_name].filter(Boolean).join(" "),
        class: this.news.has(p.id) ? "who news" : "who", onclick: () => { this.be(p.id); this.chips.querySelector("[aria-checked=true]").focus(); },
      }, avatar(p.first_name, p.id, true), el("span", { class: "who-name" }, p.first_name), p.role && !this.group ? el("i", {}, p.role) : null);
    }));
    if (focused) this.chips.querySelector("[aria-checked=true]").focus();
  }

  empty() {
    const words = this.group ? "The bot writes its alerts here. Try /id." : "Press Start to say hello, as you would on a real phone.";
    const face = el("span", { class: "avatar" }, icon(this.group ? "group" : "bolt"));
    face.style.setProperty("--tint", this.group ? tint(5) : tint(0));
    return el("div", { class: "empty" }, face, el("b", {}, this.group ? "Nothing yet" : this.world.bot.first_name), words);
  }
}
