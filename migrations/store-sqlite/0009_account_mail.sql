-- Where somebody is written to, if they or an administrator said so; null: nobody did.
alter table accounts add column mail text;
