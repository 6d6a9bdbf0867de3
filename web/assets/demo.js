// The demo's start page: buttons that break and mend without leaving the page, and what is so now.
const acts = document.getElementById("acts");
const problem = document.getElementById("act-problem");
const stages = JSON.parse(acts.dataset.stages);
const LOOK = 2000;
let wait = null;

function step(item, done) {
  item.classList.toggle("done", done);
  item.querySelector(".badge").hidden = !done;
}

// Only what changed is touched: a badge that is said aloud is said once.
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function card(item, on) {
  const badge = item.querySelector(".badge");
  const button = item.querySelector("button");
  item.classList.toggle("on", on);
  badge.classList.toggle("late", on);
  put(badge, on ? badge.dataset.on : badge.dataset.off);
  put(button, on ? button.dataset.on : button.dataset.off);
  button.className = on ? "main-act" : "danger";
  item.querySelector("input").value = String(!on);
}

function show(now) {
  const line = document.getElementById("now-line");
  const badge = line.querySelector(".badge");
  badge.className = `badge ${now.stage}`;
  put(badge, stages[now.stage] ?? now.stage);
  const viewers = now.viewers === 1 ? acts.dataset.one : acts.dataset.many;
  put(document.getElementById("now-viewers"), viewers.replace("{n}", now.viewers));
  put(document.getElementById("now-gateway"), now.gateway ?? "–");
  for (const item of acts.querySelectorAll("[data-act]")) card(item, now.on.includes(item.dataset.act));
  now.done.forEach((done, n) => step(document.querySelector(`[data-step="${n + 1}"]`), done));
}

async function look() {
  clearTimeout(wait);
  try {
    const answer = await fetch("/demo/state", { cache: "no-store" });
    if (answer.ok) show(await answer.json());
  } catch {
    // The demo was ended, or is starting again: the next look says.
  }
  if (!document.hidden) wait = setTimeout(look, LOOK);
}

for (const form of acts.querySelectorAll("form[action^='/demo/acts/']")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    let failed = true;
    try {
      const headers = { accept: "application/json" };
      const answer = await fetch(form.action, { method: "POST", headers, body: new URLSearchParams(new FormData(form)) });
      failed = !answer.ok;
    } catch {
      // Said below.
    }
    problem.hidden = !failed;
    problem.textContent = failed ? acts.dataset.failed : "";
    await look();
    button.disabled = false;
    button.focus();
  });
}

// Reading leaves no trace: that the log was opened is remembered here, for this tab.
const last = document.querySelector('[data-step="5"]');
const READ = "amphi-demo-read";
last.addEventListener("submit", () => sessionStorage.setItem(READ, "1"));
last.querySelector(".actions a")?.addEventListener("click", () => sessionStorage.setItem(READ, "1"));
const read = () => sessionStorage.getItem(READ) && step(last, true);
document.addEventListener("visibilitychange", () => {
  read();
  look();
});
read();
look();
