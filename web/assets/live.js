// The live page and the presenters' console: one websocket (docs/protocol.md), the chat, the player.
import { Socket } from "./socket.js";
import { Chat } from "./chat.js";
import { Player } from "./player.js";
import { Console } from "./console.js";
import { fill, clock } from "./words.js";

const root = document.getElementById("live");
if (root) start(root);

function start(root) {
  const texts = JSON.parse(root.dataset.texts);
  const say = (key, values) => fill(texts[key] ?? key, values);
  const event = root.dataset.event;
  const isConsole = root.dataset.console === "true";
  const skew = Date.parse(root.dataset.now) - Date.now();
  const byId = (id) => document.getElementById(id);
  let state = { live: null, run: 0, starts_at: root.dataset.starts };

  // The same rule as Stage::of on the server.
  function stage() {
    if (state.why === "cancelled") return "cancelled";
    if (state.live && state.live !== "off") return state.live;
    return Date.now() + skew >= Date.parse(state.starts_at) ? "late" : "scheduled";
  }
  let shown = root.dataset.stage;
  function showStage() {
    const now = state.live === null ? shown : stage();
    const badge = byId("badge");
    if (badge.dataset.shown !== now) {
      badge.dataset.shown = now;
      badge.className = `badge ${now}`;
      badge.textContent = say(`stage_${now}`);
      const text = byId("stage-text");
      if (text) text.textContent = say(`long_${now}`);
    }
    shown = now;
    const countdown = byId("countdown");
    if (countdown) {
      const left = Date.parse(state.starts_at) - Date.now() - skew;
      countdown.textContent = now === "scheduled" && left > 0 ? say("starts_in", { time: clock(left) }) : "";
    }
  }
  setInterval(showStage, 1000);

  function showViewers(count) {
    const node = byId("viewers");
    if (!node || typeof count !== "number") return;
    node.hidden = false;
    node.textContent = say(count > 1 ? "viewers" : "viewer", { n: String(count) });
  }

  const socket = new Socket(`/live/${event}${isConsole ? "/console" : ""}/ws`);
  const chat = new Chat({ event, say, socket, login: root.dataset.login });
  const player = isConsole ? null : new Player({ event, say, hls: root.dataset.hls });
  const panel = isConsole ? new Console({ root, say }) : null;

  function takeState(next) {
    state = { ...state, ...next };
    showStage();
    showViewers(state.viewers);
    chat.takeState(state);
    player?.takeState(state);
    panel?.takeState(state);
  }

  socket.onframe = (frame) => {
    switch (frame.t) {
      case "hello":
        chat.hello(frame);
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

  // Connection: said only after two seconds of loss, and never over what one is typing.
  const line = byId("connection");
  let lostAt = null;
  let ticking = null;
  socket.onstate = (kind, detail) => {
    clearInterval(ticking);
    if (kind === "open") {
      if (lostAt !== null && !line.hidden) {
        line.textContent = say("back");
        line.className = "connection good";
        setTimeout(() => { if (lostAt === null) line.hidden = true; }, 3000);
      }
      lostAt = null;
      chat.connected(true);
      return;
    }
    chat.connected(false);
    line.className = "connection";
    if (kind === "stopped") {
      line.hidden = false;
      line.textContent = say(detail.code === 4500 ? "signed_out" : "closed_for_good");
      if (detail.code === 4500) {
        const link = document.createElement("a");
        link.href = root.dataset.login;
        link.textContent = say("sign_in_word");
        line.append(" ", link);
      }
      chat.stopped();
      return;
    }
    lostAt ??= Date.now();
    const paint = () => {
      if (Date.now() - lostAt < 2000) return;
      if (line.hidden || !line.firstChild || !line.querySelector("button")) {
        const retry = document.createElement("button");
        retry.type = "button";
        retry.className = "small";
        retry.textContent = say("retry_now");
        retry.addEventListener("click", () => socket.now());
        line.replaceChildren(document.createElement("span"), " ", retry);
      }
      line.hidden = false;
      const left = Math.max(0, Math.ceil((detail.at - Date.now()) / 1000));
      line.firstChild.textContent = detail.bye ? say("going_down") : say("lost", { s: String(left) });
    };
    paint();
    ticking = setInterval(paint, 1000);
  };

  showStage();
  socket.connect();
}
