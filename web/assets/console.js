// The presenters' console: steps and people by push, buttons through the API.
import { hour } from "./words.js";

const STEPS = ["opening", "room_open", "start_asked", "started", "robot_in_room", "on_air"];

export class Console {
  constructor({ root, say }) {
    this.root = root;
    this.say = say;
    this.note = document.getElementById("act-note");
    this.buttons = [...document.querySelectorAll("button.act")];
    this.state = {};
    for (const button of this.buttons) button.addEventListener("click", () => this.act(button));
  }

  async act(button) {
    const sure = { end: "sure_end", "live-stop": "sure_stop" }[button.id];
    if (sure && !confirm(this.say(sure))) return;
    let body = button.dataset.body;
    if (button.id === "longer") {
      // From the end as it is planned now, which another presenter may have moved.
      const starts = Date.parse(this.state.starts_at ?? this.root.dataset.starts);
      const ends = Date.parse(this.state.ends_at ?? this.root.dataset.ends);
      body = JSON.stringify({ duration_s: Math.round((ends - starts) / 1000) + 900 });
    }
    this.busy = true;
    this.enable();
    this.note.textContent = this.say("running");
    try {
      const headers = { accept: "application/json", "idempotency-key": crypto.randomUUID?.() ?? String(Math.random()) };
      if (body) headers["content-type"] = "application/json";
      const answer = await fetch(button.dataset.path, { method: button.dataset.method, headers, body });
      if (answer.ok) {
        this.note.textContent = this.say("done");
      } else {
        const problem = await answer.json().catch(() => ({}));
        this.note.textContent = this.say("act_failed", { why: problem.detail ?? problem.title ?? String(answer.status) });
      }
    } catch (error) {
      this.note.textContent = this.say("act_failed", { why: error.message });
    } finally {
      this.busy = false;
      this.enable();
      button.focus();
    }
  }

  // Only what makes sense now can be pressed.
  enable() {
    const { meeting, live, chat } = this.state;
    const runs = ["starting", "on_air", "stalled"].includes(live);
    const open = meeting === "open" || meeting === "opening";
    const makesSense = {
      start: !open,
      end: open,
      "live-start": open && !runs,
      "live-stop": runs,
      "live-restart": runs,
      "chat-on": chat?.enabled === false,
      "chat-off": chat?.enabled === true,
      longer: true,
    };
    for (const button of this.buttons) button.disabled = this.busy || makesSense[button.id] === false;
  }

  takeState(state) {
    this.state = { ...this.state, ...state };
    this.enable();
    const reached = new Map((this.state.steps ?? []).map((s) => [s.step, s.at]));
    const last = STEPS.findLastIndex((s) => reached.has(s));
    const wanted = ["starting", "stalled"].includes(this.state.live) || this.state.meeting === "opening";
    document.getElementById("steps").replaceChildren(...STEPS.map((step, n) => {
      const item = document.createElement("li");
      const at = reached.get(step);
      const word = at ? "w_done" : wanted && n === last + 1 ? "w_doing" : "w_todo";
      item.className = at ? "done" : wanted && n === last + 1 ? "doing busy" : "todo";
      item.textContent = `${this.say(`step_${step}`)} – ${at ? hour(at) : this.say(word)}`;
      return item;
    }));
    const why = document.getElementById("why");
    const code = this.state.why;
    why.hidden = !code;
    if (code) {
      const known = this.say(`why_${code}`);
      why.textContent = known === `why_${code}` ? code : known;
    }
    if (state.ends_at) document.getElementById("ends").textContent = hour(state.ends_at, state.time_zone);
  }

  // `console`: the presenters' own fields.
  takeFrame(frame) {
    if (frame.t !== "console") return;
    if (frame.steps) this.takeState({ steps: frame.steps });
    document.getElementById("gateway-name").textContent = frame.gateway ?? "–";
    const people = frame.participants ?? [];
    const list = document.getElementById("room");
    document.getElementById("room-count").textContent = `(${people.length})`;
    list.replaceChildren(...people.map((p) => {
      const item = document.createElement("li");
      const kind = p.robot ? this.say("robot") : p.moderator ? this.say("moderator") : "";
      item.textContent = `${p.name || "–"}${kind ? ` (${kind})` : ""}`;
      return item;
    }));
    if (people.length === 0) {
      const item = document.createElement("li");
      item.className = "quiet";
      item.textContent = this.say("nobody");
      list.append(item);
    }
  }
}
