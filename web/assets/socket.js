// The websocket: comes back by itself with what it has seen (`after`, `epoch`), waits longer each time, with
// jitter, so that thousands of pages don't come back in the same second.
const FIRST_MS = 500;
const LONGEST_MS = 30000;
// Nothing at all for so long: the connection is dead although nobody said so (a laptop that slept).
const SILENT_MS = 70000;
// A connection that holds for so long counts as good: the next loss waits little again.
const STEADY_MS = 10000;
// A handshake that takes longer is given up: the network swallows it.
const OPEN_MS = 15000;
// Each frame sent has an answer: one that stays away for so long, with nothing else heard, tells a dead way long before silence does.
const ANSWER_MS = 10000;

export class Socket {
  constructor(path) {
    this.path = path;
    this.after = null;
    this.epoch = null;
    this.tries = 0;
    this.wait = null;
    this.bye = null;
    this.done = false;
    this.onframe = () => {};
    this.onstate = () => {};
    // The door stayed shut: a browser doesn't say whether by the network or by a 401.
    this.onshut = () => {};
    addEventListener("online", () => this.now());
    // The network went, and the connection with it, though it would say so only after a minute. Where the server is reached
    // without a network the first try has it back.
    addEventListener("offline", () => this.drop());
    // A page that the browser had put aside (back, forward) finds its connection cut, and not every browser says so.
    addEventListener("pageshow", (e) => {
      if (e.persisted) this.drop();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.check();
    });
  }

  connect() {
    if (this.done || this.ws) return;
    clearTimeout(this.timer);
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (this.after !== null && this.epoch) {
      url.searchParams.set("after", this.after);
      url.searchParams.set("epoch", this.epoch);
    }
    this.wait = null;
    this.begun = Date.now();
    const ws = new WebSocket(url);
    this.ws = ws;
    this.heard = Date.now();
    this.asked = null;
    ws.onmessage = (message) => {
      if (this.ws === ws) this.take(message.data);
    };
    ws.onclose = (close) => {
      if (this.ws === ws) this.lost(close.code);
    };
    clearInterval(this.watch);
    this.watch = setInterval(() => this.check(), 5000);
  }

  take(data) {
    this.heard = Date.now();
    this.asked = null;
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    // Only `upto` moves `after`, and only once what it covers was taken.
    if (frame.t === "hello") {
      this.epoch = frame.epoch;
      this.open = true;
      this.bye = null;
      clearTimeout(this.steady);
      this.steady = setTimeout(() => { this.tries = 0; }, STEADY_MS);
      this.onframe(frame);
      this.onstate("open", {});
    } else if (frame.t === "resume" || frame.t === "bye") {
      this.wait = frame.retry_after_ms ?? FIRST_MS;
      this.bye = frame.t === "bye" ? frame.why : null;
      this.ws?.close(1000);
      return;
    } else {
      this.onframe(frame);
    }
    if (frame.upto !== undefined) this.after = frame.upto;
  }

  lost(code) {
    const shut = !this.open;
    this.ws = null;
    this.open = false;
    clearInterval(this.watch);
    clearTimeout(this.steady);
    if (code >= 4500 && code <= 4999) {
      this.stop(code);
      return;
    }
    const grown = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.tries);
    this.tries += 1;
    // A wait that the server asked for is a floor; half of the rest is chance.
    const wait = (this.wait ?? 0) + grown / 2 + Math.random() * (grown / 2);
    this.timer = setTimeout(() => this.connect(), wait);
    this.onstate("lost", { at: Date.now() + wait, bye: this.bye });
    // A server that said when to come back has nothing against this page, and enough to do without its questions.
    if (shut && this.wait === null) this.onshut();
  }

  // For good: it doesn't come back by itself.
  stop(code) {
    if (this.done) return;
    this.done = true;
    clearTimeout(this.timer);
    this.ws?.close(1000);
    this.ws = null;
    this.onstate("stopped", { code });
  }

  // It may come back after all, as one that was never there.
  again() {
    this.done = false;
    this.after = null;
    this.tries = 0;
    this.connect();
  }

  check() {
    const now = Date.now();
    const unanswered = this.asked !== null && now - this.asked > ANSWER_MS;
    if (this.open ? unanswered || now - this.heard > SILENT_MS : now - this.begun > OPEN_MS) this.drop();
  }

  // Lost, whatever the browser still thinks of it.
  drop() {
    const { ws } = this;
    if (!ws) return;
    this.lost(1006);
    ws.close();
  }

  now() {
    if (!this.ws && !this.done) this.connect();
  }

  send(frame) {
    if (!this.open || this.ws?.readyState !== WebSocket.OPEN) return false;
    this.ws.send(JSON.stringify(frame));
    this.asked ??= Date.now();
    return true;
  }
}
