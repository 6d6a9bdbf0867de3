"""Lists every occurrence of the calendars in a file with PyPI's recurring-ical-events and compares with what is expected."""
import datetime
import json
import sys

import icalendar
import recurring_ical_events

given = json.load(open(sys.argv[1]))
moment = lambda s: datetime.datetime.fromtimestamp(s, datetime.timezone.utc)
wrong = 0
for number, case in enumerate(given["cases"]):
    calendar = icalendar.Calendar.from_ical(case["ics"])
    found = recurring_ical_events.of(calendar).between(moment(given["from"]), moment(given["to"]))
    times = sorted([int(e["DTSTART"].dt.timestamp()), int(e["DTEND"].dt.timestamp())] for e in found)
    expected = sorted(case["expected"])
    if times != expected:
        wrong += 1
        if wrong <= 3:
            print(f"series {number}: {len(times)} occurrences, {len(expected)} expected")
            print("  only there:", [t for t in times if t not in expected][:5])
            print("  only here:", [t for t in expected if t not in times][:5])
            print(case["ics"][-900:])
print(f"{len(given['cases']) - wrong} series agree")
sys.exit(1 if wrong else 0)
