-- The commands of the hot path: one call each. What a person or a race can cause is a status code; only what should
-- not happen raises. Lock order everywhere: the generation's row, then the account's row, then its grants.

create type easel.admission as (
  result smallint,
  id uuid,
  tier smallint,
  balance bigint,
  created_at timestamptz,
  expires_at timestamptz,
  until timestamptz
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

-- Moves a row that was taken out of work to where the ended ones are.
create function easel.put_away(w easel.generation_in_work, p_now timestamptz) returns void language plpgsql as $$
begin
  insert into easel.generation
  values (w.id, w.day, w.account_id, w.api_key_id, w.tier, w.state, w.reason, w.model, w.slug, w.size, w.quality,
          w.format, w.background, w.compression, w.images, w.partial_images, w.price_each, w.prompt_sealed,
          w.verdict_blocked, w.verdict_categories, w.verdict_rule, w.verdict_moderated, w.dispatched_to, w.credential,
          w.owner_node, w.fence, w.charged, w.stored, w.created_at, w.dispatched_at, p_now, w.expires_at,
          w.content_deleted);
  if w.state <> 3 then -- a retry after a failure is a new try, not a wait for the old answer
    delete from easel.awaiting_answer where generation_id = w.id;
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

-- p_windows: content, idempotency, retry attach, largest clock skew, all in microseconds.
create function easel.admit(
  p_id uuid, p_minted_at timestamptz, p_account uuid, p_key uuid, p_tier smallint, p_model text, p_slug text,
  p_size text, p_quality text, p_format smallint, p_background text, p_compression smallint, p_images smallint,
  p_partial_images smallint, p_price_each bigint, p_prompt_sealed bytea, p_key_hash bytea, p_fingerprint bytea,
  p_retry_count integer, p_awaits_answer boolean, p_node uuid, p_max_active integer, p_allowance bigint,
  p_windows bigint[]) returns easel.admission language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  v_today date := (v_now at time zone 'UTC')::date;
  v_day date := (p_minted_at at time zone 'UTC')::date;
  v_price bigint := p_price_each * p_images;
  v_left bigint := v_price;
  v_available bigint := 0;
  v_grants uuid[] := '{}';
  v_parts bigint[] := '{}';
  v_first bigint;
  a record;
  g record;
  r easel.admission;
begin
  if p_minted_at not between v_now - p_windows[4] * interval '1 us' and v_now + p_windows[4] * interval '1 us' then
    raise exception 'the clock of the node is off' using errcode = '23514';
  end if;
  select acc.tier, acc.state, acc.restricted, acc.cooldown_until, acc.granted_on, acc.active,
         k.id as key_id, k.last_used_at, w.id as there, w.owner_node, w.account_id as there_account, w.created_at,
         w.expires_at
    into a
    from easel.account acc
    left join easel.api_key k on k.id = p_key and k.account_id = acc.id and k.revoked_at is null
    left join easel.generation_in_work w on w.id = p_id
   where acc.id = p_account
     for no key update of acc;
  if not found or (a.there is null and (a.state = 2 or p_prompt_sealed is null)) then
    r.result := 3; -- without a sealed prompt the account's key is destroyed, and the account with it
    return r;
  end if;
  r.tier := a.tier;
  r.id := p_id;
  if a.there is not null then -- the answer of an earlier attempt of this very node was lost on its way
    if a.owner_node <> p_node or a.there_account <> p_account then
      raise exception 'the id is taken' using errcode = '23505';
    end if;
    r.result := 0;
    r.created_at := a.created_at;
    r.expires_at := a.expires_at;
    r.balance := easel.available(p_account, v_now);
    return r;
  end if;

  if p_key is not null and a.key_id is null then
    r.result := 4;
  else
    if p_key_hash is not null or p_retry_count >= 1 then
      select f.result, f.id, f.created_at, f.expires_at into g
        from easel.find_repeated(p_account, p_key, p_key_hash, p_fingerprint, p_retry_count, p_windows, v_now) f;
      if g.result is not null then
        r.result := g.result;
        r.id := g.id;
        r.created_at := g.created_at;
        r.expires_at := g.expires_at;
      end if;
    end if;
    if r.result is not null then
      null;
    elsif a.restricted then
      r.result := 5;
    elsif a.state = 1 then
      r.result := 6;
    elsif a.cooldown_until > v_now then
      r.result := 6;
      r.until := a.cooldown_until;
    elsif a.tier <> p_tier then
      r.result := 7;
    elsif a.active >= p_max_active then
      r.result := 9;
    end if;
  end if;
  if r.result is not null then
    r.balance := easel.available(p_account, v_now);
    return r;
  end if;

  if a.granted_on is distinct from v_today then
    perform easel.close_expired(p_account, v_now);
    if a.tier = 0 and p_allowance > 0 then
      perform easel.issue(p_account, 0::smallint, v_today::text, p_allowance,
                          (v_today + 1)::timestamp at time zone 'UTC', v_now);
    end if;
    update easel.account set granted_on = v_today where id = p_account and (tier = 1 or p_allowance > 0);
  end if;

  for g in select id, remaining from easel.credit_grant
            where account_id = p_account and not closed and (expires_at is null or expires_at > v_now)
            order by expires_at nulls last, id loop
    v_available := v_available + g.remaining;
    if v_left > 0 and g.remaining > 0 then
      v_grants := v_grants || g.id;
      v_parts := v_parts || least(v_left, g.remaining);
      v_left := v_left - least(v_left, g.remaining);
    end if;
  end loop;
  r.balance := v_available - v_price;
  if v_left > 0 or v_available < 0 or r.balance < 0 then
    r.result := 8;
    r.balance := v_available;
    return r;
  end if;

  r.result := 0;
  r.created_at := v_now;
  r.expires_at := v_now + p_windows[1] * interval '1 us';
  insert into easel.generation_in_work (
    id, day, account_id, api_key_id, tier, model, slug, size, quality, format, background, compression, images,
    partial_images, price_each, prompt_sealed, owner_node, created_at, expires_at, hold_grants, hold_left)
  values (p_id, v_day, p_account, p_key, p_tier, p_model, p_slug, p_size, p_quality, p_format, p_background,
          p_compression, p_images, p_partial_images, p_price_each, p_prompt_sealed, p_node, v_now, r.expires_at,
          v_grants, v_parts);
  insert into easel.disclosure (generation_id, day, account_id, tier, recipient, data_class, at, expires_at)
  values (p_id, v_day, p_account, p_tier, 0, 1, v_now, r.expires_at);
  update easel.account
     set active = active + 1, held = held + v_price, entries = entries + cardinality(v_parts)
   where id = p_account
  returning entries - cardinality(v_parts) into v_first;
  if v_price > 0 then
    for i in 1 .. cardinality(v_grants) loop
      update easel.credit_grant set remaining = remaining - v_parts[i] where id = v_grants[i];
    end loop;
    perform easel.post(p_account, v_first, v_grants, 1::smallint,
                       array_fill(2::smallint, array[cardinality(v_parts)]), v_parts, p_id, null, v_now);
  end if;
  if p_key_hash is not null then
    insert into easel.idempotency_claim as c (account_id, key_hash, fingerprint, generation_id, expires_at)
    values (p_account, p_key_hash, p_fingerprint, p_id, least(r.expires_at, v_now + p_windows[2] * interval '1 us'))
    on conflict (account_id, key_hash) do update
      set fingerprint = excluded.fingerprint, generation_id = excluded.generation_id, expires_at = excluded.expires_at;
  end if;
  if p_awaits_answer and p_key is not null then
    insert into easel.awaiting_answer (generation_id, api_key_id, fingerprint, created_at)
    values (p_id, p_key, p_fingerprint, v_now);
  end if;
  if a.key_id is not null and (a.last_used_at is null or a.last_used_at < v_now - interval '1 minute') then
    update easel.api_key set last_used_at = v_now where id = p_key; -- to the minute, to spare a write per request
  end if;
  return r;
end $$;

-- ------------------------------------------------------------------ transaction 2

-- Of the rows that are dispatched already, those may leave again that were adopted since, and for which no call whose
-- outcome is unknown can have left before.
create function easel.dispatch(p_id uuid, p_node uuid, p_fence integer, p_blocked boolean, p_categories text[],
                               p_rule text, p_moderated bytea, p_to smallint, p_credential text) returns smallint
language plpgsql as $$
declare
  v_done integer;
begin
  if not p_blocked then
    with sent as (
      update easel.generation_in_work w
         set state = 2, verdict_blocked = false, verdict_categories = p_categories, verdict_rule = p_rule,
             verdict_moderated = p_moderated, dispatched_to = p_to, credential = p_credential,
             dispatched_at = easel.now(), dispatched_fence = w.fence
        from easel.account a
       where w.id = p_id and w.owner_node = p_node and w.fence = p_fence
         and (w.state < 2 or (w.dispatched_fence < w.fence
                              and not exists (select from easel.provider_call c where c.generation_id = w.id)))
         and a.id = w.account_id and a.state = 0 and not a.restricted and a.tier = w.tier
      returning w.id, w.day, w.account_id, w.tier, w.dispatched_at, w.expires_at)
    insert into easel.disclosure (generation_id, day, account_id, tier, recipient, data_class, at, expires_at)
    select id, day, account_id, tier, p_to, 1, dispatched_at, expires_at from sent;
    get diagnostics v_done = row_count;
    if v_done = 1 then
      return 0;
    end if;
  end if;
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

create function easel.block(p_id uuid, p_node uuid, p_fence integer, p_categories text[], p_rule text,
                            p_moderated bytea, p_strikes bigint[]) returns smallint language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  w easel.generation_in_work;
begin
  delete from easel.generation_in_work
   where id = p_id and owner_node = p_node and fence = p_fence and state < 2
  returning * into w;
  if not found then
    return easel.why_not(p_id, p_node, p_fence);
  end if;
  w.state := 5;
  w.reason := 1;
  w.verdict_blocked := true;
  w.verdict_categories := p_categories;
  w.verdict_rule := p_rule;
  w.verdict_moderated := p_moderated;
  perform easel.settle(w.account_id, w.id, w.hold_grants, w.hold_left, 0, null, true, v_now);
  perform easel.put_away(w, v_now);
  perform easel.add_strike(w.account_id, w.id, p_strikes, v_now);
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

-- What was delivered is charged; its content goes, because the person asked for that while it was made.
create function easel.discard(w easel.generation_in_work) returns easel.generation_in_work language plpgsql as $$
begin
  delete from easel.image where generation_id = w.id and day = w.day;
  w.prompt_sealed := null;
  w.content_deleted := true;
  return w;
end $$;

create function easel.store_image(p_id uuid, p_node uuid, p_fence integer, p_index smallint, p_image uuid,
                                  p_format smallint, p_width integer, p_height integer, p_size bigint, p_sealed bytea,
                                  p_last boolean) returns easel.outcome language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  w easel.generation_in_work;
  r easel.outcome;
begin
  select * into w from easel.generation_in_work
   where id = p_id and owner_node = p_node and fence = p_fence
     for no key update;
  if not found or w.state <> 2 or (w.stored >> p_index) & 1 = 1 then
    r.result := case when w.id is null then easel.why_not(p_id, p_node, p_fence) else 2 end;
    return r;
  end if;
  if p_index < 0 or p_index >= w.images or p_size < 1 then
    raise exception 'no such image index, or no image' using errcode = '23514';
  end if;
  insert into easel.image (generation_id, day, index, id, account_id, format, width, height, size, bytes_sealed,
                           created_at, expires_at)
  values (w.id, w.day, p_index, p_image, w.account_id, p_format, p_width, p_height, p_size, p_sealed, v_now,
          w.expires_at);
  w.hold_left := easel.settle(w.account_id, w.id, w.hold_grants, w.hold_left, w.price_each, p_index, p_last, v_now);
  w.charged := w.charged + w.price_each;
  w.stored := w.stored | (1 << p_index);
  if p_last then
    w.state := 3;
    delete from easel.generation_in_work where id = p_id;
    if w.cancel_requested then
      w := easel.discard(w);
    end if;
    perform easel.put_away(w, v_now);
  else
    update easel.generation_in_work set hold_left = w.hold_left, charged = w.charged, stored = w.stored
     where id = p_id;
  end if;
  r.result := 0;
  r.state := w.state;
  r.charged := w.charged;
  r.balance := easel.available(w.account_id, v_now);
  return r;
end $$;

create function easel.finish(p_id uuid, p_node uuid, p_fence integer, p_to smallint, p_reason smallint,
                             p_strike boolean, p_discard boolean, p_strikes bigint[]) returns easel.outcome
language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  w easel.generation_in_work;
  r easel.outcome;
begin
  delete from easel.generation_in_work where id = p_id and owner_node = p_node and fence = p_fence returning * into w;
  if not found then
    r.result := easel.why_not(p_id, p_node, p_fence);
    return r;
  end if;
  w.state := case when w.stored <> 0 then 3 else p_to end;
  w.reason := case when w.stored <> 0 then 0 else p_reason end;
  perform easel.settle(w.account_id, w.id, w.hold_grants, w.hold_left, 0, null, true, v_now);
  if p_discard or w.cancel_requested then
    w := easel.discard(w);
  end if;
  perform easel.put_away(w, v_now);
  if p_strike then
    perform easel.add_strike(w.account_id, w.id, p_strikes, v_now);
  end if;
  r.result := 0;
  r.state := w.state;
  r.charged := w.charged;
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
