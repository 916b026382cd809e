-- A copy of a large account is several files, fetched one by one within a day of its beginning: what they are is planned
-- when it begins, so that each image is in one of them whatever is made or deleted meanwhile.

-- An array, an object for each file: persistence/export_volumes.hpp. Null while it is being planned.
alter table easel.data_export add column volumes jsonb check (jsonb_typeof(volumes) = 'array');

-- As in V010, but for this: one whose planning nobody finished was none.
create or replace function easel.begin_export(p_id uuid, p_account uuid, p_most integer, p_alive bigint,
                                              out result smallint, out until timestamptz) language plpgsql as $$
declare
  v_now timestamptz := easel.now();
begin
  perform from easel.account where id = p_account and state <> 2 for no key update;
  if not found then
    return;
  end if;
  delete from easel.data_export
   where account_id = p_account
     and (begun_at <= v_now - interval '1 day' or (volumes is null and ended_at is null and alive_until <= v_now));
  select 1, max(alive_until) into result, until from easel.data_export
   where account_id = p_account and ended_at is null and alive_until > v_now having count(*) > 0;
  if result is null then
    select 2, min(begun_at) + interval '1 day' into result, until from easel.data_export
     where account_id = p_account having count(*) >= p_most;
  end if;
  if result is null then
    insert into easel.data_export (id, account_id, begun_at, alive_until)
    values (p_id, p_account, v_now, v_now + p_alive * interval '1 us');
    result := 0;
  end if;
end $$;

-- Claims a file of an export, counted from 1: 0 when it is claimed, 1 when one of the account's is being written; 4 when
-- there is no such file of an export of this account that began within a day. Null when there is no such account.
create function easel.open_volume(p_id uuid, p_account uuid, p_number bigint, p_alive bigint, out result smallint,
                                  out until timestamptz, out made_at timestamptz, out volumes jsonb)
language plpgsql as $$
declare
  v_now timestamptz := easel.now();
begin
  perform from easel.account where id = p_account and state <> 2 for no key update;
  if not found then
    return;
  end if;
  select e.begun_at, e.volumes into made_at, volumes from easel.data_export e
   where e.id = p_id and e.account_id = p_account and e.begun_at > v_now - interval '1 day'
     and p_number between 1 and jsonb_array_length(e.volumes);
  if not found then
    result := 4;
    return;
  end if;
  select 1, max(e.alive_until) into result, until from easel.data_export e
   where e.account_id = p_account and e.ended_at is null and e.alive_until > v_now having count(*) > 0;
  if result is null then
    update easel.data_export e set ended_at = null, alive_until = v_now + p_alive * interval '1 us' where e.id = p_id;
    result := 0;
  end if;
end $$;

-- ------------------------------------------------------------------ deletions of single generations, done again

-- Ends those of the account's generations that are in work, and gives their holds back, as end_work does with all.
create function easel.end_work_of(p_account uuid, p_ids uuid[]) returns integer language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  v_ids uuid[];
  v_stored boolean[];
  v_count integer;
begin
  select array_agg(w.id), array_agg(w.stored <> 0) into v_ids, v_stored
    from (select id, stored from easel.generation_in_work
           where account_id = p_account and id = any (p_ids) order by id for update) w;
  v_count := coalesce(cardinality(v_ids), 0);
  if v_count = 0 then
    return 0;
  end if;
  perform from easel.account where id = p_account for no key update;
  perform easel.settle(v_ids, array_fill(0::bigint, array[v_count]), array_fill(null::smallint, array[v_count]),
                       array_fill(true, array[v_count]), v_now);
  perform easel.put_away(v_ids,
                         array(select case when s then 3 else 6 end::smallint
                                 from unnest(v_stored) with ordinality t (s, i) order by i),
                         array(select case when s then 0 else 11 end::smallint
                                 from unnest(v_stored) with ordinality t (s, i) order by i),
                         array_fill(0::bigint, array[v_count]), array_fill(null::smallint, array[v_count]),
                         array_fill(false, array[v_count]), v_now);
  delete from easel.awaiting_answer where generation_id = any (v_ids);
  return v_count;
end $$;

create or replace function easel.end_work(p_account uuid) returns integer language sql as $$
  select easel.end_work_of(p_account, array(select id from easel.generation_in_work where account_id = p_account))
$$;

-- What a restore has brought back of single generations that had been deleted; some may have been in work when the
-- backup was made. How many there were.
create function easel.delete_generations_anew(p_ids uuid[]) returns integer language plpgsql as $$
declare
  v_account uuid;
  v_id uuid;
  v_count integer := 0;
begin
  for v_account in select distinct account_id from easel.generation_in_work where id = any (p_ids) order by 1 loop
    perform easel.end_work_of(v_account, p_ids);
  end loop;
  for v_account, v_id in
    select g.account_id, g.id from easel.generation g join unnest(p_ids) w (id) on g.id = w.id
       and g.day = easel.day_of(w.id) order by g.account_id, g.id
  loop
    if easel.delete_generation(v_account, v_id) then
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end $$;
