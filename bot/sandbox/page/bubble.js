// One message of a chat as an element.

import { copy, el, icon, post, tint } from "./ui.js";
import { rich } from "./richtext.js";
import { documentOf, photoOf } from "./media.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

// bubble draws message m for the person who looks. on = {command(words), more(m), pressed(key, press),
// host, topic(id)}.
export function bubble(m, { person, group, on }) {
  const service = serviceWords(m);
  if (service) return el("p", { class: "service" }, service);
  const mine = m.from?.id === person;
  const node = el("article", { class: mine ? "msg mine" : "msg", "data-id": m.message_id, tabindex: "-1", oncontextmenu: (event) => menuOf(event, m, on) });
  const body = el("div", { class: "bubble" });
  if (group && !mine) body.append(fromLine(m, on));
  if (m.forward_origin) body.append(el("p", { class: "forwarded" }, icon("forward"), el("span", {}, "Forwarded from ", el("b", {}, originName(m.forward_origin)))));
  if (m.reply_to_message) body.append(cited(m.reply_to_message));
  body.append(...contents(m, on), meta(m, mine));
  node.append(body);
  node.append(el("button", { class: "act", type: "button", tabindex: "-1", title: "Reply, forward, copy …", "aria-label": "More about this message", onclick: () => on.more(m) }, icon("more")));
  if (m.reply_markup) {
    node.classList.add("keyed");
    node.append(keyboard(m, person, on));
  }
  return node;
}

// menuOf leaves links, pictures and marked words to the browser's own menu.
function menuOf(event, m, on) {
  if (event.target.closest("a, img") || String(getSelection())) return;
  event.preventDefault();
  on.more(m);
}

function fromLine(m, on) {
  const from = el("p", { class: "from" }, m.sender_chat?.title ?? m.from?.first_name ?? "");
  if (!m.from?.is_bot) from.style.setProperty("--name", `color-mix(in srgb, ${tint(m.from?.id)} 60%, var(--ink))`);
  const topic = m.message_thread_id && on.topic(m.message_thread_id);
  if (topic) from.append(el("span", { class: "topic" }, topic));
  return from;
}

function originName(o) {
  return o.sender_user?.first_name ?? o.sender_user_name ?? o.sender_chat?.title ?? o.chat?.title ?? "somebody";
}

function contents(m, on) {
  if (m.contact) return [contact(m.contact)];
  const all = [];
  if (m.photo?.length) all.push(photoOf(m.photo, m.caption));
  if (m.document) all.push(documentOf(m.document));
  if (m.sticker) all.push(el("p", { class: "sticker", role: "img", "aria-label": "Sticker " + (m.sticker.emoji ?? "") }, m.sticker.emoji ?? "🏷️"));
  if (m.voice) all.push(el("p", {}, `🎤 Voice message, ${m.voice.duration} s`));
  if (m.location) all.push(el("p", {}, `📍 ${m.location.latitude}, ${m.location.longitude}`));
  const words = m.text ?? m.caption ?? "";
  if (words || !all.length) all.push(rich(words, m.entities ?? m.caption_entities, on.command));
  return all;
}

function serviceWords(m) {
  if (m.migrate_to_chat_id) return "This group has become a supergroup";
  if (m.migrate_from_chat_id) return "The group goes on here";
  if (m.new_chat_members) return m.new_chat_members.map((u) => u.first_name).join(", ") + " joined the group";
  if (m.left_chat_member) return m.left_chat_member.first_name + " left the group";
  return "";
}

// inShort is a message in one line.
export function inShort(m) {
  if (m.contact) return "Contact: " + m.contact.phone_number;
  const words = (m.text ?? m.caption ?? "").replace(/\s+/g, " ");
  if (words) return words.length > 90 ? words.slice(0, 90) + "…" : words;
  if (m.sticker) return "Sticker " + (m.sticker.emoji ?? "");
  return m.photo ? "Photo" : m.voice ? "Voice message" : m.location ? "Location" : m.document ? "Document: " + (m.document.file_name ?? "") : "";
}

function cited(m) {
  return el("blockquote", { class: "cited" }, el("b", {}, m.from?.first_name ?? ""), inShort(m));
}

function contact(c) {
  return el("div", { class: "card" }, el("span", { class: "avatar" }, icon("person")), el("div", {}, el("b", {}, [c.first_name, c.last_name].filter(Boolean).join(" ")), el("span", {}, c.phone_number)));
}

// onlySeen tells that nothing but the tick has changed between two states of a message.
export function onlySeen(a, b) {
  return JSON.stringify({ ...a, seen: true }) === JSON.stringify({ ...b, seen: true });
}

// meta is the time, the tick and the other small signs of a message.
export function meta(m, mine) {
  const time = new Date((m.edit_date || m.date) * 1000);
  const node = el("span", { class: "meta" });
  if (m.hidden) {
    const eye = el("span", { title: "Privacy mode: the bot does not see this", role: "img", "aria-label": "not seen by the bot" }, icon("hidden"));
    node.append(eye);
  }
  if (m.edit_date) node.append("edited ");
  node.append(el("time", { datetime: time.toISOString(), title: time.toLocaleString() }, clock.format(time)));
  if (mine && !m.hidden) {
    const words = m.seen ? "the bot has fetched it" : "waiting for the bot";
    node.append(el("span", { class: m.seen ? "seen" : "", title: words, role: "img", "aria-label": words }, icon(m.seen ? "ticks" : "tick")));
  }
  return node;
}

function keyboard(m, person, on) {
  return el("div", { class: "rows", role: "group", "aria-label": "Buttons" }, ...m.reply_markup.inline_keyboard.map((row) => el("div", { class: "keyrow" }, ...row.map((b) => key(m, b, person, on)))));
}

function key(m, b, person, on) {
  const look = ["key", b.style].filter(Boolean).join(" ");
  if (b.url) return el("a", { class: look, href: /^(https?|tg):/.test(b.url) ? b.url : "#", target: "_blank", rel: "noopener noreferrer" }, b.text, icon("link"));
  if (b.copy_text) return el("button", { class: look, type: "button", onclick: () => copy(b.copy_text.text, on.host) }, b.text, icon("copy"));
  const node = el("button", { class: look, type: "button" }, b.text);
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy")) return;
    node.setAttribute("aria-busy", "true");
    const press = await post("/sandbox/press", { person, chat: m.chat.id, message_id: m.message_id, button: b.callback_data });
    if (press) on.pressed(node, press);
    else node.removeAttribute("aria-busy");
  });
  return node;
}
