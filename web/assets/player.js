// The picture: native HLS where the browser has it, else hls.js (vendored). The source is asked for again whenever `run`
// grows. What goes wrong is told apart: the source (the server says `stalled`), the picture's server (it answers, and not with
// the picture), the way to it (no answer, while the live is on air), the reader's own network (the websocket is gone too).
import { behind, wellBehind } from "./delay.js";

const LONGEST_MS = 15000;
// A failed fetch says for so long why the picture does not move.
const NETWORK_MS = 12000;
const WAITING_MS = 8000;
// A signed address is replaced when this part of its time is over.
const RENEW_AT = 0.8;
// So long the picture's server is asked whether it answers at all.
const ANSWERS_MS = 5000;
// A picture that should move, does not, and has nothing announced: so long until it is put where its buffer is, and until it
// begins anew (twice as long at each further time, so that a slow network is given its time).
const NUDGE_MS = 4000;
const ANEW_MS = 12000;
const ANEW_MOST_MS = 60000;
const RELOAD_KEY = "amphi-picture-moved";

export class Player {
  constructor({ event, say, hls, full, origins, now }) {
    this.event = event;
    this.say = say;
    this.script = hls;
    // The same with captions, twice as large: loaded for a playlist that has some.
    this.full = full;
    this.captioned = false;
    this.origins = (origins ?? "").split(" ").filter(Boolean);
    this.now = now ?? (() => Date.now());
    const byId = (id) => document.getElementById(id);
    this.screen = byId("screen") ?? byId("video").parentElement;
    this.video = byId("video");
    this.poster = byId("poster");
    this.unmute = byId("unmute");
    this.play = byId("play");
    this.live = byId("to-live");
    this.behind = byId("behind");
    this.note = byId("player-note");
    // The seconds to the next try stand outside of what is announced.
    this.note.removeAttribute("role");
    this.words = document.createElement("span");
    this.words.setAttribute("role", "status");
    this.rest = document.createElement("span");
    this.note.replaceChildren(this.words, " ", this.rest);
    this.run = null;
    this.tries = 0;
    this.online = true;
    this.failedAt = 0;
    this.answers = false;
    this.movedAt = 0;
    this.halted = false;
    this.stuckAt = null;
    this.anew = ANEW_MS;
    // Addresses that were signed for this run; what still asks under an older one is led to the newest.
    this.signed = [];
    this.unmute.addEventListener("click", () => this.sound(true));
    this.play.addEventListener("click", () => {
      // Who presses play late would stay behind for ever.
      this.go();
      this.video.focus();
    });
    this.live?.addEventListener("click", () => {
      this.go();
      this.video.focus();
    });
    // Paused by its viewer: a source that changes meanwhile must not begin to talk by itself. (A source that goes away pauses
    // too, with nothing left to show.)
    this.video.addEventListener("pause", () => {
      if (this.video.readyState > 2 && !this.video.ended) this.halted = true;
    });
    this.video.addEventListener("play", () => { this.halted = false; });
    this.video.addEventListener("playing", () => {
      this.movedAt = Date.now();
      this.play.hidden = true;
      this.unmute.hidden = !this.video.muted;
    });
    this.video.addEventListener("timeupdate", () => {
      this.movedAt = Date.now();
      this.anew = ANEW_MS;
      if (!this.hls) this.tries = 0;
    });
    this.video.addEventListener("volumechange", () => {
      this.unmute.hidden = !this.video.muted || this.video.hidden;
    });
    this.screen.addEventListener("keydown", (e) => this.key(e));
    setInterval(() => {
      this.watch();
      this.paint();
    }, 1000);
  }

  // Letters count only while the player has the focus: elsewhere they are text, or commands of a screen reader.
  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || this.video.hidden) return;
    const act = {
      k: () => {
        if (!this.video.paused) {
          this.video.pause();
          return;
        }
        this.halted = false;
        this.start_();
      },
      m: () => this.sound(this.video.muted),
      f: () => { if (document.fullscreenElement) document.exitFullscreen(); else this.screen.requestFullscreen?.().catch(() => {}); },
      l: () => this.go(),
    }[e.key.toLowerCase()];
    if (!act) return;
    e.preventDefault();
    act();
  }

  sound(on) {
    const had = document.activeElement === this.unmute;
    this.video.muted = !on;
    if (on && this.video.volume === 0) this.video.volume = 1;
    // A button that goes away must not drop the focus to the top of the page.
    if (had) this.video.focus();
  }

  takeState(state) {
    const shows = state.live === "on_air" || state.live === "stalled";
    const before = this.state;
    this.state = state.live;
    this.video.hidden = !shows;
    this.poster.hidden = state.live === "on_air";
    this.poster.classList.toggle("veil", state.live === "stalled");
    if (!shows) {
      this.stop();
    } else if (this.run !== state.run) {
      this.run = state.run;
      this.tries = 0;
      this.load_();
    } else if (before === "stalled" && state.live === "on_air") {
      // The picture that moves again is the newest one.
      if (this.hls || this.video.src) this.toLive();
      else this.load_();
    }
    this.paint();
  }

  setOnline(on) {
    const back = on && !this.online;
    this.online = on;
    if (!on) this.offlineAt ??= Date.now();
    else this.offlineAt = null;
    // The way is free again: no waiting for the next try.
    if (on && this.nextAt) this.retry();
    // Nor for the library's own, which grows to half a minute.
    else if (on && back && this.still()) this.hls?.startLoad();
    this.paint();
  }

  stop() {
    clearTimeout(this.timer);
    clearTimeout(this.renewal);
    this.nextAt = null;
    this.run = null;
    this.release();
    this.unmute.hidden = true;
    this.play.hidden = true;
  }

  release() {
    this.hls?.destroy();
    this.hls = null;
    this.video.onerror = null;
    if (this.video.getAttribute("src")) {
      this.video.removeAttribute("src");
      this.video.load();
    }
  }

  async load_() {
    const run = this.run;
    clearTimeout(this.timer);
    clearTimeout(this.renewal);
    this.nextAt = null;
    try {
      const playback = await this.playback();
      if (run !== this.run) return;
      if (this.moved(playback.hls_url)) return;
      this.signed = [];
      this.sign(playback, run);
      await this.load(playback.hls_url, run);
    } catch {
      if (run === this.run) this.again();
    }
  }

  async playback() {
    const answer = await fetch(`/api/v1/live/${this.event}/playback`, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return await answer.json();
  }

  // Keeps a signed address, and asks for the next one before it ends, each page at a moment of its own.
  sign({ hls_url, expires_at, signed }, run) {
    if (!signed) return;
    this.signed.push(hls_url);
    const left = Math.max(1000, Date.parse(expires_at) - this.now());
    this.renewal = setTimeout(() => this.renew(run), left * (RENEW_AT - Math.random() / 10));
  }

  // The picture goes on: hls.js asks under the new address from its next question on. A browser's own player has to begin anew.
  async renew(run) {
    try {
      const playback = await this.playback();
      if (run !== this.run) return;
      this.sign(playback, run);
      if (!this.hls && this.video.getAttribute("src")) await this.load(playback.hls_url, run);
    } catch (error) {
      // Not allowed any more, or nothing to be seen: what there is goes on until it ends.
      if (/^4(?!29)/.test(error.message)) return;
      // The network: until the address ends there is time for some tries.
      if (run === this.run) this.renewal = setTimeout(() => this.renew(run), 2000 + Math.random() * 3000);
    }
  }

  // What an older signature covered, under the newest.
  newest(url) {
    const last = this.signed.at(-1);
    if (!last || this.signed.length < 2) return url;
    const to = new URL(last);
    const at = new URL(url);
    const folder = (address) => address.pathname.slice(0, address.pathname.lastIndexOf("/") + 1);
    for (const address of this.signed.slice(0, -1)) {
      const from = new URL(address);
      if (from.origin !== at.origin || !at.pathname.startsWith(folder(from))) continue;
      at.pathname = folder(to) + at.pathname.slice(folder(from).length);
      for (const [name, value] of to.searchParams) if (at.searchParams.has(name)) at.searchParams.set(name, value);
      return at.href;
    }
    return url;
  }

  // The page's policy names the origins it was loaded with (pages/live/policy.rs): from elsewhere only a page loaded anew can
  // fetch. Once a minute at most, spread over some seconds; what was typed is kept by the composer.
  moved(address) {
    if (this.origins.length === 0) return false;
    if (this.origins.includes(new URL(address, location.href).origin)) return false;
    let last = 0;
    try {
      last = Number(sessionStorage.getItem(RELOAD_KEY) ?? 0);
      if (Date.now() - last < 60000) return false;
      sessionStorage.setItem(RELOAD_KEY, String(Date.now()));
    } catch {
      return false;
    }
    this.elsewhere = true;
    this.paint();
    setTimeout(() => location.reload(), 1000 + Math.random() * 4000);
    return true;
  }

  async load(url, run) {
    this.release();
    if (this.video.canPlayType("application/vnd.apple.mpegurl") && !this.prefersScript()) {
      this.video.onerror = () => {
        this.ask(url);
        this.again();
      };
      this.video.src = url;
      this.start_();
      return;
    }
    const Hls = await this.library();
    if (run !== this.run) return;
    if (!Hls.isSupported()) {
      this.cannot = true;
      this.paint();
      return;
    }
    // No worker: it would be made of a blob, which the content policy rightly refuses.
    const xhrSetup = (xhr, asked) => {
      const at = this.newest(asked);
      if (at !== asked) xhr.open("GET", at, true);
    };
    const hls = new Hls({ enableWorker: false, liveSyncDurationCount: 3, liveMaxLatencyDurationCount: 10, xhrSetup });
    this.hls = hls;
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (this.hls !== hls) return;
      if (data.type === Hls.ErrorTypes.NETWORK_ERROR) {
        this.failedAt = Date.now();
        // A status of another origin is only told where its error pages carry the headers for it; else it is asked for.
        if (data.response?.code >= 400) this.answers = true;
        else this.ask(data.url ?? url);
      }
      if (!data.fatal) return;
      if (data.type === Hls.ErrorTypes.MEDIA_ERROR && this.tries < 2) {
        this.tries += 1;
        hls.recoverMediaError();
        return;
      }
      // What is in the buffer goes on playing while the rest is asked for again; after some tries everything begins anew,
      // from wherever the picture comes by then.
      const held = data.type === Hls.ErrorTypes.NETWORK_ERROR && hls.levels.length > 0 && this.tries < 4;
      this.again(held ? hls : null);
    });
    hls.on(Hls.Events.FRAG_LOADED, () => {
      this.tries = 0;
      this.failedAt = 0;
      this.answers = false;
    });
    hls.on(Hls.Events.MANIFEST_LOADED, (_, data) => {
      if (this.hls !== hls || this.captioned || !this.full || !(data.subtitles?.length || data.captions?.length)) return;
      this.captioned = true;
      // Not from within what it is about to end.
      setTimeout(() => { if (run === this.run) this.load(url, run).catch(() => this.again()); });
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.start_());
    hls.loadSource(url);
    hls.attachMedia(this.video);
  }

  // Whether the picture's server answers at all, whatever it says. One question at a time.
  async ask(url) {
    if (this.asking) return;
    this.asking = true;
    try {
      await fetch(url, { mode: "no-cors", cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(ANSWERS_MS) });
      this.answers = true;
    } catch {
      this.answers = false;
    }
    this.asking = false;
    this.paint();
  }

  // Chromium says "maybe" to HLS in some builds and plays it badly; media source is the better way wherever it is.
  prefersScript() {
    return "MediaSource" in window && !/^((?!chrome|android|crios|fxios).)*safari/i.test(navigator.userAgent);
  }

  library() {
    const script = this.captioned ? this.full : this.script;
    this.libraries ??= new Map();
    const known = this.libraries.get(script);
    if (known) return known;
    const loading = new Promise((done, failed) => {
      const node = document.createElement("script");
      node.src = script;
      node.onload = () => done(window.Hls);
      node.onerror = () => {
        this.libraries.delete(script);
        failed(new Error("player"));
      };
      document.head.append(node);
    });
    this.libraries.set(script, loading);
    return loading;
  }

  // To the newest, playing: asked for.
  go() {
    this.halted = false;
    this.toLive();
    this.start_();
  }

  start_() {
    if (this.halted) {
      this.play.hidden = false;
      return;
    }
    this.video.play().catch((error) => {
      // A load that was overtaken by the next is no refusal.
      if (error.name === "NotAllowedError") this.play.hidden = false;
    });
  }

  edge() {
    const { seekable } = this.video;
    const end = seekable.length > 0 ? seekable.end(seekable.length - 1) : NaN;
    return Number.isFinite(end) ? end : NaN;
  }

  toLive() {
    const edge = this.hls?.liveSyncPosition ?? this.edge() - 6;
    if (Number.isFinite(edge) && edge > this.video.currentTime) this.video.currentTime = edge;
  }

  // Later; with `hls`, that one goes on where it is.
  again(hls = null) {
    this.failedAt = Date.now();
    const wait = Math.min(LONGEST_MS, 1000 * 2 ** this.tries) * (0.5 + Math.random() / 2);
    this.tries += 1;
    this.nextAt = Date.now() + wait;
    clearTimeout(this.timer);
    const run = this.run;
    this.retry = () => {
      clearTimeout(this.timer);
      this.nextAt = null;
      if (run === null || run !== this.run) return;
      if (hls && this.hls === hls) hls.startLoad();
      else this.load_();
    };
    this.timer = setTimeout(() => this.retry(), wait);
    this.paint();
  }

  // Whether the picture stands still although it should move.
  still() {
    return !this.video.hidden && this.play.hidden && !(this.video.paused && this.video.readyState > 2) && Date.now() - this.movedAt > 2000;
  }

  // The last way out. After a broadcaster that was overloaded or silent hls.js was seen to load again and yet to stand: at a place
  // before its buffer, or waiting for a load that never ended. Whatever it waits for, a viewer must not have to reload the page.
  watch() {
    const expected = this.state === "on_air" && this.run !== null && !this.halted && !this.nextAt && !this.cannot && !this.elsewhere;
    if (!expected || !this.still()) {
      this.stuckAt = null;
      return;
    }
    this.stuckAt ??= Math.max(Date.now() - 1000, this.movedAt);
    const stuck = Date.now() - this.stuckAt;
    if (stuck >= this.anew) {
      this.stuckAt = null;
      this.anew = Math.min(ANEW_MOST_MS, this.anew * 2);
      this.load_();
      return;
    }
    const { buffered, currentTime, paused } = this.video;
    if (stuck < NUDGE_MS || buffered.length === 0) return;
    const last = buffered.length - 1;
    // Short of the buffer's end nothing is missing, and past it only a load can help.
    if (currentTime < buffered.start(last)) this.video.currentTime = buffered.start(last) + 0.1;
    if (paused) this.start_();
  }

  paint() {
    const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
    const [words, rest] = this.trouble();
    put(this.words, words);
    put(this.rest, rest);
    this.note.hidden = !words;
    // hls.js counts its own `latency` only while the picture moves.
    const sync = this.hls?.liveSyncPosition;
    const latency = sync ? sync + this.hls.targetLatency - this.video.currentTime : this.edge() - this.video.currentTime;
    const date = this.video.getStartDate?.().getTime();
    const playing = this.hls?.playingDate?.getTime() ?? (date > 0 ? date + this.video.currentTime * 1000 : 0);
    // Of a picture that does not move nobody knows how far behind it is.
    const on = this.state === "on_air" && this.video.readyState > 1 && !this.still();
    const seconds = on ? behind({ now: this.now(), playing, latency, edge: this.edge(), position: this.video.currentTime }) : null;
    if (this.behind) {
      this.behind.hidden = seconds === null;
      put(this.behind, seconds === null ? "" : this.say("behind", { n: String(Math.round(seconds)) }));
    }
    if (this.live) {
      const offer = on && this.play.hidden && wellBehind(latency, this.hls?.targetLatency);
      if (!offer && document.activeElement === this.live) this.video.focus();
      this.live.hidden = !offer;
    }
  }

  // What to say below the picture, and what changes each second of it.
  trouble() {
    if (this.cannot) return [this.say("no_player"), ""];
    if (this.elsewhere) return [this.say("picture_moved"), ""];
    if (this.state !== "on_air" || !this.still()) return ["", ""];
    if (!this.online && Date.now() - this.offlineAt > 2000) return [this.say("own_network"), ""];
    const left = this.nextAt ? Math.ceil((this.nextAt - Date.now()) / 1000) : 0;
    if (this.nextAt || Date.now() - this.failedAt < NETWORK_MS) return [this.say(this.answers ? "picture_refused" : "picture_late"), left > 0 ? this.say("next_try", { s: String(left) }) : ""];
    // Nothing failed and nothing moves: soon the server says that it is the source.
    if (Date.now() - this.movedAt > WAITING_MS && this.movedAt > 0) return [this.say("player_retry"), ""];
    return ["", ""];
  }
}
