// The form of a meeting. Everything works without this script; with it the form says while somebody types whether a gateway is
// free, in the clock of the zone that was chosen, and offers this device's zone.
const form = document.getElementById("meeting-form");
const texts = JSON.parse(form.dataset.texts);
const say = (key, values = {}) => (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const byId = (id) => document.getElementById(id);
const [starts, minutes, zone] = [byId("starts_at"), byId("minutes"), byId("time_zone")];
const [slot, offers, ownZone] = [byId("slot"), byId("slot-offers"), byId("own-zone")];
const kinds = [...form.querySelectorAll("input[name=is_webinar]")];
const webinar = () => kinds.some((k) => k.checked && k.value !== "");
// Long enough not to ask for each key, short enough to seem at once.
const PAUSE_MS = 300;

// A wall clock's time as people say it: the day only where it is another one.
function clock(local, beside) {
  const [date, time] = local.split("T");
  if (beside?.split("T")[0] === date) return time;
  const [y, m, d] = date.split("-").map(Number);
  const year = beside && !beside.startsWith(`${date.split("-")[0]}-`) ? "numeric" : undefined;
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "short", day: "numeric", month: "short", year, timeZone: "UTC" });
  return `${day.format(Date.UTC(y, m - 1, d))}, ${time}`;
}

function show(kind, lines) {
  const text = lines.filter(Boolean).join(" ");
  slot.className = `slot ${kind}`;
  slot.hidden = text === "";
  // The same words again would be read out again.
  if (slot.textContent !== text) slot.textContent = text;
}

function offer(slots, wish) {
  const held = offers.contains(document.activeElement);
  offers.replaceChildren(...slots.map((s) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "offer";
    button.textContent = say("take", { time: clock(s.local, wish) });
    button.addEventListener("click", () => {
      starts.value = s.local;
      starts.focus();
      ask();
    });
    return button;
  }));
  offers.hidden = slots.length === 0;
  if (held) starts.focus();
}

// What is hidden is not asked: a browser that finds something wrong in a field that nobody sees sends nothing and says nothing.
function asked() {
  const parts = form.querySelectorAll("[data-not-webinar], #repeat-more, #repeat-more > [id]");
  for (const part of parts) {
    const hidden = part.closest("[hidden]") !== null;
    for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = hidden;
  }
}
// Nor is anything wrong behind a fold.
form.addEventListener("invalid", (event) => event.target.closest("details")?.setAttribute("open", ""), true);

// Of how a meeting repeats only what goes with what is chosen.
const [repeat, ends] = [byId("repeat"), byId("ends")];
function repeats() {
  byId("repeat-more").hidden = repeat.value === "";
  byId("repeat-days").hidden = repeat.value !== "weekly";
  byId("repeat-until").hidden = ends.value !== "until";
  byId("repeat-count").hidden = ends.value !== "count";
  asked();
}
repeat.addEventListener("change", repeats);
ends.addEventListener("change", repeats);

let running = null;
let timer = null;

function later() {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
}

async function ask() {
  clearTimeout(timer);
  running?.abort();
  const length = Number(minutes.value);
  if (!starts.value || !zone.value.trim()) return quiet();
  if (!Number.isInteger(length) || length < 1 || length > 1440) return quiet("bad", say("bad_minutes"));
  const stop = new AbortController();
  running = stop;
  form.dataset.asking = "true";
  const query = new URLSearchParams({ starts_at: starts.value, duration_s: String(length * 60), zone: zone.value.trim() });
  if (form.dataset.except) query.set("except", form.dataset.except);
  try {
    const answer = await fetch(`/api/v1/gateways/free?${query}`, { signal: stop.signal, headers: { accept: "application/json" } });
    const body = await answer.json();
    if (stop !== running) return;
    if (answer.ok) told(body);
    else if (body.code === "time_zone") quiet("bad", say("bad_zone"));
    else quiet("", webinar() ? say("unknown") : "");
  } catch (error) {
    if (error.name !== "AbortError" && stop === running) quiet("", webinar() ? say("unknown") : "");
  } finally {
    if (stop === running) delete form.dataset.asking;
  }
}

function quiet(kind = "", text = "") {
  show(kind, [text]);
  offer([]);
}

function told(left) {
  const { wish, clock: kind, past, gateways, free, next, earlier } = left;
  const twice = kind === "twice" ? say("twice") : "";
  if (kind === "skipped") {
    const on = next[0];
    show("bad", [say("skips", { time: on ? clock(on.local, starts.value) : "" })]);
    return offer(next.slice(0, 2), starts.value);
  }
  const span = { n: String(free), from: clock(wish.local, wish.local), to: clock(wish.local_end, wish.local) };
  if (past) {
    show("bad", [say("past")]);
    return offer([]);
  }
  if (!webinar()) {
    show("", [say("ends", span), twice]);
    return offer([]);
  }
  if (gateways === 0) {
    show("bad", [say("no_gateways"), say("none_long")]);
    return offer([]);
  }
  if (free > 0) {
    show("good", [say(free > 1 ? "free_many" : "free", span), twice]);
    return offer([]);
  }
  show("bad", [say("none", span), say("none_long"), twice]);
  offer([...(earlier ? [earlier] : []), ...next], wish.local);
}

function offerZone() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  ownZone.hidden = !own || own === zone.value.trim();
  ownZone.textContent = say("use_zone", { zone: own ?? "" });
  ownZone.onclick = () => {
    zone.value = own;
    zone.focus();
    offerZone();
    ask();
  };
}

function kindChanged() {
  // Guests of a webinar are let in, or the gateway would wait outside; its chat is the live page's.
  for (const part of form.querySelectorAll("[data-not-webinar]")) part.hidden = webinar();
  repeats();
  const chat = form.querySelector("input[name=enable_chat]");
  if (chat) chat.closest(".tick-field").hidden = !webinar();
}

for (const field of [starts, minutes, zone]) field.addEventListener("input", later);
zone.addEventListener("input", offerZone);
for (const kind of kinds) {
  kind.addEventListener("change", () => {
    kindChanged();
    ask();
  });
}

// A second press would plan a second meeting; the server knows the form again, and the button says that it works.
const save = byId("save");
form.addEventListener("submit", (event) => {
  if (save.getAttribute("aria-busy") === "true") event.preventDefault();
  else save.setAttribute("aria-busy", "true");
});
// The way back makes the form anew, with what was typed and another mark of its own: saved again, it planned the same
// meeting twice. The mark is kept with the page's place in the history.
const once = form.elements.namedItem("once");
if (once && history.state?.once) once.value = history.state.once;
form.addEventListener("submit", () => {
  if (once) history.replaceState({ ...history.state, once: once.value }, "");
});
// Who was signed out while writing signs in and comes back to an empty form: what was sent is put into it again.
const DRAFT = "amphi-planning-draft";
form.addEventListener("submit", () => {
  // Also what is not sent, because it is hidden.
  const filled = [...form.elements].filter((e) => e.name && e.name !== "once" && (!["radio", "checkbox"].includes(e.type) || e.checked));
  const fields = filled.map((e) => [e.name, e.value]);
  try {
    sessionStorage.setItem(DRAFT, JSON.stringify({ to: form.action, fields }));
  } catch {
    // No place to keep it: nothing else depends on it.
  }
});
function restore() {
  let draft = null;
  try {
    draft = JSON.parse(sessionStorage.getItem(DRAFT));
    sessionStorage.removeItem(DRAFT);
  } catch {
    return;
  }
  const signedIn = document.referrer !== "" && new URL(document.referrer).pathname === "/login";
  if (!signedIn || draft?.to !== form.action) return;
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
  for (const [name, value] of draft.fields) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
      else field.value = value;
    }
  }
}

// Back from the next page the form can be used again.
addEventListener("pageshow", () => save.removeAttribute("aria-busy"));

restore();
offerZone();
kindChanged();
ask();
