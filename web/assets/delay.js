// How far behind the moment the picture is, and when to offer the way back.

// Seconds behind, or null where nobody knows. With the playlist's own times it is the true delay; else the distance to the
// playlist's end, which is what can be caught up.
export function behind({ now, playing, latency, edge, position }) {
  if (playing > 0) return Math.max(0, (now - playing) / 1000);
  if (Number.isFinite(latency) && latency > 0) return latency;
  if (Number.isFinite(edge) && Number.isFinite(position) && edge > 0) return Math.max(0, edge - position);
  return null;
}

// Well behind: more than a reader would take for the ordinary delay of the technique.
export function wellBehind(latency, target) {
  return Number.isFinite(latency) && latency > (Number.isFinite(target) && target > 0 ? target : 12) + 8;
}
