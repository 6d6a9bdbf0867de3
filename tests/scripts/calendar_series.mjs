// Lists every occurrence of the calendars in a file with npm's ical.js and compares with what is expected.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , file, library] = process.argv;
const ICAL = (await import(pathToFileURL(`${library}/dist/ical.js`).href)).default;
const given = JSON.parse(readFileSync(file, "utf8"));
let wrong = 0;
for (const [number, { ics, expected }] of given.cases.entries()) {
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(ics));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  const events = calendar.getAllSubcomponents("vevent").map((e) => new ICAL.Event(e));
  const main = events.find((e) => !e.isRecurrenceException());
  for (const e of events) if (e.isRecurrenceException()) main.relateException(e);
  const found = [];
  const take = (start, end) => {
    const [from, to] = [start.toUnixTime(), end.toUnixTime()];
    if (to > given.from && from < given.to) found.push([from, to]);
  };
  if (main.isRecurring()) {
    const dates = main.iterator();
    // What was moved back may stand behind what is past the end: as far as the last one that was moved, and what is on before.
    const moved = events.filter((e) => e.isRecurrenceException()).map((e) => e.recurrenceId.toUnixTime());
    const last = Math.max(given.to + 7 * 86400, ...moved);
    for (let next = dates.next(); next && next.toUnixTime() <= last; next = dates.next()) {
      const { startDate, endDate } = main.getOccurrenceDetails(next);
      take(startDate, endDate);
    }
  } else {
    take(main.startDate, main.endDate);
  }
  const sorted = (list) => JSON.stringify([...list].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
  if (sorted(found) !== sorted(expected)) {
    wrong += 1;
    if (wrong <= 3) {
      const keys = (list) => new Set(list.map(String));
      const [there, here] = [keys(found), keys(expected)];
      console.log(`series ${number}: ${found.length} occurrences, ${expected.length} expected`);
      console.log("  only there:", [...there].filter((t) => !here.has(t)).slice(0, 5), "only here:", [...here].filter((t) => !there.has(t)).slice(0, 5));
      console.log(ics.slice(-900));
    }
  }
}
console.log(`${given.cases.length - wrong} series agree`);
process.exit(wrong ? 1 : 0);
