-- The commands of the hot path. Those of every generation (admit, dispatch, store_images) take many at once, as one
-- array for each column, because setting a statement up costs more than what it does to one row; the i-th row of the
-- answer is the i-th command's. What a person or a race can cause is a status code; only what should not happen
-- raises, and then for all of them: the caller finds out whose it was.
-- Lock order everywhere: the generation's row, then the account's row, then its grants and keys.

create type easel.admission as (
  result smallint,
  id uuid,
  tier smallint,
  balance bigint,
  created_at timestamptz,
  expires_at timestamptz,
  until timestamptz,
  key_cap bigint
);

create type easel.outcome as (
  result smallint,
  state smallint,
  charged bigint,
  balance bigint
);

-- ------------------------------------------------------------------ helpers of the commands

-- Why a fenced write found no row in work: 1 another node owns it, 2 it has ended or never was.
create function easel.why_not(p_id uuid, p_node uuid, p_fence integer) returns smallint language sql stable as $$
  select coalesce((select case when owner_node = p_node and fence = p_fence then 2 else 1 end
                     from easel.every_generation where id = p_id and day = easel.day_of(p_id)), 2)::smallint
$$;

-- What a batch of commands takes first, so that two of them wait for each other in one order only.
create function easel.lock(p_generations uuid[], p_accounts uuid[]) returns void language plpgsql as $$
begin
  if cardinality(p_generations) > 0 then
    perform from easel.generation_in_work where id = any (p_generations) order by id for no key update;
  end if;
  perform from easel.account where id = any (p_accounts) order by id for no key update;
end $$;

-- Moves rows out of work to where the ended ones are. p_charges and p_images are those of an image that ends its
-- generation; p_discards: what was delivered is charged, but its content goes, because the person asked for that.
create function easel.put_away(p_ids uuid[], p_states smallint[], p_reasons smallint[], p_charges bigint[],
                               p_images smallint[], p_discards boolean[], p_now timestamptz) returns void
language plpgsql as $$
begin
  if true = any (p_discards) then
    delete from easel.image m using unnest(p_ids, p_discards) d (id, is_discarded)
     where m.generation_id = d.id and m.day = easel.day_of(d.id) and d.is_discarded;
  end if;
  with ended as (
    delete from easel.generation_in_work w
     using unnest(p_ids, p_states, p_reasons, p_charges, p_images, p_discards)
       e (id, state, reason, charge, image, is_discarded)
     where w.id = e.id
    returning w.*, e.state as end_state, e.reason as end_reason, e.charge, e.image, e.is_discarded)
  insert into easel.generation
  select id, day, account_id, api_key_id, tier, end_state, end_reason, model, slug, size, quality, format, background,
         compression, images, partial_images, price_each, case when not is_discarded then prompt_sealed end,
         verdict_blocked, verdict_categories, verdict_rule, verdict_moderated, dispatched_to, credential, owner_node,
         fence, charged + charge, stored | coalesce(1 << image, 0), created_at, dispatched_at, p_now, expires_at,
         is_discarded
    from ended;
end $$;

-- Ends one generation without a further image: its hold is given back. A retry after a failure is a new try, not a wait
-- for the old answer.
create function easel.give_up(p_id uuid, p_state smallint, p_reason smallint, p_discard boolean, p_now timestamptz)
returns void language plpgsql as $$
begin
  perform easel.settle(array[p_id], array[0::bigint], array[null::smallint], array[true], p_now);
  perform easel.put_away(array[p_id], array[p_state], array[p_reason], array[0::bigint], array[null::smallint],
                         array[p_discard], p_now);
  if p_state <> 3 then
    delete from easel.awaiting_answer where generation_id = p_id;
  end if;
end $$;

-- Counts a strike and applies the policy: p_policy is cool-down after, window (us), length (us), suspend after,
-- window (us). The caller holds the account's row.
create function easel.add_strike(p_account uuid, p_generation uuid, p_policy bigint[], p_now timestamptz) returns void
language plpgsql as $$
declare
  v_recent bigint;
  v_long bigint;
begin
  insert into easel.strike (account_id, generation_id, at) values (p_account, p_generation, p_now);
  select count(*) filter (where s.at > p_now - p_policy[2] * interval '1 us'),
         count(*) filter (where s.at > p_now - p_policy[5] * interval '1 us')
    into v_recent, v_long
    from easel.strike s, easel.account a
   where a.id = p_account and s.account_id = p_account and s.at >= a.strikes_since
     and s.at > p_now - greatest(p_policy[2], p_policy[5]) * interval '1 us';
  if v_long >= p_policy[4] then
    update easel.account set state = 1 where id = p_account and state = 0;
  elsif v_recent >= p_policy[1] then
    update easel.account set cooldown_until = greatest(cooldown_until, p_now + p_policy[3] * interval '1 us')
     where id = p_account;
  end if;
end $$;

-- ------------------------------------------------------------------ transaction 1

-- A repeat of an earlier request: the generation to attach to, or null. p_windows as in easel.admit.
create function easel.find_repeated(p_account uuid, p_key uuid, p_key_hash bytea, p_fingerprint bytea,
                                    p_retry_count integer, p_windows bigint[], p_now timestamptz,
                                    out result smallint, out id uuid, out created_at timestamptz,
                                    out expires_at timestamptz) language plpgsql as $$
begin
  if p_key_hash is not null then
    select case when c.fingerprint = p_fingerprint then 1 else 2 end, g.id, g.created_at, g.expires_at
      into result, id, created_at, expires_at
      from easel.idempotency_claim c
      join easel.every_generation g on g.id = c.generation_id and g.day = easel.day_of(c.generation_id)
     where c.account_id = p_account and c.key_hash = p_key_hash and c.expires_at > p_now and g.expires_at > p_now;
  elsif p_key is not null and p_retry_count >= 1 then
    update easel.awaiting_answer w set attached = p_retry_count
     where w.generation_id = (
             select a.generation_id
               from easel.awaiting_answer a
              where a.api_key_id = p_key and a.fingerprint = p_fingerprint and a.attached < p_retry_count
                and a.created_at > p_now - p_windows[3] * interval '1 us'
              order by a.generation_id desc
              limit 1)
    returning w.generation_id into id;
    if id is not null then
      select 1, g.id, g.created_at, g.expires_at into result, id, created_at, expires_at
        from easel.every_generation g where g.id = find_repeated.id and g.day = easel.day_of(find_repeated.id);
    end if;
  end if;
end $$;

-- The allowance of a new UTC day. The caller holds the account's row.
create function easel.renew(p_account uuid, p_tier smallint, p_allowance bigint, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_today date := (p_now at time zone 'UTC')::date;
begin
  perform easel.close_expired(p_account, p_now);
  if p_tier = 0 and p_allowance > 0 then
    perform easel.issue(p_account, 0::smallint, v_today::text, p_allowance,
                        (v_today + 1)::timestamp at time zone 'UTC', p_now);
  end if;
  update easel.account set granted_on = v_today where id = p_account and (tier = 1 or p_allowance > 0);
end $$;

-- The caller holds the accounts' rows. The commands of one account stand together, none twice for one generation, and
-- only the first of them may be a repeat of an earlier request (has p_key_hashes[i], or p_retries[i] > 0).
-- p_windows: content, idempotency, retry attach, largest clock skew, all in microseconds.
create function easel.admit(
  p_ids uuid[], p_minted_at timestamptz[], p_accounts uuid[], p_keys uuid[], p_tiers smallint[], p_models text[],
  p_slugs text[], p_sizes text[], p_qualities text[], p_formats smallint[], p_backgrounds text[],
  p_compressions smallint[], p_images smallint[], p_partial_images smallint[], p_prices bigint[], p_prompts bytea[],
  p_key_hashes bytea[], p_fingerprints bytea[], p_retries integer[], p_awaits boolean[], p_nodes uuid[],
  p_max_active integer[], p_allowances bigint[], p_windows bigint[]) returns setof easel.admission
language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  v_today date := (v_now at time zone 'UTC')::date;
  v_skew interval := p_windows[4] * interval '1 us';
  v_expires_at timestamptz := v_now + p_windows[1] * interval '1 us';
  c record;
  g record;
  r easel.admission;
  v_price bigint;
  v_due bigint;
  v_part bigint;
  v_available bigint;
  -- the account that is being served: what the commands before have left of it
  v_account uuid;
  v_active integer;
  v_entries bigint;
  v_is_renewed boolean;
  v_grants uuid[];
  v_left bigint[];
  -- the commands that were admitted, and where their holds' parts begin and end
  v_done integer[] := '{}';
  v_begin integer[] := '{}';
  v_end integer[] := '{}';
  v_used_keys uuid[] := '{}';
  -- the keys with a cap, and what was used of each in this month
  v_month date := date_trunc('month', v_now at time zone 'UTC')::date;
  v_capped uuid[] := '{}';
  v_used bigint[] := '{}';
  v_key integer;
  -- the holds' parts: each is a transfer
  m integer := 0;
  v_part_account uuid[] := '{}';
  v_part_number bigint[] := '{}';
  v_part_grant uuid[] := '{}';
  v_part_amount bigint[] := '{}';
  v_part_generation uuid[] := '{}';
  -- what becomes of the accounts
  n integer := 0;
  v_changed uuid[] := '{}';
  v_added integer[] := '{}';
  v_held bigint[] := '{}';
  v_numbered bigint[] := '{}';
begin
  for c in
    select u.i::integer as i, u.account, acc.id as account_id, acc.tier, acc.state, acc.restricted, acc.cooldown_until,
           acc.granted_on, acc.active, acc.entries, acc.blocked, k.id as key_id, k.last_used_at, k.monthly_cap,
           case when k.used_month >= v_month then k.used else 0 end as key_used, w.id as there, w.owner_node,
           w.account_id as there_account, w.created_at, w.expires_at, o.grants, o.amounts
      from unnest(p_ids, p_accounts, p_keys) with ordinality u (id, account, key, i)
      left join easel.account acc on acc.id = u.account
      left join easel.api_key k on k.id = u.key and k.account_id = acc.id and k.revoked_at is null
       and (k.expires_at is null or k.expires_at > v_now)
      left join easel.generation_in_work w on w.id = u.id
      left join lateral (
        select array_agg(s.id) as grants, array_agg(s.remaining::bigint) as amounts
          from (select cg.id, cg.remaining from easel.credit_grant cg
                 where cg.account_id = acc.id and not cg.closed and (cg.expires_at is null or cg.expires_at > v_now)
                 order by cg.expires_at nulls last, cg.id) s) o on true
     order by u.i
  loop
    if p_minted_at[c.i] not between v_now - v_skew and v_now + v_skew then
      raise exception 'the clock of the node is off' using errcode = '23514';
    end if;
    if v_account is distinct from c.account then
      if v_account > c.account then
        raise exception 'commands out of the order of their accounts' using errcode = '22023';
      end if;
      v_account := c.account;
      v_active := c.active;
      v_entries := c.entries;
      v_is_renewed := c.granted_on = v_today;
      v_grants := c.grants;
      v_left := c.amounts;
    end if;
    r := null;
    if c.account_id is null or (c.there is null and (c.state = 2 or p_prompts[c.i] is null)) then
      r.result := 3; -- without a sealed prompt the account's key is destroyed, and the account with it
      return next r;
      continue;
    end if;
    r.tier := c.tier;
    r.id := p_ids[c.i];
    if c.there is not null then -- the answer of an earlier attempt of this very node was lost on its way
      if c.owner_node <> p_nodes[c.i] or c.there_account <> c.account then
        raise exception 'the id is taken' using errcode = '23505';
      end if;
      r.result := 0;
      r.created_at := c.created_at;
      r.expires_at := c.expires_at;
    elsif p_keys[c.i] is not null and c.key_id is null then
      r.result := 4;
    else
      if p_key_hashes[c.i] is not null or p_retries[c.i] >= 1 then
        select f.result, f.id, f.created_at, f.expires_at into g
          from easel.find_repeated(c.account, p_keys[c.i], p_key_hashes[c.i], p_fingerprints[c.i], p_retries[c.i],
                                   p_windows, v_now) f;
        if g.result is not null then
          r.result := g.result;
          r.id := g.id;
          r.created_at := g.created_at;
          r.expires_at := g.expires_at;
        end if;
      end if;
      if r.result is not null then
        null;
      elsif c.restricted then
        r.result := 5;
      elsif c.state = 1 then
        r.result := 6;
      elsif c.cooldown_until > v_now then
        r.result := 6;
        r.until := c.cooldown_until;
      elsif c.tier <> p_tiers[c.i] then
        r.result := 7;
      elsif c.blocked then -- a payment is disputed: nothing of it can be spent (V011__billing.sql)
        r.result := 8;
        r.balance := 0;
        return next r;
        continue;
      elsif v_active >= p_max_active[c.i] then
        r.result := 9;
      end if;
    end if;

    if r.result is null and v_is_renewed is not true then
      perform easel.renew(c.account, c.tier, p_allowances[c.i], v_now);
      v_is_renewed := true;
      select a.entries into v_entries from easel.account a where a.id = c.account;
      select array_agg(s.id), array_agg(s.remaining::bigint) into v_grants, v_left
        from (select cg.id, cg.remaining from easel.credit_grant cg
               where cg.account_id = c.account and not cg.closed and (cg.expires_at is null or cg.expires_at > v_now)
               order by cg.expires_at nulls last, cg.id) s;
    end if;
    v_available := 0;
    for j in 1 .. coalesce(cardinality(v_grants), 0) loop
      v_available := v_available + v_left[j];
    end loop;
    r.balance := v_available;
    if r.result is not null then
      return next r;
      continue;
    end if;

    v_price := p_prices[c.i] * p_images[c.i];
    if c.monthly_cap is not null then
      v_key := array_position(v_capped, c.key_id);
      if v_key is null then
        v_capped := v_capped || c.key_id;
        v_used := v_used || c.key_used::bigint;
        v_key := cardinality(v_capped);
      end if;
      if v_used[v_key] + v_price > c.monthly_cap then
        r.result := 10;
        r.until := (v_month + interval '1 month') at time zone 'UTC';
        r.key_cap := c.monthly_cap;
        return next r;
        continue;
      end if;
    end if;
    if v_available < v_price then
      r.result := 8;
      return next r;
      continue;
    end if;
    v_due := v_price;
    v_done := v_done || c.i;
    v_begin := v_begin || (m + 1);
    for j in 1 .. coalesce(cardinality(v_grants), 0) loop
      v_part := least(v_due, v_left[j]);
      if v_part > 0 then
        v_due := v_due - v_part;
        v_left[j] := v_left[j] - v_part;
        v_entries := v_entries + 1;
        m := m + 1;
        v_part_account := v_part_account || c.account;
        v_part_number := v_part_number || v_entries;
        v_part_grant := v_part_grant || v_grants[j];
        v_part_amount := v_part_amount || v_part;
        v_part_generation := v_part_generation || p_ids[c.i];
      end if;
    end loop;
    v_end := v_end || m;
    if c.monthly_cap is not null then
      v_used[v_key] := v_used[v_key] + v_price;
    end if;
    v_active := v_active + 1;
    if n = 0 or v_changed[n] <> c.account then
      n := n + 1;
      v_changed[n] := c.account;
      v_added[n] := 0;
      v_held[n] := 0;
    end if;
    v_added[n] := v_added[n] + 1;
    v_held[n] := v_held[n] + v_price;
    v_numbered[n] := v_entries;
    if c.key_id is not null and (c.last_used_at is null or c.last_used_at < v_now - interval '1 minute') then
      v_used_keys := v_used_keys || c.key_id;
    end if;
    r.result := 0;
    r.balance := v_available - v_price;
    r.created_at := v_now;
    r.expires_at := v_expires_at;
    return next r;
  end loop;
  if n = 0 then
    return;
  end if;

  insert into easel.generation_in_work (
    id, day, account_id, api_key_id, tier, model, slug, size, quality, format, background, compression, images,
    partial_images, price_each, prompt_sealed, owner_node, created_at, expires_at, hold_grants, hold_left)
  select p_ids[i], (p_minted_at[i] at time zone 'UTC')::date, p_accounts[i], p_keys[i], p_tiers[i], p_models[i],
         p_slugs[i], p_sizes[i], p_qualities[i], p_formats[i], p_backgrounds[i], p_compressions[i], p_images[i],
         p_partial_images[i], p_prices[i], p_prompts[i], p_nodes[i], v_now, v_expires_at,
         v_part_grant[first : last], v_part_amount[first : last]
    from unnest(v_done, v_begin, v_end) d (i, first, last);
  insert into easel.disclosure (generation_id, day, account_id, tier, recipient, data_class, at, expires_at)
  select p_ids[i], (p_minted_at[i] at time zone 'UTC')::date, p_accounts[i], p_tiers[i], 0, 1, v_now, v_expires_at
    from unnest(v_done) i;
  update easel.account a
     set active = a.active + b.added, held = a.held + b.held, entries = b.numbered
    from unnest(v_changed, v_added, v_held, v_numbered) b (id, added, held, numbered)
   where a.id = b.id;
  if m > 0 then
    update easel.credit_grant cg
       set remaining = cg.remaining - taken.amount
      from (select grant_id, sum(amount)::bigint as amount from unnest(v_part_grant, v_part_amount) t (grant_id, amount)
             group by grant_id) taken
     where cg.id = taken.grant_id;
    perform easel.post(v_part_account, v_part_number, v_part_grant, 1::smallint, array_fill(2::smallint, array[m]),
                       v_part_amount, v_part_generation, null, v_now);
  end if;
  if true = any (p_awaits) then
    insert into easel.awaiting_answer (generation_id, api_key_id, fingerprint, created_at)
    select p_ids[i], p_keys[i], p_fingerprints[i], v_now
      from unnest(v_done) i where p_awaits[i] and p_keys[i] is not null;
  end if;
  if cardinality(array_remove(p_key_hashes, null)) > 0 then
    insert into easel.idempotency_claim as c (account_id, key_hash, fingerprint, generation_id, expires_at)
    select p_accounts[i], p_key_hashes[i], p_fingerprints[i], p_ids[i],
           least(v_expires_at, v_now + p_windows[2] * interval '1 us')
      from unnest(v_done) i where p_key_hashes[i] is not null
    on conflict (account_id, key_hash) do update
      set fingerprint = excluded.fingerprint, generation_id = excluded.generation_id, expires_at = excluded.expires_at;
  end if;
  if cardinality(v_used_keys) > 0 then -- to the minute, to spare a write per request
    update easel.api_key set last_used_at = v_now where id = any (v_used_keys);
  end if;
  if cardinality(v_capped) > 0 then -- a month that another transaction has begun is not taken back
    update easel.api_key k set used_month = greatest(k.used_month, v_month), used = u.used
      from unnest(v_capped, v_used) u (id, used) where k.id = u.id;
  end if;
end $$;

-- ------------------------------------------------------------------ transaction 2

-- Why a dispatch was not done.
create function easel.why_not_sent(p_id uuid, p_node uuid, p_fence integer, p_blocked boolean, p_to smallint)
returns smallint language plpgsql stable as $$
begin
  if not exists (select from easel.generation_in_work where id = p_id and owner_node = p_node and fence = p_fence) then
    return easel.why_not(p_id, p_node, p_fence);
  end if;
  if exists (select from easel.generation_in_work where id = p_id and dispatched_to is null and tier + 1 <> p_to) then
    raise exception 'not the recipient of this tier' using errcode = '23514';
  end if;
  if p_blocked
     or exists (select from easel.generation_in_work where id = p_id and state = 2 and dispatched_fence = fence)
     or exists (select from easel.provider_call where generation_id = p_id) then
    return 2;
  end if;
  return 3;
end $$;

-- Of the rows that are dispatched already, those may leave again that were adopted since, and for which no call whose
-- outcome is unknown can have left before. p_categories: the words of each verdict with chr(31) between them.
create function easel.dispatch(p_ids uuid[], p_nodes uuid[], p_fences integer[], p_blocked boolean[],
                               p_categories text[], p_rules text[], p_moderated bytea[], p_to smallint[],
                               p_credentials text[]) returns setof smallint language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  v_done integer[];
begin
  with sent as (
    update easel.generation_in_work w
       set state = 2, verdict_blocked = false, verdict_categories = string_to_array(p_categories[i], chr(31)),
           verdict_rule = p_rules[i], verdict_moderated = p_moderated[i], dispatched_to = p_to[i],
           credential = p_credentials[i], dispatched_at = v_now, dispatched_fence = w.fence
      from unnest(p_ids) with ordinality u (id, i), easel.account a
     where w.id = u.id and w.owner_node = p_nodes[i] and w.fence = p_fences[i] and not p_blocked[i]
       and (w.state < 2 or (w.dispatched_fence < w.fence
                            and not exists (select from easel.provider_call c where c.generation_id = w.id)))
       and a.id = w.account_id and a.state = 0 and not a.restricted and a.tier = w.tier
    returning u.i::integer as i, w.id, w.day, w.account_id, w.tier, w.expires_at),
  told as (
    insert into easel.disclosure (generation_id, day, account_id, tier, recipient, data_class, at, expires_at)
    select id, day, account_id, tier, p_to[i], 1, v_now, expires_at from sent)
  select array_agg(i) into v_done from sent;
  for i in 1 .. cardinality(p_ids) loop
    return next case when i = any (v_done) then 0
                     else easel.why_not_sent(p_ids[i], p_nodes[i], p_fences[i], p_blocked[i], p_to[i]) end;
  end loop;
end $$;

create function easel.block(p_id uuid, p_node uuid, p_fence integer, p_categories text[], p_rule text,
                            p_moderated bytea, p_strikes bigint[]) returns smallint language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  v_account uuid;
begin
  update easel.generation_in_work
     set verdict_blocked = true, verdict_categories = p_categories, verdict_rule = p_rule,
         verdict_moderated = p_moderated
   where id = p_id and owner_node = p_node and fence = p_fence and state < 2
  returning account_id into v_account;
  if not found then
    return easel.why_not(p_id, p_node, p_fence);
  end if;
  perform easel.give_up(p_id, 5::smallint, 1::smallint, false, v_now);
  perform easel.add_strike(v_account, p_id, p_strikes, v_now);
  return 0;
end $$;

-- ------------------------------------------------------------------ calls whose outcome can be asked for

create function easel.begin_call(p_id uuid, p_node uuid, p_fence integer, p_index smallint, p_credential text,
                                 p_callback bytea) returns smallint language plpgsql as $$
declare
  v_images smallint;
begin
  insert into easel.provider_call
    (generation_id, index, account_id, credential, fence, callback_hash, begun_at, expires_at)
  select w.id, p_index, w.account_id, p_credential, p_fence, p_callback, easel.now(), w.expires_at
    from easel.generation_in_work w
   where w.id = p_id and w.owner_node = p_node and w.fence = p_fence and w.state = 2
     and p_index >= 0 and p_index < w.images
  on conflict (generation_id, index) do update
     set credential = excluded.credential, callback_hash = excluded.callback_hash, begun_at = excluded.begun_at,
         hinted_task = null
   where provider_call.task is null and provider_call.fence = excluded.fence;
  if found then
    return 0;
  end if;
  select images into v_images from easel.generation_in_work
   where id = p_id and owner_node = p_node and fence = p_fence and state = 2;
  if found and (p_index < 0 or p_index >= v_images) then
    raise exception 'no such image index' using errcode = '23514';
  end if;
  return easel.why_not(p_id, p_node, p_fence);
end $$;

create function easel.record_task(p_id uuid, p_node uuid, p_fence integer, p_index smallint, p_task text)
returns smallint language plpgsql as $$
begin
  update easel.provider_call c set task = p_task
    from easel.generation_in_work w
   where w.id = p_id and w.owner_node = p_node and w.fence = p_fence
     and c.generation_id = w.id and c.index = p_index and c.task is null;
  if found then
    return 0;
  end if;
  return easel.why_not(p_id, p_node, p_fence);
end $$;

-- ------------------------------------------------------------------ transaction 3

-- The caller holds the rows of the generations and of their accounts; none twice for one generation.
create function easel.store_images(p_ids uuid[], p_nodes uuid[], p_fences integer[], p_indexes smallint[],
                                   p_images uuid[], p_formats smallint[], p_widths integer[], p_heights integer[],
                                   p_sizes bigint[], p_sealed bytea[], p_last boolean[]) returns setof easel.outcome
language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  v_is_bad boolean;
  -- what is stored
  v_done integer[];
  v_ids uuid[];
  v_accounts uuid[];
  v_prices bigint[];
  v_charged bigint[];
  v_indexes smallint[];
  v_lasts boolean[];
  -- what ends with that
  v_ended uuid[];
  v_ended_prices bigint[];
  v_ended_indexes smallint[];
  v_discards boolean[];
  -- what is answered
  v_balances bigint[];
  n integer;
  r easel.outcome;
begin
  select bool_or(p_indexes[i] < 0 or p_indexes[i] >= w.images or p_sizes[i] < 1),
         array_agg(i), array_agg(w.id), array_agg(w.account_id), array_agg(w.price_each::bigint),
         array_agg(w.charged + w.price_each), array_agg(p_indexes[i]), array_agg(p_last[i]),
         array_agg(w.id) filter (where p_last[i]), array_agg(w.price_each::bigint) filter (where p_last[i]),
         array_agg(p_indexes[i]) filter (where p_last[i]), array_agg(w.cancel_requested) filter (where p_last[i])
    into v_is_bad, v_done, v_ids, v_accounts, v_prices, v_charged, v_indexes, v_lasts,
         v_ended, v_ended_prices, v_ended_indexes, v_discards
    from (select id, i::integer as i from unnest(p_ids) with ordinality u (id, i)) u
    join easel.generation_in_work w on w.id = u.id
   where w.owner_node = p_nodes[i] and w.fence = p_fences[i] and w.state = 2 and (w.stored >> p_indexes[i]) & 1 = 0;
  if v_is_bad then
    raise exception 'no such image index, or no image' using errcode = '23514';
  end if;
  if v_done is not null then
    insert into easel.image (generation_id, day, index, id, account_id, format, width, height, size, bytes_sealed,
                             created_at, expires_at)
    select w.id, w.day, p_indexes[i], p_images[i], w.account_id, p_formats[i], p_widths[i], p_heights[i], p_sizes[i],
           p_sealed[i], v_now, w.expires_at
      from unnest(v_done) i
      join easel.generation_in_work w on w.id = p_ids[i];
    perform easel.settle(v_ids, v_prices, v_indexes, v_lasts, v_now);
    v_balances := array(
      select (select coalesce(sum(g.remaining), 0)::bigint from easel.credit_grant g
               where g.account_id = u.account and not g.closed and (g.expires_at is null or g.expires_at > v_now))
        from unnest(v_accounts) with ordinality u (account, i)
       order by u.i);
  end if;
  if v_ended is not null then
    perform easel.put_away(v_ended, array_fill(3::smallint, array[cardinality(v_ended)]),
                           array_fill(0::smallint, array[cardinality(v_ended)]), v_ended_prices, v_ended_indexes,
                           v_discards, v_now);
  end if;
  for i in 1 .. cardinality(p_ids) loop
    n := array_position(v_done, i);
    r := null;
    if n is not null then
      r.result := 0;
      r.state := case when p_last[i] then 3 else 2 end;
      r.charged := v_charged[n];
      r.balance := v_balances[n];
    else
      r.result := case when exists (select from easel.generation_in_work
                                     where id = p_ids[i] and owner_node = p_nodes[i] and fence = p_fences[i])
                       then 2 else easel.why_not(p_ids[i], p_nodes[i], p_fences[i]) end;
    end if;
    return next r;
  end loop;
end $$;

create function easel.finish(p_id uuid, p_node uuid, p_fence integer, p_to smallint, p_reason smallint,
                             p_strike boolean, p_discard boolean, p_strikes bigint[]) returns easel.outcome
language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  w record;
  r easel.outcome;
begin
  select account_id, stored, charged, cancel_requested into w
    from easel.generation_in_work where id = p_id and owner_node = p_node and fence = p_fence;
  if not found then
    r.result := easel.why_not(p_id, p_node, p_fence);
    return r;
  end if;
  r.result := 0;
  r.state := case when w.stored <> 0 then 3 else p_to end;
  r.charged := w.charged;
  perform easel.give_up(p_id, r.state, case when w.stored <> 0 then 0::smallint else p_reason end,
                        p_discard or w.cancel_requested, v_now);
  if p_strike then
    perform easel.add_strike(w.account_id, p_id, p_strikes, v_now);
  end if;
  r.balance := easel.available(w.account_id, v_now);
  return r;
end $$;

create function easel.mark_answered(p_ids uuid[]) returns smallint language sql as $$
  delete from easel.awaiting_answer where generation_id = any (p_ids);
  select 0::smallint
$$;

-- ------------------------------------------------------------------ what a person deletes at once

create function easel.delete_generation(p_account uuid, p_id uuid) returns boolean language plpgsql as $$
declare
  v_day date := easel.day_of(p_id);
begin
  delete from easel.generation
   where id = p_id and day = v_day and account_id = p_account and expires_at > easel.now();
  if not found then
    return false;
  end if;
  delete from easel.image where generation_id = p_id and day = v_day;
  delete from easel.disclosure where generation_id = p_id and day = v_day;
  delete from easel.provider_call where generation_id = p_id;
  delete from easel.idempotency_claim where account_id = p_account and generation_id = p_id;
  delete from easel.awaiting_answer where generation_id = p_id;
  return true;
end $$;
