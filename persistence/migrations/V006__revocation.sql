-- Who calls is looked up by each node and believed for a while. Whoever ends a key or a session or changes what an
-- account may do, here or by hand, tells every node so at once, on the channel easel_ended: a kind and an id, nothing
-- else. The triggers name the columns that matter, so that the hot path's updates of the same rows never reach them.

create function easel.announce() returns trigger language plpgsql as $$
begin
  perform pg_notify('easel_ended', tg_argv[0] || ' ' || old.id);
  return null;
end $$;

create function easel.announce_account() returns trigger language plpgsql as $$
begin
  perform pg_notify('easel_ended', 'account ' || old.account_id);
  return null;
end $$;

create trigger announce_changed after update of tier, state, restricted on easel.account
  for each row when ((old.tier, old.state, old.restricted) is distinct from (new.tier, new.state, new.restricted))
  execute function easel.announce('account');
create trigger announce_deleted after delete on easel.account
  for each row execute function easel.announce('account');

-- Without its key nothing of the account can be sealed or read.
create trigger announce_deleted after delete on easel.account_key
  for each row execute function easel.announce_account();

create trigger announce_changed after update of hash, account_id, expires_at, revoked_at on easel.api_key
  for each row when ((old.hash, old.account_id, old.expires_at, old.revoked_at)
                     is distinct from (new.hash, new.account_id, new.expires_at, new.revoked_at))
  execute function easel.announce('key');
create trigger announce_deleted after delete on easel.api_key
  for each row execute function easel.announce('key');

-- One that has expired is found by nobody: the sweep is silent.
create trigger announce_changed after update of token_hash, account_id on easel.session
  for each row when ((old.token_hash, old.account_id) is distinct from (new.token_hash, new.account_id))
  execute function easel.announce('session');
create trigger announce_deleted after delete on easel.session
  for each row when (old.expires_at > easel.now()) execute function easel.announce('session');
