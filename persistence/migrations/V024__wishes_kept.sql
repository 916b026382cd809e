-- A person who deletes a generation while it is in work has its content gone when it ends, however it ends: also when
-- moderation blocks it meanwhile, and when a restriction ends it.

-- As in V003, but for this.
create or replace function easel.block(p_id uuid, p_node uuid, p_fence integer, p_categories text[], p_rule text,
                                       p_moderated bytea, p_strikes bigint[]) returns smallint language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  v_account uuid;
  v_is_unwanted boolean;
begin
  update easel.generation_in_work
     set verdict_blocked = true, verdict_categories = p_categories, verdict_rule = p_rule,
         verdict_moderated = p_moderated
   where id = p_id and owner_node = p_node and fence = p_fence and state < 2
  returning account_id, cancel_requested into v_account, v_is_unwanted;
  if not found then
    return easel.why_not(p_id, p_node, p_fence);
  end if;
  perform easel.give_up(p_id, 5::smallint, 1::smallint, v_is_unwanted, v_now);
  perform easel.add_strike(v_account, p_id, p_strikes, v_now);
  return 0;
end $$;

-- As in V020, but for this.
create or replace function easel.end_work_of(p_account uuid, p_ids uuid[]) returns integer language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  v_ids uuid[];
  v_stored boolean[];
  v_unwanted boolean[];
  v_count integer;
begin
  select array_agg(w.id), array_agg(w.stored <> 0), array_agg(w.cancel_requested) into v_ids, v_stored, v_unwanted
    from (select id, stored, cancel_requested from easel.generation_in_work
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
                         v_unwanted, v_now);
  delete from easel.awaiting_answer where generation_id = any (v_ids);
  return v_count;
end $$;
