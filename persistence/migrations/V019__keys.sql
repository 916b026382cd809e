-- Keys that end (RIGHT-3). The row of a destroyed content key, or of one that a new master key wrapped anew, stays
-- readable in the table's file until that is written anew, and in the write-ahead log until its segments are gone:
-- here is kept what has still to go, and by which master key each content key is wrapped.

-- ------------------------------------------------------------------ which master key

-- The key check of the master key that wraps it; null: unknown.
alter table easel.account_key add column wrapped_by easel.sha256;
update easel.account_key set wrapped_by = (select value from easel.setting where name = 'key_check');

-- The key checks of the master keys that a node was started with.
alter table easel.node add column master_keys text not null default '' check (octet_length(master_keys) <= 200);

-- Statistics of a column are samples of its values. A change of type drops those that were taken.
alter table easel.account_key alter column wrapped type bytea;
alter table easel.account_key alter column wrapped set statistics 0;
alter table easel.setting alter column value type bytea;
alter table easel.setting alter column value set statistics 0;

-- ------------------------------------------------------------------ what has still to go

create table easel.destroyed_key (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  keys bigint not null,
  replaced boolean not null, -- by a rotation of the master key; false: destroyed
  rewritten_at timestamptz,  -- the tables hold them no more
  log_until text             -- the newest file of the log that may hold them
);

-- The latest time that such keys were known to be gone. One row.
create table easel.key_wipe (
  id boolean primary key default true check (id),
  at timestamptz not null,
  keys bigint not null,
  oldest_at timestamptz not null -- when the oldest of them was destroyed
);

-- One row for each statement that takes keys away; its xmin is the transaction that did.
create function easel.note_destroyed_keys() returns trigger language plpgsql as $$
declare
  v_keys bigint := (select count(*) from gone);
begin
  if v_keys > 0 then
    insert into easel.destroyed_key (at, keys, replaced) values (easel.now(), v_keys, tg_op = 'UPDATE');
  end if;
  return null;
end $$;
create trigger note_destroyed after delete on easel.account_key
  referencing old table as gone for each statement execute function easel.note_destroyed_keys();
create trigger note_replaced after update on easel.account_key
  referencing old table as gone for each statement execute function easel.note_destroyed_keys();

-- Those that were destroyed before anybody noted it.
insert into easel.destroyed_key (at, keys, replaced)
select easel.now(), count(*), false from easel.erasure having count(*) > 0;

-- ------------------------------------------------------------------ whether it can go

-- Age in transactions of the oldest that may still see rows of this database: what was deleted since, VACUUM FULL takes
-- along into the new file.
create function easel.oldest_view_age() returns integer language sql volatile as $$
  select coalesce(max(age(x)), 0)
    from (select unnest(array[a.backend_xid, a.backend_xmin])
            from pg_stat_activity a
           where a.pid <> pg_backend_pid() and (a.datname = current_database() or a.datname is null)
          union all
          select xmin from pg_replication_slots
          union all
          select transaction from pg_prepared_xacts where database = current_database()) views (x)
   where x is not null
$$;

-- What the cluster does not let us do, in words of policies/key_wipe.cpp; '' when all is there.
create function easel.missing_for_wiping() returns text language sql stable as $$
  select concat_ws(' ',
                   case when current_setting('wal_recycle') <> 'off' then 'wal_recycle' end,
                   case when not pg_has_role('pg_checkpoint', 'usage') then 'pg_checkpoint' end,
                   case when not has_function_privilege('pg_switch_wal()', 'execute') then 'pg_switch_wal' end,
                   case when not has_function_privilege('pg_ls_waldir()', 'execute') then 'pg_ls_waldir' end)
$$;

create function easel.key_remains(out keys bigint, out oldest timestamptz, out oldest_in_table timestamptz,
                                  out replaced boolean, out oldest_in_log timestamptz, out missing text)
language plpgsql volatile as $$
declare
  v_view integer := easel.oldest_view_age();
begin
  select coalesce(sum(d.keys), 0), min(d.at),
         min(d.at) filter (where d.rewritten_at is null and age(d.xmin) > v_view),
         coalesce(bool_or(d.replaced) filter (where d.rewritten_at is null and age(d.xmin) > v_view), false),
         min(d.at) filter (where d.rewritten_at is not null)
    into keys, oldest, oldest_in_table, replaced, oldest_in_log
    from easel.destroyed_key d;
  missing := easel.missing_for_wiping();
end $$;

-- ------------------------------------------------------------------ that it is gone

-- After the tables were written anew: from now on only files of the log up to the newest of this moment may hold what
-- they held. Ids are those that were removable before.
create function easel.note_rewritten(p_ids bigint[]) returns void language sql as $$
  update easel.destroyed_key set rewritten_at = easel.now() where id = any (p_ids) and rewritten_at is null
$$;

-- Timeline aside, names are in the order of the log. With wal_recycle off no file gets another name.
create function easel.mark_log() returns void language sql as $$
  update easel.destroyed_key
     set log_until = (select max(substring(name from 9) collate "C") from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$')
   where rewritten_at is not null and log_until is null
$$;

-- After a checkpoint: forgets what was only in files that are gone. `is_behind`: the log is not yet past the last file
-- that may hold some, and one more segment helps; otherwise something keeps old files.
create function easel.forget_wiped_keys(out left_over bigint, out is_behind boolean) language plpgsql as $$
declare
  v_oldest text := (select min(substring(name from 9) collate "C") from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$');
  v_current text := substring(pg_walfile_name(pg_current_wal_insert_lsn()) from 9);
begin
  with gone as (delete from easel.destroyed_key where log_until collate "C" < v_oldest returning at, keys)
  insert into easel.key_wipe as w (at, keys, oldest_at)
  select easel.now(), sum(keys), min(at) from gone having count(*) > 0
  on conflict (id) do update set at = excluded.at, keys = excluded.keys, oldest_at = excluded.oldest_at;
  select count(*), coalesce(bool_or(log_until collate "C" >= v_current), false) into left_over, is_behind
    from easel.destroyed_key where rewritten_at is not null;
end $$;

-- ------------------------------------------------------------------ what the auditor sees of it

create function easel.audit_look_for_keys() returns table (keys bigint, oldest timestamptz, missing text,
                                                           wiped_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(d.keys), 0)::bigint, min(d.at), easel.missing_for_wiping(), (select w.at from easel.key_wipe w)
    from easel.destroyed_key d
$$;

create view easel.audit_key_wipe as
select keys, easel.micros(oldest) as oldest_us, missing, easel.micros(wiped_at) as wiped_us
  from easel.audit_look_for_keys();
