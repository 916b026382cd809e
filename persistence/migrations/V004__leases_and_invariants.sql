-- Leases between nodes, and the counts that must be zero.

-- Adopts up to p_limit rows whose owner left, was taken over, never joined, or has not been heard of for p_dead_after
-- microseconds. A node that is declared dead here learns it from its next heartbeat.
create function easel.take_over(p_node uuid, p_dead_after bigint, p_limit integer)
returns table (id uuid) language sql as $$
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
  returning w.id
$$;

create function easel.resume(p_node uuid, p_id uuid) returns table (id uuid) language sql as $$
  update easel.generation_in_work w set fence = w.fence + 1, restarts = w.restarts + 1
   where w.id = p_id and w.owner_node = p_node
  returning w.id
$$;

create type easel.invariants as (
  completed_without_images bigint,
  dispatched_without_verdict bigint,
  cross_tier_disclosures bigint,
  calls_without_disclosure bigint,
  images_settled_twice bigint,
  balances_off bigint,
  holds_without_work bigint,
  overdrawn_grants bigint
);

create function easel.check_invariants() returns easel.invariants language sql stable
set enable_seqscan = on set enable_bitmapscan = on set enable_hashjoin = on set enable_mergejoin = on
set enable_material = on as $$
with moved as ( -- each transfer leaves one book and enters another
  select account_id, grant_id, generation_id, image_index, from_book as book, -amount as amount
    from easel.credit_transfer
  union all
  select account_id, grant_id, generation_id, image_index, to_book, amount from easel.credit_transfer),
grants_off as (
  select count(*) as n
    from easel.credit_grant g
    full join (select grant_id, sum(amount) as amount from moved where book = 1 group by grant_id) m
      on m.grant_id = g.id
   where coalesce(g.remaining, 0) <> coalesce(m.amount, 0)),
holds_off as (
  select count(*) as n
    from easel.account a
    left join (select account_id, sum(amount) as amount from moved where book = 2 group by account_id) m
      on m.account_id = a.id
    left join (select account_id, count(*) as active from easel.generation_in_work group by account_id) w
      on w.account_id = a.id
   where a.held <> coalesce(m.amount, 0) or a.active <> coalesce(w.active, 0)),
parts_off as (
  select count(*) as n
    from easel.generation_in_work w
    left join (select generation_id, sum(amount) as amount from moved where book = 2 group by generation_id) m
      on m.generation_id = w.id
   where (select coalesce(sum(part), 0) from unnest(w.hold_left) part) <> coalesce(m.amount, 0)),
charges_off as (
  select count(*) as n
    from easel.every_generation g
    left join (select generation_id, sum(amount) as amount from moved where book = 3 group by generation_id) m
      on m.generation_id = g.id
   where g.charged <> coalesce(m.amount, 0))
select
  (select count(*) from easel.generation g
    where g.state = 3 and not g.content_deleted
      and (select coalesce(bit_or(1 << i.index), 0) from easel.image i
            where i.generation_id = g.id and i.day = g.day) <> g.stored),
  (select count(*) from easel.every_generation
    where dispatched_at is not null and (verdict_moderated is null or verdict_blocked is distinct from false)),
  (select count(*) from easel.disclosure d
    where d.recipient in (1, 2)
      and (d.recipient <> d.tier + 1
           or exists (select from easel.every_generation g
                       where g.id = d.generation_id and g.day = d.day and g.tier <> d.tier))),
  (select count(*) from easel.every_generation g
    where g.dispatched_at is not null
      and not exists (select from easel.disclosure d
                       where d.generation_id = g.id and d.day = g.day and d.recipient = g.dispatched_to))
  + (select count(*) from easel.provider_call c
      where not exists (select from easel.disclosure d
                         where d.generation_id = c.generation_id and d.day = easel.day_of(c.generation_id)
                           and d.recipient in (1, 2))),
  (select count(*) from (
     select from easel.credit_transfer t join easel.every_generation g on g.id = t.generation_id
      where t.to_book = 3
      group by t.generation_id, t.image_index, g.price_each having sum(t.amount) > g.price_each) twice),
  (select n from grants_off) + (select n from holds_off) + (select n from parts_off) + (select n from charges_off),
  (select count(*) from (
     select generation_id from moved m where book = 2
        and not exists (select from easel.generation_in_work w where w.id = m.generation_id)
      group by generation_id having sum(amount) <> 0) held),
  (select count(*) from easel.credit_grant where amount >= 0 and (remaining < 0 or remaining > amount))
$$;

-- Deletes a bounded number of rows that no operation looks at any more; returns how many.
create function easel.sweep(p_limit integer) returns integer language sql as $$
  with claims as (
    delete from easel.idempotency_claim c using (
      select account_id, key_hash from easel.idempotency_claim where expires_at <= easel.now()
       limit p_limit for update skip locked) old
     where c.account_id = old.account_id and c.key_hash = old.key_hash
    returning 1),
  unanswered as ( -- far beyond the window in which a retry may attach
    delete from easel.awaiting_answer a using (
      select generation_id from easel.awaiting_answer where created_at <= easel.now() - interval '1 day'
       limit p_limit for update skip locked) old
     where a.generation_id = old.generation_id
    returning 1),
  nodes as (
    delete from easel.node n
     where coalesce(n.left_at, n.taken_over_at) <= easel.now() - interval '1 day'
       and not exists (select from easel.generation_in_work w where w.owner_node = n.id)
    returning 1)
  select ((select count(*) from claims) + (select count(*) from unanswered) + (select count(*) from nodes))::integer
$$;
