// A text with its entities as DOM nodes. Offsets are UTF-16 units, which is what JavaScript counts.

import { el } from "./ui.js";

const tags = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote" };

export function rich(text, entities, onCommand) {
  const root = el("div", { class: "words" });
  fill(root, text, 0, text.length, entities ?? [], onCommand);
  return root;
}

// fill puts text[from:to] into a node; an entity that sticks out is cut at the end.
function fill(node, text, from, to, entities, onCommand) {
  let at = from;
  for (let i = 0; i < entities.length; i++) {
    const e = entities[i];
    const start = Math.max(e.offset, at);
    const end = Math.min(e.offset + e.length, to);
    if (start >= end) continue;
    node.append(text.slice(at, start));
    const inside = entities.slice(i + 1).filter((o) => o.offset < end && o.offset + o.length > start);
    const wrapped = wrap(e, text.slice(start, end), onCommand);
    if (!wrapped.textContent) fill(wrapped, text, start, end, inside, onCommand);
    node.append(wrapped);
    at = end;
  }
  node.append(text.slice(at, to));
}

function wrap(e, words, onCommand) {
  switch (e.type) {
    case "bot_command":
      return el("button", { class: "cmd", type: "button", onclick: () => onCommand(words) });
    case "text_link":
      return el("a", { href: /^(https?|tg):/.test(e.url) ? e.url : "#", target: "_blank", rel: "noopener noreferrer" });
    case "spoiler": {
      const open = () => node.classList.add("open");
      const node = el("span", { class: "spoiler", tabindex: "0", role: "button", "aria-label": "Hidden text, press to show", onclick: open, onkeydown: (k) => k.key === "Enter" && open() });
      return node;
    }
    case "expandable_blockquote":
      return folding();
    case "date_time": {
      const node = el("time", { datetime: new Date(e.unix_time * 1000).toISOString() });
      if (e.date_time_format) node.textContent = moment(e.unix_time, e.date_time_format);
      return node;
    }
    default:
      return el(tags[e.type] ?? "span");
  }
}

// folding is a quotation of which a few lines are shown until it is pressed.
function folding() {
  const toggle = () => node.setAttribute("aria-expanded", String(!node.classList.toggle("folds")));
  const node = el("blockquote", {
    class: "folds", tabindex: "0", role: "button", "aria-expanded": "false",
    onclick: () => { if (!String(getSelection())) toggle(); },
    onkeydown: (k) => { if (k.key === "Enter" || k.key === " ") { k.preventDefault(); k.stopPropagation(); toggle(); } },
  });
  return node;
}

// moment writes a time in the reader's zone: w weekday, d and D date, t and T time, r relative.
function moment(seconds, format) {
  const date = new Date(seconds * 1000);
  if (format.includes("r")) {
    const left = seconds - Date.now() / 1000;
    const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, s]) => Math.abs(left) >= s) ?? ["second", 1];
    return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(left / size), unit);
  }
  const options = {};
  if (format.includes("w")) options.weekday = "long";
  if (/[dD]/.test(format)) Object.assign(options, { day: "numeric", month: format.includes("D") ? "long" : "short", year: "numeric" });
  if (/[tT]/.test(format)) Object.assign(options, { hour: "2-digit", minute: "2-digit", ...(format.includes("T") && { second: "2-digit" }) });
  return new Intl.DateTimeFormat(undefined, options).format(date);
}
