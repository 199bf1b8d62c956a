create table tasks (
  -- A version 7 UUID begins with its time: new rows come next to each other, and the order is that of creation.
  id uuid primary key,
  title text not null check (char_length(title) between 1 and 200),
  description text check (char_length(description) <= 10000),
  status text not null check (status in ('open', 'in-progress', 'done')),
  priority text not null check (priority in ('low', 'normal', 'high')),
  version integer not null default 1 check (version >= 1),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);

-- How many tasks there are, in one row. Whoever adds a task locks it first, so a limit on it is exact.
create table task_count (
  only_row boolean primary key default true check (only_row),
  tasks bigint not null check (tasks >= 0)
);

insert into task_count (tasks) values (0);

-- By triggers, so that it is right whoever changes the table.
create function count_added_tasks() returns trigger language plpgsql as $$
begin
  update task_count set tasks = tasks + (select count(*) from added);
  return null;
end $$;

create function count_deleted_tasks() returns trigger language plpgsql as $$
begin
  update task_count set tasks = tasks - (select count(*) from deleted);
  return null;
end $$;

create function count_truncated_tasks() returns trigger language plpgsql as $$
begin
  update task_count set tasks = 0;
  return null;
end $$;

create trigger tasks_added after insert on tasks
  referencing new table as added for each statement execute function count_added_tasks();

create trigger tasks_deleted after delete on tasks
  referencing old table as deleted for each statement execute function count_deleted_tasks();

create trigger tasks_truncated after truncate on tasks
  for each statement execute function count_truncated_tasks();
