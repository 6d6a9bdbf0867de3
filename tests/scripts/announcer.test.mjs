import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./load.mjs";

const { Pacer } = await asset("announcer.js");
const texts = { sum: "{n} new", sum_presenters: "{n} new, {p} presenters", sum_only_presenters: "{p} presenters only" };
const say = (key, values) => texts[key].replace(/\{(\w)\}/g, (_, k) => values[k]);

// Plays `lines` ([ms, line]) and says when what was said.
function hear(pacer, lines, until) {
  const heard = [];
  let next = 0;
  for (let now = 0; now <= until; now += 10) {
    while (next < lines.length && lines[next][0] <= now) pacer.add(lines[next++][1]);
    const text = pacer.take(now);
    if (text !== null) heard.push([now, text]);
  }
  return heard;
}
const line = (n, presenter = false) => ({ name: `P${n}`, text: `t${n}`, presenter });

test("twenty messages a second are at most eight announcements in any minute, for five minutes", () => {
  const lines = Array.from({ length: 6000 }, (_, n) => [n * 50, line(n)]);
  const heard = hear(new Pacer(say), lines, 300000);
  for (const [at] of heard) {
    const minute = heard.filter(([t]) => t >= at && t < at + 60000);
    assert.ok(minute.length <= 8, `${minute.length} from ${at}`);
  }
  assert.ok(heard.length >= 30, "and it does go on speaking");
  assert.equal(heard[0][1], "P0: t0", "the first is heard at once");
  assert.match(heard[3][1], /^\d+ new$/);
});

test("no line is lost from the count", () => {
  const lines = Array.from({ length: 500 }, (_, n) => [n * 50, line(n)]);
  const heard = hear(new Pacer(say), lines, 120000).map(([, text]) => text);
  const count = heard.reduce((sum, text) => sum + (text.includes("new") ? Number.parseInt(text, 10) : 1), 0);
  assert.equal(count, 500);
});

test("slow lines are read one by one", () => {
  const heard = hear(new Pacer(say), [[0, line(1)], [10000, line(2)], [20000, line(3)]], 30000);
  assert.deepEqual(heard.map(([, t]) => t), ["P1: t1", "P2: t2", "P3: t3"]);
});

test("a summary says how many are the presenters', and reads the one there is", () => {
  const heard = hear(new Pacer(say), [[0, line(0)], [100, line(1)], [200, line(2, true)]], 5000);
  assert.equal(heard[1][1], "2 new, 1 presenters. P2: t2");
});

test("presenters only, and nothing", () => {
  const pacer = new Pacer(say);
  pacer.setMode("presenters");
  assert.deepEqual(hear(pacer, [[0, line(1)], [0, line(2, true)], [0, line(3, true)]], 1000).map(([, t]) => t), ["2 presenters only"]);
  pacer.setMode("none");
  assert.deepEqual(hear(pacer, [[0, line(4, true)]], 1000), []);
});
