// The state of the live in words: badge, what stands in the picture's place, countdown and elapsed time, the start in the
// reader's own time zone. Everything is painted from the newest `state` and the server's clock.
import { clock, day, hour, ownZone, sameClock } from "./words.js";

// The same rule as Stage::of on the server.
export function stageOf(state, now) {
  if (state.why === "cancelled") return "cancelled";
  if (state.live && state.live !== "off") return state.live;
  return now >= Date.parse(state.starts_at) ? "late" : "scheduled";
}

// What runs beside the words: a countdown, or the time since.
export function running(stage, state, now) {
  const since = Date.parse(state.since ?? "");
  const for_ = Number.isNaN(since) ? null : now - since;
  switch (stage) {
    case "scheduled": {
      const left = Date.parse(state.starts_at) - now;
      return left > 0 ? { key: "starts_in", ms: left + 999 } : null;
    }
    case "late": {
      const ago = now - Date.parse(state.starts_at);
      // The first minute is nobody's fault.
      return ago >= 60000 ? { key: "waiting_for", ms: ago } : null;
    }
    case "starting":
      return for_ === null ? null : { key: "starting_for", ms: for_ };
    case "on_air":
      return for_ === null ? null : { key: "on_air_for", ms: for_ };
    default:
      return null;
  }
}

export class Poster {
  constructor({ root, say, skew }) {
    this.say = say;
    this.skew = skew;
    this.root = root;
    this.shown = root.dataset.stage;
    this.state = { live: null, starts_at: root.dataset.starts, ends_at: root.dataset.ends, time_zone: root.dataset.zone };
    const byId = (id) => document.getElementById(id);
    this.badge = byId("badge");
    this.text = byId("stage-text");
    this.countdown = byId("countdown");
    this.elapsed = byId("elapsed");
    this.own = byId("own-time");
    this.when = byId("when");
    this.screen = byId("screen");
    this.times();
    this.paint();
    this.timer = setInterval(() => this.paint(), 1000);
  }

  take(state) {
    const moved = ["starts_at", "ends_at", "time_zone"].some((k) => state[k] && state[k] !== this.state[k]);
    this.state = { ...this.state, ...state };
    if (moved) this.times();
    this.paint();
  }

  now() {
    return Date.now() + this.skew;
  }

  stage() {
    return this.state.live === null ? this.shown : stageOf(this.state, this.now());
  }

  paint() {
    const stage = this.stage();
    // Another gateway takes over: whoever waits is told that nothing needs to be done.
    const long = stage === "starting" && this.state.moved ? "long_moving" : `long_${stage}`;
    if (this.text && this.long !== undefined && this.long !== long) this.text.textContent = this.say(long);
    this.long = long;
    if (this.badge && this.badge.dataset.shown !== stage) {
      this.badge.dataset.shown = stage;
      this.badge.className = `badge ${stage}`;
      this.badge.textContent = this.say(`stage_${stage}`);
      this.root.dataset.stage = stage;
      if (this.screen) this.screen.dataset.shown = stage;
      if (this.text) this.text.textContent = this.say(long);
    }
    this.shown = stage;
    const runs = running(stage, this.state, this.now());
    const text = runs ? this.say(runs.key, { time: clock(runs.ms) }) : "";
    if (this.countdown) this.countdown.textContent = stage === "on_air" ? "" : text;
    if (this.elapsed) {
      this.elapsed.hidden = stage !== "on_air" || !text;
      this.elapsed.textContent = stage === "on_air" ? text : "";
    }
    if (this.own) this.own.hidden = !["scheduled", "late"].includes(stage);
  }

  // The reader's own zone first, named; the planned one beside it where its clocks show something else.
  times() {
    const { starts_at, ends_at, time_zone } = this.state;
    if (!starts_at || !time_zone) return;
    const own = ownZone();
    const same = sameClock(starts_at, own, time_zone);
    const zone = same ? time_zone : own;
    const start = `${day(starts_at, zone)}, ${hour(starts_at, zone)}`;
    const there = same ? null : this.say("planned_time", { time: hour(starts_at, time_zone), zone: time_zone });
    if (this.own) this.own.textContent = same ? `${start} (${zone})` : this.say("own_time", { time: start, zone });
    if (this.when) {
      const time = document.createElement("time");
      time.dateTime = starts_at;
      time.textContent = `${start} – ${hour(ends_at ?? starts_at, zone)}`;
      this.when.replaceChildren(time, ` (${zone}${there ? ` · ${there}` : ""})`);
    }
  }
}
