// The picture: native HLS where the browser has it, else hls.js (vendored). The source is asked for again
// whenever `run` grows.
export class Player {
  constructor({ event, say, hls }) {
    this.event = event;
    this.say = say;
    this.script = hls;
    this.video = document.getElementById("video");
    this.poster = document.getElementById("poster");
    this.note = document.getElementById("player-note");
    this.unmute = document.getElementById("unmute");
    this.play = document.getElementById("play");
    this.run = null;
    this.tries = 0;
    this.unmute.addEventListener("click", () => {
      this.video.muted = false;
      this.unmute.hidden = true;
      this.video.focus();
    });
    this.play.addEventListener("click", () => {
      this.play.hidden = true;
      this.toLive();
      this.video.play().catch(() => { this.play.hidden = false; });
    });
    this.video.addEventListener("playing", () => {
      this.tries = 0;
      this.note.textContent = "";
      this.play.hidden = true;
      this.unmute.hidden = !this.video.muted;
    });
    this.video.addEventListener("volumechange", () => {
      if (!this.video.muted) this.unmute.hidden = true;
    });
  }

  takeState(state) {
    const shows = state.live === "on_air" || state.live === "stalled";
    this.poster.hidden = shows && state.live === "on_air";
    this.video.hidden = !shows;
    if (!shows) {
      this.stop();
    } else if (this.run !== state.run) {
      this.run = state.run;
      this.start();
    }
  }

  stop() {
    clearTimeout(this.timer);
    this.run = null;
    this.hls?.destroy();
    this.hls = null;
    if (this.video.src) {
      this.video.removeAttribute("src");
      this.video.load();
    }
    this.unmute.hidden = true;
    this.play.hidden = true;
    this.note.textContent = "";
  }

  async start() {
    const run = this.run;
    clearTimeout(this.timer);
    try {
      const answer = await fetch(`/api/v1/live/${this.event}/playback`, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const { hls_url } = await answer.json();
      if (run !== this.run) return;
      await this.load(hls_url, run);
    } catch {
      if (run === this.run) this.again();
    }
  }

  async load(url, run) {
    this.hls?.destroy();
    this.hls = null;
    if (this.video.canPlayType("application/vnd.apple.mpegurl") && !this.prefersScript()) {
      this.video.onerror = () => this.again();
      this.video.src = url;
      this.begin();
      return;
    }
    const Hls = await this.library();
    if (run !== this.run) return;
    if (!Hls.isSupported()) {
      this.note.textContent = this.say("no_player");
      return;
    }
    // No worker: it would be made of a blob, which the content policy rightly refuses.
    const hls = new Hls({ enableWorker: false, liveSyncDurationCount: 3, liveMaxLatencyDurationCount: 10 });
    this.hls = hls;
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (!data.fatal || this.hls !== hls) return;
      if (data.type === Hls.ErrorTypes.MEDIA_ERROR && this.tries < 2) {
        this.tries += 1;
        hls.recoverMediaError();
      } else {
        this.again();
      }
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.begin());
    hls.loadSource(url);
    hls.attachMedia(this.video);
  }

  // Chromium says "maybe" to HLS in some builds and plays it badly; media source is the better way wherever it is.
  prefersScript() {
    return "MediaSource" in window && !/^((?!chrome|android|crios|fxios).)*safari/i.test(navigator.userAgent);
  }

  library() {
    if (window.Hls) return Promise.resolve(window.Hls);
    this.loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = this.script;
      script.onload = () => done(window.Hls);
      script.onerror = () => {
        this.loading = null;
        failed(new Error("player"));
      };
      document.head.append(script);
    });
    return this.loading;
  }

  begin() {
    this.video.play().catch(() => { this.play.hidden = false; });
  }

  // Who presses play late would stay behind for ever: go to the live edge.
  toLive() {
    const edge = this.hls?.liveSyncPosition;
    if (edge) this.video.currentTime = edge;
  }

  again() {
    const wait = Math.min(15000, 1000 * 2 ** this.tries) * (0.5 + Math.random() / 2);
    this.tries += 1;
    this.note.textContent = this.say("player_retry");
    clearTimeout(this.timer);
    const run = this.run;
    this.timer = setTimeout(() => { if (run === this.run && run !== null) this.start(); }, wait);
  }
}
