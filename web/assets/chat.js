// The chat: what the server says goes into the list, what is written goes out through the outbox.
import { Announcer } from "./announcer.js";
import { build, dress } from "./chat-line.js";
import { ChatList } from "./chat-list.js";
import { Composer } from "./composer.js";
import { Outbox } from "./outbox.js";

// Ten paintings a second at most: a busy chat would eat the processor.
const PAINT_MS = 100;
// What one `hello` has at most; fewer are all there are.
const PAGE = 200;
const REFUSALS = { closed: "chat_closed", too_long: "too_long", too_fast: "too_fast", signed_out: "sign_in", forbidden: "forbidden", banned: "excluded", muted: "muted", unavailable: "unavailable" };
// How many of one's own lines are known after a reload.
const MINE = 500;
// Lines whose removal is remembered while older ones are asked for.
const GONE = 2000;
// How long a button asks whether it is meant.
const SURE_MS = 4000;

export class Chat {
  constructor({ framed, event, say, socket, login, me, name, open, now, exclude }) {
    this.framed = Boolean(framed);
    this.event = event;
    this.say = say;
    this.socket = socket;
    // Of a moderator: asks about the author of a line.
    this.exclude = exclude ?? null;
    this.now = now ?? (() => Date.now());
    this.name = name ?? "";
    this.may = new Set();
    this.chat = { enabled: open !== "false" };
    this.you = null;
    this.me = null;
    this.online = false;
    this.mineIds = new Set();
    this.clients = new Map();
    this.gone = new Set();
    this.queue = [];
    this.outbox = new Outbox();
    this.title = document.getElementById("chat-state");
    this.pauser = document.getElementById("pause");
    this.announcer = new Announcer({ say, region: document.getElementById("announcer"), select: document.getElementById("announce") });
    const it = {
      say,
      mine: (r) => Boolean(r.client_id) || this.mineIds.has(r.id),
      moderates: () => this.may.has("moderate"),
      acts: (r, mine) => this.acts(r, mine),
      displayed: (records) => this.displayed(records),
    };
    this.it = it;
    this.list = new ChatList({
      say,
      it,
      now: this.now,
      fetchBefore: (position) => this.fetchBefore(position),
      leave: () => this.composer.input.focus(),
      counted: (n) => this.showPaused(n),
    });
    this.composer = new Composer({ say, login, post: (text) => this.post(text) });
    this.pauser?.addEventListener("click", () => {
      const on = !this.list.paused;
      this.pauser.setAttribute("aria-pressed", String(on));
      this.list.pause(on);
    });
    document.addEventListener("keydown", (e) => {
      const settings = document.getElementById("chat-settings");
      if (e.key === "Escape" && settings?.open && settings.contains(e.target)) {
        settings.open = false;
        settings.querySelector("summary").focus();
      }
    });
    if (me) this.begin(me);
    this.compose();
  }

  // Whose lines these are: another person of the same browser must neither see nor send them.
  begin(me) {
    if (this.me === me) return;
    this.me = me;
    this.key = `amphi-pending-${this.event}-${me}`;
    for (const line of this.outbox.lines) line.node?.remove();
    this.outbox = new Outbox(read(this.key));
    // The server forgets whose lines are whose when nobody was there for a while (`mine` is a hint).
    this.mineKey = `amphi-mine-${this.event}-${me}`;
    this.mineIds = new Set(read(this.mineKey).filter((id) => typeof id === "string"));
    for (const line of this.outbox.lines) this.showPending(line);
    this.composer.open(`amphi-draft-${this.event}-${me}`);
    this.list.frame();
  }

  // -- what the server says

  // Gives whether somebody who was signed in no longer is.
  hello(frame) {
    const last = this.list.records.at(-1)?.position ?? 0;
    this.you = frame.you ?? null;
    this.may = new Set(this.framed ? [] : frame.you?.may ?? []);
    const id = frame.you?.id ?? null;
    const lost = this.me !== null && id === null;
    if (id) {
      this.name = frame.you.name ?? this.name;
      this.begin(id);
    }
    const messages = frame.messages ?? [];
    // Without `reset` what follows comes as frames, and what there is stays.
    if (frame.reset || !this.greeted) {
      this.queue = [];
      this.list.keepPlace();
      this.list.clear();
      this.list.setComplete(messages.length < PAGE);
      this.quiet = true;
    }
    this.missed = this.greeted ? messages.filter((m) => m.position > last).length : 0;
    this.greeted = true;
    this.messages(messages);
    this.compose();
    return lost;
  }

  connected(on) {
    this.online = on;
    if (!on) this.outbox.lost();
    for (const line of this.outbox.lines) if (!line.id && !line.refused) this.mark(line, on ? "pending" : "waiting");
    this.pump();
  }

  stopped() {
    this.over = true;
    this.compose();
  }

  // Excluded: what was said is theirs to read no more, and in place of it stands why.
  shut() {
    this.stopped();
    this.queue = [];
    this.list.clear();
    const [box, note] = [document.getElementById("chat"), document.getElementById("excluded")];
    // Whoever was writing stands on nothing else.
    const held = box.contains(document.activeElement);
    box.classList.add("shut");
    note.hidden = false;
    if (held) note.focus({ preventScroll: true });
  }

  // Let in again: as on a page that was just opened.
  reopen() {
    this.over = false;
    this.greeted = false;
    document.getElementById("chat").classList.remove("shut");
    document.getElementById("excluded").hidden = true;
    this.compose();
  }

  takeState(state) {
    if (state.chat) this.chat = state.chat;
    // The same rule as `may` of GET /live/{event}: over, and its room too.
    this.ended = state.live === "ended" && state.meeting !== "open" && state.meeting !== "opening";
    this.compose();
  }

  messages(messages) {
    this.queue.push(...messages);
    this.plan();
  }

  plan() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const fresh = this.list.add(this.queue.splice(0));
      // What was there before the reader came is not news.
      if (!this.quiet) for (const m of fresh) if (!this.mineIds.has(m.id)) this.announcer.add({ name: m.from.name, text: m.text, presenter: m.from.kind === "presenter" || m.from.kind === "room" });
      this.list.paint(fresh, this.quiet === true);
      this.quiet = false;
      // In the log, but older than anything shown: its place is not at the end. (Ids sort by time.)
      const first = this.list.records[0]?.id;
      for (const line of [...this.outbox.lines]) if (line.id && first && line.id < first) this.settle(line);
    }, PAINT_MS);
  }

  // One that was sent from here, perhaps before a reload, is in the log.
  mine(pairs) {
    for (const [client, id] of pairs) this.own(client, id);
    this.pump();
  }

  own(client, id) {
    if (!this.mineIds.has(id)) {
      this.mineIds.add(id);
      if (this.mineKey) write(this.mineKey, [...this.mineIds].slice(-MINE));
    }
    const line = this.outbox.receipt(client, id);
    const record = this.list.ids.get(id);
    if (record) this.list.change(record, {});
    if (line) {
      // It goes on standing at the end until the server's own copy stands in the list.
      if (record && this.list.shown.has(record)) this.settle(line);
      else this.mark(line, "posted");
      this.save();
    }
    this.plan();
  }

  receipt({ client_id, id }) {
    this.own(client_id, id);
    const again = this.clients.get(client_id);
    if (again) {
      // What was sent again stands for the line that did not arrive.
      this.clients.delete(client_id);
      this.socket.send({ t: "remove", id: again });
    }
    this.pump();
  }

  refused({ client_id, code, retry_after_ms }) {
    // Its own words are a protocol's, and English.
    const why = this.say(REFUSALS[code] ?? "refused");
    const done = this.outbox.refused(client_id, code, retry_after_ms, Date.now());
    if (!done) {
      // A removal; pressed twice, or by two, the line is gone as it should be.
      if (code !== "not_found") this.composer.refuse(why);
      return;
    }
    if (done.kind === "later") {
      // Half as long again, by chance: those told to wait must not come back in one second.
      const wait = done.wait * (1 + Math.random() / 2);
      this.outbox.until = Date.now() + wait;
      this.composer.refuse(code === "too_fast" ? this.say("too_fast_wait", { s: String(Math.ceil(wait / 1000)) }) : why);
    } else {
      this.composer.refuse(why);
      done.line.why = why.replace(/[.。]$/, "");
      this.mark(done.line, code === "unavailable" ? "failed" : "refused");
      this.save();
    }
    this.pump();
  }

  status(ids, status) {
    for (const id of ids) {
      const queued = this.queue.find((m) => m.id === id);
      if (queued) queued.status = status;
      const record = this.list.ids.get(id);
      if (record) this.list.change(record, { status });
      const line = this.outbox.lines.find((l) => l.id === id);
      if (line) this.mark(line, status);
    }
    this.plan();
  }

  removed(ids) {
    const gone = new Set(ids);
    // Older lines may be on their way here, from before they were taken away.
    for (const id of ids) this.gone.add(id);
    while (this.gone.size > GONE) this.gone.delete(this.gone.values().next().value);
    this.queue = this.queue.filter((m) => !gone.has(m.id));
    for (const id of ids) {
      const record = this.list.ids.get(id);
      if (record) this.list.change(record, { gone: true, text: "", from: { name: "", kind: record.from.kind } });
      const line = this.outbox.lines.find((l) => l.id === id);
      if (line) this.settle(line);
    }
    this.plan();
  }

  async fetchBefore(position) {
    const query = new URLSearchParams({ limit: "100" });
    if (position !== null) query.set("before", String(position));
    const answer = await fetch(`/api/v1/live/${this.event}/chat?${query}`, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { items } = await answer.json();
    return items.filter((m) => !this.gone.has(m.id)).map((m) => ({ ...m, text: m.text ?? "", from: { ...m.from, name: m.from.name ?? "" } }));
  }

  // -- what the reader does

  post(text) {
    const client_id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const line = this.outbox.add({ client_id, text, at: new Date(this.now()).toISOString() });
    this.save();
    this.showPending(line);
    this.list.toLatest();
    this.pump();
    return line;
  }

  // One at a time, in order.
  pump() {
    clearTimeout(this.again);
    if (!this.online || this.over || (this.you && this.you.id !== this.me)) return;
    const now = Date.now();
    const line = this.outbox.next(now);
    if (line && this.socket.send({ t: "post", client_id: line.client_id, text: line.text })) {
      this.outbox.sent(line);
      this.mark(line, "pending");
    } else if (this.outbox.until > now) {
      this.again = setTimeout(() => {
        this.composer.refuse(null);
        this.pump();
      }, this.outbox.until - now + 10);
    }
  }

  showPending(line) {
    const status = line.refused ? "refused" : this.online ? "pending" : "waiting";
    const record = { client_id: line.client_id, at: line.at, from: { name: this.name, kind: "audience" }, text: line.text, status, line };
    line.node = build(record, this.it);
    this.list.tail.append(line.node);
    this.list.frame();
  }

  mark(line, status) {
    if (!line.node || line.node.record.status === status) return;
    Object.assign(line.node.record, { status, why: line.why });
    dress(line.node, this.it);
  }

  // The server's copies stand in the list: those on their way go, in the same painting.
  displayed(records) {
    if (this.outbox.lines.length === 0) return;
    const ids = new Set(records.map((r) => r.id));
    for (const line of [...this.outbox.lines]) if (line.id && ids.has(line.id)) this.settle(line);
  }

  settle(line) {
    const held = line.node?.contains(document.activeElement);
    line.node?.remove();
    if (held) this.list.list.focus({ preventScroll: true });
    this.outbox.drop(line);
    this.save();
    this.list.frame();
  }

  // What can be done with a line.
  acts(record, mine) {
    const acts = [];
    const add = (name, key, run, lasting = false) => acts.push({ name, key, run, lasting });
    const { line } = record;
    if (line && !line.id) {
      if (!line.refused) return acts;
      add("retry", "retry", () => this.retry(line), true);
      add("discard", "discard", () => { this.settle(line); this.composer.input.focus(); }, true);
      return acts;
    }
    if (!record.id || record.gone || !this.online && !this.greeted) return acts;
    if (mine && ["failed", "late", "unknown"].includes(record.status)) {
      add("retry", record.status === "unknown" ? "send_again" : "retry", () => this.sendAgain(record), true);
      add("discard", "discard", () => this.socket.send({ t: "remove", id: record.id }), true);
    } else if (mine) {
      add("remove", "remove", () => this.socket.send({ t: "remove", id: record.id }));
    } else if (this.may.has("moderate")) {
      add("remove", "remove", (button) => this.sure(button, record));
      // Who is in the room is put out there, and presenters can't be.
      if (this.exclude && record.from.kind === "audience" && record.from.name) add("exclude", "exclude", () => this.exclude(record));
    }
    return acts;
  }

  // The list moves: a click must not take another one's line away.
  sure(button, record) {
    if (button.dataset.sure) {
      this.socket.send({ t: "remove", id: record.id });
      return;
    }
    button.dataset.sure = "true";
    button.textContent = this.say("remove_sure");
    setTimeout(() => {
      delete button.dataset.sure;
      button.textContent = this.say("remove");
    }, SURE_MS);
  }

  retry(line) {
    if (line.refused === "too_long") {
      this.settle(line);
      this.composer.put(line.text);
      return;
    }
    this.outbox.retry(line);
    line.why = undefined;
    this.composer.refuse(null);
    this.save();
    this.mark(line, this.online ? "pending" : "waiting");
    this.pump();
  }

  sendAgain(record) {
    const line = this.post(record.text);
    this.clients.set(line.client_id, record.id);
  }

  // -- what stands around

  // Beside the button, not on it: the name of a button that one stands on must not change with every message.
  showPaused(n) {
    this.waits = n;
    this.head();
  }

  head() {
    const waits = this.waits > 0 ? this.say(this.waits === 1 ? "paused_one" : "paused", { n: String(this.waits) }) : "";
    const text = waits || (this.chat?.enabled === false ? this.say("chat_closed") : "");
    if (this.title && this.title.textContent !== text) this.title.textContent = text;
  }

  compose() {
    const enabled = this.chat.enabled === true;
    // Before the first word of the server: what the page said when it was made.
    const may = !this.framed && (this.you ? this.may.has("post") : this.me !== null);
    const anonymous = this.you ? (this.you.id ?? null) === null : this.me === null;
    const on = enabled && may && !this.over && !this.ended;
    this.head();
    let why = null;
    if (!enabled) why = this.say("chat_closed");
    else if (this.ended) why = this.say("chat_over");
    else if (this.framed) why = this.say("framed");
    else if (!may && anonymous) why = this.say("sign_in");
    else if (!may) why = this.say("read_only");
    else if (this.chat.slow_mode_s > 0) why = this.say("slow", { s: String(this.chat.slow_mode_s) });
    this.composer.setLimits(this.chat);
    this.composer.setRights({ on, why, sign: enabled && !this.ended && !may && (anonymous || this.framed), hint: on && this.name ? this.say("written_as", { name: this.name }) : "" });
  }

  save() {
    if (this.key) write(this.key, this.outbox.kept());
  }
}

// Of this tab, and gone with it. Without storage a reload forgets; the page works on.
function read(key) {
  try {
    const held = JSON.parse(sessionStorage.getItem(key) ?? "[]");
    return Array.isArray(held) ? held : [];
  } catch {
    return [];
  }
}

function write(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // As above.
  }
}
