-- People, their sign-ins under way, and their sessions (ACCOUNT-1, COOKIE-1, CHILD-1, RET-2). A token is a cookie's:
-- it names a sign-in, a session, or both.

create table easel.person (
  account_id uuid primary key references easel.account (id),
  subject_hash bytea not null unique check (length(subject_hash) = 32), -- of issuer and subject; never of the e-mail
  email_hash bytea not null check (length(email_hash) = 32),            -- finds whose request by mail it is
  subject_sealed bytea not null check (length(subject_sealed) between 29 and 512),
  email_sealed bytea not null check (length(email_sealed) between 29 and 512),
  name_sealed bytea not null check (length(name_sealed) between 29 and 512),
  name_edited boolean not null default false, -- by the person: a sign-in no longer refreshes it
  terms_version text not null check (octet_length(terms_version) between 1 and 40),
  terms_accepted_at timestamptz not null,
  age_confirmed_at timestamptz not null, -- 13 or over (CHILD-1)
  created_at timestamptz not null,
  last_sign_in_at timestamptz not null
) with (fillfactor = 80);
create index on easel.person (email_hash);

-- Nonce and verifier are there until the callback took them; claims from then on, if the person is new, until they are
-- confirmed or declined.
create table easel.sign_in (
  token_hash bytea primary key check (length(token_hash) = 32),
  id uuid not null,
  state_hash bytea not null check (length(state_hash) = 32),
  nonce text check (octet_length(nonce) between 1 and 128),
  verifier_sealed bytea check (length(verifier_sealed) between 29 and 256),
  return_path text not null check (octet_length(return_path) <= 2048),
  claims_sealed bytea check (length(claims_sealed) between 29 and 4096),
  expires_at timestamptz not null,
  check ((nonce is null) = (verifier_sealed is null)),
  check (nonce is null or claims_sealed is null)
);
create index on easel.sign_in (expires_at);

create table easel.session (
  id uuid primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  account_id uuid not null references easel.account (id),
  device text not null check (octet_length(device) <= 64), -- one of a closed set of labels
  created_at timestamptz not null,
  authenticated_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null
) with (fillfactor = 80);
create index on easel.session (account_id);
create index on easel.session (expires_at);

-- Deletes a bounded number of rows that no operation finds any more; returns how many.
create function easel.sweep_identity(p_limit integer) returns integer language sql as $$
  with sign_ins as (
    delete from easel.sign_in s using (
      select token_hash from easel.sign_in where expires_at <= easel.now() limit p_limit for update skip locked) old
     where s.token_hash = old.token_hash
    returning 1),
  sessions as (
    delete from easel.session s using (
      select id from easel.session where expires_at <= easel.now() limit p_limit for update skip locked) old
     where s.id = old.id
    returning 1)
  select ((select count(*) from sign_ins) + (select count(*) from sessions))::integer
$$;
