-- Billing (BILL-1, RET-3): what is kept of purchases and of Stripe's objects is ids, times, amounts and states. What is
-- decided is decided in policies/billing.cpp; here it is written, with the ledger, in one transaction.
-- Numbers of states are those of policies/billing.hpp.

-- ------------------------------------------------------------------ values

create domain easel.stripe_id as text check (value ~ '^[A-Za-z0-9_-]{1,255}$');
create domain easel.stripe_word as text check (octet_length(value) between 1 and 64);
create domain easel.money as bigint check (value between 0 and 1000000000000); -- in the currency's smallest unit
create domain easel.currency as text check (value ~ '^[a-z]{3}$');
create domain easel.purchase_state as smallint check (value between 0 and 5);
create domain easel.inbox_state as smallint check (value between 0 and 3);

-- ------------------------------------------------------------------ who

-- What an account is called towards Stripe and in records that outlive it. `account_id` goes with the account, the
-- customer once Stripe has deleted it; then the row leads to nobody. `version` grows with each change of the books of
-- this customer: whoever looked at Stripe before another one wrote has to look again.
create table easel.billing_account (
  id uuid primary key,
  account_id uuid unique,
  customer easel.stripe_id unique,
  version bigint not null default 0,
  created_at timestamptz not null
) with (fillfactor = 80);

-- An open dispute: nothing may be spent. The row lock of the account is the mutex.
alter table easel.account add column blocked boolean not null default false;

-- ------------------------------------------------------------------ buying

-- Our own row, before anybody is sent anywhere. Price and credits are those of the catalogue at that moment.
create table easel.purchase (
  id uuid primary key,
  billing_id uuid not null references easel.billing_account (id),
  item text not null check (octet_length(item) between 1 and 40),
  is_plan boolean not null,
  price easel.stripe_id not null,
  amount easel.money not null,
  currency easel.currency not null,
  credits bigint not null check (credits between 0 and 1000000000000),
  state easel.purchase_state not null default 0,
  session easel.stripe_id unique,
  subscription easel.stripe_id,
  created_at timestamptz not null,
  open_until timestamptz not null,
  changed_at timestamptz not null
) with (fillfactor = 70);
create index on easel.purchase (billing_id, id desc);
create index on easel.purchase (subscription) where subscription is not null;
-- One session at a time can be paid.
create unique index purchase_open on easel.purchase (billing_id) where state < 2;

-- ------------------------------------------------------------------ what Stripe says

-- As last fetched.
create table easel.subscription (
  id easel.stripe_id primary key,
  billing_id uuid not null references easel.billing_account (id),
  status easel.stripe_word not null,
  price easel.stripe_id not null,
  quantity bigint not null check (quantity between 0 and 1000000),
  period_start timestamptz not null,
  period_end timestamptz not null,
  ends_at timestamptz,
  trial_end timestamptz,
  ended_at timestamptz,
  fetched_at timestamptz not null
) with (fillfactor = 70);
create index on easel.subscription (billing_id);

-- What was charged at once: a session of Checkout for a pack, or an invoice. `charged` is the money that came in.
create table easel.sale (
  reference easel.stripe_id primary key,
  billing_id uuid not null references easel.billing_account (id),
  is_pack boolean not null,
  purchase_id uuid,
  subscription easel.stripe_id,
  charged easel.money not null,
  currency easel.currency not null,
  refunded easel.money not null default 0,
  lost easel.money not null default 0, -- in disputes
  disputed boolean not null default false,
  at timestamptz not null
) with (fillfactor = 70);
create index on easel.sale (billing_id, at desc);
create index on easel.sale (at);
create index on easel.sale (subscription) where subscription is not null;

-- Refunds and disputes name a payment only; this is whose it was.
create table easel.sale_payment (
  payment easel.stripe_id primary key, -- a payment intent or a charge
  reference easel.stripe_id not null references easel.sale (reference)
);
create index on easel.sale_payment (reference);

create table easel.refund (
  id easel.stripe_id primary key,
  reference easel.stripe_id not null references easel.sale (reference),
  amount easel.money not null,
  status easel.stripe_word not null,
  created_at timestamptz not null
);
create index on easel.refund (reference);

create table easel.dispute (
  id easel.stripe_id primary key,
  reference easel.stripe_id not null references easel.sale (reference),
  amount easel.money not null,
  status easel.stripe_word not null,
  created_at timestamptz not null
);
create index on easel.dispute (reference);

-- ------------------------------------------------------------------ what it meant in credits

-- What was granted for a sale, by business key, and how much of it was taken back, which is a level and not a sum of
-- events. Of what was taken back: from the book of the expired, and beyond what was there (a debt).
create table easel.sale_grant (
  business_key text primary key check (octet_length(business_key) between 1 and 1000),
  reference easel.stripe_id not null references easel.sale (reference),
  account_id uuid, -- whose books have it; cut with the account
  amount bigint not null check (amount between 1 and 1000000000000),
  clawed bigint not null default 0,
  clawed_expired bigint not null default 0,
  clawed_debt bigint not null default 0,
  at timestamptz not null,
  check (clawed between 0 and amount),
  check (clawed_expired >= 0 and clawed_debt >= 0 and clawed_expired + clawed_debt <= clawed)
) with (fillfactor = 70);
create index on easel.sale_grant (reference);
create index on easel.sale_grant (account_id);

-- Months of a yearly plan that are paid and not granted yet. `months` counts all of them, `granted` those that were.
create table easel.drip (
  business_key text primary key check (octet_length(business_key) between 1 and 1000),
  reference easel.stripe_id not null references easel.sale (reference),
  billing_id uuid not null references easel.billing_account (id),
  subscription easel.stripe_id not null,
  price easel.stripe_id not null,
  monthly bigint not null check (monthly between 1 and 1000000000000),
  begins_at timestamptz not null,
  months integer not null check (months between 1 and 120),
  granted integer not null check (granted between 1 and months),
  due_at timestamptz -- null: over
) with (fillfactor = 70);
create index on easel.drip (due_at) where due_at is not null;

-- ------------------------------------------------------------------ inbox and outbox

-- Events, reduced. Durable before Stripe is answered; kept until no delivery of them can come any more. What could not
-- be applied stays, with its reason, and is tried again.
create table easel.billing_inbox (
  number bigint generated always as identity,
  event_id easel.stripe_id primary key,
  type easel.stripe_word not null,
  api_version text not null check (octet_length(api_version) <= 64),
  livemode boolean not null,
  object text not null check (octet_length(object) <= 64),
  object_id text not null check (octet_length(object_id) <= 255),
  customer text not null check (octet_length(customer) <= 255),
  subscription text not null check (octet_length(subscription) <= 255),
  invoice text not null check (octet_length(invoice) <= 255),
  payment_intent text not null check (octet_length(payment_intent) <= 255),
  charge text not null check (octet_length(charge) <= 255),
  status text not null check (octet_length(status) <= 64),
  amount bigint,
  currency text not null check (octet_length(currency) <= 8),
  instance text not null check (octet_length(instance) <= 255),
  created_at timestamptz not null,
  received_at timestamptz not null,
  by_poll boolean not null,
  state easel.inbox_state not null default 0,
  reason text not null default '',
  attempts integer not null default 0,
  due_at timestamptz, -- null: it is over
  ended_at timestamptz
) with (fillfactor = 70);
create index on easel.billing_inbox (due_at, number) where due_at is not null;
create index on easel.billing_inbox (ended_at) where ended_at is not null;
create index on easel.billing_inbox (customer) where due_at is not null;

-- What Stripe has to be told because an account was deleted, until it was done. 0 cancel a subscription, 1 expire a
-- session, 2 delete the customer, which comes last.
create table easel.billing_outbox (
  billing_id uuid not null references easel.billing_account (id),
  what smallint not null check (what between 0 and 2),
  target easel.stripe_id not null,
  asked_at timestamptz not null,
  due_at timestamptz not null,
  attempts integer not null default 0,
  primary key (what, target)
);
create index on easel.billing_outbox (due_at, what);

-- How far each sweep over Stripe's lists has come.
create table easel.billing_sweep (
  name text primary key,
  reached timestamptz not null,
  ran_at timestamptz not null,
  looked_at bigint not null,
  found bigint not null
);

-- The deletion of an account cuts the link from the person to what was paid at once, and asks Stripe to forget the
-- customer, in the transaction that closes it.
create function easel.detach_billing() returns trigger language plpgsql as $$
declare
  v_billing easel.billing_account;
begin
  update easel.billing_account set account_id = null, version = version + 1 where account_id = new.id
  returning * into v_billing;
  update easel.sale_grant set account_id = null where account_id = new.id;
  if v_billing.id is not null then
    insert into easel.billing_outbox (billing_id, what, target, asked_at, due_at)
    select v_billing.id, 0, id, easel.now(), easel.now() from easel.subscription
     where billing_id = v_billing.id and ended_at is null
    union all
    select v_billing.id, 1, session, easel.now(), easel.now() from easel.purchase
     where billing_id = v_billing.id and state < 2 and session is not null
    union all
    select v_billing.id, 2, v_billing.customer, easel.now(), easel.now() where v_billing.customer is not null
    on conflict do nothing;
  end if;
  return null;
end $$;
create trigger detach_billing after update of state on easel.account
  for each row when (new.state = 2 and old.state <> 2) execute function easel.detach_billing();

-- Deletes a bounded number of events that have been over since before p_until, and sales whose own window is over
-- (p_sales_until), with all that belongs to them; returns how many rows. The ledger's own entries are the ledger's.
create function easel.sweep_billing(p_until timestamptz, p_sales_until timestamptz, p_limit integer) returns integer
language plpgsql as $$
declare
  v_gone text[];
  v_count integer;
  v_all integer;
begin
  delete from easel.billing_inbox where event_id in (
    select event_id from easel.billing_inbox where ended_at < p_until order by ended_at limit p_limit);
  get diagnostics v_all = row_count;
  v_gone := array(
    select s.reference from easel.sale s
     where s.at < p_sales_until and not s.disputed
       and not exists (select from easel.drip d where d.reference = s.reference and d.due_at is not null)
     order by s.at limit p_limit);
  delete from easel.refund where reference = any (v_gone);
  delete from easel.dispute where reference = any (v_gone);
  delete from easel.sale_grant where reference = any (v_gone);
  delete from easel.drip where reference = any (v_gone);
  delete from easel.sale_payment where reference = any (v_gone);
  delete from easel.sale where reference = any (v_gone);
  get diagnostics v_count = row_count;
  v_all := v_all + v_count;
  delete from easel.purchase where id in (
    select p.id from easel.purchase p
     where p.changed_at < p_sales_until and p.state > 2
       and not exists (select from easel.sale s where s.purchase_id = p.id)
     order by p.id limit p_limit);
  get diagnostics v_count = row_count;
  v_all := v_all + v_count;
  delete from easel.subscription where id in (
    select b.id from easel.subscription b
     where b.ended_at < p_sales_until and not exists (select from easel.sale s where s.subscription = b.id)
     limit p_limit);
  get diagnostics v_count = row_count;
  return v_all + v_count;
end $$;

-- ------------------------------------------------------------------ moves of the ledger

-- One transfer of one grant. Nothing when the amount is 0. The caller holds the account's row and has moved the
-- projection.
create function easel.move_one(p_account uuid, p_grant uuid, p_from smallint, p_to smallint, p_amount bigint,
                               p_now timestamptz) returns void language plpgsql as $$
declare
  v_entries bigint;
begin
  if p_amount = 0 then
    return;
  end if;
  update easel.account set entries = entries + 1 where id = p_account returning entries into v_entries;
  perform easel.post(array[p_account], array[v_entries], array[p_grant], p_from, array[p_to], array[p_amount], null,
                     null, p_now);
end $$;

-- Takes p_delta more back of what was granted under p_key, or gives -p_delta of it back. What is still there goes
-- first, then what expired unused, and the rest is a debt: a grant below zero, which the balance contains. Given back
-- is in the opposite order, so that the outcome is the level's, however it was reached. The caller holds the account's
-- row.
create function easel.claw(p_account uuid, p_key text, p_delta bigint, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_posted easel.sale_grant;
  v_grant easel.credit_grant;
  v_debt_row uuid;
  v_live bigint;
  v_expired bigint;
  v_debt bigint;
  v_entries bigint;
begin
  if p_delta = 0 then
    return;
  end if;
  select * into strict v_posted from easel.sale_grant where business_key = p_key for update;
  select * into strict v_grant from easel.credit_grant
   where account_id = p_account and kind in (2, 3) and business_key = p_key;
  if p_delta > 0 then
    v_live := least(p_delta, v_grant.remaining);
    select least(p_delta - v_live, coalesce(sum(case when to_book = 4 then amount else -amount end), 0))
      into v_expired
      from easel.credit_transfer
     where account_id = p_account and grant_id = v_grant.id and 4 in (from_book, to_book);
    v_debt := p_delta - v_live - v_expired;
  else
    v_debt := -least(-p_delta, v_posted.clawed_debt);
    v_expired := -least(v_debt - p_delta, v_posted.clawed_expired);
    v_live := p_delta - v_debt - v_expired;
  end if;
  update easel.sale_grant
     set clawed = clawed + p_delta, clawed_expired = clawed_expired + v_expired, clawed_debt = clawed_debt + v_debt
   where business_key = p_key;

  update easel.credit_grant set remaining = remaining - v_live, closed = closed and v_live > 0
   where id = v_grant.id and v_live <> 0;
  perform easel.move_one(p_account, v_grant.id, 1::smallint, 0::smallint, greatest(v_live, 0), p_now);
  perform easel.move_one(p_account, v_grant.id, 0::smallint, 1::smallint, greatest(-v_live, 0), p_now);
  perform easel.move_one(p_account, v_grant.id, 4::smallint, 0::smallint, greatest(v_expired, 0), p_now);
  perform easel.move_one(p_account, v_grant.id, 0::smallint, 4::smallint, greatest(-v_expired, 0), p_now);
  if v_debt <> 0 then
    select id into v_debt_row from easel.credit_grant
     where account_id = p_account and kind = v_grant.kind and business_key = 'claw:' || p_key;
    if v_debt_row is null then
      select entries + 1 into v_entries from easel.account where id = p_account;
      v_debt_row := easel.entry_id(p_now, v_entries, p_account);
      insert into easel.credit_grant (id, account_id, kind, business_key, amount, remaining, created_at)
      values (v_debt_row, p_account, v_grant.kind, 'claw:' || p_key, 0, 0, p_now);
    end if;
    update easel.credit_grant
       set amount = amount - greatest(v_debt, 0), remaining = remaining - v_debt, closed = (remaining = v_debt)
     where id = v_debt_row;
    perform easel.move_one(p_account, v_debt_row, 1::smallint, 0::smallint, greatest(v_debt, 0), p_now);
    perform easel.move_one(p_account, v_debt_row, 0::smallint, 1::smallint, greatest(-v_debt, 0), p_now);
  end if;
end $$;

-- Grants for a sale, once for each business key: false when it was there. Debts are paid from it at once, so that it
-- cannot expire while they stay. The caller holds the account's row.
create function easel.grant_sold(p_account uuid, p_kind smallint, p_key text, p_reference text, p_amount bigint,
                                 p_expires_at timestamptz, p_now timestamptz) returns boolean language plpgsql as $$
declare
  v_debt record;
  v_grant uuid;
  v_left bigint := p_amount;
  v_part bigint;
begin
  insert into easel.sale_grant (business_key, reference, account_id, amount, at)
  values (p_key, p_reference, p_account, p_amount, p_now)
  on conflict do nothing;
  if not found then
    return false;
  end if;
  if not easel.issue(p_account, p_kind, p_key, p_amount, p_expires_at, p_now) then
    raise exception 'a grant of billing is in the ledger and not in billing' using errcode = '23505';
  end if;
  select id into v_grant from easel.credit_grant
   where account_id = p_account and kind = p_kind and business_key = p_key;
  for v_debt in
    select id, -remaining as owed from easel.credit_grant
     where account_id = p_account and not closed and remaining < 0 order by id
  loop
    v_part := least(v_debt.owed, v_left);
    exit when v_part = 0;
    v_left := v_left - v_part;
    update easel.credit_grant set remaining = remaining - v_part where id = v_grant;
    update easel.credit_grant set remaining = remaining + v_part, closed = (v_part = v_debt.owed) where id = v_debt.id;
    perform easel.move_one(p_account, v_grant, 1::smallint, 0::smallint, v_part, p_now);
    perform easel.move_one(p_account, v_debt.id, 0::smallint, 1::smallint, v_part, p_now);
  end loop;
  return true;
end $$;
