-- What a person may demand: an end of everything (RIGHT-3, CHILD-1), a pause (RIGHT-4), and a copy (RIGHT-1).

-- ------------------------------------------------------------------ tables

-- One erasure each: under way it names its account, so that whoever finds it can go on; then it is a receipt that leads
-- to nobody, chained to the one before by its hash.
create table easel.erasure (
  id uuid primary key,
  account_id uuid unique,          -- only while it is under way
  clause text not null check (clause in ('RIGHT-3', 'CHILD-1')),
  begun_at timestamptz not null,   -- account closed, sessions and keys gone, content key destroyed
  finished_at timestamptz,
  counts jsonb not null default '{}', -- rows by table
  number bigint unique,            -- its place in the chain
  previous easel.sha256,           -- of the receipt before; 32 zeros at the first
  hash easel.sha256,
  check ((finished_at is null) = (account_id is not null)),
  check ((finished_at is null) = (number is null)),
  check ((number is null) = (hash is null) and (number is null) = (previous is null))
);

create function easel.refuse_receipt_change() returns trigger language plpgsql as
$$ begin
  if old.finished_at is not null then
    raise exception 'receipts are never changed' using errcode = '55000';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger append_only before update or delete on easel.erasure
  for each row execute function easel.refuse_receipt_change();

-- So that deleting an account refills no allowance and wipes no strike: by the keyed hash of the subject alone.
create table easel.erased_subject (
  subject_hash easel.sha256 primary key,
  allowance_on date,               -- the UTC day whose allowance was granted last
  strikes timestamptz[] not null,
  suspended boolean not null,
  cooldown_until timestamptz,
  expires_at timestamptz not null
);
create index on easel.erased_subject (expires_at);

-- Each time that a person had their processing restricted, and what they object to, if they said it.
create table easel.restriction (
  id uuid primary key,
  account_id uuid not null references easel.account (id),
  begun_at timestamptz not null,
  lifted_at timestamptz,
  objection_sealed bytea check (length(objection_sealed) between 29 and 8192)
);
create index on easel.restriction (account_id, begun_at);

-- Copies that were asked for: one at a time, a few a day. It is under way as long as it is alive.
create table easel.data_export (
  id uuid primary key,
  account_id uuid not null references easel.account (id),
  begun_at timestamptz not null,
  alive_until timestamptz not null,
  ended_at timestamptz
);
create index on easel.data_export (account_id, begun_at);

-- What was paid outlives its account under a reference that nobody has.
alter table easel.credit_grant drop constraint credit_grant_account_id_fkey;

create index on easel.operator_audit (account_id);

-- ------------------------------------------------------------------ work under way

-- Ends what the account has in work, and gives its holds back; what was delivered stays. Late results find nothing to
-- be written to. The caller has seen to it that nothing more is admitted. Returns how many it ended.
create function easel.end_work(p_account uuid) returns integer language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  v_ids uuid[];
  v_stored boolean[];
  v_count integer;
begin
  select array_agg(w.id), array_agg(w.stored <> 0) into v_ids, v_stored
    from (select id, stored from easel.generation_in_work where account_id = p_account order by id for update) w;
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
                         array_fill(false, array[v_count]), v_now);
  delete from easel.awaiting_answer where generation_id = any (v_ids);
  return v_count;
end $$;

-- ------------------------------------------------------------------ RIGHT-4

-- The id of the restriction in force, p_id if it begins now; null when there is no such account.
create function easel.restrict(p_id uuid, p_account uuid, p_objection bytea) returns uuid language plpgsql as $$
declare
  v_is_restricted boolean;
  v_id uuid;
begin
  select restricted into v_is_restricted from easel.account where id = p_account and state <> 2 for no key update;
  if not found then
    return null;
  end if;
  select id into v_id from easel.restriction where account_id = p_account and lifted_at is null;
  if v_is_restricted and v_id is not null then
    return v_id;
  end if;
  update easel.account set restricted = true where id = p_account;
  insert into easel.restriction (id, account_id, begun_at, objection_sealed)
  values (p_id, p_account, easel.now(), p_objection);
  delete from easel.restriction where id in (
    select id from easel.restriction where account_id = p_account order by begun_at desc, id desc offset 100);
  return p_id;
end $$;

-- False when there is no such account; lifting what is not restricted changes nothing.
create function easel.lift_restriction(p_account uuid) returns boolean language plpgsql as $$
begin
  update easel.account set restricted = false where id = p_account and state <> 2;
  if not found then
    return false;
  end if;
  update easel.restriction set lifted_at = easel.now() where account_id = p_account and lifted_at is null;
  return true;
end $$;

-- ------------------------------------------------------------------ RIGHT-3: the first moment

create function easel.add_counts(p_counts jsonb, p_more jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(key, n), '{}')
    from (select key, sum(value::bigint) as n
            from (select * from jsonb_each_text(p_counts) union all select * from jsonb_each_text(p_more)) both_of
           group by key having sum(value::bigint) > 0) t
$$;

-- Closes the account: from here on nothing of it is readable, and nothing acts for it. Returns the erasure's id, which
-- is an earlier one when it is under way already; null when there is no such account.
-- p_remember: microseconds for which the subject is known to have had this day's allowance and these strikes; 0: not.
-- p_actor: of an operator, noted in the audit; null when it is the person's own wish.
create function easel.begin_erasure(p_id uuid, p_account uuid, p_clause text, p_remember bigint, p_actor text,
                                    p_reason text) returns uuid language plpgsql as $$
declare
  v_now timestamptz := easel.now();
  a easel.account;
  v_id uuid;
  v_person integer;
  v_sessions integer;
  v_api_keys integer;
  v_content_keys integer;
begin
  select * into a from easel.account where id = p_account for update;
  if not found then
    return null;
  end if;
  select id into v_id from easel.erasure where account_id = p_account;
  if found then
    return v_id;
  end if;
  if p_remember > 0 then
    insert into easel.erased_subject as s (subject_hash, allowance_on, strikes, suspended, cooldown_until, expires_at)
    select p.subject_hash, a.granted_on,
           coalesce((select array_agg(k.at order by k.at)
                       from (select at from easel.strike
                              where account_id = p_account and at >= a.strikes_since
                                and at > v_now - p_remember * interval '1 us'
                              order by at desc limit 100) k), '{}'),
           a.state = 1, a.cooldown_until, v_now + p_remember * interval '1 us'
      from easel.person p where p.account_id = p_account
    on conflict (subject_hash) do update
      set allowance_on = excluded.allowance_on, strikes = excluded.strikes, suspended = excluded.suspended,
          cooldown_until = excluded.cooldown_until, expires_at = excluded.expires_at;
  end if;
  update easel.account set state = 2 where id = p_account;
  delete from easel.account_key where account_id = p_account;
  get diagnostics v_content_keys = row_count;
  delete from easel.person where account_id = p_account;
  get diagnostics v_person = row_count;
  delete from easel.session where account_id = p_account;
  get diagnostics v_sessions = row_count;
  delete from easel.api_key where account_id = p_account;
  get diagnostics v_api_keys = row_count;
  insert into easel.erasure (id, account_id, clause, begun_at, counts)
  values (p_id, p_account, p_clause, v_now,
          easel.add_counts('{}', jsonb_build_object('account_key', v_content_keys, 'person', v_person,
                                                    'session', v_sessions, 'api_key', v_api_keys)));
  if p_actor is not null then
    insert into easel.operator_audit (at, actor, action, account_id, reason)
    values (v_now, p_actor, 'erase_account', p_account, p_reason);
  end if;
  return p_id;
end $$;

-- What a new account of the same subject must not gain by the erasure of the one before. The caller has just made it.
create function easel.recall_subject(p_account uuid, p_subject bytea) returns void language plpgsql as $$
declare
  s easel.erased_subject;
begin
  select * into s from easel.erased_subject where subject_hash = p_subject and expires_at > easel.now();
  if not found then
    return;
  end if;
  update easel.account
     set granted_on = s.allowance_on, cooldown_until = s.cooldown_until,
         state = case when s.suspended then 1 else 0 end, strikes_since = least(strikes_since, s.strikes[1])
   where id = p_account;
  insert into easel.strike (account_id, generation_id, at)
  select p_account, '00000000-0000-0000-0000-000000000000', at from unnest(s.strikes) at;
end $$;

-- ------------------------------------------------------------------ RIGHT-3: the rest, in steps

-- Purchases stay as tax law asks (RET-3): each with what was granted, spent and forfeited, under p_reference. Grants of
-- the free tier and gifts are nobody's business any more.
create function easel.detach_payments(p_account uuid, p_reference uuid) returns integer language plpgsql as $$
declare
  g record;
  v_grant uuid;
  v_count integer := 0;
  v_number bigint := 0;
begin
  for g in select * from easel.credit_grant where account_id = p_account and kind in (2, 3) order by id for update loop
    v_number := v_number + 1;
    v_grant := easel.entry_id(g.created_at, v_number, p_reference);
    insert into easel.credit_grant
      (id, account_id, kind, business_key, amount, remaining, created_at, expires_at, closed)
    values (v_grant, p_reference, g.kind, g.business_key, g.amount, least(g.remaining, 0), g.created_at, g.expires_at,
            true);
    insert into easel.credit_transfer (account_id, id, from_book, to_book, amount, grant_id, at)
    select p_reference, easel.entry_id(g.created_at, v_number + row_number() over (order by from_book, to_book),
                                       p_reference),
           from_book, to_book, amount, v_grant, g.created_at
      from (select from_book, to_book, sum(amount)::bigint as amount
              from (select from_book::smallint, to_book::smallint, amount::bigint from easel.credit_transfer
                     where account_id = p_account and grant_id = g.id and from_book <> 2 and to_book <> 2
                    union all
                    select 1, 3, amount from easel.credit_transfer
                     where account_id = p_account and grant_id = g.id and to_book = 3
                    union all
                    select 1, 4, g.remaining where g.remaining > 0) moved (from_book, to_book, amount)
             group by from_book, to_book) netted;
    v_number := v_number + 16; -- there are fewer pairs of books
    delete from easel.credit_transfer where account_id = p_account and grant_id = g.id;
    delete from easel.credit_grant where id = g.id;
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;

-- A batch of the account's generations with all that hangs on them; the counts, or null when there was none.
create function easel.erase_generations(p_account uuid, p_limit integer) returns jsonb language plpgsql as $$
declare
  v_ids uuid[];
  v_images integer;
  v_disclosures integer;
  v_calls integer;
  v_unanswered integer;
begin
  v_ids := array(select id from easel.generation where account_id = p_account order by id desc limit p_limit);
  if cardinality(v_ids) = 0 then
    return null;
  end if;
  delete from easel.image m using unnest(v_ids) d (id) where m.generation_id = d.id and m.day = easel.day_of(d.id);
  get diagnostics v_images = row_count;
  delete from easel.disclosure m using unnest(v_ids) d (id) where m.generation_id = d.id and m.day = easel.day_of(d.id);
  get diagnostics v_disclosures = row_count;
  delete from easel.provider_call where generation_id = any (v_ids);
  get diagnostics v_calls = row_count;
  delete from easel.awaiting_answer where generation_id = any (v_ids);
  get diagnostics v_unanswered = row_count;
  delete from easel.generation g using unnest(v_ids) d (id) where g.id = d.id and g.day = easel.day_of(d.id);
  return jsonb_build_object('generation', cardinality(v_ids), 'image', v_images, 'disclosure', v_disclosures,
                            'provider_call', v_calls, 'awaiting_answer', v_unanswered);
end $$;

-- The last step: the books, which must balance before and after it, what is small, the account's row, and the receipt.
create function easel.conclude_erasure(p_erasure easel.erasure) returns void language plpgsql as $$
declare
  v_account uuid := p_erasure.account_id;
  v_now timestamptz := easel.now();
  v_counts jsonb := p_erasure.counts;
  v_table text;
  v_rows integer;
  v_number bigint;
  v_previous bytea;
begin
  -- Whoever appends lines holds this lock, and looks afterwards whether their accounts are still there.
  perform pg_advisory_xact_lock(hashtextextended('easel.access_log', 0));
  v_counts := easel.add_counts(v_counts, jsonb_build_object('detached_payment',
                                                            easel.detach_payments(v_account, gen_random_uuid())));
  foreach v_table in array array['access_log', 'credit_transfer', 'credit_grant', 'strike', 'idempotency_claim',
                                 'restriction', 'data_export'] loop
    execute format('delete from easel.%I where account_id = $1', v_table) using v_account;
    get diagnostics v_rows = row_count;
    v_counts := easel.add_counts(v_counts, jsonb_build_object(v_table, v_rows));
  end loop;
  delete from easel.account where id = v_account;
  v_counts := easel.add_counts(v_counts, jsonb_build_object('account', 1));

  perform pg_advisory_xact_lock(hashtextextended('easel.erasure', 0)); -- one receipt after the other
  select number, hash into v_number, v_previous
    from easel.erasure where number is not null order by number desc limit 1;
  v_number := coalesce(v_number, 0) + 1;
  v_previous := coalesce(v_previous, decode(repeat('00', 32), 'hex'));
  update easel.erasure
     set account_id = null, finished_at = v_now, counts = v_counts, number = v_number, previous = v_previous,
         hash = easel.receipt_hash(v_number, id, clause, begun_at, v_now, v_counts, v_previous)
   where id = p_erasure.id;
end $$;

-- What a receipt is hashed over: its fields in this order, each but the last followed by a line end; times in
-- microseconds, counts as PostgreSQL prints them, the hash before in hex.
create function easel.receipt_hash(p_number bigint, p_id uuid, p_clause text, p_begun timestamptz,
                                   p_finished timestamptz, p_counts jsonb, p_previous bytea) returns bytea
language sql immutable as $$
  select pg_catalog.sha256(convert_to(concat_ws(E'\n', p_number, p_id, p_clause, easel.micros(p_begun),
                                                easel.micros(p_finished), p_counts::text, encode(p_previous, 'hex')),
                                      'UTF8'))
$$;

-- Receipts whose hash, or whose link to the one before, does not hold: must be 0.
create function easel.broken_receipts() returns bigint language sql stable as $$
  select count(*)
    from (select e.*, lag(hash, 1, decode(repeat('00', 32), 'hex')) over (order by number) as before,
                 row_number() over (order by number) as place
            from easel.erasure e where number is not null) r
   where r.place <> r.number or r.previous <> r.before
      or r.hash <> easel.receipt_hash(r.number, r.id, r.clause, r.begun_at, r.finished_at, r.counts, r.previous)
$$;

-- One step of an erasure: at most p_generations generations, or p_rows log lines. True when it is finished, which it
-- stays; null when there is no such erasure. Each step is a transaction; after a crash the next one goes on.
create function easel.continue_erasure(p_id uuid, p_generations integer, p_rows integer) returns boolean
language plpgsql as $$
declare
  e easel.erasure;
  v_more jsonb;
  v_rows integer;
begin
  select * into e from easel.erasure where id = p_id for update;
  if not found then
    return null;
  elsif e.finished_at is not null then
    return true;
  end if;
  v_rows := easel.end_work(e.account_id);
  if v_rows > 0 then
    v_more := jsonb_build_object('generation_in_work', v_rows);
  else
    v_more := easel.erase_generations(e.account_id, p_generations);
  end if;
  if v_more is null then
    delete from easel.access_log
     where account_id = e.account_id
       and at <= (select max(at) from (select at from easel.access_log where account_id = e.account_id
                                        order by at limit p_rows) oldest);
    get diagnostics v_rows = row_count;
    v_more := jsonb_build_object('access_log', v_rows);
    if v_rows < p_rows then
      e.counts := easel.add_counts(e.counts, v_more);
      perform easel.conclude_erasure(e);
      return true;
    end if;
  end if;
  update easel.erasure set counts = easel.add_counts(counts, v_more) where id = p_id;
  return false;
end $$;

-- What the person loses: shown before they decide.
create function easel.erasure_preview(p_account uuid, out generations bigint, out images bigint, out api_keys bigint,
                                      out sessions bigint) language sql stable as $$
  select g.generations, g.images,
         (select count(*) from easel.api_key where account_id = p_account and revoked_at is null
             and (expires_at is null or expires_at > easel.now())),
         (select count(*) from easel.session where account_id = p_account and expires_at > easel.now())
    from (select count(*) as generations,
                 coalesce(sum(case when content_deleted then 0
                                   else length(replace(stored::bit(32)::text, '0', '')) end), 0)::bigint as images
            from easel.every_generation where account_id = p_account and expires_at > easel.now()) g
$$;

-- ------------------------------------------------------------------ RIGHT-1

-- Claims an export. 0: done, and p_id is alive for p_alive microseconds; 1: another one is alive; 2: p_most were begun
-- within a day. `until`: when the next one may begin, for 1 and 2. Result null when there is no such account.
create function easel.begin_export(p_id uuid, p_account uuid, p_most integer, p_alive bigint, out result smallint,
                                   out until timestamptz) language plpgsql as $$
declare
  v_now timestamptz := easel.now();
begin
  perform from easel.account where id = p_account and state <> 2 for no key update;
  if not found then
    return;
  end if;
  delete from easel.data_export where account_id = p_account and begun_at <= v_now - interval '1 day';
  select 1, max(alive_until) into result, until from easel.data_export
   where account_id = p_account and ended_at is null and alive_until > v_now having count(*) > 0;
  if result is null then
    select 2, min(begun_at) + interval '1 day' into result, until from easel.data_export
     where account_id = p_account having count(*) >= p_most;
  end if;
  if result is null then
    insert into easel.data_export (id, account_id, begun_at, alive_until)
    values (p_id, p_account, v_now, v_now + p_alive * interval '1 us');
    result := 0;
  end if;
end $$;
