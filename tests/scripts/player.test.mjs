// A signed address ends while a picture is shown: what is asked for under it is led to the next one, and nothing else is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asset } from "./load.mjs";

const { Player } = await asset("player.js");
const newest = (signed, url) => Player.prototype.newest.call({ signed }, url);
const at = (signature, until, file) => `https://m.example/signed/${signature}/${until}/hls/${file}`;

test("segments and playlists of older signatures are asked for under the newest", () => {
  const signed = [at("aaa", 1, "room.m3u8"), at("bbb", 2, "room.m3u8"), at("ccc", 3, "room.m3u8")];
  assert.equal(newest(signed, at("aaa", 1, "room.m3u8")), at("ccc", 3, "room.m3u8"));
  assert.equal(newest(signed, at("bbb", 2, "room-7.ts?x=1")), at("ccc", 3, "room-7.ts?x=1"));
  assert.equal(newest(signed, at("ccc", 3, "room-8.ts")), at("ccc", 3, "room-8.ts"));
});

test("a token of the media server is replaced where it stands", () => {
  const of = (token, file) => `https://m.example:8888/live/k/${file}?amphi=${token}`;
  const signed = [of("one", "index.m3u8"), of("two", "index.m3u8")];
  assert.equal(newest(signed, of("one", "main_seg7.mp4")), of("two", "main_seg7.mp4"));
  assert.equal(newest(signed, "https://m.example:8888/live/k/init.mp4"), "https://m.example:8888/live/k/init.mp4");
});

test("what was not signed stays as it is", () => {
  const open = "https://m.example/hls/room.m3u8";
  assert.equal(newest([], open), open);
  assert.equal(newest([at("aaa", 1, "room.m3u8")], at("aaa", 1, "room.m3u8")), at("aaa", 1, "room.m3u8"));
  const signed = [at("aaa", 1, "room.m3u8"), at("bbb", 2, "room.m3u8")];
  assert.equal(newest(signed, "https://other.example/signed/aaa/1/hls/room-1.ts"), "https://other.example/signed/aaa/1/hls/room-1.ts");
  assert.equal(newest(signed, open), open);
});
