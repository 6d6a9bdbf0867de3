// What a screen reader hears of the chat. A list that is a live region is read out line by line, and a busy chat then
// drowns everything else: BBB switched such a region on, then off again. Here the list is silent, and one hidden region
// gets at most eight texts a minute: single lines while few come, a summary when there are many.
const WINDOW_MS = 60000;
const MOST = 8;
// So soon after another the first few may come; after these the rest of the minute is shared out evenly.
const QUICK_MS = 1500;
const QUICK = 3;
const EVEN_MS = WINDOW_MS / MOST;
// A line longer than this is cut: a reader can go to it in the list.
const LONGEST = 300;

// When to speak and what: no clock, no page. `say` gives a text of the page by its key.
export class Pacer {
  constructor(say) {
    this.say = say;
    this.mode = "all";
    this.said = [];
    this.waiting = [];
  }

  add(line) {
    if (this.mode === "none" || (this.mode === "presenters" && !line.presenter)) return;
    this.waiting.push(line);
  }

  setMode(mode) {
    this.mode = mode;
    this.waiting = this.waiting.filter((l) => mode === "all" || (mode === "presenters" && l.presenter));
  }

  // When the next text may be said; null where nothing waits.
  due(now) {
    if (this.waiting.length === 0) return null;
    this.said = this.said.filter((at) => at > now - WINDOW_MS);
    const n = this.said.length;
    if (n === 0) return now;
    const gap = n < QUICK ? QUICK_MS : EVEN_MS;
    const room = n < MOST ? 0 : this.said[n - MOST] + WINDOW_MS + 1;
    return Math.max(now, this.said[n - 1] + gap, room);
  }

  // The text to say now, or null.
  take(now) {
    const due = this.due(now);
    if (due === null || due > now) return null;
    const lines = this.waiting.splice(0);
    this.said.push(now);
    if (lines.length === 1) return one(lines[0]);
    const from = lines.filter((l) => l.presenter);
    const key = from.length === 0 ? "sum" : from.length === lines.length ? "sum_only_presenters" : "sum_presenters";
    const sum = this.say(key, { n: String(lines.length), p: String(from.length) });
    // What the one presenter said is worth more than the count.
    return from.length === 1 && lines.length > 1 ? `${sum}. ${one(from[0])}` : sum;
  }
}

function one({ name, text }) {
  const all = name ? `${name}: ${text}` : text;
  return all.length > LONGEST ? `${all.slice(0, LONGEST)}…` : all;
}

const KEPT = "amphi-announce";

export class Announcer {
  constructor({ say, region, select }) {
    this.pacer = new Pacer(say);
    this.region = region;
    if (!select) return;
    try {
      const kept = localStorage.getItem(KEPT);
      if (["all", "presenters", "none"].includes(kept)) select.value = kept;
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    this.pacer.setMode(select.value);
    select.addEventListener("change", () => {
      this.pacer.setMode(select.value);
      try {
        localStorage.setItem(KEPT, select.value);
      } catch {
        // As above.
      }
    });
  }

  add(line) {
    if (!this.region) return;
    this.pacer.add(line);
    this.plan();
  }

  plan() {
    if (this.timer) return;
    const due = this.pacer.due(Date.now());
    if (due === null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      const text = this.pacer.take(Date.now());
      if (text !== null) this.region.textContent = text;
      this.plan();
    }, Math.max(50, due - Date.now()));
  }
}
