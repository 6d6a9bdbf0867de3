// "Can the gateway reach us": makes a one-time address and says when its host came.
import { call } from "./call.js";
import { fill } from "./words.js";

const PAUSE = 2000;
const HELP_AFTER = 20_000;
const box = document.getElementById("reach");
const state = document.getElementById("reach-state");
const words = JSON.parse(box.dataset.texts);
const path = box.dataset.path;
let timer;

function show(text, kind) {
  state.textContent = text;
  state.className = kind;
}

async function look(since) {
  const { body } = await call(path, "GET");
  if (body?.state === "reached") return show(fill(words.reached, { time: body.reached_clock, from: body.from }), "notice");
  if (body?.state === "none") return show(words.over, "callout");
  if (Date.now() - since > HELP_AFTER) document.getElementById("reach-help").hidden = false;
  timer = setTimeout(() => look(since), PAUSE);
}

document.getElementById("reach-make").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  clearTimeout(timer);
  const { body, refused } = await call(path, "POST");
  button.removeAttribute("aria-busy");
  if (refused) return show(refused.title, "problem");
  document.getElementById("reach-command").textContent = body.command;
  document.getElementById("reach-how").hidden = false;
  document.getElementById("reach-help").hidden = true;
  show(words.waiting, "quiet busy");
  look(Date.now());
});

if (box.dataset.state === "waiting") look(Date.now());
