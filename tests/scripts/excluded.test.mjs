import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./load.mjs";

// As much of a page as is written to.
const node = () => ({ hidden: true, textContent: "", children: [], querySelector() { return this.children.find((c) => c.tag === "bdi"); }, replaceChildren(...all) { this.children = all; } });
const nodes = { "excluded-by": node(), "excluded-reason": node(), "excluded-words": node() };
globalThis.document = { getElementById: (id) => nodes[id], createElement: (tag) => ({ tag, textContent: "" }) };
const { Excluded, around } = await asset("excluded.js");
const { told: toldOut } = await asset("put-out.js");

const texts = { excluded_by: "You were excluded by {name}." };
const words = () => nodes["excluded-by"].children.map((c) => c.textContent ?? c).join("");

function page(answers) {
  const told = [];
  const ask = async () => {
    const next = answers.shift();
    if (next instanceof Error) throw next;
    const [status, body] = next;
    return { status, ok: status === 200, json: async () => body };
  };
  const excluded = new Excluded({
    event: "1",
    texts,
    ask,
    take: (state) => told.push(state.live),
    again: () => told.push("again"),
    gone: (status) => told.push(status),
  });
  return { excluded, told };
}

const turns = async () => { for (let n = 0; n < 10; n += 1) await Promise.resolve(); };

test("a sentence is cut at the name", () => {
  assert.deepEqual(around("by {name}."), ["by ", "."]);
  assert.deepEqual(around("by nobody"), ["by nobody", ""]);
});

test("asks how the live stands until it is let in again, whatever the network does", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const banned = { by: "In\u00e8s", reason: "insults" };
  const { excluded, told } = page([
    [200, { state: { live: "on_air" }, banned }],
    new Error("offline"),
    [503, {}],
    [200, { state: { live: "stalled" }, banned }],
    [200, { state: { live: "on_air" }, banned: null }],
  ]);
  excluded.begin();
  excluded.begin();
  await turns();
  assert.deepEqual(told, ["on_air"]);
  assert.equal(words(), "You were excluded by In\u00e8s.");
  assert.deepEqual([nodes["excluded-reason"].hidden, nodes["excluded-words"].textContent], [false, "insults"]);
  for (let n = 0; n < 3; n += 1) {
    t.mock.timers.tick(26000);
    await turns();
  }
  assert.deepEqual(told, ["on_air", "stalled"]);
  t.mock.timers.tick(26000);
  await turns();
  assert.deepEqual(told, ["on_air", "stalled", "on_air", "again"]);
  t.mock.timers.tick(120000);
  await turns();
  assert.equal(told.length, 4, "and then no more");
});

test("asks no more where nothing is to be seen any more", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  // Signed out, gone, not for them, behind a password: in the words of the socket.
  for (const [status, body, code] of [[401, {}, 4500], [404, {}, 4501], [403, { code: "forbidden" }, 4501], [403, { code: "live_password" }, 4504]]) {
    const { excluded, told } = page([[status, body]]);
    excluded.begin();
    await turns();
    t.mock.timers.tick(120000);
    await turns();
    assert.deepEqual(told, [code]);
  }
});

test("whoever is put out is told which way leads back", () => {
  const ways = { login: "/login?next=%2Flive%2F1", page: "/live/1" };
  const keys = (code) => { const { key, href } = toldOut(code, ways); return [key, href ?? null]; };
  assert.deepEqual(keys(4500), ["signed_out", ways.login]);
  assert.deepEqual(keys(4503), ["sign_in_first", ways.login]);
  assert.deepEqual(keys(4504), ["password_first", ways.page], "the page asks for it");
  assert.deepEqual(keys(4501), ["closed_for_good", null], "nothing helps");
});

test("an answer of before the ban is no way back in", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const none = { state: { live: "on_air" }, banned: null };
  const late = page([[200, none], [200, { ...none, banned: { by: null, reason: null } }], [200, none]]);
  late.excluded.begin();
  await turns();
  t.mock.timers.tick(2000);
  await turns();
  assert.deepEqual(late.told, ["on_air", "on_air"], "the second knows of it");
  t.mock.timers.tick(26000);
  await turns();
  assert.equal(late.told.at(-1), "again");
});
