-- The tables. Content lives in partitions by UTC day of its generation's id, so that its end is a dropped file and
-- not a million dead rows. Nothing references a partitioned table, and none has a default partition.
-- The numbers of states, tiers, recipients and books are those of policies/vocabulary/names.hpp and store.hpp.

-- The one source of time. Development may shift it per session, so that virtual time reaches leases, expiry and holds.
create function easel.now() returns timestamptz language sql stable parallel safe as
$$ select transaction_timestamp() + coalesce(nullif(current_setting('easel.clock_shift', true), ''), '0')::interval $$;

-- How times leave the database: as microseconds, which no client library rounds.
create function easel.micros(t timestamptz) returns bigint language sql immutable strict parallel safe as
$$ select (extract(epoch from t) * 1000000)::bigint $$;

-- The day partition that a UUIDv7 names.
create function easel.day_of(id uuid) returns date language sql immutable strict parallel safe as
$$ select (to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) at time zone 'UTC')::date $$;

-- ------------------------------------------------------------------ values

-- What one column may hold is a domain: its check is kept ready in each session, while that of a table is read from its
-- text in each execution of a statement. Tables keep the checks that need more than one column.
create domain easel.tier as smallint check (value between 0 and 1);
create domain easel.account_state as smallint check (value between 0 and 2);
create domain easel.state_in_work as smallint check (value between 0 and 2);
create domain easel.end_state as smallint check (value between 3 and 6);
create domain easel.end_reason as smallint check (value between 0 and 12);
create domain easel.grant_kind as smallint check (value between 0 and 3);
create domain easel.book as smallint check (value between 0 and 4);
create domain easel.recipient as smallint check (value between 0 and 2);
create domain easel.data_class as smallint check (value between 0 and 4);
create domain easel.image_format as smallint check (value between 0 and 2);
create domain easel.image_count as smallint check (value between 1 and 30);
create domain easel.image_index as smallint check (value between 0 and 29);
create domain easel.counter as integer check (value >= 0);
create domain easel.credits as bigint check (value between 0 and 1000000000000);
create domain easel.moved_credits as bigint check (value between 1 and 1000000000000);
create domain easel.granted_credits as bigint check (value between -1000000000000 and 1000000000000);
create domain easel.hold_parts as bigint[] check (0 <= all (value));
create domain easel.sha256 as bytea check (length(value) = 32);
create domain easel.sealed as bytea check (length(value) > 28); -- a nonce and a tag at least

-- ------------------------------------------------------------------ service

create table easel.setting (
  name text primary key,
  value bytea not null
);

create table easel.node (
  id uuid primary key,
  joined_at timestamptz not null,
  heartbeat_at timestamptz not null,
  left_at timestamptz,
  taken_over_at timestamptz -- another node adopted its rows: it must not go on
) with (fillfactor = 50);

create table easel.operator_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  account_id uuid,
  reason text not null
);

create function easel.refuse_change() returns trigger language plpgsql as
$$ begin raise exception 'rows of % are never changed', tg_table_name using errcode = '55000'; end $$;

create trigger append_only before update or delete on easel.operator_audit
  for each row execute function easel.refuse_change();
create trigger append_only_truncate before truncate on easel.operator_audit
  for each statement execute function easel.refuse_change();

-- ------------------------------------------------------------------ accounts

-- The row lock of an account is the mutex of everything that is worth money: its grants, holds and strikes.
create table easel.account (
  id uuid primary key,
  tier easel.tier not null,
  state easel.account_state not null default 0,
  restricted boolean not null default false,
  cooldown_until timestamptz,
  strikes_since timestamptz not null, -- strikes before this moment were lifted
  granted_on date,                    -- the UTC day of the latest daily allowance
  active easel.counter not null default 0,
  held easel.credits not null default 0,
  entries bigint not null default 0, -- transfers so far: the tail of the next entry's id
  created_at timestamptz not null
) with (fillfactor = 50);

-- A table of its own, so that destroying the row makes all content of the account unreadable (RIGHT-3).
create table easel.account_key (
  account_id uuid primary key references easel.account (id),
  wrapped bytea not null
);

create table easel.api_key (
  id uuid primary key,
  account_id uuid not null references easel.account (id),
  hash easel.sha256 not null unique,
  name text not null check (length(name) <= 200),
  hint text not null check (length(hint) <= 8),
  created_at timestamptz not null,
  last_used_at timestamptz,
  expires_at timestamptz, -- of those that people make for a time
  revoked_at timestamptz,
  monthly_cap easel.credits check (monthly_cap > 0), -- of those that may spend only so much in a UTC month
  used_month date,                                   -- the first day of the month that is counted
  used easel.credits not null default 0,             -- held for what was accepted in that month, and not given back
  check (used <= monthly_cap)
) with (fillfactor = 80);
create index on easel.api_key (account_id);

create table easel.strike (
  account_id uuid not null references easel.account (id),
  generation_id uuid not null,
  at timestamptz not null
);
create index on easel.strike (account_id, at);

-- ------------------------------------------------------------------ credits

create table easel.credit_grant (
  id uuid primary key,
  account_id uuid not null references easel.account (id),
  kind easel.grant_kind not null,
  business_key text not null, -- what makes it happen once: the UTC day, a payment's reference
  amount easel.granted_credits not null,
  remaining easel.granted_credits not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  closed boolean not null default false, -- expired, and what was left moved to the book of the expired
  unique (account_id, kind, business_key)
) with (fillfactor = 70);
-- `remaining` is in no index, so that holds and releases stay HOT updates.
create index on easel.credit_grant (account_id) where not closed;

-- Books: 0 issued, 1 available, 2 held, 3 spent, 4 expired. A transfer leaves one book and enters another, so the sum
-- over all books is zero by construction; every balance is a projection of these rows.
create table easel.credit_transfer (
  account_id uuid not null,
  id uuid not null,
  from_book easel.book not null,
  to_book easel.book not null check (to_book <> from_book),
  amount easel.moved_credits not null,
  grant_id uuid not null,
  generation_id uuid,
  image_index smallint,
  at timestamptz not null,
  primary key (account_id, id)
);
-- An image's share is settled at most once.
create unique index on easel.credit_transfer (generation_id, image_index, grant_id) where to_book = 3;
create trigger immutable before update on easel.credit_transfer
  for each row execute function easel.refuse_change();

-- ------------------------------------------------------------------ generations

-- Generations that have not ended: small, hot, unpartitioned. Its row moves to easel.generation when it ends, with its
-- hold given back or spent; a hold cannot outlive its work.
create table easel.generation_in_work (
  id uuid primary key,
  day date not null,
  account_id uuid not null,
  api_key_id uuid,
  tier easel.tier not null,
  state easel.state_in_work not null default 0,
  reason smallint not null default 0,
  model text not null,
  slug text not null,
  size text not null,
  quality text not null,
  format easel.image_format not null,
  background text not null,
  compression smallint,
  images easel.image_count not null,
  partial_images smallint not null,
  price_each easel.credits not null,
  prompt_sealed bytea,
  verdict_blocked boolean,
  verdict_categories text[],
  verdict_rule text,
  verdict_moderated bytea,
  dispatched_to smallint check (dispatched_to = tier + 1), -- free to sub2api, paid to kie (THIRD-1, THIRD-2)
  credential text,
  owner_node uuid not null,
  fence integer not null default 1,
  charged easel.credits not null default 0,
  stored integer not null default 0, -- one bit for each image index that is stored
  created_at timestamptz not null,
  dispatched_at timestamptz,
  ended_at timestamptz,
  expires_at timestamptz not null,
  content_deleted boolean not null default false,
  -- only while in work
  restarts integer not null default 0,
  cancel_requested boolean not null default false,
  dispatched_fence integer,
  hold_grants uuid[] not null, -- the parts of the hold, in the order in which they are spent
  hold_left easel.hold_parts not null,
  check (state < 2 or (verdict_moderated is not null and not verdict_blocked and dispatched_to is not null)) -- THIRD-3
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
alter table easel.generation_in_work alter column prompt_sealed set storage external;
create index on easel.generation_in_work (account_id, id desc);
create index on easel.generation_in_work (owner_node) where cancel_requested;

-- Generations that have ended. Never updated: kept, then deleted or dropped with their day.
create table easel.generation (
  id uuid not null,
  day date not null,
  account_id uuid not null,
  api_key_id uuid,
  tier easel.tier not null,
  state easel.end_state not null,
  reason easel.end_reason not null,
  model text not null,
  slug text not null,
  size text not null,
  quality text not null,
  format smallint not null,
  background text not null,
  compression smallint,
  images smallint not null,
  partial_images smallint not null,
  price_each bigint not null,
  prompt_sealed bytea,
  verdict_blocked boolean,
  verdict_categories text[],
  verdict_rule text,
  verdict_moderated bytea,
  dispatched_to smallint check (dispatched_to = tier + 1),
  credential text,
  owner_node uuid not null,
  fence integer not null,
  charged bigint not null,
  stored integer not null,
  created_at timestamptz not null,
  dispatched_at timestamptz,
  ended_at timestamptz not null,
  expires_at timestamptz not null,
  content_deleted boolean not null,
  primary key (id, day),
  check (state <> 3 or stored <> 0), -- GEN-1
  check (dispatched_at is null or (verdict_moderated is not null and not verdict_blocked))
) partition by range (day);
alter table easel.generation alter column prompt_sealed set storage external;
create index on easel.generation (account_id, id desc);

create view easel.every_generation as
select id, day, account_id, api_key_id, tier, state, reason, model, slug, size, quality, format, background,
       compression, images, partial_images, price_each, prompt_sealed, verdict_blocked, verdict_categories,
       verdict_rule, verdict_moderated, dispatched_to, credential, owner_node, fence, charged, stored, created_at,
       dispatched_at, ended_at, expires_at, content_deleted
  from easel.generation_in_work
union all
select * from easel.generation;

create table easel.image (
  generation_id uuid not null,
  day date not null,
  index easel.image_index not null,
  id uuid not null,
  account_id uuid not null,
  format easel.image_format not null,
  width integer not null,
  height integer not null,
  size bigint not null,
  bytes_sealed easel.sealed not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (generation_id, index, day)
) partition by range (day);
alter table easel.image alter column bytes_sealed set storage external;

-- Durable before its bytes leave.
create table easel.disclosure (
  generation_id uuid not null,
  day date not null,
  account_id uuid not null,
  tier easel.tier not null,
  recipient easel.recipient not null check (recipient = 0 or recipient = tier + 1),
  data_class easel.data_class not null,
  at timestamptz not null,
  expires_at timestamptz not null
) partition by range (day);
create index on easel.disclosure (generation_id);

-- Exactly the fields of TECH-1. `day` is that of `at`.
create table easel.access_log (
  day date not null,
  at timestamptz not null,
  ip inet not null,
  user_agent text not null,
  account_id uuid,
  route text not null,
  status smallint not null,
  duration_us bigint not null,
  request_id text not null,
  expires_at timestamptz not null
) partition by range (day);
create index on easel.access_log (account_id, at);

-- Calls whose outcome can be asked for, or is unknown while `task` is null.
create table easel.provider_call (
  generation_id uuid not null,
  index smallint not null,
  account_id uuid not null,
  credential text not null,
  fence integer not null, -- under which it was begun
  callback_hash easel.sha256 unique,
  task text,
  hinted_task text check (length(hinted_task) <= 256), -- by a callback, while the create's own answer is out
  begun_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (generation_id, index)
);
create index on easel.provider_call (generation_id) where hinted_task is not null and task is null;

-- ------------------------------------------------------------------ repeats of a request

create table easel.idempotency_claim (
  account_id uuid not null,
  key_hash easel.sha256 not null,
  fingerprint easel.sha256 not null,
  generation_id uuid not null,
  expires_at timestamptz not null,
  primary key (account_id, key_hash)
);

-- Generations whose synchronous answer was not written to its last byte: an SDK's retry attaches to these.
create table easel.awaiting_answer (
  generation_id uuid primary key,
  api_key_id uuid not null,
  fingerprint easel.sha256 not null,
  attached integer not null default 0, -- the highest retry number that attached
  created_at timestamptz not null
) with (fillfactor = 70);
create index on easel.awaiting_answer (api_key_id, fingerprint);

-- ------------------------------------------------------------------ partitions

-- Makes the day partitions from yesterday on; returns how many were missing. A table is made first and attached then,
-- because that takes a weaker lock on the parent than `partition of`: nobody waits.
create function easel.ensure_partitions(p_days_ahead integer) returns integer language plpgsql as $$
declare
  v_parent text;
  v_day date;
  v_name text;
  v_made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtext('easel.ensure_partitions'));
  foreach v_parent in array array['generation', 'image', 'disclosure', 'access_log'] loop
    for v_offset in -1 .. p_days_ahead loop
      v_day := (easel.now() at time zone 'UTC')::date + v_offset;
      v_name := v_parent || '_' || to_char(v_day, 'YYYYMMDD');
      continue when to_regclass('easel.' || v_name) is not null;
      execute format('create table easel.%I (like easel.%I including all)', v_name, v_parent);
      execute format('alter table easel.%I attach partition easel.%I for values from (%L) to (%L)',
                     v_parent, v_name, v_day, v_day + 1);
      v_made := v_made + 1;
    end loop;
  end loop;
  return v_made;
end $$;
