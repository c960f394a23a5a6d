// The page: three phones side by side on a desk, one at a time on a phone.

import { el, icon, radios } from "./ui.js";
import { showKeys, wireDialogs } from "./dialogs.js";
import { World } from "./world.js";
import { Pane } from "./pane.js";
import { Desk } from "./desk.js";
import { guidePanel } from "./guide.js";
import { TelegramPanel } from "./telegram.js";

const stage = document.getElementById("stage");
const tabs = document.querySelector(".tabs");
const desk = document.getElementById("view-desk");
const drawer = document.getElementById("drawer");
const narrow = matchMedia("(max-width: 899px)");
const middle = matchMedia("(min-width: 900px) and (max-width: 1279px)");
const mostChips = 8; // people to choose from in a pane; a crowd stays out
const panes = {};
let shown = "agent";
let linked = null;
let drawnTabs = "";
let telegram;

const world = new World({ first: build, people: seat, news, link: drawConnection, hostOf });
wireDialogs();

const isAdmin = (p) => ["admin", "owner"].includes(p.role);

function casts() {
  const admins = world.people.filter(isAdmin);
  const others = world.people.filter((p) => !isAdmin(p));
  const members = new Set(world.chats.get(world.groupID())?.members ?? []);
  const inside = world.people.filter((p) => members.has(p.id));
  const few = (list) => list.slice(0, mostChips);
  return { agent: few(others.length ? others : world.people), admin: few(admins.length ? admins : world.people), group: few([...inside.filter(isAdmin), ...inside.filter((p) => !isAdmin(p))]) };
}

function build() {
  const cast = casts();
  panes.agent = new Pane("agent", world, { label: "the agent's chat", role: "Agent", people: cast.agent, places });
  panes.admin = new Pane("admin", world, { label: "the admin's chat", role: "Admin", people: cast.admin, places });
  if (world.groupID()) panes.group = new Pane("group", world, { label: "the group", role: "Group", group: true, people: cast.group, places });
  for (const pane of Object.values(panes)) stage.append(pane.root);
  telegram = new TelegramPanel();
  new Desk(desk, (there) => { stage.classList.toggle("with-desk", there); drawTabs(); }, [guidePanel(guide())], [telegram.root]);
  radios(tabs);
  drawTabs();
  show(shown);
}

// seat gives newcomers their places.
function seat() {
  const cast = casts();
  for (const [id, pane] of Object.entries(panes)) pane.people = cast[id];
}

function places() {
  return Object.values(panes).map((p) => ({ label: p.group ? "the group" : (world.person(p.person)?.first_name ?? "") + "'s chat", person: p.person, chat: p.chatID }));
}

function news(fresh, touched) {
  for (const m of fresh) {
    for (const pane of Object.values(panes)) {
      const here = m.chat.id === pane.chatID;
      if (m.from?.is_bot && here && narrow.matches && pane.id !== shown) pane.unread++;
      if (m.from?.is_bot && !here && !pane.group && pane.people.some((p) => p.id === m.chat.id)) pane.news.add(m.chat.id);
    }
  }
  for (const pane of Object.values(panes)) pane.draw(touched && (touched.get(pane.chatID) ?? []));
  telegram?.draw(world.faults);
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
  openDrawer(id === "desk" && middle.matches);
  if (panes[id]) panes[id].unread = 0;
  for (const node of stage.children) node.classList.toggle("shown", node.id === "view-" + id);
  drawTabs();
  panes[id]?.draw([]);
  if (narrow.matches) panes[id]?.log.toEnd();
}

function drawTabs() {
  const all = [["agent", "Agent", "person"], ["admin", "Admin", "shield"], ["group", "Group", "group"], ["desk", "Desk", "desk"]]
    .filter(([id]) => (id === "desk" ? stage.classList.contains("with-desk") : panes[id]));
  const look = JSON.stringify([shown, all.map(([id]) => [id, panes[id]?.unread])]);
  if (look === drawnTabs) return;
  drawnTabs = look;
  drawer.hidden = !stage.classList.contains("with-desk");
  const unreadAll = all.reduce((n, [id]) => n + (panes[id]?.unread ?? 0), 0);
  document.title = (unreadAll ? `(${unreadAll}) ` : "") + document.body.dataset.title;
  const focused = tabs.contains(document.activeElement);
  tabs.replaceChildren(...all.map(([id, name, sign]) => {
    const unread = panes[id]?.unread ?? 0;
    return el("button", { type: "button", role: "tab", class: "tab", id: "tab-" + id, "aria-controls": "view-" + id, "aria-selected": String(id === shown), tabindex: id === shown ? "0" : "-1", onclick: () => show(id) },
      icon(sign), name, unread ? el("span", { class: "badge", "aria-label": unread + " new" }, unread > 99 ? "99+" : String(unread)) : null);
  }));
  if (focused) tabs.querySelector("[aria-selected=true]")?.focus();
}

function drawLink() {
  const pill = document.getElementById("link");
  const [look, words] = linked === null ? ["", "Connecting…"] : !linked ? ["bad", "The demo is not running"]
    : world.waiting ? ["busy", `${world.waiting} waiting for the bot`]
      : ["good", "The bot is up to date"];
  pill.className = "pill " + look;
  const node = pill.querySelector(".words");
  if (node.textContent !== words) node.textContent = words;
}

// drawConnection shows the banner while the server is away, and for a moment when it is back.
function drawConnection(up) {
  const banner = document.getElementById("banner");
  if (!up) {
    banner.className = "banner";
    banner.textContent = "Connection lost. The demo does not answer; trying again …";
    banner.hidden = false;
  } else if (linked === false) {
    banner.className = "banner back";
    banner.textContent = "Connected again.";
    setTimeout(() => { if (linked) banner.hidden = true; }, 2500);
  } else {
    banner.hidden = true;
  }
  linked = up;
  drawLink();
}

function openDrawer(open) {
  desk.classList.toggle("open", open);
  drawer.setAttribute("aria-expanded", String(open));
}

drawer.addEventListener("click", () => { const open = !desk.classList.contains("open"); openDrawer(open); if (open) desk.querySelector("button").focus(); });
document.getElementById("keys").addEventListener("click", showKeys);
middle.addEventListener("change", () => openDrawer(false));

document.addEventListener("pointerdown", (event) => {
  if (middle.matches && !desk.contains(event.target) && !drawer.contains(event.target)) openDrawer(false);
});
document.addEventListener("keydown", (event) => {
  const to = { Digit1: "agent", Digit2: "admin", Digit3: "group", Digit4: "desk" }[event.code];
  if (event.altKey && !event.ctrlKey && !event.metaKey && to && (panes[to] || !desk.hidden)) {
    event.preventDefault();
    show(to);
    to === "desk" ? desk.querySelector(".crash").focus() : panes[to].focus();
  } else if (event.key === "Escape" && desk.classList.contains("open")) {
    openDrawer(false);
    drawer.focus();
  } else if (event.key === "?" && !event.target.matches("input, textarea, select")) {
    showKeys();
  }
});

// go brings a person's phone to the front, perhaps with words in its typing box.
function go(id, is, words) {
  const pane = panes[id];
  const person = pane.people.find(is);
  show(id);
  if (person) pane.be(person.id);
  if (words) pane.compose.box.value = words;
  pane.focus();
}

function onDesk(selector) {
  show("desk");
  const node = desk.querySelector(selector);
  node?.scrollIntoView({ block: "nearest" });
  node?.focus();
}

function guide() {
  const isAgent = (p) => p.role === "agent";
  const isNew = (p) => !isAgent(p) && !isAdmin(p);
  const code = (words) => el("code", {}, words);
  return [
    { title: "Ask to join", words: ["As somebody new press Start, then Request access."], go: () => go("agent", isNew) },
    { title: "Let them in", words: ["The admin gets a card: press Approve. An admin who has never pressed Start gets none, and finds it with /pending."], go: () => go("admin", isAdmin) },
    { title: "Recharge, step by step", words: ["As somebody approved press Recharge and follow."], go: () => go("agent", isAgent) },
    { title: "Recharge in one line", words: ["Send ", code("01712345678 50"), " and confirm. For India ", code("9812345670 199 jio"), "."], go: () => go("agent", isAgent, "01712345678 50") },
    { title: "Break it", words: ["Set a provider to Silent, confirm an order, crash the bot in the middle. Watch: it comes back, asks, and “accepted” grows by one only."], go: () => onDesk(".crash") },
    { title: "Break Telegram, too", words: ["Let Telegram be down or flooded, order, and heal it: what was owed arrives, each once."], go: () => onDesk(".telegram-moods") },
    { title: "Be a bad client", words: ["Press ⋯ beside a message (or the right mouse button): press an old button, or somebody else's. Nothing may change."], go: () => go("agent", isAgent) },
  ];
}
