create table accounts (
    person text primary key,
    login text not null,
    -- lower case: what is unique
    login_key text not null unique,
    name text not null,
    -- lower-case login and name, for searching
    search text not null,
    role text not null,
    password_hash text,
    created integer not null
) strict, without rowid;

create table sessions (
    -- SHA-256: the token itself is only in the cookie
    token_hash blob primary key,
    person text not null,
    csrf text not null,
    address text,
    created integer not null,
    seen integer not null
) strict, without rowid;
create index sessions_person on sessions (person);

create table tokens (
    id text primary key,
    token_hash blob not null unique,
    person text not null,
    name text not null,
    created integer not null
) strict, without rowid;
create index tokens_person on tokens (person);

create table throttle (
    -- SHA-256 of what is throttled
    key blob primary key,
    failures integer not null,
    last integer not null,
    until integer not null
) strict, without rowid;

create table secrets (
    kind text not null,
    id text not null,
    sealed blob not null,
    -- HMAC of the value, to find an id by it
    digest blob not null,
    primary key (kind, id)
) strict, without rowid;
create index secrets_digest on secrets (kind, digest);

create table marks (
    reader text primary key,
    epoch text not null,
    position integer not null,
    hash blob not null
) strict, without rowid;

create table checkpoints (
    name text primary key,
    position integer not null
) strict, without rowid;
