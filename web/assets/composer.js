// Where one writes: what is typed is kept over a reload, limits are said before they are met, and a field that can't be used
// says why. It stays open to typing while the connection is gone.
const NEAR = 60;

// One line, as the room takes it: a pasted line break or tab would have the whole of it refused.
export function oneLine(text) {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

export class Composer {
  constructor({ say, login, post }) {
    this.say = say;
    this.login = login;
    this.form = document.getElementById("composer");
    this.input = document.getElementById("line");
    this.send = document.getElementById("send");
    this.note = document.getElementById("composer-note");
    this.limits = {};
    // What changes with each letter stands outside of what is announced.
    this.note.removeAttribute("role");
    this.words = document.createElement("span");
    this.words.setAttribute("role", "status");
    this.count = document.createElement("span");
    this.note.replaceChildren(this.words, " ", this.count);
    this.rights = { why: null, on: false, hint: "" };
    this.form.addEventListener("submit", (e) => {
      e.preventDefault();
      this.submit(post);
    });
    this.input.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
        e.preventDefault();
        this.submit(post);
      }
    });
    this.input.addEventListener("input", () => {
      this.refusal = null;
      this.keep();
      this.paint();
    });
    this.input.addEventListener("blur", () => this.paint());
  }

  // Where the draft is kept: of one person and one live.
  open(key) {
    // What another person began is kept for them, and is not this one's to send.
    if (this.key && this.key !== key) this.input.value = "";
    this.key = key;
    try {
      const kept = sessionStorage.getItem(key);
      if (kept && !this.input.value) this.input.value = kept;
    } catch {
      // Without storage a reload forgets what was typed.
    }
    this.paint();
  }

  keep() {
    if (!this.key) return;
    try {
      if (this.input.value) sessionStorage.setItem(this.key, this.input.value);
      else sessionStorage.removeItem(this.key);
    } catch {
      // As above.
    }
  }

  submit(post) {
    const text = oneLine(this.input.value);
    if (!text || !this.rights.on || this.over() > 0) return;
    post(text);
    this.input.value = "";
    this.refusal = null;
    this.keep();
    this.paint();
    this.input.focus();
  }

  put(text) {
    this.input.value = this.input.value.trim() ? `${this.input.value.trimEnd()}\n${text}` : text;
    this.keep();
    this.paint();
    this.input.focus();
  }

  // `on`: one may write; `why`: why not, in words; `sign`: signing in is the way.
  setRights(rights) {
    this.rights = rights;
    this.paint();
  }

  // Said once, until the next letter.
  refuse(text) {
    this.refusal = text;
    this.paint();
  }

  setLimits(chat) {
    this.limits = chat;
    this.paint();
  }

  over() {
    const text = oneLine(this.input.value);
    const units = text.length - (this.limits.max_units ?? Infinity);
    const bytes = new TextEncoder().encode(text).length - (this.limits.max_bytes ?? Infinity);
    return Math.max(units, bytes);
  }

  paint() {
    const { on, why, sign, hint } = this.rights;
    // Turned off under somebody's hands it would lose the focus and what a screen reader stands on.
    const held = document.activeElement === this.input;
    this.input.disabled = !on && !held;
    this.input.readOnly = !on && held;
    const over = this.over();
    this.send.disabled = !on || over > 0;
    const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
    if (sign && why) {
      if (!this.words.querySelector("a")) {
        const link = document.createElement("a");
        link.href = this.login;
        // Sign-in is shown in no frame of another site.
        if (document.body.classList.contains("bare")) link.target = "_blank";
        link.textContent = why;
        this.words.replaceChildren(link);
      }
    } else {
      const said = over > 0 ? this.say("too_long") : this.refusal ?? why ?? "";
      put(this.words, said);
    }
    this.note.classList.toggle("bad", over > 0 || Boolean(this.refusal));
    put(this.count, over > 0 ? this.say("units", { n: String(over) }) : over > -NEAR && this.input.value ? this.say("chars_left", { n: String(-over) }) : this.words.textContent ? "" : hint ?? "");
    // As high as what is written, up to what the style sheet allows.
    this.input.rows = Math.min(5, Math.max(1, this.input.value.split("\n").length, Math.ceil(this.input.value.length / 38)));
  }
}
