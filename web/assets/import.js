// A dump goes up: too large or no JSON is said before anything is sent, and how far it is while it is sent.
import { fill } from "./words.js";

const $ = (id) => document.getElementById(id);
const MIB = 1024 * 1024;
const mib = (bytes) => (bytes / MIB).toFixed(1);

function refuse(text) {
  const [input, wrong] = [$("dump"), $("dump-wrong")];
  wrong.textContent = text;
  wrong.hidden = !text;
  input.toggleAttribute("aria-invalid", Boolean(text));
  if (text) input.focus();
}

// dumpdata writes a list: whatever begins otherwise is another file.
async function isList(file) {
  const head = await file.slice(0, 64).text();
  return head.trimStart().startsWith("[");
}

function send(form, file) {
  const query = new URLSearchParams();
  for (const name of ["from", "site", "time_zone", "tie"]) {
    const value = form.elements[name]?.value.trim();
    if (value) query.set(name, value);
  }
  if (form.elements.same_logins.checked) query.set("same_logins", "true");
  const request = new XMLHttpRequest();
  request.open("POST", `${form.action}?${query}`);
  request.setRequestHeader("content-type", "application/octet-stream");
  request.setRequestHeader("accept-language", document.documentElement.lang);
  const [bar, said] = [$("sending-bar"), $("sending-said")];
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.max = total;
    bar.value = loaded;
    said.textContent = fill(said.dataset.words, { done: mib(loaded), of: mib(total) });
  });
  request.addEventListener("loadend", () => {
    if (request.status === 202) return location.reload();
    $("sending").hidden = true;
    form.querySelector("button").removeAttribute("aria-busy");
    let title;
    try {
      title = JSON.parse(request.responseText).title;
    } catch {
      title = JSON.parse($("said").dataset.texts).offline;
    }
    refuse(title);
  });
  request.send(file);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.id !== "import-form") return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.getAttribute("aria-busy") === "true") return;
  const { files: [file], dataset } = $("dump");
  refuse("");
  if (file.size > Number(dataset.most)) return refuse(dataset.tooLarge);
  if (!(await isList(file))) return refuse(dataset.noJson);
  button.setAttribute("aria-busy", "true");
  $("sending").hidden = false;
  send(form, file);
});
