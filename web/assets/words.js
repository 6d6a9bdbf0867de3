// Texts and times.
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export function clock(ms) {
  const s = Math.floor(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  const [d, h, m] = [Math.floor(s / 86400), Math.floor((s % 86400) / 3600), Math.floor((s % 3600) / 60)];
  if (d > 0) return `${d} × 24 h + ${h}:${two(m)}`;
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

// In the reader's own zone, or in the zone that is named beside it.
export function hour(at, timeZone) {
  const format = { hour: "2-digit", minute: "2-digit", timeZone };
  return new Intl.DateTimeFormat(document.documentElement.lang, format).format(new Date(at));
}
