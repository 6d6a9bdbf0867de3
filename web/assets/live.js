// The live page and the presenters' console: one websocket (docs/protocol.md), the chat, the player.
import { Announcements } from "./announcements.js";
import { Banner } from "./banner.js";
import { Chat } from "./chat.js";
import { Player } from "./player.js";
import { Poster } from "./poster.js";
import { Tools } from "./player-tools.js";
import { Socket } from "./socket.js";
import { fill } from "./words.js";

// Close code of whoever is excluded from the chat of this live.
const BANNED = 4502;

const root = document.getElementById("live");
if (root) start(root);

// What to add to this browser's clock to get the server's: `data-now` was written when the page's first byte left.
function skewOf(root) {
  const page = performance.getEntriesByType("navigation")[0];
  const since = page?.responseStart > 0 ? performance.now() - page.responseStart : 0;
  return Date.parse(root.dataset.now) - (Date.now() - since);
}

async function start(root) {
  const texts = JSON.parse(root.dataset.texts);
  const say = (key, values) => fill(texts[key] ?? key, values);
  const { event, login } = root.dataset;
  const isConsole = root.dataset.console === "true";
  const byId = (id) => document.getElementById(id);
  const skew = skewOf(root);
  const now = () => Date.now() + skew;
  let state = { live: null, run: 0, starts_at: root.dataset.starts };

  function showViewers(count) {
    const node = byId("viewers");
    if (!node || typeof count !== "number") return;
    node.hidden = false;
    node.textContent = say(count > 1 ? "viewers" : "viewer", { n: String(count) });
  }

  const socket = new Socket(`/live/${event}${isConsole ? "/console" : ""}/ws`);
  const poster = new Poster({ root, say, skew });
  // Moderators' pages have the question that stands before it.
  const bans = byId("exclude") ? new (await import("./bans.js")).Bans({ event }) : null;
  const exclude = bans && ((record) => bans.ask(record));
  const pinned = new Announcements({ event });
  // In another site's frame one reads; writing opens a window of ours.
  const framed = root.dataset.framed !== undefined;
  const chat = new Chat({ framed, event, say, socket, login, me: root.dataset.me, name: root.dataset.name, open: root.dataset.chat, now, exclude });
  const player = byId("video") ? new Player({ event, say, hls: root.dataset.hls, full: root.dataset.hlsFull, origins: root.dataset.origins, now }) : null;
  if (player) new Tools(player);
  // What moves by itself, and has nothing to tell, moves for nobody who asked for less of it.
  const film = byId("hold-video");
  if (film && !matchMedia("(prefers-reduced-motion: reduce)").matches) film.play().catch(() => {});
  const banner = new Banner({ node: byId("connection"), say, login, retry: () => socket.now() });
  // The audience's page doesn't load what only presenters need.
  const panel = isConsole ? new (await import("./console.js")).Console({ root, say }) : null;

  function takeState(next) {
    state = { ...state, ...next };
    poster.take(state);
    pinned.take(state.announcements);
    showViewers(state.viewers);
    chat.takeState(state);
    player?.takeState(state);
    panel?.takeState(state);
  }

  // Excluded, signed out, not allowed to watch any more: what few pages ever need is loaded by them.
  let away = null;
  const putOut = (act, code) => {
    away ??= import("./put-out.js").then((m) => new m.PutOut({ root, say, texts, socket, chat, player, poster, banner, take: takeState, console: isConsole }));
    away.then((p) => p[act](code), () => {
      away = null;
      if (code) banner.stopped(code);
    });
  };

  // Lines that were written before we were back are those that were missed.
  let back = 0;
  const missed = (messages) => messages.filter((m) => Date.parse(m.at) <= back).length;

  socket.onframe = (frame) => {
    switch (frame.t) {
      case "hello":
        root.dataset.lost = String(chat.hello(frame));
        if (frame.state) takeState(frame.state);
        panel?.takeFrame(frame);
        break;
      case "state":
        takeState(frame);
        break;
      case "viewers":
        showViewers(frame.count);
        break;
      case "messages":
        chat.messages(frame.messages);
        banner.caught(missed(frame.messages));
        break;
      case "mine":
        chat.mine(frame.pairs);
        break;
      case "status":
        chat.status(frame.ids, frame.status);
        break;
      case "removed":
        chat.removed(frame.ids);
        break;
      case "receipt":
        chat.receipt(frame);
        break;
      case "refused":
        chat.refused(frame);
        break;
      default:
        panel?.takeFrame(frame);
    }
  };

  socket.onstate = (kind, detail) => {
    const banned = kind === "stopped" && detail.code === BANNED;
    if (kind === "open") {
      back = now();
      banner.open();
      banner.caught(chat.missed);
      // The session ended while we were away: the page goes on as a reader's, and says so.
      if (root.dataset.lost === "true") banner.stopped(4500);
    } else if (kind === "stopped") {
      if (!banned) chat.stopped();
      putOut("stopped", detail.code);
    } else {
      banner.lost(detail);
    }
    chat.connected(kind === "open");
    // The picture of who is excluded goes on.
    if (banned) return;
    player?.setOnline(kind === "open");
    panel?.connected(kind === "open");
  };

  socket.onshut = () => {
    if (socket.tries > 1) putOut("refused");
  };

  if (root.dataset.excluded === undefined) socket.connect();
  else socket.stop(BANNED);
}
