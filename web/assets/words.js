// Texts and times.
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [d, h, m] = [Math.floor(s / 86400), Math.floor((s % 86400) / 3600), Math.floor((s % 3600) / 60)];
  if (d > 0) return `${count(d, "day")} ${h > 0 ? count(h, "hour") : ""}`.trim();
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

function count(n, unit) {
  return new Intl.NumberFormat(globalThis.document?.documentElement.lang || "en", { style: "unit", unit, unitDisplay: "long" }).format(n);
}

// Making a formatter costs more than using it a thousand times.
const formats = new Map();
function format(kind, options, lang = globalThis.document?.documentElement.lang || "en") {
  // As the server writes dates: the day before the month.
  if (lang === "en") lang = "en-GB";
  const key = `${kind} ${options.timeZone ?? ""} ${lang}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(lang, options));
  return formats.get(key);
}

// In the reader's own zone, or in the zone that is named beside it.
export function hour(at, timeZone) {
  return format("hour", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(new Date(at));
}

export function day(at, timeZone, lang) {
  return format("day", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone }, lang).format(new Date(at));
}

// What tells one day from another, in the reader's own zone.
export function dayKey(at) {
  const d = new Date(at);
  return `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;
}

export function ownZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

// Whether clocks in the two zones show the same at that moment; a zone that this browser doesn't know is another one.
export function sameClock(at, one, other) {
  try {
    const read = (timeZone) => format("wall", { dateStyle: "short", timeStyle: "short", timeZone }, "en").format(new Date(at));
    return read(one) === read(other);
  } catch {
    return false;
  }
}
