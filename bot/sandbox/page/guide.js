// What to try, step by step.

import { el } from "./ui.js";

// guidePanel opens one step at a time; going on to a step does what it says.
export function guidePanel(steps) {
  const items = steps.map((s) => el("li", {}, el("button", { type: "button", onclick: () => { choose(s); s.go(); } },
    el("span", {}, el("b", {}, s.title), el("span", { class: "more" }, ...s.words)))));
  const choose = (chosen) => items.forEach((item, i) => {
    item.classList.toggle("open", steps[i] === chosen);
    item.firstChild.setAttribute("aria-current", steps[i] === chosen ? "step" : "false");
  });
  choose(steps[0]);
  return el("section", { class: "panel", "aria-label": "Try this" }, el("h2", {}, "Try this"), el("ol", { class: "guide" }, ...items));
}
