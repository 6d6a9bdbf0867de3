// What a live page does once its socket says that it does not come back: excluded from the chat, signed out, or not allowed to watch any
// more. Loaded then, and by nobody else.
import { SIGNED_OUT, refused } from "./refused.js";

// Excluded from the chat of this live.
const BANNED = 4502;

// What stands in place of the page, by the close code (docs/protocol.md), and which way leads back.
export function told(code, { login, page }) {
  if (code === 4503) return { key: "sign_in_first", word: "sign_in_word", href: login };
  // The page itself asks for it.
  if (code === 4504) return { key: "password_first", word: "password_word", href: page };
  return code === SIGNED_OUT ? { key: "signed_out", word: "sign_in_word", href: login } : { key: "closed_for_good" };
}

export class PutOut {
  constructor({ root, say, texts, socket, chat, player, poster, banner, take, console }) {
    Object.assign(this, { root, say, texts, socket, chat, player, poster, banner, take, console });
    this.api = `/api/v1/live/${root.dataset.event}`;
    this.waits = false;
  }

  ask(path) {
    return fetch(path, { headers: { accept: "application/json" } });
  }

  async stopped(code) {
    if (code === BANNED) {
      await this.shut();
      return;
    }
    this.comeBack(code);
    if (code !== SIGNED_OUT) {
      this.out(code);
      return;
    }
    this.banner.stopped(code);
    // Who was signed out of a live that is open to everybody goes on watching.
    try {
      if (await refused(await this.ask(this.api), true)) this.out(code);
    } catch {
      // What is signed ends by itself.
    }
  }

  // The door stayed shut: signed out, or no longer allowed, is no matter of the network, and a banner that tries again would do so for ever.
  async refused() {
    try {
      const answer = await this.ask(this.api);
      const code = await refused(answer, Boolean(this.root.dataset.me));
      if (code) this.socket.stop(code);
      else if (answer.ok) {
        const { may, banned } = await answer.json();
        if (banned) this.socket.stop(BANNED);
        else if (this.console && !may.includes("pilot")) this.socket.stop(SIGNED_OUT);
      }
    } catch {
      // The network it is.
    }
  }

  // Excluded: the picture stays, and how the live stands is asked for.
  async shut() {
    this.chat.shut();
    this.banner.show({ kind: "open" });
    this.player?.setOnline(true);
    const { Excluded } = await import("./excluded.js");
    this.excluded ??= new Excluded({
      event: this.root.dataset.event,
      texts: this.texts,
      take: this.take,
      again: () => {
        this.chat.reopen();
        this.socket.again();
      },
      gone: (code) => {
        this.comeBack(code);
        this.out(code);
      },
      signedIn: Boolean(this.root.dataset.me),
    });
    this.excluded.begin();
  }

  // Neither picture nor chat is for this reader any more, nor how the live stands: why, and the way back, in their place.
  out(code) {
    const { login, event } = this.root.dataset;
    const { key, word, href } = told(code, { login, page: `/live/${event}` });
    const { chat, player, poster } = this;
    chat.stopped();
    chat.queue = [];
    chat.list.clear();
    document.getElementById("chat").classList.add("shut");
    document.getElementById("excluded").hidden = true;
    // Of a live that nobody knows anything of there is no picture.
    player?.takeState({ live: null });
    clearInterval(poster.timer);
    poster.text.textContent = this.say(key);
    poster.countdown.textContent = "";
    for (const id of ["badge", "elapsed", "own-time", "behind", "viewers", "announcements"]) document.getElementById(id)?.setAttribute("hidden", "");
    const strip = document.getElementById("connection");
    // Its clock stands still from here on.
    this.banner.show({ kind: "open" });
    strip.hidden = false;
    strip.className = "connection bad";
    const words = document.createElement("span");
    words.setAttribute("role", "status");
    strip.replaceChildren(words);
    words.textContent = this.say(key);
    if (!href) return;
    const way = document.createElement("a");
    way.href = href;
    way.textContent = this.say(word);
    // In another site's frame nobody signs in.
    if (document.body.classList.contains("bare")) way.target = "_blank";
    strip.append(" ", way);
  }

  // Signed in again in another window, let in again: the page comes back by itself once somebody looks at it. Not by asking now and
  // then: those of a large audience would all ask.
  comeBack(code) {
    if (this.waits) return;
    this.waits = true;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      try {
        const answer = await this.ask(code === SIGNED_OUT ? "/api/v1/me" : this.api);
        if (answer.ok) location.reload();
      } catch {
        // The next time.
      }
    };
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look);
  }
}
