import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./load.mjs";

const { Outbox } = await asset("outbox.js");
const { Reading } = await asset("reading.js");
const { pieces, speaker } = await asset("chat-line.js");
const { strip } = await asset("banner.js");
const { oneLine } = await asset("composer.js");

const line = (client_id) => ({ client_id, text: client_id, at: "2026-11-20T10:00:00Z" });

test("lines go out one at a time and in order", () => {
  const box = new Outbox([line("a"), line("b")]);
  assert.equal(box.next(0).client_id, "a");
  box.sent(box.next(0));
  assert.equal(box.next(0), null, "one is out");
  box.receipt("a", "1");
  assert.equal(box.next(0).client_id, "b");
});

test("what was out when the connection went is sent again, first", () => {
  const box = new Outbox([line("a"), line("b")]);
  box.sent(box.next(0));
  box.lost();
  assert.equal(box.next(0).client_id, "a");
  assert.deepEqual(box.kept().map((l) => l.client_id), ["a", "b"], "and a reload finds both");
});

test("a line that has its receipt is neither sent nor kept", () => {
  const box = new Outbox([line("a")]);
  box.receipt("a", "1");
  assert.equal(box.next(0), null);
  assert.deepEqual(box.kept(), []);
});

test("told to wait, nothing overtakes; refused, the next goes", () => {
  const box = new Outbox([line("a"), line("b")]);
  box.sent(box.next(0));
  assert.equal(box.refused("a", "too_fast", 3000, 0).kind, "later");
  assert.equal(box.next(2999), null);
  assert.equal(box.next(3000).client_id, "a");
  box.sent(box.next(3000));
  assert.equal(box.refused("a", "closed", undefined, 3000).kind, "refused");
  assert.equal(box.next(3000).client_id, "b");
  box.retry(box.find("a"));
  assert.equal(box.next(3000).client_id, "a");
});

test("unavailable for ever ends in failed, not in a loop", () => {
  const box = new Outbox([line("a")]);
  let now = 0;
  let last;
  for (let n = 0; n < 10 && last?.kind !== "refused"; n += 1) {
    box.sent(box.next(now));
    last = box.refused("a", "unavailable", 1000, now);
    now += 1000;
  }
  assert.equal(last.kind, "refused");
});

test("what a foreign hand wrote into the storage is no line", () => {
  assert.deepEqual(new Outbox([null, 3, { text: "x" }, { client_id: 1, text: "x" }]).lines, []);
});

test("the unread line stands where the reader stopped, until the next absence", () => {
  const r = new Reading();
  assert.equal(r.line("1", "t1"), false, "at the end nothing is unread");
  r.leave();
  assert.equal(r.line("2", "t2"), true);
  assert.equal(r.line("3", "t3"), false);
  assert.deepEqual([r.marker.id, r.unread], ["2", 2]);
  r.arrive();
  assert.deepEqual([r.marker.id, r.unread], ["2", 0], "it stays when the end was reached");
  r.line("4", "t4");
  r.leave();
  r.leave();
  assert.equal(r.line("5", "t5"), true, "the next absence moves it");
  assert.equal(r.marker.id, "5");
});

test("addresses are links, and nothing else is", () => {
  const links = (text) => pieces(text).filter((p) => p.href).map((p) => p.href);
  assert.deepEqual(links("see https://a.example/x?y=1#z. And (http://b.example/(q))!"), ["https://a.example/x?y=1#z", "http://b.example/(q)"]);
  assert.deepEqual(links("javascript:alert(1) data:text/html,x ftp://a.example //a.example www.a.example"), []);
  assert.deepEqual(links("https://bank.example@evil.example/ https://u:p@evil.example"), [], "no name before the host");
  assert.deepEqual(links("https:// http://"), []);
  const text = "<b>a</b> https://a.example/\"><script>, b";
  assert.equal(pieces(text).map((p) => p.text).join(""), text, "not a letter is lost");
  assert.deepEqual(links(text), ["https://a.example/"]);
});

test("an address shows where it leads: nothing that nobody sees, and no mark of direction, is in it", () => {
  for (const mark of ["\u202e", "\u200b", "\u200f", "\u2066", "\u2069", "\ufeff", "\u061c"]) {
    const parts = pieces(`see https://a.example/${mark}gpj.exe`);
    assert.deepEqual(parts.filter((p) => p.href).map((p) => p.text), ["https://a.example/"]);
    assert.equal(parts.map((p) => p.text).join(""), `see https://a.example/${mark}gpj.exe`, "and not a letter is lost");
  }
});

test("read out, a presenter is said first, and no name makes one", () => {
  const words = { presenter: "intervenant", room: "salle", system: "service", audience: "public" };
  const said = (kind, name) => speaker({ kind, name }, (key) => words[key]).join(", ");
  assert.equal(said("presenter", "Paul"), "intervenant, Paul");
  assert.equal(said("room", "Paul"), "salle, Paul");
  assert.equal(said("audience", "Awa"), "Awa");
  for (const name of ["intervenant, Paul", "Paul (INTERVENANT)", "Paul ｉｎｔｅｒｖｅｎａｎｔ", "i n t e r v e n a n t Paul", "Salle 3", "Service"]) {
    assert.equal(said("audience", name), `public, ${name}`);
  }
});

test("the banner waits two seconds, counts down, and says what was caught up for three", () => {
  const lost = { kind: "lost", since: 0, at: 6000, bye: false };
  assert.equal(strip(lost, 1999), null);
  assert.deepEqual(strip(lost, 2000), { key: "lost", retry: true, left: 4 });
  assert.deepEqual(strip(lost, 6500), { key: "lost", retry: true, left: 0 });
  assert.equal(strip({ ...lost, bye: "going_down" }, 3000).key, "going_down");
  assert.equal(strip({ ...lost, bye: "busy" }, 3000).key, "busy");
  assert.equal(strip({ kind: "back", since: 0, caught: 14 }, 2999).key, "caught_up");
  assert.equal(strip({ kind: "back", since: 0, caught: 1 }, 0).key, "caught_up_one");
  assert.equal(strip({ kind: "back", since: 0, caught: 0 }, 0).key, "back");
  assert.equal(strip({ kind: "back", since: 0, caught: 14 }, 3000), null);
  assert.deepEqual(strip({ kind: "stopped", code: 4500 }, 0), { key: "signed_out", login: true, bad: true });
  assert.equal(strip({ kind: "stopped", code: 4501 }, 0).login, false);
  assert.equal(strip({ kind: "open" }, 0), null);
});

test("what is pasted with line breaks goes out as one line", () => {
  assert.equal(oneLine("  two\nlines\r\n\tand a tab\u0085 "), "two lines and a tab");
  assert.equal(oneLine("two\u2028lines\u2029more"), "two lines more");
  assert.equal(oneLine("\n \u0000"), "", "nothing is no line");
  assert.equal(oneLine("a \u{1F469}\u200D\u{1F467} b"), "a \u{1F469}\u200D\u{1F467} b", "joined signs stay joined");
});
