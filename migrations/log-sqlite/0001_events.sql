-- The append-only log. Rows are inserted by one writer and never changed.
create table events (
    -- given by the writer: grows, is not dense
    position integer primary key,
    stream text not null,
    version integer not null,
    -- ULID
    id text not null,
    -- event type and the number of its schema
    kind text not null,
    schema integer not null,
    -- milliseconds since the epoch, UTC
    time integer not null,
    actor text not null,
    cause text not null,
    -- SHA-256 of what must not happen twice in the stream
    key blob,
    -- the fields, JSON, as they were encoded when the event was appended
    data blob not null,
    -- SHA-256 chain within the stream
    hash blob not null
) strict;

create unique index events_stream on events (stream, version);
create unique index events_key on events (stream, key) where key is not null;

-- log_id: made once. epoch: new whenever positions may have been given twice.
create table meta (
    name text primary key,
    value text not null
) strict, without rowid;
