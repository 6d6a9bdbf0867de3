-- Access that an administrator closed stays closed: an identity of another house must not open it again.
alter table outside add column shut integer not null default 0;
