-- The ledger: every change of a balance is a transfer, and easel.post is the only place that makes one.

-- What is called on the hot path is in PL/pgSQL even when it is one statement: its plans are kept from call to call,
-- while a function in SQL that is not inlined is planned at each.

create function easel.available(p_account uuid, p_now timestamptz) returns bigint language plpgsql stable as $$
begin
  return (select coalesce(sum(remaining), 0)::bigint from easel.credit_grant
           where account_id = p_account and not closed and (expires_at is null or expires_at > p_now));
end $$;

-- A UUIDv7 whose tail counts the account's entries: unique within the account, and ordered as they were made.
create function easel.entry_id(p_at timestamptz, p_number bigint, p_account uuid) returns uuid
language sql stable as $$
  select (lpad(to_hex(floor(date_part('epoch', p_at) * 1000)::bigint), 12, '0')
          || '7' || lpad(to_hex((p_number >> 24) & 4095), 3, '0')
          || '8' || lpad(to_hex(p_number & 16777215), 6, '0') || right(p_account::text, 9))::uuid
$$;

-- Writes transfers in the order given. The caller has moved the projections and reserved the numbers. An image is kept
-- only with what was spent on it.
create function easel.post(p_accounts uuid[], p_numbers bigint[], p_grants uuid[], p_from smallint, p_to smallint[],
                           p_amounts bigint[], p_generations uuid[], p_images smallint[], p_now timestamptz)
returns void language plpgsql as $$
begin
  insert into easel.credit_transfer (account_id, id, from_book, to_book, amount, grant_id, generation_id, image_index,
                                     at)
  select account, easel.entry_id(p_now, number, account), p_from, book, amount, grant_id, generation,
         case when book = 3 then image end, p_now
    from unnest(p_accounts, p_numbers, p_to, p_amounts, p_grants, p_generations, p_images)
      t (account, number, book, amount, grant_id, generation, image);
end $$;

-- Issues a grant; false when its business key was used before. The caller holds the account's row.
create function easel.issue(p_account uuid, p_kind smallint, p_business_key text, p_amount bigint,
                            p_expires_at timestamptz, p_now timestamptz) returns boolean language plpgsql as $$
declare
  v_entries bigint;
  v_grant uuid;
begin
  update easel.account set entries = entries + 1 where id = p_account returning entries into v_entries;
  v_grant := easel.entry_id(p_now, v_entries, p_account);
  insert into easel.credit_grant (id, account_id, kind, business_key, amount, remaining, created_at, expires_at)
  values (v_grant, p_account, p_kind, coalesce(p_business_key, v_grant::text), p_amount, p_amount, p_now, p_expires_at)
  on conflict (account_id, kind, business_key) do nothing;
  if not found then
    return false;
  end if;
  perform easel.post(array[p_account], array[v_entries], array[v_grant], 0::smallint, array[1::smallint],
                     array[p_amount], null, null, p_now);
  return true;
end $$;

-- Moves what is left of expired grants to the book of the expired. The caller holds the account's row.
create function easel.close_expired(p_account uuid, p_now timestamptz) returns void language plpgsql as $$
declare
  v_grants uuid[];
  v_amounts bigint[];
  v_count integer;
  v_entries bigint;
begin
  with over as (
    update easel.credit_grant g set closed = true, remaining = 0
      from (select id, remaining from easel.credit_grant
             where account_id = p_account and not closed and expires_at <= p_now) before
     where g.id = before.id
    returning g.id, before.remaining)
  select array_agg(id), array_agg(remaining::bigint), count(*) into v_grants, v_amounts, v_count
    from over where remaining > 0;
  if v_count > 0 then
    update easel.account set entries = entries + v_count where id = p_account returning entries into v_entries;
    perform easel.post(array_fill(p_account, array[v_count]),
                       array(select generate_series(v_entries - v_count + 1, v_entries)), v_grants, 1::smallint,
                       array_fill(4::smallint, array[v_count]), v_amounts, null, null, p_now);
  end if;
end $$;

-- Moves the holds of generations: of the i-th p_charges[i] is spent, in the order of the hold's parts, for the image
-- p_images[i]. What is left goes, with p_release[i], back to the grants it came from, and the generation is no longer
-- one of the account's active ones; else it stays in the row, beside the image.
-- Each generation stands here at most once; the caller holds their rows and those of their accounts.
create function easel.settle(p_generations uuid[], p_charges bigint[], p_images smallint[], p_release boolean[],
                             p_now timestamptz) returns void language plpgsql as $$
declare
  w record;
  v_left bigint[];
  v_due bigint;
  v_part bigint;
  -- the transfers
  v_account uuid[] := '{}';
  v_number bigint[] := '{}';
  v_grant uuid[] := '{}';
  v_to smallint[] := '{}';
  v_amount bigint[] := '{}';
  v_generation uuid[] := '{}';
  v_image smallint[] := '{}';
  -- what becomes of the accounts
  n integer := 0;
  v_changed uuid[] := '{}';
  v_gone bigint[] := '{}';
  v_ended integer[] := '{}';
  v_entries bigint[] := '{}';
  v_has_returns boolean := false;
begin
  for w in
    select u.i::integer as i, g.id, g.account_id, g.hold_grants, g.hold_left, a.entries
      from unnest(p_generations) with ordinality u (id, i)
      join easel.generation_in_work g on g.id = u.id
      join easel.account a on a.id = g.account_id
     order by g.account_id, u.i
  loop
    if n = 0 or v_changed[n] <> w.account_id then
      n := n + 1;
      v_changed[n] := w.account_id;
      v_gone[n] := 0;
      v_ended[n] := 0;
      v_entries[n] := w.entries;
    end if;
    v_left := w.hold_left;
    v_due := p_charges[w.i];
    for j in 1 .. cardinality(v_left) loop
      v_part := least(v_due, v_left[j]);
      if v_part > 0 then
        v_due := v_due - v_part;
        v_left[j] := v_left[j] - v_part;
        v_gone[n] := v_gone[n] + v_part;
        v_entries[n] := v_entries[n] + 1;
        v_account := v_account || w.account_id;
        v_number := v_number || v_entries[n];
        v_grant := v_grant || w.hold_grants[j];
        v_to := v_to || 3::smallint;
        v_amount := v_amount || v_part;
        v_generation := v_generation || w.id;
        v_image := v_image || p_images[w.i];
      end if;
      if p_release[w.i] and v_left[j] > 0 then
        v_has_returns := true;
        v_gone[n] := v_gone[n] + v_left[j];
        v_entries[n] := v_entries[n] + 1;
        v_account := v_account || w.account_id;
        v_number := v_number || v_entries[n];
        v_grant := v_grant || w.hold_grants[j];
        v_to := v_to || 1::smallint;
        v_amount := v_amount || v_left[j];
        v_generation := v_generation || w.id;
        v_image := v_image || null::smallint;
      end if;
    end loop;
    if v_due > 0 then
      raise exception 'a charge exceeds its hold' using errcode = '23514';
    end if;
    if p_release[w.i] then
      v_ended[n] := v_ended[n] + 1;
    else
      update easel.generation_in_work
         set hold_left = v_left, charged = charged + p_charges[w.i], stored = stored | (1 << p_images[w.i])
       where id = w.id;
    end if;
  end loop;

  update easel.account a
     set held = a.held - c.gone, active = a.active - c.ended, entries = c.entries
    from unnest(v_changed, v_gone, v_ended, v_entries) c (id, gone, ended, entries)
   where a.id = c.id;
  if v_has_returns then
    update easel.credit_grant g
       set remaining = g.remaining + back.amount, closed = false
      from (select grant_id, sum(amount)::bigint as amount
              from unnest(v_grant, v_to, v_amount) t (grant_id, book, amount)
             where book = 1 group by grant_id) back
     where g.id = back.grant_id;
    -- What is not spent does not count against the cap of the key that asked for it.
    update easel.api_key k
       set used = greatest(k.used - back.amount, 0)
      from (select g.api_key_id, date_trunc('month', g.created_at at time zone 'UTC')::date as month,
                   sum(t.amount)::bigint as amount
              from unnest(v_generation, v_to, v_amount) t (generation, book, amount)
              join easel.generation_in_work g on g.id = t.generation
             where t.book = 1 and g.api_key_id is not null group by 1, 2) back
     where k.id = back.api_key_id and k.monthly_cap is not null and k.used_month = back.month;
  end if;
  if cardinality(v_grant) > 0 then
    perform easel.post(v_account, v_number, v_grant, 2::smallint, v_to, v_amount, v_generation, v_image, p_now);
  end if;
end $$;
