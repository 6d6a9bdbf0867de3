-- Keys of persons ('subject') and of retention classes ('scope'), wrapped by a numbered master key.
create table keys (
    kind text not null,
    name text not null,
    -- number of the master key that wraps it
    master integer not null,
    -- null: destroyed, and never made again
    wrapped blob,
    primary key (kind, name)
) strict, without rowid;

-- A known text sealed with the master key: tells a wrong one at once.
create table master (
    number integer primary key,
    proof blob not null
) strict;
