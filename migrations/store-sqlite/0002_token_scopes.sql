-- What a token may be used for, words apart by a space. Those made before could do everything, and go on doing it.
alter table tokens add column scopes text not null default 'read chat plan moderate audit administer account';
-- null: it lasts until it is revoked
alter table tokens add column ends integer;
-- null: never used since this is noted
alter table tokens add column used integer;
