// The end and the way to move it. Asked of the API for a webinar: whether the gateway is free for so long.
import { clock, hour } from "./words.js";

const DAY_S = 24 * 3600;

export class End {
  constructor({ root, say, console }) {
    this.root = root;
    this.say = say;
    this.console = console;
    this.zone = root.dataset.zone;
    this.own = undefined;
    this.buttons = [...document.querySelectorAll("button.act-end")];
    this.form = document.getElementById("end-form");
    this.field = document.getElementById("end-at");
    this.button = document.getElementById("end-move");
    this.note = document.getElementById("end-free");
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.move(this.endsAt + Number(button.dataset.plus) * 60000, button));
    }
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const at = this.chosen();
      if (at) this.move(at, this.button);
    });
    this.field.addEventListener("input", () => this.paint());
    this.starts = Date.parse(root.dataset.starts);
    this.endsAt = Date.parse(root.dataset.ends);
  }

  hour(at) {
    return hour(at, this.zone);
  }

  // With its day, where that is not the day of the end.
  moment(at) {
    const day = (t) => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", timeZone: this.zone }).format(new Date(t));
    const far = Math.abs(Date.parse(at) - this.endsAt) > DAY_S * 6000;
    const date = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeZone: this.zone });
    const named = far ? date.format(new Date(at)) : day(at);
    return day(at) === day(this.endsAt) && !far ? this.hour(at) : `${named} ${this.hour(at)}`;
  }

  enable(yes) {
    const can = yes && !this.busy;
    this.able = yes;
    for (const button of [...this.buttons, this.button]) button.disabled = !can;
    this.field.disabled = !can;
  }

  takeState(state) {
    const changed = this.endsAt !== Date.parse(state.ends_at) || this.starts !== Date.parse(state.starts_at);
    if (!changed && this.own !== undefined) return;
    this.starts = Date.parse(state.starts_at);
    this.endsAt = Date.parse(state.ends_at);
    document.getElementById("ends").textContent = this.hour(this.endsAt);
    for (const button of this.buttons) {
      button.querySelector("span").textContent = `→ ${this.hour(this.endsAt + Number(button.dataset.plus) * 60000)}`;
    }
    this.tick(this.console.now());
    this.ask();
  }

  // Until when the gateway is free, others' webinars left unnamed.
  async ask() {
    this.own ??= null;
    const { meeting } = this.root.dataset;
    if (!meeting) {
      // Of a broadcaster it is told when the end is moved.
      this.paint();
      return;
    }
    const query = new URLSearchParams({
      starts_at: new Date(this.starts).toISOString(),
      duration_s: String(Math.min(DAY_S, Math.max(60, Math.round((this.endsAt - this.starts) / 1000)))),
      zone: this.zone,
      except: meeting,
    });
    try {
      const answer = await fetch(`/api/v1/gateways/free?${query}`, { headers: { accept: "application/json" } });
      if (answer.ok) this.own = (await answer.json()).own;
    } catch {
      // Not known: nothing is said, and asked again with the next change.
    }
    this.paint();
  }

  taken(at) {
    return this.own?.until && at > Date.parse(this.own.until);
  }

  // The next time the clock of the meeting's zone shows what was chosen, after its start and after now.
  chosen() {
    const wanted = this.field.value;
    if (!wanted) return null;
    const show = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.zone });
    const from = Math.ceil((Math.max(this.starts, this.console.now()) + 1) / 60000) * 60000;
    for (let at = from; at <= this.starts + DAY_S * 1000; at += 60000) {
      if (show.format(at) === wanted) return at;
    }
    return null;
  }

  paint() {
    const at = this.field.value ? this.chosen() : this.endsAt;
    const text = () => {
      if (at === null) return this.say("end_past");
      if (!this.own) return this.own === null ? this.say("end_no_gateway") : "";
      if (!this.own.until) return this.say("end_free_always");
      return this.say(this.taken(at) ? "end_taken" : "end_free_until", { time: this.moment(this.own.until) });
    };
    const said = text();
    if (this.note.textContent !== said) this.note.textContent = said;
    this.note.className = at === null || this.taken(at) ? "wrong" : "hint";
  }

  async move(at, button) {
    if (this.busy || !this.able) return;
    // What the presenter saw when they pressed: moved by another presenter meanwhile, it is not moved over.
    const seen = this.endsAt;
    const time = this.taken(at) ? this.moment(this.own.until) : null;
    if (time && !(await this.console.sure("later", this.say("move_end"), { time }))) return;
    this.busy = true;
    this.enable(this.able);
    button.setAttribute("aria-busy", "true");
    // Absolute: pressed twice, or by two presenters who want the same, it ends at the same time.
    const { meeting, event } = this.root.dataset;
    const went = meeting
      ? await this.console.call("PATCH", `/api/v1/meetings/${meeting}`, JSON.stringify({ duration_s: Math.ceil((at - this.starts) / 1000), expected_end: new Date(seen).toISOString() }))
      : await this.console.call("PATCH", `/api/v1/live/${event}`, JSON.stringify({ ends_at: new Date(at).toISOString() }));
    if (went) {
      this.console.note.textContent = this.say("end_moved", { time: this.hour(at) });
      this.field.value = "";
    }
    this.busy = false;
    button.removeAttribute("aria-busy");
    this.enable(this.able);
    button.focus();
  }

  tick(now) {
    const left = this.endsAt - now;
    document.getElementById("ends-in").textContent = left > 0 ? `(${this.say("in_time", { time: clock(left) })})` : "";
  }
}
