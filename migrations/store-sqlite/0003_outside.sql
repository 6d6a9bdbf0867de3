-- Identities of other houses (CAS, OpenID Connect, a reverse proxy) and what they give.
create table outside (
    provider text not null,
    -- what stays the same there, whatever the person is called
    subject text not null,
    person text not null,
    -- the role that the rules gave last; null: none of them spoke
    role text,
    -- what was said at the last sign-in, as JSON
    profile text not null,
    created integer not null,
    seen integer not null,
    primary key (provider, subject)
) strict, without rowid;
create index outside_person on outside (person);

create table memberships (
    -- the group's code
    code text not null,
    person text not null,
    -- the provider whose rules say so; empty: a person of the house
    given_by text not null,
    primary key (code, person, given_by)
) strict, without rowid;
create index memberships_person on memberships (person);
