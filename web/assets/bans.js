// Whom a moderator excludes from the chat: asked before, with a reason if there is one to give; and the list of those who are out,
// with the way back in.
import { call } from "./call.js";
import { day, fill, hour } from "./words.js";

// The list is another moderator's as well.
const FRESH_MS = 15000;

const byId = (id) => document.getElementById(id);

export class Bans {
  constructor({ event }) {
    this.path = `/api/v1/live/${event}/bans`;
    this.dialog = byId("exclude");
    const texts = JSON.parse(this.dialog.dataset.texts);
    this.say = (key, values) => fill(texts[key] ?? key, values);
    this.words = { failed: this.say("failed"), offline: this.say("offline") };
    this.box = byId("bans");
    this.box.addEventListener("toggle", () => this.opened());
    byId("exclude-no").addEventListener("click", () => this.dialog.close());
    byId("exclude-form").addEventListener("submit", (e) => {
      e.preventDefault();
      this.exclude();
    });
  }

  // The safe answer has the focus.
  ask(record) {
    this.record = record;
    byId("exclude-title").textContent = this.say("sure", { name: record.from.name });
    byId("exclude-reason").value = "";
    byId("exclude-lines").checked = false;
    byId("exclude-problem").hidden = true;
    this.dialog.showModal();
    byId("exclude-no").focus();
  }

  async exclude() {
    if (this.busy) return;
    this.busy = true;
    const { record } = this;
    const fields = { message: record.id, reason: byId("exclude-reason").value, remove_lines: byId("exclude-lines").checked };
    const { refused } = await call(this.path, "POST", fields, this.words);
    this.busy = false;
    if (refused) {
      byId("exclude-problem").textContent = refused.title;
      byId("exclude-problem").hidden = false;
      return;
    }
    this.dialog.close();
    this.box.open = true;
    await this.list(this.say("done", { name: record.from.name }));
  }

  async letIn(person, name) {
    const { refused } = await call(`${this.path}/${person}`, "DELETE", undefined, this.words);
    await this.list(refused ? refused.title : this.say("let_in_done", { name }));
    // Its button is gone.
    if (!refused) this.box.querySelector("summary").focus();
  }

  opened() {
    clearInterval(this.fresh);
    if (!this.box.open) return;
    if (!this.listing) this.list();
    this.fresh = setInterval(() => this.list(), FRESH_MS);
  }

  // `note`: what has just been done.
  async list(note) {
    this.listing = true;
    const { body, refused } = await call(this.path, "GET", undefined, this.words);
    this.listing = false;
    const items = body?.items ?? [];
    const said = refused?.title ?? note ?? (items.length === 0 ? this.say("nobody") : null);
    if (said !== null) byId("bans-note").textContent = said;
    else if (byId("bans-note").textContent === this.say("nobody")) byId("bans-note").textContent = "";
    if (refused) return;
    // Painted only where it is another one: a button that one stands on must not go away under the finger.
    const shown = JSON.stringify(items);
    if (shown === this.shown) return;
    this.shown = shown;
    byId("bans-list").replaceChildren(...items.map((ban) => this.item(ban)));
  }

  item(ban) {
    const item = document.createElement("li");
    const name = document.createElement("bdi");
    name.className = "from";
    name.textContent = ban.name ?? this.say("erased");
    const about = document.createElement("span");
    about.className = "quiet";
    about.dir = "auto";
    const time = `${day(ban.at)}, ${hour(ban.at)}`;
    about.textContent = ban.by ? this.say("by", { by: ban.by, time }) : this.say("by_unknown", { time });
    item.append(name, " ", about);
    if (ban.reason) {
      const why = document.createElement("span");
      why.dir = "auto";
      why.textContent = `${this.say("reason")} ${ban.reason}`;
      item.append(" ", why);
    }
    if (ban.person) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "small";
      button.textContent = this.say("let_in");
      button.setAttribute("aria-label", `${this.say("let_in")}: ${name.textContent}`);
      button.addEventListener("click", () => this.letIn(ban.person, name.textContent));
      item.append(" ", button);
    }
    return item;
  }
}
