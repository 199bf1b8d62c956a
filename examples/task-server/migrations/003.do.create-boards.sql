-- Compared byte by byte: its characters are few, and their order is that of no language.
alter table tasks add column board text collate "C" not null default 'main'
  check (board ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$');

create index tasks_by_board on tasks (board, id);

-- How many changes there were of the tasks of each board. Whoever makes one locks the row until it is committed: so versions
-- are in the order of commits, and have no gaps. All the time one row or another is updated, which is cheap with room beside it.
create table boards (
  name text collate "C" primary key,
  version bigint not null check (version >= 1)
) with (fillfactor = 50);

-- The last 1,000 changes of each board.
create table task_changes (
  board text collate "C" not null,
  version bigint not null,
  kind text not null check (kind in ('created', 'updated', 'deleted')),
  task_id uuid not null,
  -- The row as it is since then.
  task jsonb check ((task is null) = (kind = 'deleted')),
  primary key (board, version)
);

-- The version of all boards that are not there, which are empty. It is higher than that of any that is gone, so that nobody takes
-- a board with tasks for the one that is gone, nor the one that may come to be so called for the one that was.
alter table task_count add column board_floor bigint not null default 0;

insert into boards (name, version) select 'main', 1 where exists (select from tasks);

-- Makes a board with so many changes, and returns its version. To be called with the row of task_count locked.
create function add_board(new_name text, changes bigint) returns bigint language plpgsql as $$
declare
  gone boards;
  newest bigint;
begin
  if (select count(*) from boards) >= 1000 then
    -- One that has no tasks any more gives way. Who is about to change that waits for its row here, and begins anew.
    delete from boards where name = (
      select name from boards where not exists (select from tasks where board = name) limit 1 for update skip locked
    ) returning * into gone;
    if not found then
      raise exception 'there are 1,000 boards already' using errcode = 'TS001';
    end if;
    delete from task_changes where board = gone.name;
    update task_count set board_floor = greatest(board_floor, gone.version) + 1;
  end if;
  insert into boards (name, version) select new_name, board_floor + changes from task_count returning version into newest;
  return newest;
end $$;

-- Counts changes, keeps them, and tells who listens. Rows are locked in one order, so that nobody waits in a circle: those of
-- tasks, which whoever calls this has changed; that of task_count; those of boards by their names.
create function record_changes(changes task_changes[]) returns void strict language plpgsql as $$
declare
  is_adding boolean;
  touched record;
  newest bigint;
begin
  is_adding := exists (
    select from unnest(changes) as change
    where change.kind <> 'deleted' and not exists (select from boards where name = change.board)
  );
  if is_adding then
    perform from task_count for update;
  end if;
  for touched in
    select board, count(*) as times, bool_and(kind = 'deleted') as is_left
    from unnest(changes) group by board order by board
  loop
    update boards set version = version + touched.times where name = touched.board returning version into newest;
    if not found then
      -- It gave way a moment ago, as it was left empty.
      continue when touched.is_left;
      if not is_adding then
        raise exception 'board % gave way to another one meanwhile: try again', touched.board using errcode = '40001';
      end if;
      newest := add_board(touched.board, touched.times);
    end if;
    insert into task_changes (board, version, kind, task_id, task)
    select numbered.board, newest - touched.times + numbered.nth, numbered.kind, numbered.task_id, numbered.task
    from (
      select change.*, row_number() over (order by change.place) as nth
      from unnest(changes) with ordinality as change (board, version, kind, task_id, task, place)
      where change.board = touched.board
    ) as numbered
    where numbered.nth > touched.times - 1000;
    delete from task_changes where board = touched.board and version <= newest - 1000;
    -- Whoever tells in another way turns it off: commits that notify wait for each other.
    if current_setting('task_server.notify', true) is distinct from 'off' then
      perform pg_notify('task_changes', touched.board || ':' || newest);
    end if;
  end loop;
end $$;

-- By triggers, so that no change is missed whoever makes it. Their names come after those of the triggers that lock task_count.
create function tell_added_tasks() returns trigger language plpgsql as $$
begin
  perform record_changes((
    select array_agg(row(board, 0, 'created', id, to_jsonb(added))::task_changes order by id) from added
  ));
  return null;
end $$;

-- A task that moves leaves one board and comes to another.
create function tell_updated_tasks() returns trigger language plpgsql as $$
begin
  perform record_changes((
    select array_agg(row(board, 0, kind, id, task)::task_changes order by id) from (
      select outdated.board, 'deleted' as kind, id, null::jsonb as task
      from outdated left join updated using (id) where updated.board is distinct from outdated.board
      union all
      select updated.board, case when outdated.board = updated.board then 'updated' else 'created' end, id, to_jsonb(updated)
      from updated left join outdated using (id)
    ) as change
  ));
  return null;
end $$;

create function tell_deleted_tasks() returns trigger language plpgsql as $$
begin
  perform record_changes((
    select array_agg(row(board, 0, 'deleted', id, null)::task_changes order by id) from deleted
  ));
  return null;
end $$;

-- All boards are gone. Who knows one finds it at a version that it has not seen, without changes that lead there: empty.
create function tell_truncated_tasks() returns trigger language plpgsql as $$
begin
  update task_count set board_floor = greatest(board_floor, (select max(version) from boards)) + 1;
  delete from boards;
  delete from task_changes;
  perform pg_notify('task_changes', '');
  return null;
end $$;

create trigger tell_added_tasks after insert on tasks
  referencing new table as added for each statement execute function tell_added_tasks();

create trigger tell_updated_tasks after update on tasks
  referencing old table as outdated new table as updated for each statement execute function tell_updated_tasks();

create trigger tell_deleted_tasks after delete on tasks
  referencing old table as deleted for each statement execute function tell_deleted_tasks();

create trigger tell_truncated_tasks after truncate on tasks
  for each statement execute function tell_truncated_tasks();
