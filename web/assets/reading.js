// Where the reader is in the chat, and where "New since 14:05" stands: before the first line that came while nobody looked
// (the tab hidden, scrolled up, paused). The line stays once the end was reached, until the next absence moves it.
export class Reading {
  constructor() {
    this.away = false;
    this.marker = null;
    this.unread = 0;
    this.fresh = false;
  }

  // The reader left the end, or came back to it.
  leave() {
    if (this.away) return;
    this.away = true;
    this.fresh = true;
  }

  arrive() {
    this.away = false;
    this.fresh = false;
    this.unread = 0;
  }

  // A line came: gives whether the marker belongs before it.
  line(id, at) {
    if (!this.away) return false;
    this.unread += 1;
    if (!this.fresh) return false;
    this.fresh = false;
    this.marker = { id, at };
    return true;
  }

  forget() {
    this.marker = null;
    this.unread = 0;
    this.fresh = this.away;
  }
}
