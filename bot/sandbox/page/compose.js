// The foot of a phone: the typing box with its menu of commands, what can be attached, the bot's own keys,
// and Start or Unblock in their place.

import { el, popup, post, toast } from "./ui.js";
import { askContact } from "./dialogs.js";
import { inShort } from "./bubble.js";
import { sendFile, upload } from "./media.js";

export class Compose {
  // how = {world, group, person(), chat(), toEnd(), toKeys()}
  constructor(root, how) {
    Object.assign(this, { root, how, looks: {} });
    for (const name of ["typing", "menu", "quote", "keys", "start", "slash", "attach", "attachments"]) this[name] = root.querySelector("." + name);
    this.box = root.querySelector("textarea");
    this.openMenu = popup(this.slash, this.menu);
    this.openAttachments = popup(this.attach, this.attachments);
    this.typing.addEventListener("submit", (event) => { event.preventDefault(); this.send(this.box.value); });
    this.start.addEventListener("click", () => this.begin());
    this.quote.querySelector("button").addEventListener("click", () => { this.reply(null); this.box.focus(); });
    this.listenToBox();
    this.listenToFiles();
    this.attachments.append(...this.attachTasks().map(([words, go]) => el("button", { type: "button", role: "menuitem", onclick: () => { this.openAttachments(false); this.attach.focus(); go(); } }, words)));
  }

  listenToBox() {
    let shift = false;
    this.box.addEventListener("keydown", (event) => {
      shift = event.shiftKey;
      if (event.key === "Escape" && !this.menu.hidden) { event.stopPropagation(); this.openMenu(false); }
      else if (event.key === "Escape" && this.answering) { event.stopPropagation(); this.reply(null); }
      if (event.key === "ArrowUp" && !this.box.value && !event.altKey) { event.preventDefault(); this.how.toKeys(); }
      if (event.key === "ArrowDown" && !this.menu.hidden) { event.preventDefault(); this.suggestion().focus(); }
    });
    this.box.addEventListener("beforeinput", (event) => { // Enter, and a phone's own key for it
      if (event.inputType !== "insertLineBreak" || shift) return;
      event.preventDefault();
      this.suggestion() ? this.suggestion().click() : this.send(this.box.value);
    });
    this.box.addEventListener("input", () => this.suggest());
  }

  // suggest shows the commands that begin as what is being typed.
  suggest() {
    const words = this.box.value;
    const wanted = /^\/[a-z0-9_]*$/i.test(words);
    let left = 0;
    for (const item of this.menu.children) {
      item.hidden = wanted && !item.dataset.command.startsWith(words.slice(1).toLowerCase());
      if (!item.hidden) left++;
    }
    this.menu.hidden = !wanted || !left;
    this.slash.setAttribute("aria-expanded", String(!this.menu.hidden));
  }

  // suggestion is the first command that is offered, if any are.
  suggestion() {
    return this.menu.hidden ? undefined : [...this.menu.children].find((c) => !c.hidden);
  }

  listenToFiles() {
    const drop = (files) => { if (files?.length) this.sendOne(files[0]); };
    this.box.addEventListener("paste", (event) => { if (event.clipboardData.files.length) { event.preventDefault(); drop(event.clipboardData.files); } });
    this.root.addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); });
    this.root.addEventListener("drop", (event) => { if (event.dataTransfer.files.length) { event.preventDefault(); drop(event.dataTransfer.files); } });
  }

  attachTasks() {
    const own = ["My own contact", () => this.share("own")];
    return [["Photo", () => this.file("photo")], ["Document", () => this.file("document")], ...(this.how.group ? [] : [own]), ["A customer's contact", () => this.share("customer")]];
  }

  here() {
    return { person: this.how.person(), chat: this.how.chat() };
  }

  // send empties the box at once, so that a second Enter sends nothing twice and the next words begin in an
  // empty box; what is refused comes back into it.
  async send(words) {
    if (!words.trim()) return;
    const answering = this.answering;
    const typed = words === this.box.value;
    if (typed) this.write("");
    if (await post("/sandbox/send", { ...this.here(), text: words, reply_to: answering ?? 0 })) this.sent("", answering);
    else if (typed && !this.box.value) this.write(words);
  }

  write(words) {
    this.box.value = words;
    this.suggest();
  }

  // sent clears what has gone; the bot may have asked for the next reply by now.
  sent(words, answering) {
    if (words && words === this.box.value) this.write("");
    if (this.answering === answering) this.reply(null);
    this.how.toEnd();
  }

  async file(kind) {
    const caption = this.box.value.trim();
    if (await sendFile(kind, { ...this.here(), caption })) this.sent(this.box.value, this.answering);
  }

  async sendOne(file) {
    const kind = file.type.startsWith("image/") ? "photo" : "document";
    if (await upload(kind, file, { ...this.here(), caption: this.box.value.trim() })) this.sent(this.box.value, this.answering);
  }

  // share sends a contact: the person's own card, as the phone would, or one from the address book.
  async share(whose) {
    const p = this.how.world.person(this.how.person());
    const own = whose === "own";
    const given = await askContact(own ? { title: "Share my own contact", name: p.first_name, phone: p.phone ?? "" } : { title: "Share a customer's contact", name: "Customer", phone: "" });
    if (!given) return;
    const owner = own || given.phone === p.phone ? p.id : this.how.world.people.find((o) => o.phone === given.phone)?.id ?? 0;
    await post("/sandbox/contact", { ...this.here(), ...given, owner });
  }

  // begin leaves the keyboard alone when it has gone elsewhere before the answer came.
  async begin() {
    if (!this.blocked) {
      await this.send("/start");
      if ([this.start, document.body].includes(document.activeElement)) this.box.focus();
      return;
    }
    await post("/sandbox/block", { person: this.how.person(), blocked: false });
  }

  // reply shows which message the next words will answer; null is none.
  reply(m) {
    this.answering = m?.message_id;
    this.quote.hidden = !m;
    this.quote.querySelector("p").textContent = m ? inShort(m) : "";
  }

  // differs tells whether a part looks other than when it was drawn last, so that focus stays where it is.
  differs(part, look) {
    const key = JSON.stringify(look);
    if (this.looks[part] === key) return false;
    this.looks[part] = key;
    return true;
  }

  draw(chat, newest) {
    this.blocked = Boolean(chat?.blocked);
    const talking = this.how.group || Boolean(chat && !chat.blocked);
    const held = document.activeElement === this.start; // the news may come before or after the answer to begin
    this.typing.hidden = !talking;
    if (held && talking) this.box.focus();
    this.start.hidden = talking;
    this.start.textContent = this.blocked ? "Unblock the bot" : "Start";
    this.box.setAttribute("aria-label", `Message as ${this.how.world.person(this.how.person())?.first_name ?? ""}`);
    this.box.placeholder = chat?.box?.placeholder || "Message";
    if (!this.differs("foot", [chat?.menu, chat?.box, this.how.person()])) return;
    this.drawMenu(chat?.menu ?? []);
    this.drawKeys(chat?.box?.rows ?? []);
    if (chat?.box?.force) this.reply(newest); // a real client answers that message, too
  }

  drawMenu(commands) {
    this.menu.replaceChildren(...commands.map((c) => el("button", {
      type: "button", role: "menuitem", "data-command": c.command,
      onclick: () => { this.openMenu(false); this.send("/" + c.command); if (this.box.value.startsWith("/")) this.box.value = ""; this.box.focus(); },
    }, el("b", {}, "/" + c.command), el("span", {}, c.description))));
    this.slash.hidden = !commands.length;
    if (!commands.length) this.menu.hidden = true;
  }

  drawKeys(rows) {
    this.keys.hidden = !rows.length;
    this.keys.replaceChildren(...rows.map((row) => el("div", { class: "keyrow" }, ...row.map((b) => el("button", {
      type: "button", class: ["key", b.style].filter(Boolean).join(" "),
      onclick: () => this.tap(b),
    }, b.text)))));
  }

  tap(b) {
    if (b.request_contact) return this.share("own");
    if (Object.keys(b).some((name) => name.startsWith("request_"))) return toast("The page cannot share that.");
    return this.send(b.text);
  }
}
