-- Which documents a person has acknowledged (CHANGE-1), and requests about personal data that came by mail (RIGHT-5).

-- ------------------------------------------------------------------ CHANGE-1

-- Up to which version, the day of its last change, each document is acknowledged. Goes with the person.
create table easel.acknowledgement (
  account_id uuid not null references easel.person (account_id) on delete cascade,
  document text not null check (document ~ '^[a-z_]{1,40}$'),
  version date not null,
  at timestamptz not null,
  primary key (account_id, document)
);

-- Whoever was here before has accepted what was in force on the day of their confirmation. None of them has seen the
-- editions of 2026-11-26, which came with this migration, whatever the day on which it is applied.
insert into easel.acknowledgement (account_id, document, version, at)
select p.account_id, d.document,
       least((p.terms_accepted_at at time zone 'UTC')::date, date '2026-11-25'), p.terms_accepted_at
  from easel.person p, unnest(array['privacy', 'terms', 'acceptable_use', 'cookies']) d (document);

-- An older version than the one on record changes nothing. False when there is no such person.
create function easel.acknowledge(p_account uuid, p_document text, p_version date) returns boolean language plpgsql as $$
begin
  -- Against an erasure: it deletes the person under this lock.
  perform from easel.account where id = p_account and state <> 2 for no key update;
  if not found then
    return false;
  end if;
  perform from easel.person where account_id = p_account;
  if not found then
    return false;
  end if;
  insert into easel.acknowledgement as a (account_id, document, version, at)
  values (p_account, p_document, p_version, easel.now())
  on conflict (account_id, document) do update set version = excluded.version, at = excluded.at
    where a.version < excluded.version;
  return true;
end $$;

-- ------------------------------------------------------------------ RIGHT-5

-- A request that reached the operators. No word of it: what was written stays in the mail. The account's number stays
-- when the account goes, like that of the operators' audit, and leads to nobody then.
create table easel.privacy_request (
  id uuid primary key,
  kind text not null check (kind in ('access', 'correction', 'erasure', 'child', 'restriction', 'objection',
                                     'complaint')),
  account_id uuid,                 -- null: of somebody who has no account
  reference text check (reference ~ '^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$'), -- of the mail
  received_on date not null,
  due_on date not null check (due_on > received_on),
  recorded_at timestamptz not null,
  extended_at timestamptz,
  begun_at timestamptz,            -- a function of the service was called for it
  closed_at timestamptz,
  outcome text check (outcome in ('done', 'refused', 'withdrawn')),
  expires_at timestamptz,          -- from its closing on
  check ((closed_at is null) = (outcome is null) and (closed_at is null) = (expires_at is null))
);
create index on easel.privacy_request (account_id);
create index on easel.privacy_request (due_on) where closed_at is null;
create index on easel.privacy_request (expires_at);

-- ------------------------------------------------------------------ what the auditor may count

create view easel.audit_person as select count(*) as people from easel.person;

create view easel.audit_acknowledgement as
select document, to_char(version, 'YYYY-MM-DD') as version, count(*) as people
  from easel.acknowledgement group by 1, 2;

create view easel.audit_privacy_request as
select kind, count(*) filter (where closed_at is null) as open,
       count(*) filter (where closed_at is null and due_on < (easel.now() at time zone 'UTC')::date) as past_due,
       count(*) filter (where closed_at is not null) as closed
  from easel.privacy_request group by kind;

create view easel.audit_erasure as
select clause, count(*) filter (where finished_at is not null) as finished,
       count(*) filter (where finished_at is null) as under_way,
       easel.micros(min(begun_at) filter (where finished_at is null)) as oldest_us
  from easel.erasure group by clause;
