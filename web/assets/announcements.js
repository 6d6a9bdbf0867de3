// What is pinned on the page: told by each `state`. Those who pilot the live pin and take down; what they did comes back by push.
import { call } from "./call.js";

export class Announcements {
  constructor({ event }) {
    this.event = event;
    this.root = document.getElementById("announcements");
    this.list = document.getElementById("announcement-list");
    if (!this.root) return;
    this.words = JSON.parse(this.root.dataset.texts);
    this.pilots = this.root.dataset.pilots !== undefined;
    this.problem = document.getElementById("announcement-problem");
    const form = document.getElementById("announcement");
    form?.addEventListener("submit", async (e) => {
      e.preventDefault();
      const { text } = form.elements;
      if (await this.act("", "POST", { text: text.value })) {
        text.value = "";
        text.focus();
      }
    });
  }

  async act(path, method, fields) {
    this.problem.hidden = true;
    const { refused } = await call(`/api/v1/live/${this.event}/announcements${path}`, method, fields, this.words);
    if (!refused) return true;
    this.problem.textContent = refused.title;
    this.problem.hidden = false;
    return false;
  }

  // Only what is new is added, so that a screen reader hears it and nothing twice.
  take(pinned) {
    if (!this.root || !pinned) return;
    const wanted = new Map(pinned.map((a) => [a.id, a]));
    for (const item of [...this.list.children]) {
      if (!wanted.has(item.dataset.id)) {
        if (item.contains(document.activeElement)) this.root.querySelector("summary")?.focus();
        item.remove();
      } else {
        wanted.delete(item.dataset.id);
        this.button(item);
      }
    }
    for (const a of wanted.values()) {
      const item = document.createElement("li");
      item.dataset.id = a.id;
      if (a.house) {
        item.dataset.house = "";
        const badge = document.createElement("span");
        badge.className = "badge";
        badge.textContent = this.words.house;
        item.append(badge, " ");
      }
      const text = document.createElement("bdi");
      text.textContent = a.text;
      item.append(text);
      this.list.append(item);
      this.button(item);
    }
  }

  button(item) {
    // What was said to all lives is taken down on the wall, for all of them.
    if (!this.pilots || item.dataset.house !== undefined || item.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = this.words.take_down;
    button.addEventListener("click", () => this.act(`/${item.dataset.id}`, "DELETE"));
    item.append(" ", button);
  }
}
