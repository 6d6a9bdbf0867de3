// Forms and buttons that call the API: `data-api` is the path. Before what can't be undone a question is asked (`data-sure`);
// what went wrong is said beside its field, else above; what went well is said in #said, and the parts of the page that
// show it ([data-fresh]) are fetched anew, so that focus and scroll stay where they are.
import { call } from "./call.js";

const $ = (id) => document.getElementById(id);
const problem = $("form-problem");
const said = $("said");
const words = JSON.parse(said.dataset.texts);
const AFTERWARDS = "amphi-said";

// Which field a problem's code is about.
const FIELDS = {
  login: ["login"], login_taken: ["login"], person_name: ["name"], name: ["name"], password: ["password"],
  old_password: ["old"], address: ["server_url", "hls_url"], link_local_address: ["server_url", "hls_url"],
  live_title: ["title"], live_past: ["ends_at"], interval: ["ends_at"], live_long: ["ends_at"], broadcaster_held: ["broadcaster"], broadcaster_right: ["broadcaster"],
  live_going_on: ["starts_at"], live_presenters: ["presenters"], live_draft: ["password"], live_password_text: ["password"], live_frame: ["below_height"],
  live_type: ["type"], announcement: ["text"], too_many_pinned: ["text"], building_name: ["name"], building_taken: ["name"],
  group_code: ["code"], unknown_person: ["person", "presenters"], token_lasts: ["lasts_s"], mail_address: ["mail"], rtmp_url: ["rtmp_url"], protection_secret: ["signing_secret"], protection_address: ["hls_url"], secret: ["token"], generation: ["generation"], chat_redis: ["chat_redis"], unknown_broadcaster: ["broadcaster"],
};

function say(text) {
  said.replaceChildren();
  if (!text) return;
  const line = document.createElement("p");
  line.className = "notice";
  line.textContent = text;
  said.append(line);
}

function clear(form) {
  problem.hidden = true;
  for (const wrong of form.querySelectorAll?.(".wrong") ?? []) wrong.remove();
  for (const input of form.querySelectorAll?.("[aria-invalid]") ?? []) {
    input.removeAttribute("aria-invalid");
    if (input.dataset.hint) input.setAttribute("aria-describedby", input.dataset.hint);
    else input.removeAttribute("aria-describedby");
  }
}

function refuse(form, { code, title, detail }) {
  const names = [...(FIELDS[code] ?? []), detail?.match(/^(\w+):/)?.[1]];
  const input = names.map((name) => name && form.elements?.[name]).find((found) => found?.closest);
  if (!input) {
    problem.textContent = title;
    problem.hidden = false;
    problem.focus();
    return;
  }
  const wrong = document.createElement("p");
  wrong.className = "wrong";
  wrong.id = `${input.id || input.name}-wrong`;
  wrong.textContent = title;
  input.after(wrong);
  input.dataset.hint ??= input.getAttribute("aria-describedby") ?? "";
  input.setAttribute("aria-describedby", `${wrong.id} ${input.dataset.hint}`.trim());
  input.setAttribute("aria-invalid", "true");
  input.focus();
}

function fieldsOf(form) {
  const among = (names) => (names ?? "").split(" ");
  const nulls = among(form.dataset.null);
  const lists = among(form.dataset.lists);
  const numbers = among(form.dataset.numbers);
  const empties = among(form.dataset.keepEmpty);
  const fields = {};
  // Nothing ticked is an empty list, and no absent one: absent may mean all.
  for (const name of lists) if (name) fields[name] = [];
  for (const [name, value] of new FormData(form)) {
    if (lists.includes(name)) fields[name].push(value);
    else if (value !== "") fields[name] = numbers.includes(name) ? Number(value) : value;
    else if (nulls.includes(name)) fields[name] = null;
    else if (empties.includes(name)) fields[name] = "";
  }
  // A box that isn't ticked says no, and is not left out.
  for (const name of among(form.dataset.ticks)) if (name) fields[name] = form.elements[name].checked;
  return fields;
}

// The dialog's answer. Escape and the other button are both a no.
function sure(asker) {
  if (!asker.dataset.sure) return true;
  const dialog = $("sure");
  $("sure-text").textContent = asker.dataset.sure;
  $("sure-more").textContent = asker.dataset.more ?? "";
  $("sure-more").hidden = !asker.dataset.more;
  const yes = dialog.querySelector('[value="yes"]');
  const button = asker.matches("form") ? asker.querySelector('button[type="submit"]') : asker;
  yes.textContent = button.textContent;
  yes.classList.toggle("danger", button.classList.contains("danger"));
  yes.classList.toggle("main-act", !button.classList.contains("danger"));
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

let refreshing;
async function refresh() {
  const held = [...document.querySelectorAll("[data-fresh]")];
  if (!held.length) return location.reload();
  refreshing?.abort();
  refreshing = new AbortController();
  let page;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, signal: refreshing.signal });
    if (!answer.ok || answer.redirected) return;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return;
  }
  for (const part of held) {
    const now = page.getElementById(part.id);
    if (!now || now.innerHTML === part.innerHTML) continue;
    const focus = part.contains(document.activeElement) ? document.activeElement : null;
    const open = [...part.querySelectorAll("details[open][id]")].map((d) => d.id);
    part.replaceChildren(...now.childNodes);
    for (const id of open) $(id)?.setAttribute("open", "");
    if (!focus) continue;
    // What had the focus may be gone with its row: the list itself takes it, so that the next Tab goes on from here.
    const again = focus.id ? $(focus.id) : null;
    if (!again) part.setAttribute("tabindex", "-1");
    (again ?? part).focus({ preventScroll: true });
  }
}

async function act(asker) {
  const form = asker.matches("form") ? asker : null;
  const button = form?.querySelector('button[type="submit"]') ?? asker;
  if (button.getAttribute("aria-busy") === "true" || !(await sure(asker))) return;
  clear(form ?? document);
  say("");
  button.setAttribute("aria-busy", "true");
  const { method = "POST", api, done, goto, show, version } = asker.dataset;
  const body = form ? fieldsOf(form) : asker.dataset.body && JSON.parse(asker.dataset.body);
  // A field that stands in the address stands nowhere else.
  const path = api.replace(/\{(\w+)\}/g, (_, name) => {
    const value = encodeURIComponent((body[name] ?? "").trim());
    delete body[name];
    return value;
  });
  const outcome = await call(path, method, body, words, version);
  button.removeAttribute("aria-busy");
  if (outcome.refused) return refuse(form ?? asker, outcome.refused);
  if (goto) {
    if (done) sessionStorage.setItem(AFTERWARDS, done);
    location.href = goto.replace("{id}", outcome.body.id ?? "").replace("{event}", outcome.body.event ?? "");
    return;
  }
  if (show) {
    $("fresh-text").textContent = outcome.body[show];
    $("fresh").hidden = false;
    $("fresh").focus();
  }
  if (form && !("keep" in form.dataset)) {
    form.reset();
    const folded = form.closest("details");
    if (folded && !show) {
      folded.open = false;
      folded.querySelector("summary").focus();
    }
  }
  await refresh();
  say(done);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-api]")) return;
  event.preventDefault();
  act(event.target);
});

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const from = $(copy.dataset.copy);
    try {
      await navigator.clipboard.writeText(from.textContent);
      say(words.copied);
    } catch {
      // No clipboard (plain http): the text is selected, one key copies it.
      getSelection().selectAllChildren(from);
    }
    return;
  }
  const button = event.target.closest("button[data-api]");
  if (button) act(button);
});

// What changes by itself is looked at again, while somebody looks and types nothing.
const poll = Number(document.querySelector("[data-poll]")?.dataset.poll ?? 0);
if (poll) {
  setInterval(() => {
    const typing = document.activeElement?.matches("input, select, textarea");
    if (document.visibilityState === "visible" && !typing && !$("sure").open) refresh();
  }, poll * 1000);
}

// A moment after the page, so that screen readers take it for news.
const before = sessionStorage.getItem(AFTERWARDS);
sessionStorage.removeItem(AFTERWARDS);
if (before) setTimeout(() => say(before), 150);
