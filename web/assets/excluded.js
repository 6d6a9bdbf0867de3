// The page of somebody who is excluded from the chat: says by whom and what for in its place, and asks now and then how the live
// stands, which the socket would have told. Let in again, the chat goes on.
import { refused } from "./refused.js";

const ASK_MS = 20000;
// The socket tells of it a moment before it can be asked for: one answer that knows nothing of it is none.
const SURE_MS = 1500;

// A sentence in pieces, so that a name turns nothing but itself.
export function around(sentence) {
  const [before, after = ""] = sentence.split("{name}");
  return [before, after];
}

export class Excluded {
  // `take`: what is known of the live now; `again`: let in; `gone`: the page is not theirs any more, with the close code that says why.
  constructor({ event, texts, take, again, gone, signedIn = true, ask = (...of) => fetch(...of) }) {
    Object.assign(this, { event, texts, take, again, gone, signedIn, fetch: ask });
    this.on = false;
  }

  begin() {
    if (this.on) return;
    this.on = true;
    this.known = false;
    this.ask();
  }

  async ask() {
    let next = ASK_MS;
    try {
      const answer = await this.fetch(`/api/v1/live/${this.event}`, { headers: { accept: "application/json" } });
      const code = await refused(answer, this.signedIn);
      if (code) {
        this.on = false;
        this.gone(code);
        return;
      }
      if (answer.ok) {
        const live = await answer.json();
        this.take(live.state);
        if (live.banned) {
          this.show(live.banned);
        } else if (this.known) {
          this.on = false;
          this.again();
          return;
        } else {
          next = SURE_MS;
        }
        this.known = true;
      }
    } catch {
      // Asked again.
    }
    // Those of one live must not ask in one moment.
    next *= 0.75 + Math.random() / 2;
    this.timer = setTimeout(() => this.ask(), next);
  }

  show({ by, reason }) {
    const said = document.getElementById("excluded-by");
    if (by && said.querySelector("bdi")?.textContent !== by) {
      const [before, after] = around(this.texts.excluded_by);
      const name = document.createElement("bdi");
      name.textContent = by;
      said.replaceChildren(before, name, after);
    }
    document.getElementById("excluded-reason").hidden = !reason;
    document.getElementById("excluded-words").textContent = reason ?? "";
  }
}
