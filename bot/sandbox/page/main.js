// The page: three phones side by side on a desk, one at a time on a phone.

import { el, icon, radios } from "./ui.js";
import { World } from "./world.js";
import { Pane } from "./pane.js";
import { Desk } from "./desk.js";

const stage = document.getElementById("stage");
const tabs = document.querySelector(".tabs");
const narrow = matchMedia("(max-width: 819px)");
const panes = {};
let shown = "agent";
let linked = false;
let drawnTabs = "";

const world = new World(build, news, (up) => { linked = up; drawLink(); }, hostOf);

function build() {
  const isAdmin = (p) => ["admin", "owner"].includes(p.role);
  const admins = world.people.filter(isAdmin);
  const others = world.people.filter((p) => !isAdmin(p));
  panes.agent = new Pane("agent", world, { label: "the agent's chat", role: "Agent", people: others.length ? others : world.people });
  panes.admin = new Pane("admin", world, { label: "the admin's chat", role: "Admin", people: admins.length ? admins : world.people });
  const members = world.chats.get(world.groupID())?.members;
  if (members) {
    const inside = world.people.filter((p) => members.includes(p.id));
    panes.group = new Pane("group", world, { label: "the group", role: "Group", group: true, people: [...inside.filter(isAdmin), ...inside.filter((p) => !isAdmin(p))] });
  }
  for (const pane of Object.values(panes)) stage.append(pane.root);
  new Desk(document.getElementById("view-desk"), (there) => { stage.classList.toggle("with-desk", there); drawTabs(); }, guide());
  radios(tabs);
  drawTabs();
  show(shown);
}

function news(fresh) {
  for (const m of fresh) {
    for (const pane of Object.values(panes)) {
      const here = m.chat.id === pane.chatID;
      if (m.from?.is_bot && here && narrow.matches && pane.id !== shown) pane.unread++;
      if (m.from?.is_bot && !here && !pane.group && pane.people.some((p) => p.id === m.chat.id)) pane.news.add(m.chat.id);
    }
  }
  for (const pane of Object.values(panes)) pane.draw();
  drawTabs();
  drawLink();
}

// hostOf is where a press's answer is shown: the phone on which it was pressed, when that is in sight.
function hostOf(press) {
  const pane = Object.values(panes).find((p) => p.chatID === press.chat && p.person === press.person && p.root.checkVisibility());
  return pane?.root.querySelector(".pane-toasts");
}

function show(id) {
  shown = id;
  if (panes[id]) panes[id].unread = 0;
  for (const node of stage.children) node.classList.toggle("shown", node.id === "view-" + id);
  drawTabs();
  panes[id]?.draw();
  panes[id]?.toEnd();
}

function drawTabs() {
  const all = [["agent", "Agent", "person"], ["admin", "Admin", "shield"], ["group", "Group", "group"], ["desk", "Desk", "desk"]]
    .filter(([id]) => (id === "desk" ? stage.classList.contains("with-desk") : panes[id]));
  const look = JSON.stringify([shown, all.map(([id]) => [id, panes[id]?.unread])]);
  if (look === drawnTabs) return;
  drawnTabs = look;
  const focused = tabs.contains(document.activeElement);
  tabs.replaceChildren(...all.map(([id, name, sign]) => {
    const unread = panes[id]?.unread ?? 0;
    return el("button", { type: "button", role: "tab", class: "tab", id: "tab-" + id, "aria-controls": "view-" + id, "aria-selected": String(id === shown), tabindex: id === shown ? "0" : "-1", onclick: () => show(id) },
      icon(sign), name, unread ? el("span", { class: "badge", "aria-label": unread + " new" }, String(unread)) : null);
  }));
  if (focused) tabs.querySelector("[aria-selected=true]")?.focus();
}

function drawLink() {
  const pill = document.getElementById("link");
  const [look, words] = !linked ? ["bad", "The demo is not running"]
    : world.waiting ? ["busy", `${world.waiting} waiting for the bot`]
      : ["good", "The bot is up to date"];
  pill.className = "pill " + look;
  pill.querySelector(".words").textContent = words;
}

// go brings a person's phone to the front, perhaps with words in its typing box.
function go(id, role, words) {
  const pane = panes[id];
  const person = pane.people.find((p) => p.role === role);
  show(id);
  if (person) pane.be(person.id);
  if (words) pane.box.value = words;
  (pane.typing.hidden ? pane.start : pane.box).focus();
}

function guide() {
  return [
    { title: "Ask to join", words: ["As the stranger press Start, then Request access."], go: () => go("agent", "stranger") },
    { title: "Let them in", words: ["The admin gets a card: press Approve. An admin who has never pressed Start gets none, and finds it with /pending."], go: () => go("admin", "admin") },
    { title: "Recharge, step by step", words: ["As somebody approved press Recharge and follow."], go: () => go("agent", "agent") },
    { title: "Recharge in one line", words: ["Send ", el("code", {}, "01712345678 50"), " and confirm."], go: () => go("agent", "agent", "01712345678 50") },
    { title: "Break it", words: ["Set a provider to Silent, confirm an order, crash the bot in the middle. Watch: it comes back, asks, and “accepted” grows by one only."], go: () => { show("desk"); document.querySelector(".moods")?.focus(); } },
  ];
}
