-- Those who run the service, and their sign-ins at the operator's listener. They are no accounts of the service.
-- The numbers of roles are those of policies/operators.hpp.

create table easel.operator (
  name text primary key check (name ~ '^[a-z0-9][a-z0-9._-]{0,31}$'),
  role smallint not null check (role between 0 and 2),
  password text not null check (octet_length(password) <= 200), -- scrypt, with its parameters and salt
  totp_sealed bytea check (octet_length(totp_sealed) between 29 and 128),
  totp_used bigint not null default 0, -- the period of the latest code that was taken: none is taken twice
  failures integer not null default 0, -- wrong guesses in a row
  locked_until timestamptz,
  created_at timestamptz not null,
  last_sign_in_at timestamptz,
  disabled_at timestamptz
);

create table easel.operator_session (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  operator text not null references easel.operator (name) on delete cascade,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null -- whatever is done with it
);
create index on easel.operator_session (operator);
