// Lines on their way: kept over a reload, sent once and in order. One at a time is out, because a line that is told to
// wait must not be overtaken by the next; its `client_id` makes sure that one sent twice is posted once.
const TRIES = 5;
// Answers after which the same line may go later, by itself.
const LATER = ["too_fast", "unavailable"];

// No clock, no page, no network: these come in.
export class Outbox {
  constructor(lines = []) {
    this.lines = lines.filter((l) => typeof l?.client_id === "string" && typeof l.text === "string");
    this.out = null;
    this.until = 0;
  }

  add(line) {
    this.lines.push(line);
    return line;
  }

  find(client) {
    return this.lines.find((l) => l.client_id === client);
  }

  // The next line to send; null while one is out, while told to wait, or when nothing waits.
  next(now) {
    if (this.out !== null || now < this.until) return null;
    return this.lines.find((l) => !l.refused && !l.id) ?? null;
  }

  sent(line) {
    this.out = line.client_id;
  }

  // The connection went: what was out goes again.
  lost() {
    this.out = null;
  }

  receipt(client, id) {
    if (this.out === client) this.out = null;
    const line = this.find(client);
    if (line) line.id = id;
    return line;
  }

  // Gives `later` with the wait in milliseconds, or `refused`.
  refused(client, code, wait, now) {
    if (this.out === client) this.out = null;
    const line = this.find(client);
    if (!line) return null;
    line.tries = (line.tries ?? 0) + 1;
    if (LATER.includes(code) && line.tries <= TRIES) {
      this.until = now + (wait ?? 1000);
      return { kind: "later", line, wait: wait ?? 1000 };
    }
    line.refused = code;
    return { kind: "refused", line };
  }

  retry(line) {
    delete line.refused;
    line.tries = 0;
  }

  drop(line) {
    if (this.out === line.client_id) this.out = null;
    this.lines = this.lines.filter((l) => l !== line);
  }

  // What a reload must find again.
  kept() {
    return this.lines.filter((l) => !l.id).map(({ client_id, text, at, refused }) => ({ client_id, text, at, refused }));
  }
}
