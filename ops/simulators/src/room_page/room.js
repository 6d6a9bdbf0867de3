"use strict";
const room = document.querySelector("main.room");
const by = (id) => document.getElementById(id);
const query = "?sessionToken=" + encodeURIComponent(room.dataset.token);
const post = (what, fields) =>
  fetch("/html5client/" + what + query, { method: "POST", body: new URLSearchParams(fields || {}) });
const make = (name, text, kind) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (kind) element.className = kind;
  return element;
};
let known = "";
let going = false;

const draw = (state) => {
  by("count").textContent = "(" + state.people.length + ")";
  by("people").replaceChildren(
    ...state.people.map((one) => {
      const row = make("li", one.name);
      const { moderator, presenter, robot, you } = room.dataset;
      const marks = [one.you && you, one.presenter && presenter, one.role === "MODERATOR" && !one.bot && moderator, one.bot && robot];
      row.append(make("small", marks.filter(Boolean).join(" · ")));
      return row;
    }),
    ...state.waiting.map((one) => {
      const row = make("li", one.name + " ");
      const let_in = make("button", room.dataset.accept);
      let_in.type = "button";
      let_in.addEventListener("click", () => post("accept", { user: one.id }).then(look));
      row.append(make("small", room.dataset.waits), let_in);
      return row;
    }),
  );
  const lines = by("lines");
  const low = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60;
  const shown = new Set([...lines.children].map((row) => row.dataset.id));
  for (const line of state.lines) {
    if (shown.has(line.id)) continue;
    const row = make("li", undefined, line.by_api ? "api" : line.you ? "you" : "");
    row.dataset.id = line.id;
    row.append(make("b", line.from));
    row.append(make("time", new Date(line.at).toLocaleTimeString(room.dataset.lang, { timeStyle: "short" })));
    row.append(make("span", line.text));
    lines.append(row);
  }
  if (low || !shown.size) lines.scrollTop = lines.scrollHeight;
  for (const control of by("say").elements) control.disabled = !state.chat;
};

const look = async () => {
  if (going) return;
  try {
    const answer = await fetch("/html5client/state" + query, { cache: "no-store" });
    if (answer.status === 410) return void location.assign("/html5client/bye");
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    by("problem").textContent = "";
    if (text === known) return;
    known = text;
    const state = JSON.parse(text);
    by("wait").hidden = state.state !== "waiting";
    if (state.state === "in") draw(state);
  } catch {
    by("problem").textContent = room.dataset.lost;
  }
};

const go = async (what) => {
  going = true;
  try {
    const answer = await post(what);
    const { to } = answer.ok ? await answer.json() : {};
    location.assign(to || "/html5client/bye");
  } catch {
    going = false;
    by("problem").textContent = room.dataset.lost;
  }
};

by("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = by("text");
  const text = field.value.trim();
  if (!text) return;
  try {
    const answer = await post("chat", { text });
    if (!answer.ok) throw new Error(answer.status);
    field.value = "";
    await look();
  } catch {
    by("problem").textContent = room.dataset.lost;
  }
});
by("leave").addEventListener("click", () => go("leave"));
by("end")?.addEventListener("click", (event) => confirm(event.target.dataset.sure) && go("end"));
// A tab that is closed leaves the room, as a BBB client does when its socket closes.
addEventListener("pagehide", () => going || navigator.sendBeacon("/html5client/leave" + query));
post("enter").catch(() => {}).then(() => {
  look();
  setInterval(look, 1000);
});
