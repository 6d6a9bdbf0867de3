-- In which language somebody reads: what they chose, or what their browser asked for when they signed in; null: nobody knows.
alter table accounts add column language text;
