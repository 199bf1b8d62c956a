-- What no other database has: what is kept elsewhere for this one, such as in a cache, is told apart by it.
create table database_identity (
  only_row boolean primary key default true check (only_row),
  id uuid not null default gen_random_uuid()
);

insert into database_identity default values;
