#!/usr/bin/env python3
"""A second verifier of the log, written from docs/events.md alone: python3 verify.py FOLDER/log.db"""
import hashlib, pathlib, sqlite3, sys


def part(data):
    data = data.encode() if isinstance(data, str) else data
    return len(data).to_bytes(8, "big") + data


def number(value):
    return part(value.to_bytes(8, "big", signed=value < 0))


def start(log_id, stream):
    return hashlib.sha256(b"amphi/stream/1" + part(log_id) + part(stream)).digest()


def chain(previous, stream, version, rest):
    id, kind, schema, time, actor, cause, key, data = rest
    return hashlib.sha256(
        b"amphi/event/1" + previous + part(stream) + number(version) + part(id) + part(kind) + number(schema)
        + number(time) + part(actor) + part(cause) + part(key or b"") + part(data)
    ).digest()


def main(path):
    db = sqlite3.connect(pathlib.Path(path).resolve().as_uri() + "?mode=ro", uri=True)
    (log_id,) = db.execute("select value from meta where name = 'log_id'").fetchone()
    ends, events, damaged = {}, 0, 0
    for position, stream, version, *rest, stored in db.execute(
        "select position, stream, version, id, kind, schema, time, actor, cause, key, data, hash"
        " from events order by position"
    ):
        events += 1
        first = start(log_id, stream)
        expected, previous, computed = ends.get(stream, (0, first, first))
        after, wrong, following = chain(previous, stream, version, rest), None, version + 1
        if version != expected:
            wrong = f"version {expected} should stand here"
            if chain(previous, stream, expected, rest) == stored:
                following = expected + 1
        elif stored not in (after, chain(computed, stream, version, rest)):
            wrong = "its hash does not fit"
        ends[stream] = (following, stored, after)
        if wrong:
            damaged += 1
            print(f"damaged at position {position} ({stream}): {wrong}")
    if not damaged:
        print(f"ok {events} events, {len(ends)} streams")
    return 1 if damaged else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
