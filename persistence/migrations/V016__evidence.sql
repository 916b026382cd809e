-- What shows that the clauses about accounts, payments, rights and recipients are kept (RET-2, RET-3, RIGHT-1 to 3,
-- THIRD-4, THIRD-5, MAIL-1, COOKIE-1): again counts and times, and what each server's process has seen of itself.

-- ------------------------------------------------------------------ what deleted accounts left

-- For each relation of the catalogue with a column account_id: how many rows name an account that is not there any
-- more. Of an account whose erasure is under way, what goes with its first step counts as well. Payments are meant to
-- outlive their account (RET-3); what else stands in the ledger is not.
create function easel.audit_count_left_over() returns table (relation text, parent text, rows_left bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = on set enable_bitmapscan = on set enable_hashjoin = on as $$
begin
  for relation in
    select c.relname from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'account_id' and not a.attisdropped
     where c.relnamespace = 'easel'::regnamespace and c.relkind = 'r'
     order by c.relname
  loop
    parent := regexp_replace(relation, '_[0-9]{8}$', '');
    execute format('select count(*) from easel.%I t where t.account_id is not null'
                   ' and not exists (select from easel.account a where a.id = t.account_id %s) %s',
                   relation,
                   case when relation in ('person', 'account_key', 'session', 'api_key') then 'and a.state <> 2' end,
                   case relation when 'credit_grant' then 'and t.kind not in (2, 3)'
                                 when 'credit_transfer' then 'and t.generation_id is not null' end)
       into rows_left;
    return next;
  end loop;
end $$;

create view easel.audit_left_over as
select parent as relation, sum(rows_left)::bigint as rows_left from easel.audit_count_left_over() group by parent;

-- ------------------------------------------------------------------ the chain of receipts

create function easel.audit_follow_receipts() returns table (receipts bigint, broken bigint, under_way bigint,
                                                             oldest_begun timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = on as $$
  select count(*) filter (where number is not null), easel.broken_receipts(), count(*) filter (where number is null),
         min(begun_at) filter (where number is null)
    from easel.erasure
$$;

create view easel.audit_receipt as
select receipts, broken, under_way, easel.micros(oldest_begun) as oldest_us from easel.audit_follow_receipts();

-- ------------------------------------------------------------------ copies and corrections

create view easel.audit_right as
select (select count(*) from easel.data_export) as exports_begun,
       (select count(*) from easel.data_export where ended_at is not null) as exports_ended,
       (select count(*) from easel.data_export where ended_at is null and alive_until <= easel.now())
         as exports_broken_off,
       (select count(*) from easel.person where name_edited) as names_corrected;

-- ------------------------------------------------------------------ records of payments

create index credit_grant_of_payments on easel.credit_grant (created_at) where kind in (2, 3);

-- Entries of the ledger about what was paid that serve nobody any more: used up, or their account is gone, and the
-- record of their sale is as well.
create view easel.spent_payment as
select g.id, g.account_id, g.created_at from easel.credit_grant g
 where g.kind in (2, 3) and g.closed
   and (g.remaining = 0 or not exists (select from easel.account a where a.id = g.account_id))
   and not exists (select from easel.sale_grant s where s.business_key = regexp_replace(g.business_key, '^claw:', ''))
   and not exists (select from easel.credit_transfer t
                    where t.account_id = g.account_id and t.grant_id = g.id and t.generation_id is not null);

-- Deletes a bounded number of them from before p_until; returns how many.
create function easel.sweep_payments(p_until timestamptz, p_limit integer) returns integer language plpgsql as $$
declare
  v_ids uuid[];
  v_accounts uuid[];
begin
  select array_agg(id), array_agg(account_id) into v_ids, v_accounts
    from (select s.id, s.account_id from easel.spent_payment s where s.created_at < p_until
           order by s.created_at limit p_limit) due;
  if v_ids is null then
    return 0;
  end if;
  perform from easel.account where id = any (v_accounts) order by id for no key update;
  delete from easel.credit_transfer t using unnest(v_ids, v_accounts) d (id, account_id)
   where t.account_id = d.account_id and t.grant_id = d.id;
  delete from easel.credit_grant where id = any (v_ids);
  return cardinality(v_ids);
end $$;

-- The oldest record of each kind that nothing holds any more, by the time from which its window runs. An open dispute
-- and a year that is still being granted hold a sale.
create view easel.audit_payment as
select what, easel.micros(at) as at_us
  from (select 'sale' as what,
               (select min(s.at) from easel.sale s
                 where not s.disputed
                   and not exists (select from easel.drip d where d.reference = s.reference and d.due_at is not null))
                 as at
        union all
        select 'purchase',
               (select min(p.changed_at) from easel.purchase p
                 where p.state > 2 and not exists (select from easel.sale s where s.purchase_id = p.id))
        union all
        select 'subscription',
               (select min(b.ended_at) from easel.subscription b
                 where not exists (select from easel.sale s where s.subscription = b.id))
        union all
        select 'entry of a payment', (select min(created_at) from easel.spent_payment)
        union all
        select 'event of Stripe', (select min(ended_at) from easel.billing_inbox)) oldest;

-- ------------------------------------------------------------------ what each process has seen of itself

-- Which hosts it called, what its own pages load, which cookies it set: nothing of anybody's. One row for each process;
-- a row that nobody renews is deleted after a day.
create table easel.self_report (
  process uuid primary key,
  at timestamptz not null,
  report jsonb not null check (octet_length(report::text) <= 262144)
);

create view easel.audit_self_report as
select easel.micros(at) as at_us, report::text as report from easel.self_report;

create view easel.audit_node as
select easel.micros(joined_at) as joined_us, easel.micros(heartbeat_at) as heartbeat_us
  from easel.node where left_at is null and taken_over_at is null;
