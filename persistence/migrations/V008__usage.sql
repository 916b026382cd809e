-- What each generation cost is nobody's business for ever (RET-3): 90 days later the usage of a grant is one entry that
-- says how much of it was spent. No book changes by that.

-- Each generation begins with a hold.
create index on easel.credit_transfer (at) where to_book = 2;

-- Folds what the generations moved into one entry for each grant, together with what was folded before. The caller holds
-- the account's row. Returns how many holds that were.
create function easel.fold(p_account uuid, p_generations uuid[]) returns integer language plpgsql as $$
declare
  v_holds integer;
  v_at timestamptz;
  v_grants uuid[];
  v_spent bigint[];
  v_entries bigint;
  n integer;
begin
  with concerned as (
    select distinct t.grant_id from easel.credit_transfer t
     where t.account_id = p_account and t.generation_id = any (p_generations)),
  gone as (
    delete from easel.credit_transfer t
     where t.account_id = p_account
       and (t.generation_id = any (p_generations)
            or t.generation_id is null and t.from_book = 1 and t.to_book = 3
               and t.grant_id in (select c.grant_id from concerned c))
    returning t.grant_id, t.to_book, t.amount, t.at),
  spent as (
    select g.grant_id, sum(g.amount)::bigint as amount from gone g where g.to_book = 3 group by g.grant_id)
  select (select count(*) from gone where to_book = 2), (select max(at) from gone),
         array(select grant_id from spent order by grant_id), array(select amount from spent order by grant_id)
    into v_holds, v_at, v_grants, v_spent;
  n := cardinality(v_grants);
  if n > 0 then
    update easel.account set entries = entries + n where id = p_account returning entries into v_entries;
    perform easel.post(array_fill(p_account, array[n]), array(select generate_series(v_entries - n + 1, v_entries)),
                       v_grants, 1::smallint, array_fill(3::smallint, array[n]), v_spent, null, null, v_at);
  end if;
  return v_holds;
end $$;

-- Folds usage that began before p_cut, at most p_limit holds of it, the oldest first; returns how many. Usage of a
-- generation that is still there stays, because its charge is compared with it; accounts that are busy are left for the
-- next time.
create function easel.fold_usage(p_cut timestamptz, p_limit integer) returns integer language plpgsql as $$
declare
  v_account uuid;
  v_generations uuid[];
  v_folded integer := 0;
begin
  for v_account, v_generations in
    select h.account_id, array_agg(distinct h.generation_id)
      from (select account_id, generation_id from easel.credit_transfer
             where to_book = 2 and at <= p_cut order by at limit p_limit) h
     where not exists (select from easel.every_generation g
                        where g.id = h.generation_id and g.day = easel.day_of(h.generation_id))
     group by h.account_id
     order by h.account_id
  loop
    perform from easel.account where id = v_account for no key update skip locked;
    if found then
      v_folded := v_folded + easel.fold(v_account, v_generations);
    end if;
  end loop;
  return v_folded;
end $$;
