// On the way into a room: presses the button that our own page's link meant, and turns once the room is open.
const open = document.getElementById("open");
if (open?.dataset.atOnce === "true") open.requestSubmit();

for (const form of document.querySelectorAll("form")) {
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-busy") === "true") event.preventDefault();
    else button.setAttribute("aria-busy", "true");
  });
}
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});

const wait = document.getElementById("wait");
if (wait) {
  // Long before the start nobody opens the room in the next two seconds.
  const LONG_MS = 10 * 60 * 1000;
  const skew = Date.parse(wait.dataset.now) - Date.now();
  const left = () => Date.parse(wait.dataset.starts) - Date.now() - skew;
  const countdown = document.getElementById("countdown");
  const own = document.getElementById("own-time");

  const two = (n) => String(n).padStart(2, "0");
  const tick = () => {
    const s = Math.floor(left() / 1000);
    if (s < 0 || !countdown) return;
    const [d, h, m] = [Math.floor(s / 86400), Math.floor((s % 86400) / 3600), Math.floor((s % 3600) / 60)];
    const days = d > 0 ? new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "day", unitDisplay: "long" }).format(d) : "";
    countdown.textContent = d > 0 ? `${days} ${h}:${two(m)}:${two(s % 60)}` : h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
  };
  if (countdown) {
    tick();
    setInterval(tick, 1000);
  }
  // The reader's own clock, where it shows something else than the one the meeting was planned by.
  if (own) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const at = new Date(wait.dataset.starts);
    const say = (timeZone) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "short", timeZone }).format(at);
    if (zone && say(zone) !== say(wait.dataset.zone)) {
      own.textContent = `${say(zone)} (${zone})`;
      own.hidden = false;
    }
  }

  // Turns the page when the room stands elsewhere than it says.
  const hear = (state) => {
    document.getElementById("trouble").hidden = !state.trouble;
    if (state.phase === wait.dataset.phase) return false;
    const to = new URL(wait.dataset.action, location.href);
    if (wait.dataset.guest !== undefined) to.searchParams.set("name", wait.dataset.guest);
    location.replace(to);
    return true;
  };

  let timer = null;
  let told = false;
  const again = async () => {
    clearTimeout(timer);
    try {
      const answer = await fetch(wait.dataset.state, { headers: { accept: "application/json" }, cache: "no-store" });
      if (answer.ok) {
        if (hear(await answer.json())) return;
      } else if (answer.status === 401) {
        // Signed out while waiting: the page itself leads to the sign-in and back.
        location.reload();
        return;
      }
    } catch {
      // The network is away: try on.
    }
    // The server tells: nobody asks.
    if (told) return;
    const often = wait.dataset.phase === "early" && left() > LONG_MS ? 10000 : 1800;
    clearTimeout(timer);
    timer = setTimeout(again, often + Math.random() * 400);
  };
  // Told by push; asked for only while the line is away, or where none is to be had.
  let line = null;
  const listen = () => {
    line?.close();
    line = new EventSource(wait.dataset.events);
    line.onopen = () => {
      told = true;
      clearTimeout(timer);
    };
    line.onmessage = (event) => hear(JSON.parse(event.data));
    line.onerror = () => {
      const first = told;
      told = false;
      // The browser comes back by itself, unless it was refused.
      if (line.readyState === EventSource.CLOSED || first) again();
    };
  };
  listen();
  again();
  addEventListener("online", () => {
    if (line.readyState === EventSource.CLOSED) listen();
    again();
  });
  // A page that is kept for the way back holds no line.
  addEventListener("pagehide", () => line.close());
  addEventListener("pageshow", (event) => event.persisted && listen());
}
