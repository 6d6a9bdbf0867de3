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
