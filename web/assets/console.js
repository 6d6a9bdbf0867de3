// The presenters' console. Everything shown comes from the websocket (`state`, `console`), nothing is remembered by the page:
// a co-presenter's console, or this one on another device, says the same. Buttons send absolute commands to the API; a button
// works until the state says that it is done.
import { clock, hour } from "./words.js";
import { End } from "./console-end.js";
import { copyButtons } from "./copy.js";

const STEPS = ["opening", "room_open", "start_asked", "started", "robot_in_room", "on_air"];
const RUNS = ["starting", "on_air", "stalled"];
// So long a button works without a word of the state before it may be pressed again.
const PATIENCE_MS = 20000;
// A call that hangs must not keep its button for ever; what it asks is absolute and may be asked again.
const CALL_MS = 30000;

// What the button waits for, seen from where it was pressed.
const DONE = {
  start: (now) => now.meeting === "open",
  end: (now) => now.meeting === "closed",
  leave: (now) => now.meeting === "closed",
  "live-start": (now) => RUNS.includes(now.live),
  "live-stop": (now) => !RUNS.includes(now.live),
  "live-restart": (now, then) => now.live === "starting" || now.run !== then.run,
  "chat-on": (now) => now.chat?.enabled === true,
  "chat-off": (now) => now.chat?.enabled === false,
  "end-live": (now) => now.live === "ended",
};
// What the state itself calls under way, whoever asked for it.
const UNDER_WAY = {
  start: (now) => now.meeting === "opening",
  end: (now) => now.ending,
  leave: (now) => now.ending,
  "live-start": (now) => now.live === "starting",
  "live-stop": (now) => now.live === "stopping",
  "live-restart": () => false,
};
// Where the keyboard goes when a button has done its work and makes no sense any more.
const NEXT = {
  start: "enter", end: "enter", "live-start": "live-stop", "live-stop": "live-start", "live-restart": "live-stop", "chat-on": "chat-off", "chat-off": "chat-on",
};
const SURE = ["end", "end-live", "live-stop", "live-restart"];

// What to do about a `why`, by its code.
const TO_DO = {
  gateway_wrong_token: "do_gateway", gateway_busy: "do_gateway", bbb_wrong_secret: "do_gateway", bbb_refused: "do_gateway",
  gateway_unreachable: "do_wait", gateway_failed: "do_wait", gateway_bad_answer: "do_wait", gateway_no_answer: "do_wait",
  interrupted: "do_wait", no_robot: "do_wait", no_picture: "do_wait", frozen: "do_wait", gateway_gone: "do_wait",
  gateway_waiting: "do_wait", bbb_unreachable: "do_wait", bbb_bad_answer: "do_wait",
  no_gateway: "do_time", time_over: "do_later", time_out: "do_later",
};
// Said calmly: nothing is broken.
const CALM = ["stopped", "session_over", "time_out", "cancelled", "time_over", "gateway_waiting", "encoder_waiting"];

export class Console {
  constructor({ root, say }) {
    this.root = root;
    this.say = say;
    this.skew = Date.parse(root.dataset.now) - Date.now();
    this.zone = root.dataset.zone;
    // A live that an encoder feeds has none: neither steps nor people in it.
    this.room = root.dataset.meeting !== undefined;
    this.state = null;
    this.ending = false;
    this.online = true;
    this.pressed = new Map();
    this.note = document.getElementById("act-note");
    this.buttons = [...document.querySelectorAll("button.act")];
    for (const button of this.buttons) button.addEventListener("click", () => this.act(button));
    this.end = new End({ root, say, console: this });
    copyButtons();
    this.bigChat();
    setInterval(() => this.tick(), 1000);
    this.enable();
  }

  now() {
    return Date.now() + this.skew;
  }

  // Asks in a dialog; the safe answer has the focus.
  sure(name, label, values, danger = true) {
    const dialog = document.getElementById("sure");
    document.getElementById("sure-title").textContent = this.say(`sure_${name}`, values);
    document.getElementById("sure-text").textContent = this.say(`sure_${name}_long`, values);
    const yes = document.getElementById("sure-yes");
    yes.textContent = label;
    yes.className = danger ? "danger" : "main-act";
    return new Promise((answer) => {
      let said = false;
      yes.onclick = () => { said = true; dialog.close(); };
      document.getElementById("sure-no").onclick = () => dialog.close();
      dialog.onclose = () => answer(said);
      dialog.showModal();
      document.getElementById("sure-no").focus();
    });
  }

  async act(button) {
    if (button.disabled || button.getAttribute("aria-disabled") === "true") return;
    if (SURE.includes(button.id) && !(await this.sure(button.id, button.textContent))) return;
    // It may have become senseless while the question stood.
    if (button.disabled || button.getAttribute("aria-disabled") === "true") return;
    const then = this.state;
    this.pressed.set(button.id, { then, until: Infinity });
    this.enable();
    const went = await this.call(button.dataset.method, button.dataset.path, button.dataset.body);
    if (went) this.pressed.set(button.id, { then, until: this.now() + PATIENCE_MS });
    else this.pressed.delete(button.id);
    this.enable();
  }

  // A call to the API; what stands against it is said.
  async call(method, path, body) {
    this.note.className = "act-note quiet";
    this.note.textContent = this.say("running");
    try {
      const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
      // What stands against it is said in the page's language, which may not be the browser's.
      const headers = { accept: "application/json", "accept-language": document.documentElement.lang, "idempotency-key": key };
      if (body) headers["content-type"] = "application/json";
      const answer = await fetch(path, { method, headers, body, signal: AbortSignal.timeout(CALL_MS) });
      if (answer.ok) {
        const done = this.say("done");
        this.note.textContent = done;
        // It says that the press was heard; what comes of it the rest of the page says.
        setTimeout(() => { if (this.note.textContent === done) this.note.textContent = ""; }, 6000);
        return true;
      }
      const problem = await answer.json().catch(() => ({}));
      this.fail(problem.title ?? problem.detail ?? String(answer.status));
    } catch {
      // The browser's own words for it are of no use to anybody.
      this.fail(this.say("no_answer"));
    }
    return false;
  }

  fail(why) {
    this.note.className = "act-note problem";
    this.note.textContent = this.say("act_failed", { why });
  }

  // Why a button makes no sense now; nothing where it does.
  against(id) {
    if (!this.state || !this.online) return "not_connected";
    const { meeting, live, chat, why } = this.state;
    const open = meeting === "open";
    if (why === "cancelled") return "not_cancelled";
    switch (id) {
      case "enter":
        return null;
      case "start":
        return open ? "not_start" : meeting === "opening" ? "not_opening" : null;
      case "end":
      case "leave":
        return open || meeting === "opening" ? null : "not_end";
      case "end-live":
        if (live === "ended") return "not_over";
        return Date.parse(this.state.starts_at) > this.now() ? "not_begun" : null;
      case "live-start":
        if (RUNS.includes(live)) return "not_runs";
        if (live === "stopping") return "not_stopping";
        if (!open) return "not_room";
        return why === "no_gateway" ? "not_gateway" : null;
      case "live-stop":
      case "live-restart":
        return RUNS.includes(live) ? null : "not_live";
      default:
        return chat ? null : "not_connected";
    }
  }

  // Only what makes sense now can be pressed, and what can't says why.
  enable() {
    const chat = this.state?.chat?.enabled;
    const focused = document.activeElement?.id;
    document.getElementById("chat-on").closest(".act-row").hidden = chat === true;
    document.getElementById("chat-off").closest(".act-row").hidden = chat !== true;
    for (const button of this.buttons) {
      const pressed = this.pressed.get(button.id);
      if (pressed && (pressed.until < this.now() || (this.state && DONE[button.id]?.(this.seen(), pressed.then)))) this.pressed.delete(button.id);
      const against = this.against(button.id);
      const busy = this.pressed.has(button.id) || Boolean(this.state && UNDER_WAY[button.id]?.(this.seen()));
      // A button that works keeps the focus, and takes no press.
      button.disabled = !busy && against !== null;
      for (const name of ["aria-busy", "aria-disabled"]) {
        if (busy) button.setAttribute(name, "true");
        else button.removeAttribute(name);
      }
      const sentence = document.getElementById(`${button.id}-what`);
      const text = against && !busy ? this.say(against) : sentence.dataset.what;
      if (sentence.textContent !== text) sentence.textContent = text;
    }
    // A button that is taken away from under the keyboard hands the focus on.
    const held = focused && NEXT[focused] && document.getElementById(focused);
    if (held && (held.disabled || held.closest("[hidden]"))) {
      const next = document.getElementById(NEXT[focused]);
      if (next && !next.disabled && !next.closest("[hidden]")) next.focus({ preventScroll: true });
      else {
        this.note.tabIndex = -1;
        this.note.focus({ preventScroll: true });
      }
    }
    this.end.enable(Boolean(this.state) && this.online && this.state.why !== "cancelled");
  }

  seen() {
    return { ...this.state, ending: this.ending };
  }

  // The connection came or went: what is shown then may be old, and says so.
  connected(yes) {
    const set = (online) => {
      this.online = online;
      this.enable();
      this.paint();
    };
    // What is back within two seconds was not away.
    if (yes) {
      clearTimeout(this.away);
      this.away = null;
      set(true);
    } else {
      // Each try that fails is told here too: the two seconds count from the first.
      this.away ??= setTimeout(() => set(false), 2000);
    }
  }

  takeState(state) {
    this.state = { ...this.state, ...state };
    this.end.takeState(this.state);
    this.enable();
    this.paint();
  }

  // `console`: the presenters' own fields.
  takeFrame(frame) {
    if (frame.t !== "console") return;
    if (frame.steps && this.state) this.state.steps = frame.steps;
    this.ending = frame.ending === true;
    this.failures = frame.failures ?? frame.run?.failures ?? 0;
    if (this.room) {
      document.getElementById("gateway-name").textContent = frame.gateway ?? "–";
      document.getElementById("attempt").textContent = this.failures > 0 ? `(${this.say("attempt", { n: String(this.failures + 1) })})` : "";
      this.people(frame.participants ?? []);
    }
    this.preflight(frame.preflight ?? []);
    this.enable();
    this.paint();
  }

  // What a look at everything found, a while before the start.
  preflight(wrong) {
    const note = document.getElementById("preflight-note");
    const lines = wrong.map(({ what, fault }) => `${this.say(`check_${what}`)} – ${this.say(`fault_${fault}`)}`);
    const news = lines.join("\n");
    if (note.dataset.news === news) return;
    note.dataset.news = news;
    note.hidden = lines.length === 0;
    const first = document.createElement("p");
    first.textContent = this.say("preflight");
    const list = document.createElement("ul");
    for (const line of lines) {
      const item = document.createElement("li");
      item.textContent = line;
      list.append(item);
    }
    note.replaceChildren(...(lines.length ? [first, list] : []));
  }

  people(people) {
    const list = document.getElementById("room");
    document.getElementById("room-count").textContent = `(${people.filter((p) => !p.robot).length})`;
    const items = people.map((p) => {
      const item = document.createElement("li");
      const kind = p.robot ? this.say("robot") : p.moderator ? this.say("moderator") : "";
      const name = document.createElement("bdi");
      name.textContent = p.name || "–";
      item.append(name);
      if (kind) {
        const badge = document.createElement("span");
        badge.className = "badge";
        badge.textContent = kind;
        item.append(" ", badge);
      }
      return item;
    });
    if (items.length === 0) {
      const item = document.createElement("li");
      item.className = "quiet";
      item.textContent = this.say("nobody");
      items.push(item);
    }
    list.replaceChildren(...items);
  }

  // With its date, where that is not today's.
  moment(at) {
    const day = (t) => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long", timeZone: this.zone }).format(new Date(t));
    return day(at) === day(this.now()) ? hour(at, this.zone) : `${day(at)}, ${hour(at, this.zone)}`;
  }

  reached(step) {
    return this.state?.steps?.find((s) => s.step === step)?.at;
  }

  // Who sees the presenters, and since when: the sentence, its moment, its colour.
  situation() {
    const { meeting, live, why, starts_at, since } = this.state;
    const at = (t) => ({ time: t ? this.moment(t) : "" });
    if (why === "cancelled") return ["cancelled", {}, null];
    if (this.ending) return ["ending", {}, null];
    switch (live) {
      case "on_air":
        return ["on_air", at(since), since];
      case "stalled":
        return ["stalled", at(since), since];
      case "stopping":
        return ["stopping", {}, since];
      case "starting": {
        const last = ["robot_in_room", "started", "start_asked"].find((s) => this.reached(s));
        const name = { robot_in_room: "start_picture", started: "start_robot", start_asked: "start_gateway" }[last];
        return [name ?? "starting", {}, since];
      }
      default:
    }
    if (meeting === "opening") return ["opening", {}, this.reached("opening")];
    if (meeting === "open") return [live === "ended" ? "off_air" : "room_only", {}, null];
    if (live === "ended") return ["over", {}, null];
    return Date.parse(starts_at) > this.now() ? ["scheduled", at(starts_at), null] : ["late", {}, null];
  }

  paint() {
    if (!this.state) return;
    const [name, values, since] = this.online ? this.situation() : ["unsure", {}, null];
    const line = document.getElementById("now");
    const text = this.say(`now_${name}`, values);
    if (line.textContent !== text) line.textContent = text;
    document.getElementById("air").dataset.now = name;
    this.since = since;
    if (this.room) {
      const tries = this.failures > 0 && ["starting", "stalled"].includes(this.state.live);
      document.getElementById("attempt").textContent = tries ? `(${this.say("attempt", { n: String(this.failures + 1) })})` : "";
      this.paintSteps();
    }
    this.paintWhy();
    this.tick();
  }

  paintSteps() {
    const steps = this.state.steps ?? [];
    const reached = new Map(steps.map((s) => [s.step, s.at]));
    const last = STEPS.findLastIndex((s) => reached.has(s));
    const wanted = ["starting", "stalled"].includes(this.state.live) || this.state.meeting === "opening";
    const list = document.getElementById("steps");
    const shown = JSON.stringify([[...reached], wanted, this.state.since]);
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    list.replaceChildren(...STEPS.map((step, n) => {
      const item = document.createElement("li");
      const at = reached.get(step);
      const doing = !at && wanted && n === last + 1;
      item.className = at ? "done" : doing ? "doing" : "todo";
      const word = document.createElement("span");
      word.textContent = this.say(`step_${step}`);
      const when = document.createElement("span");
      when.className = "when number";
      if (at) {
        when.textContent = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: this.zone }).format(new Date(at));
        const before = n > 0 && reached.get(STEPS[n - 1]);
        const took = before ? Date.parse(at) - Date.parse(before) : 0;
        if (took >= 1000 && took < 3600000) when.textContent += ` (+${clock(took)})`;
      } else {
        when.textContent = this.say(doing ? "w_doing" : "w_todo");
        // A start that is tried again begins again.
        if (doing) item.dataset.from = [reached.get(STEPS[n - 1]), this.state.since].filter(Boolean).sort().at(-1) ?? "";
      }
      const state = document.createElement("span");
      state.className = "unseen";
      state.textContent = at ? `, ${this.say("w_done")}` : "";
      item.append(word, state, " ", when);
      return item;
    }));
  }

  paintWhy() {
    const box = document.getElementById("why");
    const [text, calm] = this.online ? this.said() : ["", true];
    if (box.textContent === text && !box.hidden === Boolean(text)) return;
    box.hidden = !text;
    box.className = `why ${calm ? "callout" : "problem"}`;
    box.textContent = text;
  }

  // What stands against it or was done about it, in words, and whether nothing is broken.
  said() {
    const { why: code, fault, moved, live, meeting } = this.state;
    const cause = (c) => this.say(`fault_${c}`);
    const well = !code && live === "on_air";
    if (moved && (well || live === "starting")) {
      return [this.say(well ? "moved_since" : "moving", { fault: cause(moved.why), time: this.moment(moved.at) }), true];
    }
    if (!code) return ["", true];
    let todo = TO_DO[code];
    if (code === "stopped" || code === "gave_up") todo = meeting === "open" ? "do_start" : "do_open";
    if (code === "session_over") todo = "do_open";
    const known = this.say(`why_${code}`);
    let said = known === `why_${code}` ? code : known;
    if (code === "gave_up" && fault) said = this.say("gave_up_because", { fault: cause(fault) });
    return [[said, todo ? this.say(todo) : ""].join(" ").trim(), CALM.includes(code)];
  }

  // What counts seconds. None of it is in a region that is read out.
  tick() {
    if (!this.state) return;
    const now = this.now();
    const passed = (from) => clock(Math.max(0, now - Date.parse(from)));
    const since = document.getElementById("now-since");
    const left = Date.parse(this.state.starts_at) - now;
    const name = document.getElementById("air").dataset.now;
    if (this.since) since.textContent = passed(this.since);
    else since.textContent = name === "scheduled" && left > 0 ? this.say("in_time", { time: clock(left) }) : "";
    if (name === "scheduled" && left <= 0) {
      this.enable();
      this.paint();
    }
    const doing = document.querySelector("#steps .doing");
    if (doing?.dataset.from) doing.querySelector(".when").textContent = `${this.say("w_doing")}, ${passed(doing.dataset.from)}`;
    this.end.tick(now);
    for (const { until } of this.pressed.values()) if (until < now) return this.enable();
  }

  // A chat that is read from some way off.
  bigChat() {
    const head = document.querySelector("#chat header");
    if (!head) return;
    const button = document.createElement("button");
    button.type = "button";
    button.id = "chat-big";
    button.className = "small";
    const say = () => { button.textContent = this.say(this.root.classList.contains("big-chat") ? "small_chat" : "big_chat"); };
    button.addEventListener("click", () => {
      this.root.classList.toggle("big-chat");
      say();
    });
    say();
    head.append(button);
  }
}
