// Photos and documents of messages, and sending them.

import { el, icon, post } from "./ui.js";
import { look } from "./dialogs.js";

const address = (id) => "/sandbox/files/" + encodeURIComponent(id);

// photoOf shows the largest of a photo's sizes; pressing it fills the window with it.
export function photoOf(sizes, caption) {
  const best = sizes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
  const words = caption || "Photo";
  const image = el("img", { src: address(best.file_id), width: best.width, height: best.height, alt: words, loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.replaceWith(el("span", { class: "gone" }, "The photo is not there any more.")));
  return el("button", { type: "button", class: "photo", "aria-label": words + ", show it large", onclick: () => look(image.src, words) }, image);
}

export function documentOf(d) {
  const name = d.file_name || "document";
  return el("a", { class: "card file", href: address(d.file_id), download: name }, el("span", { class: "avatar" }, icon("file")),
    el("span", { class: "file-words" }, el("b", {}, name), el("span", {}, [size(d.file_size), d.mime_type].filter(Boolean).join(" · "))));
}

// size is bytes in words; whole numbers are enough.
function size(bytes) {
  if (!bytes) return "";
  const unit = ["B", "kB", "MB"];
  let i = 0;
  while (bytes >= 1000 && i < 2) { bytes = Math.round(bytes / 1000); i++; }
  return bytes + " " + unit[i];
}

// sendFile lets the person choose a file and sends it to the chat.
export function sendFile(kind, { person, chat, caption }) {
  return new Promise((done) => {
    const pick = el("input", { type: "file", accept: kind === "photo" ? "image/png,image/jpeg,image/gif" : undefined });
    pick.addEventListener("change", async () => done(await upload(kind, pick.files[0], { person, chat, caption })));
    pick.addEventListener("cancel", () => done(null));
    pick.click();
  });
}

// upload sends a file, or resolves to null when there is none or it is refused.
export async function upload(kind, file, { person, chat, caption }) {
  if (!file) return null;
  const form = new FormData();
  form.set("chat", String(chat));
  form.set("from", String(person));
  form.set("kind", kind);
  form.set("caption", caption ?? "");
  form.set("file", file, file.name);
  return post("/sandbox/media", form);
}
