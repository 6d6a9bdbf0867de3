// The list of lines: a window of at most MOST lines in the document over what is held in memory, so that a chat of many hours
// stays as quick as one of a minute. It follows the newest line only while the reader is at the end, looks, and has not
// paused it; otherwise nothing moves, and a button counts what waits.
import { Reading } from "./reading.js";
import { build, dress, label } from "./chat-line.js";
import { day, dayKey, hour } from "./words.js";

// In the document; and how many are built at once.
const MOST = 300;
const SOME = 100;
// In memory; older ones are asked for again.
const HELD = 5000;
const NEAR = 40;

export class ChatList {
  constructor({ say, it, now, fetchBefore, leave, counted }) {
    this.say = say;
    this.it = it;
    this.now = now;
    this.fetchBefore = fetchBefore;
    this.leave = leave;
    this.counted = counted;
    this.list = document.getElementById("lines");
    this.newer = document.getElementById("newer");
    this.earlier = document.getElementById("earlier");
    this.note = document.getElementById("lines-note");
    this.tail = document.createElement("div");
    this.tail.className = "tail";
    this.list.append(this.tail);
    this.reading = new Reading();
    this.marker = null;
    this.paused = false;
    this.seen_ = document.visibilityState === "visible";
    this.end = true;
    this.active = null;
    this.begun = false;
    this.clear();
    this.list.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.list.addEventListener("keydown", (e) => this.key(e));
    this.list.addEventListener("focusin", (e) => this.entered(e));
    this.list.addEventListener("focusout", () => setTimeout(() => this.scrolled(), 0));
    this.newer.addEventListener("click", () => {
      const held = document.activeElement === this.newer;
      this.toLatest();
      if (held) this.list.focus({ preventScroll: true });
    });
    this.earlier?.addEventListener("click", () => this.older(true));
    document.addEventListener("visibilitychange", () => this.looked());
    // A keyboard on the screen, a longer draft: who was at the end stays there.
    new ResizeObserver(() => { if (this.end && this.following()) this.stick(); }).observe(this.list);
  }

  // -- what there is

  clear() {
    this.records = [];
    this.ids = new Map();
    this.shown = new Map();
    this.from = 0;
    this.to = 0;
    this.dirty = new Set();
    this.complete = false;
    for (const node of [...this.list.querySelectorAll(":scope > .entry, :scope > .day, :scope > .since")]) node.remove();
    this.marker = null;
    this.reading.forget();
    this.frame();
  }

  // All that was kept is in the first `hello`: nothing older is to be had.
  setComplete(complete) {
    this.complete = complete;
    this.begun = true;
    this.frame();
  }

  // New lines, in order. Gives those that were not known.
  add(messages) {
    const fresh = [];
    for (const message of messages) {
      const held = this.ids.get(message.id);
      if (held) {
        if (message.status && message.status !== held.status) this.change(held, { status: message.status });
        continue;
      }
      this.records.push(message);
      this.ids.set(message.id, message);
      fresh.push(message);
    }
    return fresh;
  }

  change(record, changes) {
    Object.assign(record, changes);
    this.dirty.add(record);
  }

  // -- painting: called at most ten times a second

  paint(fresh, initial = false) {
    // What is there when the reader comes, also in a tab that is not looked at yet, is nothing that was missed.
    const following = initial ? !this.place && !this.paused : this.following();
    for (const record of fresh) {
      if (following || initial) break;
      this.reading.leave();
      if (this.reading.line(record.id, record.at)) this.moveMarker();
    }
    this.trimMemory();
    if (!this.paused) {
      for (const record of this.dirty) {
        const node = this.shown.get(record);
        if (node) dress(node, this.it);
      }
      this.dirty.clear();
      const room = following ? Infinity : MOST - (this.to - this.from);
      this.extend(Math.min(room, this.records.length - this.to));
      if (following) {
        this.trimTop();
        this.stick();
      } else if (initial && this.place) {
        const node = this.shown.get(this.ids.get(this.place.id));
        if (node) this.list.scrollTop = node.offsetTop - this.place.at;
        else this.toLatest();
      }
      if (initial) this.place = null;
    }
    this.frame();
  }

  // Where the reader is who reads further up: found again after the list was filled anew.
  keepPlace() {
    if (this.end || !this.seen_) return;
    const top = this.list.scrollTop;
    const node = this.lines().find((n) => n.record.id && n.offsetTop + n.offsetHeight > top);
    this.place = node ? { id: node.record.id, at: node.offsetTop - top } : null;
  }

  following() {
    return this.end && this.seen_ && !this.paused && !this.inside();
  }

  // Somebody stands on a line that is not the last: it must not slip away from under them.
  inside() {
    const at = document.activeElement;
    return this.list.contains(at) && at !== this.list && at !== this.earlier && at.closest(".entry") !== this.last();
  }

  last() {
    const lines = this.lines();
    return lines[lines.length - 1] ?? null;
  }

  lines() {
    return [...this.list.querySelectorAll(".entry")];
  }

  // Builds `n` more at the end.
  extend(n) {
    if (n <= 0) return;
    // A long leap: what would scroll by unread is not built at all.
    if (n > MOST) {
      this.cut();
      this.from = this.to = this.records.length - SOME;
      n = SOME;
    }
    const block = document.createDocumentFragment();
    for (let i = this.to; i < this.to + n; i += 1) this.put(block, i);
    this.to += n;
    this.list.insertBefore(block, this.tail);
    this.it.displayed(this.records.slice(this.to - n, this.to));
  }

  put(block, i) {
    const record = this.records[i];
    const before = this.records[i - 1];
    const newDay = before ? dayKey(before.at) !== dayKey(record.at) : dayKey(record.at) !== dayKey(this.now());
    if (newDay) {
      const line = document.createElement("p");
      line.className = "day";
      line.textContent = day(record.at);
      line.record = record;
      block.append(line);
    }
    if (this.reading.marker?.id === record.id) block.append(this.markerNode());
    const node = build(record, this.it);
    this.shown.set(record, node);
    block.append(node);
  }

  markerNode() {
    this.marker ??= document.createElement("p");
    this.marker.className = "since";
    this.marker.textContent = this.say("new_since", { time: hour(this.reading.marker.at) });
    return this.marker;
  }

  moveMarker() {
    this.marker?.remove();
    const record = this.ids.get(this.reading.marker.id);
    const node = record && this.shown.get(record);
    if (node) node.before(this.markerNode());
  }

  // Takes the first lines out of the document, down to MOST; never the one that somebody stands on.
  trimTop() {
    const held = document.activeElement?.closest?.(".entry");
    while (this.to - this.from > MOST) {
      const node = this.shown.get(this.records[this.from]);
      if (node && node === held) break;
      this.unput(this.records[this.from]);
      this.from += 1;
    }
  }

  trimBottom() {
    while (this.to - this.from > MOST) {
      this.to -= 1;
      this.unput(this.records[this.to]);
    }
  }

  unput(record) {
    const node = this.shown.get(record);
    if (!node) return;
    while (node.previousElementSibling && node.previousElementSibling.record === record && node.previousElementSibling.className === "day") node.previousElementSibling.remove();
    if (this.marker && node.previousElementSibling === this.marker) this.marker.remove();
    if (this.active === node) this.rove(null);
    node.remove();
    this.shown.delete(record);
  }

  // Nothing of it stands in the document.
  cut() {
    for (const record of this.records.slice(this.from, this.to)) this.unput(record);
    for (const node of [...this.list.querySelectorAll(":scope > .day")]) node.remove();
    this.from = this.to;
  }

  trimMemory() {
    let over = this.records.length - HELD;
    if (over <= 0) return;
    over = Math.min(over + SOME, this.records.length - SOME);
    for (const record of this.records.slice(0, over)) {
      if (this.shown.has(record)) this.unput(record);
      this.ids.delete(record.id);
    }
    this.records = this.records.slice(over);
    this.from = Math.max(0, this.from - over);
    this.to = Math.max(this.from, this.to - over);
    this.complete = false;
  }

  // -- moving

  async older(asked) {
    if (this.from === 0 && !this.complete && asked && !this.asking) {
      this.asking = true;
      this.frame();
      try {
        const found = await this.fetchBefore(this.records[0]?.position ?? null);
        if (found.length === 0) this.complete = true;
        const fresh = found.filter((m) => !this.ids.has(m.id));
        for (const m of fresh) this.ids.set(m.id, m);
        this.records = [...fresh, ...this.records];
        this.from += fresh.length;
        this.to += fresh.length;
      } catch {
        // The button stays: asked again when pressed again.
      }
      this.asking = false;
    }
    const n = Math.min(SOME, this.from);
    this.keep(() => {
      const block = document.createDocumentFragment();
      for (let i = this.from - n; i < this.from; i += 1) this.put(block, i);
      const first = this.list.querySelector(":scope > .entry, :scope > .day, :scope > .since") ?? this.tail;
      // The first line of before may have stood under its day.
      if (n > 0 && first.className === "day" && dayKey(this.records[this.from - 1].at) === dayKey(this.records[this.from].at)) {
        this.list.insertBefore(block, first);
        first.remove();
      } else {
        this.list.insertBefore(block, first);
      }
      this.from -= n;
      this.trimBottom();
    });
    this.frame();
  }

  // Does something above or below without moving what is read.
  keep(act) {
    const top = this.list.scrollTop;
    const anchor = this.lines().find((n) => n.offsetTop + n.offsetHeight > top);
    const at = anchor ? anchor.offsetTop - top : 0;
    act();
    if (anchor?.isConnected) this.list.scrollTop = anchor.offsetTop - at;
  }

  toLatest() {
    if (this.paused) return;
    this.end = true;
    if (this.to < this.records.length) this.extend(this.records.length - this.to);
    this.trimTop();
    this.stick();
    this.reading.arrive();
    this.frame();
  }

  stick() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  atBottom() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR;
  }

  scrolled() {
    if (!this.seen_) return;
    this.end = this.atBottom();
    if (this.end && !this.paused && this.to < this.records.length && !this.inside()) {
      this.keep(() => {
        this.extend(Math.min(SOME, this.records.length - this.to));
        this.trimTop();
      });
      this.end = this.atBottom() && this.to === this.records.length;
    }
    if (this.following() && this.to === this.records.length) this.reading.arrive();
    if (this.list.scrollTop < 200 && this.from > 0 && !this.end) this.older(false);
    this.frame();
  }

  // The tab was hidden, or is looked at again: then at the place where the reader stopped, or at the end if that is near.
  looked() {
    const visible = document.visibilityState === "visible";
    if (!visible) {
      this.followed = this.following();
      this.seen_ = false;
      return;
    }
    this.seen_ = true;
    if (this.followed && !this.paused) {
      this.stick();
      const near = this.marker?.isConnected && this.reading.unread > 0;
      if (near) this.list.scrollTop = Math.min(this.list.scrollTop, this.marker.offsetTop - 8);
    }
    this.scrolled();
  }

  pause(on) {
    if (on === this.paused) return;
    const followed = this.end;
    this.paused = on;
    if (on) return;
    this.paint([]);
    if (followed) this.toLatest();
  }

  // -- what stands around the lines

  frame() {
    const unread = this.reading.unread;
    this.newer.hidden = this.paused || unread === 0;
    if (!this.newer.hidden) this.newer.textContent = this.say(unread > 1 ? "newer_many" : "newer_one", { n: String(unread) });
    const more = this.begun && this.records.length > 0 && (this.from > 0 || !this.complete);
    if (this.earlier) {
      if (!more && document.activeElement === this.earlier) this.list.focus({ preventScroll: true });
      this.earlier.hidden = !more;
      this.earlier.setAttribute("aria-disabled", String(this.asking === true));
    }
    if (this.note) {
      const nothing = this.records.length === 0 && this.tail.childElementCount === 0;
      this.note.hidden = !this.begun ? !nothing : more;
      this.note.textContent = this.say(!this.begun ? "connecting" : nothing ? "no_line" : "first_line");
    }
    this.counted(this.paused ? this.records.length - this.to : 0);
  }

  // -- by keyboard: the list is one stop; arrows move through its lines, Tab reaches what can be done with one

  rove(node) {
    if (this.active === node) return;
    if (this.active) {
      this.active.tabIndex = -1;
      for (const b of this.active.querySelectorAll("button.passing")) b.tabIndex = -1;
    }
    this.active = node;
    this.list.tabIndex = node ? -1 : 0;
    if (!node) return;
    node.tabIndex = 0;
    for (const b of node.querySelectorAll("button.passing")) b.tabIndex = 0;
  }

  entered(e) {
    const node = e.target.closest?.(".entry");
    if (!node) return;
    this.rove(node);
    if (e.target === node) node.setAttribute("aria-label", label(node.record, this.it));
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const here = e.target.closest(".entry");
    if (e.key === "Escape") {
      e.preventDefault();
      this.leave();
      return;
    }
    const step = { ArrowUp: -1, ArrowDown: 1 }[e.key];
    if (step === undefined && e.key !== "Home" && e.key !== "End") return;
    e.preventDefault();
    if (e.key === "End") this.toLatest();
    if (e.key === "ArrowUp" && here === this.lines()[0] && this.from > 0) this.older(false);
    const lines = this.lines();
    const at = here ? lines.indexOf(here) : lines.length;
    const to = e.key === "Home" ? 0 : e.key === "End" ? lines.length - 1 : Math.max(0, Math.min(lines.length - 1, at + step));
    const node = lines[to];
    if (!node) return;
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "nearest" });
    this.scrolled();
  }
}
