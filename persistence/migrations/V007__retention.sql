-- The end of what has expired (RET-1, TECH-1): where the reaper finds it, and what it remembers.

-- Rows of a day expire in the order in which they were written: a summary of each megabyte finds what is due, and costs
-- an insert next to nothing.
create index on easel.generation using brin (expires_at) with (autosummarize = on);
create index on easel.image using brin (expires_at) with (autosummarize = on);
create index on easel.disclosure using brin (expires_at) with (autosummarize = on);
create index on easel.access_log using brin (expires_at) with (autosummarize = on);
create index on easel.provider_call (expires_at);
create index on easel.idempotency_claim (expires_at);

-- The reaper looks after the small tables too, each by its own window.
drop function easel.sweep(integer);
drop function easel.sweep_identity(integer);

-- When the database's clock was last believed. `boot` and `up_us` are those of the host whose reaper read it, or null
-- when an operator vouched for it. One row.
create table easel.retention_clock (
  id boolean primary key default true check (id),
  at timestamptz not null,
  boot uuid,
  up_us bigint,
  halted_at timestamptz,
  halted_why smallint check (halted_why between 1 and 3),
  check ((boot is null) = (up_us is null)),
  check ((halted_at is null) = (halted_why is null))
);

create table easel.retention_run (
  id bigint generated always as identity primary key,
  cut timestamptz not null, -- what had expired by then was due
  ended_at timestamptz not null,
  took_us bigint not null,
  deleted bigint not null,
  partitions integer not null, -- dropped
  by_table jsonb not null
);
create index on easel.retention_run (cut);

-- The day partitions of the catalogue. 0 attached, 1 pending (a detach was interrupted), 2 detached.
create view easel.day_relation as
select c.oid::regclass as relation, c.relname::text as name, p.parent,
       to_date(substring(c.relname from '_([0-9]{8})$'), 'YYYYMMDD') as day,
       (case when i.inhrelid is null then 2 when i.inhdetachpending then 1 else 0 end)::smallint as state
  from (values ('generation'), ('image'), ('disclosure'), ('access_log')) p (parent)
  join pg_class c on c.relname ~ ('^' || p.parent || '_[0-9]{8}$') and c.relkind = 'r'
  join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'easel'
  left join pg_inherits i on i.inhrelid = c.oid;

-- Of days that are still written to it is not asked whether a row lives.
create function easel.day_partitions() returns table (name text, parent text, day date, state smallint,
                                                      has_live boolean, is_awaited boolean)
language plpgsql stable set enable_seqscan = on set enable_bitmapscan = on as $$
declare
  v_now timestamptz := easel.now();
  v_today date := (v_now at time zone 'UTC')::date;
begin
  for name, parent, day, state in
    select r.name, r.parent, r.day, r.state from easel.day_relation r order by r.day, r.name
  loop
    has_live := true;
    if state <> 0 or day + 1 < v_today then
      execute format('select exists (select from easel.%I where expires_at > $1)', name) into has_live using v_now;
    end if;
    is_awaited := exists (select from easel.generation_in_work w where w.day = day_partitions.day);
    return next;
  end loop;
end $$;

-- Deletes at most p_limit rows that had expired at p_cut, the oldest days first, from every relation of the table,
-- attached or not.
create function easel.reap_days(p_parent text, p_cut timestamptz, p_limit integer) returns integer
language plpgsql set enable_seqscan = on set enable_bitmapscan = on as $$
declare
  v_relation regclass;
  v_left integer := p_limit;
  v_done integer;
begin
  for v_relation in
    select r.relation from easel.day_relation r
     where r.parent = p_parent and r.day <= (p_cut at time zone 'UTC')::date + 1
     order by r.day
  loop
    execute format('delete from %s where ctid = any (array(select ctid from %s where expires_at <= $1'
                   ' limit $2 for update skip locked))', v_relation, v_relation)
      using p_cut, v_left;
    get diagnostics v_done = row_count;
    v_left := v_left - v_done;
    exit when v_left = 0;
  end loop;
  return p_limit - v_left;
end $$;

-- Drops a day that is detached and holds no live row. Nobody waits for it: no statement of the service reaches a
-- detached table.
create function easel.drop_day(p_name text) returns boolean language plpgsql
set enable_seqscan = on set enable_bitmapscan = on as $$
declare
  v_lives boolean;
begin
  if not exists (select from easel.day_relation where name = p_name and state = 2) then
    return false;
  end if;
  execute format('lock table easel.%I in access exclusive mode', p_name);
  execute format('select exists (select from easel.%I where expires_at > $1)', p_name) into v_lives using easel.now();
  if v_lives then
    return false;
  end if;
  execute format('drop table easel.%I', p_name);
  return true;
end $$;
