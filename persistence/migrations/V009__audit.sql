-- What the auditor may see: counts, times and names of columns, never a row of anybody's. It reads as the role
-- easel_auditor, which can select from these views and do nothing else. None of this is the reaper's code.

-- How many rows of each relation of the catalogue, attached, pending or detached, have had their time. A relation is
-- counted because it has a column expires_at, not because anybody remembered it. That of a key or a grant ends a right,
-- not a row.
create function easel.audit_count_due() returns table (relation text, parent text, day date, past_due bigint,
                                                       oldest timestamptz, has_live boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = on set enable_bitmapscan = on as $$
declare
  v_now timestamptz := easel.now();
begin
  for relation in
    select c.relname from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'expires_at' and not a.attisdropped
     where c.relnamespace = 'easel'::regnamespace and c.relkind = 'r' and c.relname not in ('api_key', 'credit_grant')
     order by c.relname
  loop
    parent := regexp_replace(relation, '_[0-9]{8}$', '');
    day := to_date(substring(relation from '_([0-9]{8})$'), 'YYYYMMDD');
    execute format('select count(*), min(expires_at) from easel.%I where expires_at <= $1', relation)
       into past_due, oldest using v_now;
    execute format('select exists (select from easel.%I where expires_at > $1)', relation) into has_live using v_now;
    return next;
  end loop;
end $$;

create view easel.audit_due as
select relation, parent, day, past_due, easel.micros(oldest) as oldest_us, has_live from easel.audit_count_due();

-- The oldest row of whatever goes by its age, and of prompts and images whatever their relation is.
create function easel.audit_find_oldest() returns table (what text, at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = on set enable_bitmapscan = on as $$
declare
  v_relation text;
  v_at timestamptz;
begin
  foreach what in array array['generation', 'image'] loop
    at := null;
    for v_relation in
      select c.relname from pg_class c
       where c.relnamespace = 'easel'::regnamespace and c.relkind = 'r' and c.relname ~ ('^' || what || '_[0-9]{8}$')
       order by c.relname
    loop
      execute format('select min(created_at) from easel.%I', v_relation) into v_at;
      at := least(at, v_at);
      exit when at is not null; -- later days hold later rows
    end loop;
    if what = 'generation' then
      at := least(at, (select min(created_at) from easel.generation_in_work));
    end if;
    return next;
  end loop;
  what := 'awaiting_answer';
  at := (select min(created_at) from easel.awaiting_answer);
  return next;
  what := 'usage'; -- in the ledger: what a generation held is its beginning
  at := (select min(t.at) from easel.credit_transfer t where t.to_book = 2);
  return next;
end $$;

create view easel.audit_oldest as select what, easel.micros(at) as at_us from easel.audit_find_oldest();

-- Whether the newest lines of the access log hold what TECH-1 allows and nothing else: the last pages of the newest day
-- that has any.
create function easel.audit_look_at_log() returns table (lines bigint, with_a_path bigint, with_other_agents bigint,
                                                         with_other_ids bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set enable_seqscan = on as $$
declare
  v_relation text;
begin
  lines := 0;
  with_a_path := 0;
  with_other_agents := 0;
  with_other_ids := 0;
  for v_relation in
    select c.relname from pg_class c
     where c.relnamespace = 'easel'::regnamespace and c.relkind = 'r' and c.relname ~ '^access_log_[0-9]{8}$'
     order by c.relname desc
  loop
    execute format(
      'select count(*), count(*) filter (where route !~ %L or route ~ %L),'
      ' count(*) filter (where user_agent !~ %L), count(*) filter (where request_id !~ %L)'
      ' from easel.%I where ctid >= %L',
      '^([A-Z]+ /[A-Za-z0-9/{}._*-]*|-)$', '[A-Za-z0-9]{20}', '^[ -~]{0,200}$', '^[A-Za-z0-9_-]{0,64}$', v_relation,
      '(' || greatest(0, pg_relation_size(format('easel.%I', v_relation)) / 8192 - 32) || ',0)')
      into lines, with_a_path, with_other_agents, with_other_ids;
    exit when lines > 0;
  end loop;
  return next;
end $$;

create view easel.audit_access_log as select * from easel.audit_look_at_log();

-- Every column of every table, without the copies that partitions are.
create view easel.audit_column as
select c.relname::text as relation, a.attname::text as name
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relnamespace = 'easel'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
   and c.relname !~ '^(generation|image|disclosure|access_log)_[0-9]{8}$'; -- a day that was detached

create view easel.audit_disclosure as
select recipient::int as recipient, tier::int as tier, count(*) as disclosures,
       count(*) filter (where recipient <> 0 and recipient <> tier + 1) as across
  from easel.disclosure group by 1, 2;

create view easel.audit_generation as
select
  (select count(*) from easel.generation where state = 3) as completed,
  (select count(*) from easel.generation g
    where g.state = 3 and not g.content_deleted and g.expires_at > easel.now()
      and (select count(*) from easel.image i
            where i.generation_id = g.id and i.day = g.day and (g.stored >> i.index) & 1 = 1)
          <> length(replace(g.stored::bit(32)::text, '0', ''))) as without_their_images,
  (select count(*) from easel.every_generation where dispatched_at is not null) as dispatched,
  (select count(*) from easel.every_generation
    where dispatched_at is not null and (verdict_moderated is null or verdict_blocked is distinct from false))
    as without_verdict,
  (select count(*) from easel.every_generation g
    where g.dispatched_at is not null
      and not exists (select from easel.disclosure d
                       where d.generation_id = g.id and d.day = g.day and d.recipient = g.dispatched_to))
    as without_disclosure;

create view easel.audit_account as
select count(*) filter (where restricted) as restricted,
       (select count(*) from easel.generation_in_work w join easel.account r on r.id = w.account_id
         where r.restricted and w.state = 2) as dispatched_for_restricted
  from easel.account;

create view easel.audit_retention as
select easel.micros(easel.now()) as now_us,
       (select min(ahead) from (
          select max(to_date(substring(c.relname from '_([0-9]{8})$'), 'YYYYMMDD'))
                 - (easel.now() at time zone 'UTC')::date as ahead
            from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
           where p.relnamespace = 'easel'::regnamespace and c.relkind = 'r' and c.relname ~ '_[0-9]{8}$'
           group by p.oid) days) as days_ahead,
       (select easel.micros(halted_at) from easel.retention_clock) as halted_us,
       r.ended_us, r.took_us, r.deleted, r.partitions
  from (select) one
  left join (select easel.micros(ended_at) as ended_us, took_us, deleted, partitions
               from easel.retention_run order by id desc limit 1) r on true;

-- Roles belong to the whole cluster and are made by whoever runs it. Called after each migration.
create function easel.admit_auditor() returns void language plpgsql as $$
declare
  v_view text;
begin
  if not exists (select from pg_roles where rolname = 'easel_auditor') then
    return;
  end if;
  grant usage on schema easel to easel_auditor;
  for v_view in
    select relname from pg_class
     where relnamespace = 'easel'::regnamespace and relkind = 'v' and relname ~ '^audit_'
       and not has_table_privilege('easel_auditor', oid, 'select')
  loop
    execute format('grant select on easel.%I to easel_auditor', v_view);
  end loop;
end $$;
