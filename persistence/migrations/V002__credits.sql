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

-- Writes transfers of one account, in the order given. The caller has moved the projections and reserved the numbers
-- after p_first.
create function easel.post(p_account uuid, p_first bigint, p_grants uuid[], p_from smallint, p_to smallint[],
                           p_amounts bigint[], p_generation uuid, p_image smallint, p_now timestamptz) returns void
language plpgsql as $$
begin
  for i in 1 .. cardinality(p_grants) loop
    insert into easel.credit_transfer (account_id, id, from_book, to_book, amount, grant_id, generation_id,
                                       image_index, at)
    values (p_account, easel.entry_id(p_now, p_first + i, p_account), p_from, p_to[i], p_amounts[i], p_grants[i],
            p_generation, case when p_to[i] = 3 then p_image end, p_now);
  end loop;
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
  perform easel.post(p_account, v_entries - 1, array[v_grant], 0::smallint, array[1::smallint],
                     array[p_amount], null, null, p_now);
  return true;
end $$;

-- Moves what is left of expired grants to the book of the expired. The caller holds the account's row.
create function easel.close_expired(p_account uuid, p_now timestamptz) returns void language plpgsql as $$
declare
  v_grants uuid[];
  v_amounts bigint[];
  v_entries bigint;
begin
  with over as (
    update easel.credit_grant g set closed = true, remaining = 0
      from (select id, remaining from easel.credit_grant
             where account_id = p_account and not closed and expires_at <= p_now) before
     where g.id = before.id
    returning g.id, before.remaining)
  select array_agg(id), array_agg(remaining) into v_grants, v_amounts from over where remaining > 0;
  if v_grants is not null then
    update easel.account set entries = entries + cardinality(v_grants) where id = p_account
    returning entries - cardinality(v_grants) into v_entries;
    perform easel.post(p_account, v_entries, v_grants, 1::smallint,
                       array_fill(4::smallint, array[cardinality(v_grants)]), v_amounts, null, null, p_now);
  end if;
end $$;

-- Spends p_charge of a hold in the order of its parts and, with p_release, gives the rest back to the grants it came
-- from and takes the generation off the account's active ones. Returns what is left of each part.
create function easel.settle(p_account uuid, p_generation uuid, p_grants uuid[], p_left bigint[], p_charge bigint,
                             p_image smallint, p_release boolean, p_now timestamptz) returns bigint[]
language plpgsql as $$
declare
  v_left bigint[] := p_left;
  v_due bigint := p_charge;
  v_gone bigint := 0;
  v_part bigint;
  v_from_grant uuid[] := '{}';
  v_to smallint[] := '{}';
  v_amount bigint[] := '{}';
  v_first bigint;
begin
  for i in 1 .. cardinality(p_left) loop
    v_part := least(v_due, v_left[i]);
    if v_part > 0 then
      v_due := v_due - v_part;
      v_left[i] := v_left[i] - v_part;
      v_gone := v_gone + v_part;
      v_from_grant := v_from_grant || p_grants[i];
      v_to := v_to || 3::smallint;
      v_amount := v_amount || v_part;
    end if;
    if p_release and v_left[i] > 0 then
      v_gone := v_gone + v_left[i];
      v_from_grant := v_from_grant || p_grants[i];
      v_to := v_to || 1::smallint;
      v_amount := v_amount || v_left[i];
      update easel.credit_grant
         set remaining = remaining + v_left[i], closed = false
       where id = p_grants[i];
      v_left[i] := 0;
    end if;
  end loop;
  if v_due > 0 then
    raise exception 'a charge exceeds its hold' using errcode = '23514';
  end if;
  update easel.account
     set held = held - v_gone, active = active - p_release::integer, entries = entries + cardinality(v_to)
   where id = p_account
  returning entries - cardinality(v_to) into v_first;
  if v_gone > 0 then
    perform easel.post(p_account, v_first, v_from_grant, 2::smallint, v_to, v_amount, p_generation, p_image, p_now);
  end if;
  return v_left;
end $$;
