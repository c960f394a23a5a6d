// One message of a chat as an element.

import { el, icon, post, tint, toast } from "./ui.js";
import { rich } from "./richtext.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

// bubble draws message m for the person who looks. on = {command(words), reply(m), pressed(key, press)}.
export function bubble(m, { person, group, on }) {
  const service = serviceWords(m);
  if (service) return el("p", { class: "service" }, service);
  const mine = m.from?.id === person;
  const node = el("article", { class: mine ? "msg mine" : "msg", "data-id": m.message_id });
  const body = el("div", { class: "bubble" });
  if (group && !mine) {
    const from = el("p", { class: "from" }, m.from?.first_name ?? "");
    if (!m.from?.is_bot) from.style.setProperty("--name", `color-mix(in srgb, ${tint(m.from?.id)} 72%, var(--ink))`);
    body.append(from);
  }
  if (m.reply_to_message) body.append(cited(m.reply_to_message));
  body.append(m.contact ? contact(m.contact) : rich(m.text ?? "", m.entities, on.command));
  body.append(meta(m, mine));
  node.append(body);
  node.append(el("button", { class: group ? "act always" : "act", type: "button", "aria-label": "Reply to this message", onclick: () => on.reply(m) }, icon("reply")));
  if (m.reply_markup) {
    node.classList.add("keyed");
    node.append(keyboard(m, person, on));
  }
  return node;
}

function serviceWords(m) {
  if (m.migrate_to_chat_id) return "This group has become a supergroup";
  if (m.migrate_from_chat_id) return "The group goes on here";
  return "";
}

function cited(m) {
  const words = m.text ?? m.contact?.phone_number ?? "";
  return el("blockquote", { class: "cited" }, el("b", {}, m.from?.first_name ?? ""), words.length > 90 ? words.slice(0, 90) + "…" : words);
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
  node.append(el("time", { datetime: time.toISOString() }, clock.format(time)));
  if (mine && !m.hidden) {
    const words = m.seen ? "the bot has fetched it" : "waiting for the bot";
    node.append(el("span", { class: m.seen ? "seen" : "", title: words, role: "img", "aria-label": words }, icon(m.seen ? "ticks" : "tick")));
  }
  return node;
}

function keyboard(m, person, on) {
  return el("div", { class: "rows" }, ...m.reply_markup.inline_keyboard.map((row) => el("div", { class: "keyrow" }, ...row.map((b) => key(m, b, person, on)))));
}

function key(m, b, person, on) {
  const look = ["key", b.style].filter(Boolean).join(" ");
  if (b.url) return el("a", { class: look, href: /^(https?|tg):/.test(b.url) ? b.url : "#", target: "_blank", rel: "noopener noreferrer" }, b.text, icon("link"));
  if (b.copy_text) {
    return el("button", { class: look, type: "button", onclick: () => copy(b.copy_text.text) }, b.text, icon("copy"));
  }
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

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied: " + text);
  } catch {
    toast("The browser would not copy. It is: " + text);
  }
}
