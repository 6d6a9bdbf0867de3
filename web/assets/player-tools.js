// Beside the picture: back by half a minute where the playlist keeps that much, sound alone, captions that are in the playlist, picture in
// picture; and the volume, which is remembered. A tool that can do nothing is not shown.
const BACK_S = 30;
const KEY = "amphi-volume";

// Whether there is enough to go back to: no page.
export function mayGoBack(start, position) {
  return Number.isFinite(start) && position - start >= BACK_S / 2;
}

export class Tools {
  constructor(player) {
    this.player = player;
    this.video = player.video;
    const byId = (id) => document.getElementById(id);
    this.box = byId("player-tools");
    if (!this.box) return;
    this.back = byId("tool-back");
    this.audio = byId("tool-audio");
    this.captions = byId("tool-captions");
    this.pip = byId("tool-pip");
    this.only = false;
    this.volume();
    this.back.addEventListener("click", () => {
      const { video } = this;
      video.currentTime = Math.max(this.start(), video.currentTime - BACK_S);
    });
    this.audio.addEventListener("click", () => this.sound(!this.only));
    this.captions.addEventListener("click", () => this.caption());
    this.pip.addEventListener("click", async () => {
      try {
        if (document.pictureInPictureElement) await document.exitPictureInPicture();
        else await this.video.requestPictureInPicture();
      } catch {
        // A browser that refuses has said so itself.
      }
    });
    this.paint();
    setInterval(() => this.paint(), 1000);
  }

  start() {
    const { seekable } = this.video;
    return seekable.length > 0 ? seekable.start(0) : NaN;
  }

  // The picture begins without sound everywhere: browsers play nothing else unasked. How loud it is, once it is heard, is the reader's.
  volume() {
    try {
      const kept = Number(localStorage.getItem(KEY));
      if (kept > 0 && kept <= 1) this.video.volume = kept;
    } catch {
      // Without storage it is as loud as the browser has it.
    }
    this.video.addEventListener("volumechange", () => {
      if (this.video.muted || this.video.volume === 0) return;
      try {
        localStorage.setItem(KEY, String(this.video.volume));
      } catch {
        // As above.
      }
    });
  }

  levels() {
    return this.player.hls?.levels ?? [];
  }

  // A variant without a picture, where the playlist has one; else the picture stays on the server's side of nothing, but is not looked at.
  soundLevel() {
    return this.levels().findIndex((l) => l.audioCodec && !l.videoCodec && !l.width);
  }

  sound(on) {
    this.only = on;
    this.audio.setAttribute("aria-pressed", String(on));
    this.player.screen.classList.toggle("sound-only", on);
    const level = this.soundLevel();
    const { hls } = this.player;
    if (hls && level >= 0) hls.nextLevel = on ? level : -1;
    else if (hls && this.levels().length > 1) hls.nextLevel = on ? 0 : -1;
    if (on) this.player.sound(true);
  }

  tracks() {
    return [...this.video.textTracks].filter((t) => t.kind === "captions" || t.kind === "subtitles");
  }

  // One press, the next track; after the last one none.
  caption() {
    const tracks = this.tracks();
    const shown = tracks.findIndex((t) => t.mode === "showing");
    const next = shown + 1 < tracks.length ? shown + 1 : -1;
    tracks.forEach((t, n) => { t.mode = n === next ? "showing" : "disabled"; });
    const { hls } = this.player;
    if (hls?.subtitleTracks?.length) hls.subtitleTrack = next;
    this.paint();
  }

  paint() {
    const { video, player } = this;
    const runs = !video.hidden && (player.state === "on_air" || player.state === "stalled");
    const tracks = this.tracks();
    const show = (button, on) => {
      // A button that goes away must not drop the focus to the top of the page.
      if (!on && document.activeElement === button) video.focus();
      button.hidden = !on;
    };
    show(this.back, runs && mayGoBack(this.start(), video.currentTime));
    show(this.audio, runs);
    show(this.captions, runs && tracks.length > 0);
    show(this.pip, runs && document.pictureInPictureEnabled === true && !this.only);
    this.captions.setAttribute("aria-pressed", String(tracks.some((t) => t.mode === "showing")));
    this.box.hidden = [this.back, this.audio, this.captions, this.pip].every((b) => b.hidden);
  }
}
