// The chat: a bounded list, lines on their way kept over a reload until the server has a receipt for each.
import { hour } from "./words.js";

const MOST = 500;
// Above so many at once a screen reader gets none of them one by one.
const CROWD = 20;

export class Chat {
  constructor({ event, say, socket, login }) {
    this.say = say;
    this.socket = socket;
    this.login = login;
    this.key = `amphi-pending-${event}`;
    this.list = document.getElementById("lines");
    this.form = document.getElementById("composer");
    this.input = document.getElementById("line");
    this.send = document.getElementById("send");
    this.note = document.getElementById("composer-note");
    this.newer = document.getElementById("newer");
    this.title = document.getElementById("chat-state");
    this.entries = new Map();
    this.queue = [];
    this.unseen = 0;
    this.may = new Set();
    this.chat = { enabled: false };
    this.you = null;
    this.mineIds = new Set();
    this.pending = this.restore();
    for (const p of this.pending) this.showPending(p);
    this.form.addEventListener("submit", (e) => {
      e.preventDefault();
      this.post();
    });
    this.input.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
        e.preventDefault();
        this.post();
      }
    });
    this.input.addEventListener("input", () => this.measure());
    this.list.addEventListener("scroll", () => { if (this.atBottom()) this.seen(); }, { passive: true });
    this.newer.addEventListener("click", () => this.toBottom());
    this.compose();
  }

  // -- what the server says

  hello(frame) {
    if (frame.reset) {
      for (const entry of this.entries.values()) entry.node.remove();
      this.entries.clear();
      this.queue = [];
    }
    this.you = frame.you ?? null;
    this.may = new Set(frame.you?.may ?? []);
    this.messages(frame.messages ?? []);
    this.compose();
  }

  connected(on) {
    this.online = on;
    if (on) for (const p of this.pending) if (!p.refused) this.transmit(p);
  }

  stopped() {
    this.over = true;
    this.compose();
  }

  takeState(state) {
    if (state.chat) this.chat = state.chat;
    this.compose();
  }

  messages(messages) {
    this.queue.push(...messages);
    // Ten paintings a second at most: a busy chat would eat the processor.
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.paint();
    }, 100);
  }

  paint() {
    const batch = this.queue.splice(0).slice(-MOST);
    if (batch.length === 0) return;
    const stick = this.atBottom();
    this.list.setAttribute("aria-live", batch.length > CROWD ? "off" : "polite");
    const block = document.createDocumentFragment();
    let fresh = 0;
    for (const message of batch) {
      const held = this.entries.get(message.id);
      if (held) {
        if (message.status) this.setStatus(held, message.status);
        continue;
      }
      const entry = this.entry(message);
      this.entries.set(message.id, entry);
      block.append(entry.node);
      fresh += 1;
    }
    // Lines on their way stay last.
    const firstPending = this.pending.find((p) => p.entry?.node.isConnected)?.entry.node ?? null;
    this.list.insertBefore(block, firstPending);
    this.prune();
    if (stick) this.toBottom();
    else this.more(fresh);
  }

  // One that was sent from here, perhaps before a reload, is in the log.
  mine(pairs) {
    for (const [client, id] of pairs) {
      this.mineIds.add(id);
      this.settle(client);
      const entry = this.entries.get(id);
      if (entry) this.own(entry, id);
    }
  }

  receipt({ client_id, id }) {
    this.mineIds.add(id);
    const p = this.pending.find((x) => x.client_id === client_id);
    if (p?.entry && !this.entries.has(id)) {
      // The line stands already: it becomes the one that the server will send.
      p.entry.node.className = "entry";
      this.entries.set(id, p.entry);
      this.setStatus(p.entry, "posted");
      this.own(p.entry, id);
      p.entry = null;
    }
    this.settle(client_id);
    const entry = this.entries.get(id);
    if (entry) this.own(entry, id);
  }

  refused({ client_id, code, retry_after_ms, text }) {
    const p = this.pending.find((x) => x.client_id === client_id);
    const why = { closed: "chat_closed", too_long: "too_long", too_fast: "too_fast", signed_out: "sign_in", forbidden: "forbidden", muted: "muted", unavailable: "unavailable" }[code];
    this.note.textContent = why ? this.say(why) : text || this.say("refused");
    if (!p) return;
    if ((code === "too_fast" || code === "unavailable") && (p.tries ?? 0) < 5) {
      p.tries = (p.tries ?? 0) + 1;
      setTimeout(() => this.transmit(p), (retry_after_ms ?? 1000) * (1 + Math.random() / 2));
      return;
    }
    p.refused = code;
    this.save();
    if (p.entry) this.fail(p);
  }

  status(ids, status) {
    for (const id of ids) {
      const entry = this.entries.get(id);
      if (entry) this.setStatus(entry, status);
      const queued = this.queue.find((m) => m.id === id);
      if (queued) queued.status = status;
    }
  }

  removed(ids) {
    for (const id of ids) {
      this.queue = this.queue.filter((m) => m.id !== id);
      const entry = this.entries.get(id);
      if (!entry) continue;
      entry.node.className = "entry gone";
      entry.node.textContent = this.say("removed");
    }
  }

  // -- what the reader does

  post() {
    const text = this.input.value.trim();
    if (!text || this.send.disabled || !this.measure()) return;
    const p = { client_id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`, text, at: new Date().toISOString() };
    this.pending.push(p);
    this.save();
    this.showPending(p);
    this.input.value = "";
    this.note.textContent = "";
    this.toBottom();
    this.transmit(p);
    this.input.focus();
  }

  transmit(p) {
    if (this.pending.includes(p)) this.socket.send({ t: "post", client_id: p.client_id, text: p.text });
  }

  showPending(p) {
    p.entry = this.entry({ at: p.at, from: { name: this.you?.name ?? "", kind: "audience" }, text: p.text, status: "pending" });
    p.entry.node.classList.add("pending");
    this.list.append(p.entry.node);
    if (p.refused) this.fail(p);
  }

  fail(p) {
    this.setStatus(p.entry, "refused");
    const retry = this.button("retry", () => {
      // Another id: the refused one stays refused.
      this.drop(p);
      this.input.value = p.text;
      this.input.focus();
      this.measure();
    });
    const discard = this.button("discard", () => this.drop(p));
    p.entry.status.append(" ", retry, " ", discard);
  }

  drop(p) {
    p.entry?.node.remove();
    this.pending = this.pending.filter((x) => x !== p);
    this.save();
  }

  settle(client) {
    const p = this.pending.find((x) => x.client_id === client);
    if (p) this.drop(p);
  }

  // -- the list

  entry(message) {
    const node = document.createElement("p");
    node.className = `entry ${message.from.kind}`;
    const add = (name, text) => {
      const span = document.createElement("span");
      span.className = name;
      span.textContent = text;
      node.append(span);
      return span;
    };
    const kind = { presenter: "presenter", room: "room", system: "system" }[message.from.kind];
    if (kind) add("kind", this.say(kind));
    if (message.from.name) add("from", message.from.name);
    add("text", message.text);
    const at = document.createElement("time");
    at.className = "at";
    at.dateTime = message.at;
    at.textContent = hour(message.at);
    node.append(at);
    const entry = { node, status: add("status", ""), kind: message.from.kind };
    this.setStatus(entry, message.status ?? "posted");
    if (message.id && (this.may.has("moderate") || this.mineIds.has(message.id))) this.own(entry, message.id);
    return entry;
  }

  setStatus(entry, status) {
    if (entry.node.classList.contains("gone")) return;
    entry.node.classList.remove(`s-${entry.now}`);
    entry.now = status;
    entry.node.classList.add(`s-${status}`);
    // What the room itself said is in the room.
    entry.status.textContent = entry.kind === "room" || entry.kind === "system" ? "" : this.say(`s_${status}`);
  }

  own(entry, id) {
    if (entry.owned || entry.node.classList.contains("gone")) return;
    entry.owned = true;
    entry.node.append(" ", this.button("remove", () => this.socket.send({ t: "remove", id })));
  }

  button(key, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = this.say(key);
    button.addEventListener("click", act);
    return button;
  }

  prune() {
    for (const [id, entry] of this.entries) {
      if (this.entries.size <= MOST) break;
      entry.node.remove();
      this.entries.delete(id);
    }
  }

  atBottom() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
  }

  toBottom() {
    this.list.scrollTop = this.list.scrollHeight;
    this.seen();
  }

  more(count) {
    if (count === 0) return;
    this.unseen += count;
    this.newer.hidden = false;
    this.newer.textContent = this.say(this.unseen > 1 ? "newer_many" : "newer_one", { n: String(this.unseen) });
  }

  seen() {
    this.unseen = 0;
    this.newer.hidden = true;
  }

  // -- the composer

  measure() {
    const text = this.input.value.trim();
    const units = text.length - (this.chat.max_units ?? Infinity);
    const bytes = new TextEncoder().encode(text).length - (this.chat.max_bytes ?? Infinity);
    const over = Math.max(units, bytes);
    this.over_long = over > 0;
    if (over > 0) this.note.textContent = this.say("units", { n: String(over) });
    else if (this.note.textContent && this.note.dataset.kind !== "why") this.note.textContent = "";
    return over <= 0;
  }

  compose() {
    const may = this.may.has("post");
    const enabled = this.chat.enabled === true;
    const on = enabled && may && !this.over;
    this.input.disabled = !on;
    this.send.disabled = !on;
    this.title.textContent = this.you && !enabled ? this.say("chat_closed") : "";
    // The reason is said, never only shown by a grey field.
    delete this.note.dataset.kind;
    const anonymous = this.you && (this.you.id === null || this.you.id === undefined);
    if (this.you && enabled && !may && anonymous) {
      const link = document.createElement("a");
      link.href = this.login;
      link.textContent = this.say("sign_in");
      this.note.replaceChildren(link);
      this.note.dataset.kind = "why";
    } else if (this.you && enabled && !may) {
      this.note.textContent = this.say("read_only");
      this.note.dataset.kind = "why";
    } else if (on && this.chat.slow_mode_s > 0) {
      this.note.textContent = this.say("slow", { s: String(this.chat.slow_mode_s) });
      this.note.dataset.kind = "why";
    } else if (this.note.querySelector("a")) {
      this.note.textContent = "";
    }
  }

  restore() {
    try {
      const held = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
      return Array.isArray(held) ? held.filter((p) => typeof p.client_id === "string" && typeof p.text === "string") : [];
    } catch {
      return [];
    }
  }

  save() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.pending.map(({ client_id, text, at, refused }) => ({ client_id, text, at, refused }))));
    } catch {
      // Without storage a reload forgets what is on its way; the page works on.
    }
  }
}
