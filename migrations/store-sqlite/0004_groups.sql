-- Groups that have a name; who is in them stands in memberships.
create table groups (
    code text primary key,
    name text not null,
    created integer not null
) strict, without rowid;
