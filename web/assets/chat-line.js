// One line of the chat, built of DOM nodes: nothing that somebody wrote is ever read as markup.
import { hour } from "./words.js";

// What stands before the word of a status; the word says the same.
const TICKS = { posted: "✓", relayed: "✓✓", unknown: "?", late: "!", failed: "!", refused: "!", pending: "…", waiting: "…" };
// Who is marked, and by which word. Only the protocol's `kind` says so, never a name.
const KINDS = { presenter: "presenter", room: "room", system: "system" };
const BAD = ["failed", "refused", "late", "unknown"];
// Marks of direction and what nobody sees end an address: with them it would show as another one than it leads to.
const ADDRESS = /https?:\/\/[^\s<>"'`{}|\\^\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/gi;
// Signs that end a sentence rather than an address.
const TAIL = /[.,;:!?…»”’]+$/u;

// Text and addresses, in order. Only http and https; a closing bracket belongs to an address that opened one.
export function pieces(text) {
  const out = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    let address = match[0].replace(TAIL, "");
    while (/[)\]]$/.test(address)) {
      const [open, close] = address.endsWith(")") ? ["(", ")"] : ["[", "]"];
      if (address.split(open).length >= address.split(close).length) break;
      address = address.slice(0, -1).replace(TAIL, "");
    }
    let href;
    try {
      const url = new URL(address);
      // A name before the host is how an address pretends to be another one.
      if (!url.hostname || url.username || url.password) continue;
      href = url.href;
    } catch {
      continue;
    }
    if (match.index > from) out.push({ text: text.slice(from, match.index) });
    out.push({ text: address, href });
    from = match.index + address.length;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}

const make = (name, className, text) => {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};

// `record` is a message of the protocol, or a line on its way; `it` knows what may be done with it.
export function build(record, it) {
  const node = make("article");
  node.tabIndex = -1;
  node.record = record;
  dress(node, it);
  return node;
}

// Paints a line anew; what had the focus in it keeps it.
export function dress(node, it) {
  const { record } = node;
  const held = node.contains(document.activeElement) ? document.activeElement.dataset.act ?? "" : null;
  const kind = record.from.kind;
  const mine = it.mine(record);
  node.className = `entry ${kind}${mine ? " mine" : ""}`;
  node.removeAttribute("aria-label");
  if (record.gone) {
    node.className = "entry gone";
    node.replaceChildren(make("p", "text", it.say("removed")));
  } else {
    const head = make("p", "head");
    if (record.from.name) head.append(make("bdi", "from", record.from.name), " ");
    const word = KINDS[kind];
    if (word) head.append(make("span", "kind", it.say(word)), " ");
    const at = make("time", "at", hour(record.at));
    at.dateTime = record.at;
    head.append(at);
    const text = make("p", "text");
    text.dir = "auto";
    if (record.text) {
      for (const piece of pieces(record.text)) {
        if (!piece.href) {
          text.append(piece.text);
          continue;
        }
        const link = make("a", "", piece.text);
        link.href = piece.href;
        link.rel = "nofollow noopener noreferrer ugc";
        link.target = "_blank";
        text.append(link);
      }
    } else {
      text.append(it.say("erased"));
    }
    node.replaceChildren(head, text);
    foot(node, record, it, mine);
  }
  if (held !== null) (node.querySelector(`[data-act="${held}"]`) ?? node).focus({ preventScroll: true });
}

function foot(node, record, it, mine) {
  const status = record.status ?? "posted";
  const bad = BAD.includes(status);
  const box = make("p", "foot");
  node.classList.add(`s-${status}`);
  // Of others' lines only moderators need to know that something went wrong.
  if (mine ? kindHasStatus(record) : bad && it.moderates()) {
    const said = make("span", "status");
    const tick = make("span", "", TICKS[status] ?? "");
    tick.setAttribute("aria-hidden", "true");
    said.append(tick, ` ${it.say(`s_${status}`)}${record.why ? ` (${record.why})` : ""}`);
    box.append(said, " ");
  }
  for (const act of it.acts(record, mine)) {
    const button = make("button", `small${act.lasting ? "" : " passing"}`, it.say(act.key));
    button.type = "button";
    button.dataset.act = act.name;
    // Only the line that one is in has stops for Tab; what needs an answer always has.
    button.tabIndex = act.lasting ? 0 : -1;
    button.addEventListener("click", () => act.run(button));
    box.append(button, " ");
  }
  if (box.childNodes.length > 0) node.append(box);
}

// What the room itself said is in the room.
function kindHasStatus(record) {
  return record.from.kind !== "room" && record.from.kind !== "system";
}

// Who speaks, as words alone. On the page the mark of a presenter is a thing of its own that no name can look like; read out it
// is a word like any other. So it comes first, and whoever has such a word in the name is said to be of the audience.
export function speaker(from, say) {
  const word = KINDS[from.kind];
  if (word) return [say(word), from.name];
  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[^\p{L}]/gu, "");
  const claims = Object.values(KINDS).some((kind) => plain(from.name).includes(plain(say(kind))));
  return claims ? [say("audience"), from.name] : [from.name];
}

// What a reader hears who comes to the line.
export function label(record, it) {
  if (record.gone) return it.say("removed");
  const status = it.mine(record) && kindHasStatus(record) ? it.say(`s_${record.status ?? "posted"}`) : "";
  return [...speaker(record.from, it.say), hour(record.at), record.text || it.say("erased"), status].filter(Boolean).join(", ");
}
