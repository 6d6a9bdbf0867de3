// The live page and the presenters' console: one websocket (docs/protocol.md), the chat, the player.
import { Announcements } from "./announcements.js";
import { Banner, strip } from "./banner.js";
import { Chat } from "./chat.js";
import { Player } from "./player.js";
import { Poster } from "./poster.js";
import { Tools } from "./player-tools.js";
import { SIGNED_OUT, refused } from "./refused.js";
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
  const banner = new Banner({ node: byId("connection"), say, login, page: `/live/${event}`, retry: () => socket.now() });
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

  // Excluded from the chat: the picture stays, and how the live stands is asked for.
  let excluded = null;
  async function shut() {
    chat.shut();
    banner.show({ kind: "open" });
    player?.setOnline(true);
    const { Excluded } = await import("./excluded.js");
    excluded ??= new Excluded({
      event,
      texts,
      take: takeState,
      again() {
        chat.reopen();
        socket.again();
      },
      gone: (code) => out(code),
      signedIn: Boolean(root.dataset.me),
    });
    excluded.begin();
  }

  // The page is not for its reader any more: the picture and what was said end as well, and the way back stands above them.
  function out(code) {
    banner.stopped(code);
    chat.out();
    player?.shut();
    poster.shut(say(strip({ kind: "stopped", code }, 0).key));
    for (const id of ["viewers", "announcements"]) byId(id)?.setAttribute("hidden", "");
    comeBack(code);
  }

  // Signed in again in another window, let in again: the page comes back by itself once somebody looks at it. Not by asking now and
  // then: those of a large audience would all ask.
  let waits = false;
  function comeBack(code) {
    if (waits) return;
    waits = true;
    const ask = async () => {
      if (document.visibilityState !== "visible") return;
      try {
        const answer = await fetch(code === SIGNED_OUT ? "/api/v1/me" : `/api/v1/live/${event}`, { headers: { accept: "application/json" } });
        if (answer.ok) location.reload();
      } catch {
        // The next time.
      }
    };
    document.addEventListener("visibilitychange", ask);
    addEventListener("focus", ask);
  }

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
    if (kind === "stopped" && detail.code === BANNED) {
      chat.connected(false);
      shut();
      return;
    }
    if (kind === "open") {
      back = now();
      banner.open();
      banner.caught(chat.missed);
      // The session ended while we were away: the page goes on as a reader's, and says so.
      if (root.dataset.lost === "true") banner.stopped(4500);
    } else if (kind === "stopped" && detail.code === SIGNED_OUT) {
      banner.stopped(detail.code);
      chat.stopped();
      comeBack(detail.code);
      // Who was signed out of a live that is open to everybody goes on watching.
      closed(detail.code);
    } else if (kind === "stopped") {
      out(detail.code);
    } else {
      banner.lost(detail);
    }
    chat.connected(kind === "open");
    player?.setOnline(kind === "open");
    panel?.connected(kind === "open");
  };

  async function closed(code) {
    try {
      const answer = await fetch(`/api/v1/live/${event}`, { headers: { accept: "application/json" } });
      if (await refused(answer, true)) out(code);
    } catch {
      // What is signed ends by itself.
    }
  }

  // Signed out, or no longer allowed, is no matter of the network: a banner that tries again would do so for ever.
  socket.onshut = async () => {
    if (socket.tries < 2) return;
    try {
      const answer = await fetch(`/api/v1/live/${event}`, { headers: { accept: "application/json" } });
      const code = await refused(answer, Boolean(root.dataset.me));
      if (code) socket.stop(code);
      else if (answer.ok) {
        const { may, banned } = await answer.json();
        if (banned) socket.stop(BANNED);
        else if (isConsole && !may.includes("pilot")) socket.stop(SIGNED_OUT);
      }
    } catch {
      // The network it is.
    }
  };

  if (root.dataset.excluded === undefined) socket.connect();
  else socket.stop(BANNED);
}
