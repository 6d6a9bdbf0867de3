import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./load.mjs";

const { stageOf, running } = await asset("poster.js");
const { behind, wellBehind } = await asset("delay.js");
const { clock, sameClock, fill } = await asset("words.js");

const at = Date.parse("2026-11-20T14:00:00Z");
const planned = { live: "off", starts_at: "2026-11-20T14:00:00Z" };

test("states follow the server's word, and the clock only before the start", () => {
  assert.equal(stageOf(planned, at - 1), "scheduled");
  assert.equal(stageOf(planned, at), "late");
  for (const live of ["starting", "on_air", "stalled", "stopping", "ended"]) assert.equal(stageOf({ ...planned, live }, at - 1e9), live);
  assert.equal(stageOf({ ...planned, live: "on_air", why: "cancelled" }, at), "cancelled");
});

test("a countdown before, the time since afterwards", () => {
  assert.deepEqual(running("scheduled", planned, at - 60000), { key: "starts_in", ms: 60999 });
  assert.equal(running("late", planned, at + 30000), null, "the first minute is nobody's fault");
  assert.deepEqual(running("late", planned, at + 60000), { key: "waiting_for", ms: 60000 });
  const since = { ...planned, live: "starting", since: "2026-11-20T14:00:10Z" };
  assert.deepEqual(running("starting", since, at + 15000), { key: "starting_for", ms: 5000 });
  assert.deepEqual(running("on_air", since, at + 15000), { key: "on_air_for", ms: 5000 });
  assert.equal(running("on_air", { ...since, since: null }, at), null);
  assert.equal(running("ended", since, at), null);
});

test("behind: by the playlist's own time, else by what can be caught up, else nothing is said", () => {
  assert.equal(behind({ now: 20000, playing: 8000, latency: 3 }), 12);
  assert.equal(behind({ now: 20000, playing: 0, latency: 3 }), 3);
  assert.equal(behind({ now: 20000, playing: 0, latency: NaN, edge: 30, position: 22 }), 8);
  assert.equal(behind({ now: 20000, playing: 0, latency: NaN, edge: NaN, position: 22 }), null);
  assert.equal(wellBehind(9, 6), false);
  assert.equal(wellBehind(15, 6), true);
  assert.equal(wellBehind(NaN, 6), false);
});

test("zones: the same clock under another name is the same", () => {
  const t = "2026-07-01T12:00:00Z";
  assert.ok(sameClock(t, "Europe/Paris", "Europe/Brussels"));
  assert.ok(!sameClock(t, "Europe/Paris", "Europe/London"));
  assert.ok(!sameClock(t, "Europe/Paris", "Moon/Tranquility"));
});

test("words", () => {
  assert.equal(clock(3725000), "1:02:05");
  assert.equal(clock(-5), "0:00");
  assert.equal(clock((26 * 60 + 5) * 60000), "1 day 2 hours");
  assert.equal(fill("{a} {b}", { a: "{b}" }), "{b} ", "a value is not filled again");
});
