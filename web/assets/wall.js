// The wall of lives: what goes on comes by push; each picture that moves is shown, small and without sound.
import { call } from "./call.js";
import { clock, fill } from "./words.js";

const wall = document.getElementById("wall");
const words = JSON.parse(wall.dataset.texts);
const say = (key, values) => fill(words[key] ?? key, values);
const note = document.getElementById("wall-note");
const nothing = document.getElementById("wall-nothing");
// Pictures at the same time: a machine that shows more shows none of them well.
const MOST = 12;
const shown = new Map();
let tiles = [];

let loading;
function library() {
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = wall.dataset.hls;
    script.onload = () => done(window.Hls);
    script.onerror = () => {
      loading = null;
      failed(new Error("player"));
    };
    document.head.append(script);
  });
  return loading;
}

function cardOf(tile) {
  const found = wall.querySelector(`[data-event="${tile.event}"]`);
  if (found?.querySelector(".facts")) return found;
  const card = found ?? document.createElement("li");
  card.className = "card";
  card.dataset.event = tile.event;
  const title = document.createElement("h2");
  title.className = "wall-title";
  const link = document.createElement("a");
  link.href = `/live/${tile.event}`;
  title.append(link);
  const facts = document.createElement("p");
  facts.className = "facts";
  const badge = document.createElement("span");
  const since = document.createElement("span");
  since.className = "quiet for";
  const viewers = document.createElement("span");
  viewers.className = "quiet viewers";
  facts.append(badge, since, viewers);
  badge.dataset.badge = "";
  const place = document.createElement("p");
  place.className = "meta";
  card.replaceChildren(title, facts, place);
  if (!found) wall.append(card);
  return card;
}

const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };

function paint() {
  for (const tile of tiles) {
    const card = cardOf(tile);
    put(card.querySelector("h2 a"), tile.title);
    const badge = card.querySelector("[data-badge]");
    badge.className = `badge ${tile.stage}`;
    put(badge, say(`stage_${tile.stage}`));
    const since = Date.parse(tile.since ?? "");
    put(card.querySelector(".for"), Number.isNaN(since) ? "" : say("since", { time: clock(Date.now() - since) }));
    put(card.querySelector(".viewers"), say(tile.viewers === 1 ? "viewer" : "viewers", { n: String(tile.viewers) }));
    put(card.querySelector(".meta"), tile.place ?? "");
  }
}

function drop(event) {
  const held = shown.get(event);
  if (!held) return;
  shown.delete(event);
  held.hls?.destroy();
  held.video.remove();
}

async function show(tile) {
  const moves = tile.stage === "on_air" || tile.stage === "stalled";
  const held = shown.get(tile.event);
  if (!moves || (held && held.run !== tile.run)) drop(tile.event);
  if (!moves || shown.has(tile.event) || shown.size >= MOST) return;
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.className = "wall-picture";
  video.setAttribute("aria-label", say("picture", { title: tile.title }));
  const entry = { run: tile.run, video };
  shown.set(tile.event, entry);
  cardOf(tile).prepend(video);
  try {
    const { body, refused } = await call(`/api/v1/live/${tile.event}/playback`, "GET");
    if (refused) throw new Error(refused.title);
    const Hls = await library();
    if (shown.get(tile.event) !== entry) return;
    if (!Hls.isSupported()) {
      video.src = body.hls_url;
    } else {
      entry.hls = new Hls({ enableWorker: false, capLevelToPlayerSize: true, maxBufferLength: 10 });
      entry.hls.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) drop(tile.event); });
      entry.hls.loadSource(body.hls_url);
      entry.hls.attachMedia(video);
    }
    video.play().catch(() => {});
  } catch {
    drop(tile.event);
  }
}

function take(next) {
  tiles = next;
  const there = new Set(tiles.map((t) => t.event));
  for (const card of [...wall.children]) {
    if (there.has(card.dataset.event)) continue;
    drop(card.dataset.event);
    card.remove();
  }
  nothing.hidden = tiles.length > 0;
  paint();
  for (const tile of tiles) show(tile);
}

const source = new EventSource("/admin/wall/events");
source.onmessage = (message) => {
  note.hidden = true;
  take(JSON.parse(message.data));
};
source.onerror = () => {
  put(note, say("lost"));
  note.hidden = false;
};
setInterval(() => {
  paint();
  // A picture that broke off is tried again.
  for (const tile of tiles) show(tile);
}, 5000);
