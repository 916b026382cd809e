-- A session plans what a function in plpgsql does once; a statement of its own, and a function in SQL, it plans anew each
-- time. Planning over all day partitions takes far longer than reading the rows.

-- As in V004, but for this: each node asks every second.
create or replace function easel.take_over(p_node uuid, p_dead_after bigint, p_limit integer)
returns table (id uuid) language plpgsql as $$
#variable_conflict use_column
begin
  return query
  with declared as (
    update easel.node n set taken_over_at = easel.now()
     where n.id <> p_node and n.taken_over_at is null and n.left_at is null
       and n.heartbeat_at < easel.now() - p_dead_after * interval '1 us'
    returning n.id),
  orphans as (
    select w.id from easel.generation_in_work w
     where w.owner_node <> p_node
       and (exists (select from declared d where d.id = w.owner_node)
            or not exists (select from easel.node n
                            where n.id = w.owner_node and n.left_at is null and n.taken_over_at is null))
     order by w.id
     limit p_limit
       for no key update skip locked)
  update easel.generation_in_work w
     set owner_node = p_node, fence = w.fence + 1, restarts = w.restarts + 1
    from orphans o where w.id = o.id
  returning w.id;
end $$;

-- Images (what = 0) and disclosures (1) of generations. `number` is an image's index or a disclosure's data class, `kind`
-- an image's format or a disclosure's recipient.
create function easel.parts_of(p_ids uuid[])
returns table (what integer, generation_id uuid, number smallint, id uuid, kind smallint, width integer, height integer,
               size bigint, at timestamptz) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  select p.* from (
    select 0, i.generation_id, i.index::smallint, i.id, i.format::smallint, i.width, i.height, i.size, i.created_at
      from easel.image i join unnest(p_ids) w (id) on i.generation_id = w.id and i.day = easel.day_of(w.id)
    union all
    select 1, d.generation_id, d.data_class::smallint, null::uuid, d.recipient::smallint, 0, 0, 0::bigint, d.at
      from easel.disclosure d join unnest(p_ids) w (id) on d.generation_id = w.id and d.day = easel.day_of(w.id)
    ) p (what, generation_id, number, id, kind, width, height, size, at)
   order by p.generation_id, p.what, case when p.what = 0 then p.number end, p.at, p.kind;
end $$;

-- What somebody may read now; nothing that has expired (RET-1).
create function easel.generation_of(p_account uuid, p_id uuid) returns setof easel.every_generation
language plpgsql stable as $$
begin
  return query
  select g.* from easel.every_generation g
   where g.id = p_id and g.day = easel.day_of(p_id) and g.account_id = p_account and g.expires_at > easel.now();
end $$;

create function easel.newest_generations(p_account uuid, p_before uuid, p_wanted integer)
returns setof easel.every_generation language plpgsql stable as $$
begin
  return query
  select g.* from easel.every_generation g
   where g.account_id = p_account and g.id < p_before and g.expires_at > easel.now()
   order by g.id desc limit p_wanted;
end $$;
