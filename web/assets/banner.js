// The connection, said in a strip above the chat: only after two seconds of loss (shorter ones are nobody's business), with
// the time of the next try; and for three seconds what was caught up. It never takes the focus and never covers what is typed.
const PATIENCE_MS = 2000;
const GOOD_MS = 3000;

// What to show: no clock, no page. `link` is what is known of the connection.
export function strip(link, now) {
  if (link.kind === "stopped") return { key: link.code === 4500 ? "signed_out" : "closed_for_good", login: link.code === 4500, bad: true };
  if (link.kind === "lost") {
    if (now - link.since < PATIENCE_MS) return null;
    const left = Math.ceil((link.at - now) / 1000);
    return { key: link.bye === "busy" ? "busy" : link.bye ? "going_down" : "lost", retry: true, left: left > 0 ? left : 0 };
  }
  if (link.kind === "back" && now - link.since < GOOD_MS) {
    const n = link.caught;
    return { key: n === 0 ? "back" : n === 1 ? "caught_up_one" : "caught_up", n, good: true };
  }
  return null;
}

export class Banner {
  constructor({ node, say, login, retry }) {
    this.node = node;
    this.say = say;
    this.login = login;
    this.link = { kind: "open" };
    // What changes each second stands outside of what is announced.
    this.words = document.createElement("span");
    this.words.setAttribute("role", "status");
    this.rest = document.createElement("span");
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "small";
    this.button.textContent = say("retry_now");
    this.button.addEventListener("click", () => retry());
    this.anchor = document.createElement("a");
    this.anchor.href = login;
    if (document.body.classList.contains("bare")) this.anchor.target = "_blank";
    this.anchor.textContent = say("sign_in_word");
    node.replaceChildren(this.words, " ", this.rest, " ", this.button, this.anchor);
  }

  lost({ at, bye }) {
    const since = this.link.kind === "lost" ? this.link.since : Date.now();
    this.show({ kind: "lost", since, at, bye });
  }

  stopped(code) {
    this.show({ kind: "stopped", code });
  }

  // Lines that came while nobody was there to take them are counted as they arrive.
  open() {
    const shown = this.link.kind === "lost" && Date.now() - this.link.since >= PATIENCE_MS;
    this.show(shown ? { kind: "back", since: Date.now(), caught: 0 } : { kind: "open" });
  }

  caught(n) {
    if (this.link.kind !== "back" || n === 0) return;
    this.link.caught += n;
    this.paint();
  }

  show(link) {
    this.link = link;
    clearInterval(this.timer);
    this.paint();
    if (link.kind !== "open" && link.kind !== "stopped") this.timer = setInterval(() => this.paint(), 250);
  }

  paint() {
    const strip_ = strip(this.link, Date.now());
    // Who pressed "retry now" must not be dropped to the top of the page by its success.
    if (!strip_?.retry && document.activeElement === this.button) document.getElementById("lines")?.focus({ preventScroll: true });
    this.node.hidden = !strip_;
    if (!strip_) {
      if (this.link.kind === "back") clearInterval(this.timer);
      this.words.textContent = "";
      return;
    }
    this.node.className = `connection${strip_.good ? " good" : ""}${strip_.bad ? " bad" : ""}`;
    const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
    put(this.words, this.say(strip_.key, { n: String(strip_.n ?? "") }));
    put(this.rest, strip_.login ? this.say("signed_out_kept") : !strip_.retry ? "" : strip_.left > 0 ? this.say("next_try", { s: String(strip_.left) }) : this.say("trying"));
    this.button.hidden = !strip_.retry;
    this.anchor.hidden = !strip_.login;
  }
}
