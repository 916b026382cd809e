-- Backups that this service has made, none older than 30 days (RIGHT-3). A row stays until its files are gone: one that
-- is past due is a backup that nobody removed.
create table easel.backup (
  id uuid primary key,
  place uuid not null,          -- the directory that it is in: only who has that directory can tell what is there
  created_at timestamptz not null,
  expires_at timestamptz not null,
  state smallint not null check (state between 0 and 2), -- 0 being made, 1 complete, 2 failed
  bytes bigint not null default 0,
  removed_at timestamptz,       -- its files are gone
  check (expires_at > created_at and expires_at <= created_at + interval '720 hours')
);
create index on easel.backup (expires_at);
