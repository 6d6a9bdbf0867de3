import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./load.mjs";

// A browser's window, as much of it as the socket asks for.
const heard = {};
const made = [];
globalThis.addEventListener = (name, act) => { heard[name] = act; };
globalThis.document = { visibilityState: "visible", addEventListener() {} };
globalThis.location = { href: "http://amphi.example/live/1" };
globalThis.WebSocket = class {
  static OPEN = 1;
  constructor() {
    this.readyState = 1;
    this.sent = [];
    made.push(this);
  }
  send(text) { this.sent.push(text); }
  close() { this.readyState = 3; }
};
const { Socket } = await asset("socket.js");

function opened(t) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const socket = new Socket("/live/1/ws");
  const kinds = [];
  socket.onstate = (kind) => kinds.push(kind);
  socket.connect();
  made.at(-1).onmessage({ data: '{"t":"hello","epoch":"e","upto":1}' });
  return { socket, kinds };
}

test("a network that goes away takes the connection with it at once", (t) => {
  const { socket, kinds } = opened(t);
  heard.offline();
  assert.deepEqual(kinds, ["open", "lost"]);
  assert.equal(socket.send({ t: "post" }), false);
  heard.offline();
  assert.deepEqual(kinds, ["open", "lost"], "once");
  heard.online();
  assert.equal(socket.ws, made.at(-1), "and tries again as soon as it is back");
});

test("a frame that is never answered tells a dead way before a minute of silence does", (t) => {
  const { socket, kinds } = opened(t);
  t.mock.timers.tick(30000);
  assert.deepEqual(kinds, ["open"], "silence alone is nothing yet");
  assert.ok(socket.send({ t: "post" }));
  t.mock.timers.tick(15000);
  assert.equal(kinds[1], "lost");
});

test("a frame that is answered, by whatever, is no sign", (t) => {
  const { socket, kinds } = opened(t);
  socket.send({ t: "post" });
  t.mock.timers.tick(4000);
  made.at(-1).onmessage({ data: '{"t":"viewers","count":2}' });
  t.mock.timers.tick(30000);
  assert.deepEqual(kinds, ["open"]);
});

test("told to come back before it was let in: it waits as long as it was told, and asks nobody why", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const socket = new Socket("/live/1/ws");
  const states = [];
  let asked = 0;
  socket.onstate = (kind, what) => states.push([kind, what.bye ?? null, what.at ?? null]);
  socket.onshut = () => { asked += 1; };
  socket.connect();
  for (let n = 0; n < 3; n += 1) {
    const ws = made.at(-1);
    ws.onmessage({ data: '{"t":"bye","why":"busy","retry_after_ms":20000}' });
    ws.onclose({ code: 4001 });
    const [kind, bye, at] = states.at(-1);
    assert.deepEqual([kind, bye], ["lost", "busy"]);
    assert.ok(at - Date.now() >= 20000, "not before its time");
    t.mock.timers.tick(19999);
    assert.equal(made.at(-1), ws);
    t.mock.timers.tick(31000);
    assert.notEqual(made.at(-1), ws, "and then it does");
  }
  assert.equal(asked, 0);
  // A door that stays shut without a word is asked about.
  made.at(-1).onclose({ code: 1006 });
  assert.deepEqual([asked, states.at(-1)[1]], [1, "busy"]);
  made.at(-1).onmessage({ data: '{"t":"hello","epoch":"e","upto":1}' });
});

test("who was excluded does not come back, but once let in again, as somebody new", (t) => {
  const { socket, kinds } = opened(t);
  made.at(-1).onclose({ code: 4502 });
  assert.deepEqual(kinds, ["open", "stopped"]);
  const before = made.length;
  t.mock.timers.tick(120000);
  heard.online();
  assert.equal(made.length, before, "neither by time nor by the network");
  socket.again();
  assert.equal(made.length, before + 1);
  assert.equal(socket.after, null, "with nothing of what it had");
  made.at(-1).onmessage({ data: '{"t":"hello","epoch":"e","upto":9}' });
  assert.equal(kinds.at(-1), "open");
});
