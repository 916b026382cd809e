#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/acknowledgements.hpp"
#include "persistence/postgres/operations.hpp"
#include "persistence/postgres/rehearsals.hpp"
#include "persistence/postgres/rows.hpp"
#include "persistence/postgres/sessions.hpp"
#include "persistence/sealed_identity.hpp"

/// Signing in, and what is kept of a person (ACCOUNT-1). Lock order: the sign-in's row, the subject, the account's row.
namespace easel::persistence::postgres {

namespace {

/// A person who was here before, and the key that seals what is known of them; none when it is destroyed.
struct known_person {
  account_id account;
  bool is_open = false;
  std::optional<content_key> key;
};

std::optional<known_person> lock_person(soci::session& sql, const keyring& keys, const digest& subject) {
  const auto hash = hex_of(subject);
  soci::row row;
  sql << "select a.id::text, (a.state <> 2)::int, encode(k.wrapped, 'hex')"
         " from easel.person p join easel.account a on a.id = p.account_id"
         " left join easel.account_key k on k.account_id = a.id"
         " where p.subject_hash = decode(:hash, 'hex') for no key update of a",
    soci::use(hash, "hash"), soci::into(row);
  if (!sql.got_data())
    return std::nullopt;
  columns from(row);
  known_person found;
  found.account = from.id<account_id>();
  found.is_open = from.flag();
  found.key = keys.unwrap(from.bytes(), found.account);
  return found;
}

/// A sign-in that was taken. Its row stays locked until the transaction ends.
struct taken_record {
  sign_in_id id;
  std::string return_path;
  std::string claims; ///< sealed; empty when the callback is still at work
};

std::optional<taken_record> lock_sign_in(soci::session& sql, const digest& token) {
  const auto hash = hex_of(token);
  soci::row row;
  sql << "select id::text, return_path, encode(claims_sealed, 'hex') from easel.sign_in"
         " where token_hash = decode(:token, 'hex') and nonce is null and expires_at > easel.now() for update",
    soci::use(hash, "token"), soci::into(row);
  if (!sql.got_data())
    return std::nullopt;
  columns from(row);
  taken_record found;
  found.id = from.id<sign_in_id>();
  found.return_path = from.text();
  found.claims = from.bytes();
  return found;
}

int delete_sign_in(soci::session& sql, const digest& token, bool live_only) {
  const auto hash = hex_of(token);
  const std::string live = live_only ? " and expires_at > easel.now()" : "";
  soci::statement gone = (sql.prepare << "delete from easel.sign_in where token_hash = decode(:token, 'hex')" + live,
                          soci::use(hash, "token"));
  gone.execute(true);
  return static_cast<int>(gone.get_affected_rows());
}

/// What counts against the bound. Whoever begins at the same time is not seen: a few more than the bound may be under
/// way for a moment, and the next beginning makes up for them.
policies::sign_ins_under_way count_sign_ins(soci::session& sql, const policies::identity_limits& limits) {
  const int look = limits.sign_ins + policies::most_displaced_sign_ins; // more would decide nothing
  int away = 0;
  int back = 0;
  sql << "select count(nonce)::int, (count(*) - count(nonce))::int from (select nonce from easel.sign_in"
         " where expires_at > easel.now() limit :look) live",
    soci::use(look, "look"), soci::into(away), soci::into(back);
  return {away, back};
}

/// How many were ended so that one more can begin. What somebody holds is about to change or to end: others go instead.
std::int32_t displace_sign_ins(soci::session& sql, const policies::identity_limits& limits) {
  const auto which = policies::make_room(count_sign_ins(sql, limits), limits);
  if (which.count == 0)
    return 0;
  const int back = which.back ? 1 : 0;
  const int count = which.count;
  soci::statement gone =
    (sql.prepare << "delete from easel.sign_in where token_hash = any(array(select token_hash from easel.sign_in"
                    " where expires_at > easel.now() and (nonce is null) = (:back = 1)"
                    " order by expires_at, token_hash limit :count for update skip locked))",
     soci::use(back, "back"), soci::use(count, "count"));
  gone.execute(true);
  return static_cast<std::int32_t>(gone.get_affected_rows());
}

/// E-mail and name follow the identity provider, unless the person chose a name, or the provider has none today.
void refresh_person(soci::session& sql, const keyring& keys, const known_person& who,
                    const policies::identity_claims& claims) {
  const auto account = text_of(who.account);
  const auto hash = hex_of(email_hash(keys, claims));
  const auto email = hex_of(seal_field(*who.key, who.account, person_field::email, claims.email));
  const auto name = hex_of(seal_field(*who.key, who.account, person_field::name, policies::display_name_of(claims)));
  const int keep_name = claims.name.empty() ? 1 : 0;
  sql << "update easel.person set email_hash = decode(:hash, 'hex'), email_sealed = decode(:email, 'hex'),"
         " name_sealed = case when name_edited or :keep = 1 then name_sealed else decode(:name, 'hex') end,"
         " last_sign_in_at = easel.now() where account_id = :account::uuid",
    soci::use(hash, "hash"), soci::use(email, "email"), soci::use(keep_name, "keep"), soci::use(name, "name"),
    soci::use(account, "account");
}

void insert_person(soci::session& sql, const keyring& keys, const made_account& made,
                   const policies::identity_claims& claims, const std::string& terms) {
  const auto account = text_of(made.id);
  const auto subject = hex_of(subject_hash(keys, claims));
  const auto address = hex_of(email_hash(keys, claims));
  const auto sealed = [&](person_field which, const secret_text& text) {
    return hex_of(seal_field(made.key, made.id, which, text));
  };
  const auto subject_sealed = sealed(person_field::subject, claims.subject);
  const auto email_sealed = sealed(person_field::email, claims.email);
  const auto name_sealed = sealed(person_field::name, policies::display_name_of(claims));
  sql << "insert into easel.person (account_id, subject_hash, email_hash, subject_sealed, email_sealed, name_sealed,"
         " terms_version, terms_accepted_at, age_confirmed_at, created_at, last_sign_in_at)"
         " values (:account::uuid, decode(:subject, 'hex'), decode(:address, 'hex'), decode(:subject_sealed, 'hex'),"
         " decode(:email_sealed, 'hex'), decode(:name_sealed, 'hex'), :terms, easel.now(), easel.now(), easel.now(),"
         " easel.now())",
    soci::use(account, "account"), soci::use(subject, "subject"), soci::use(address, "address"),
    soci::use(subject_sealed, "subject_sealed"), soci::use(email_sealed, "email_sealed"),
    soci::use(name_sealed, "name_sealed"), soci::use(terms, "terms");
}

/// Whoever deleted their account lately has had this day's allowance and keeps their strikes (RIGHT-3).
void recall_subject(soci::session& sql, account_id made, const digest& subject) {
  const auto account = text_of(made);
  const auto hash = hex_of(subject);
  sql << "select easel.recall_subject(:account::uuid, decode(:subject, 'hex'))", soci::use(account, "account"),
    soci::use(hash, "subject");
}

/// The end of every sign-in of a person who is known: a session under the new token, and no record left.
sign_in_outcome enter(scope& s, soci::session& sql, const known_person& who, const policies::identity_claims& claims,
                      const digest& token, const digest& new_token, const std::string& device,
                      std::string return_path) {
  delete_sign_in(sql, token, false);
  if (!who.is_open || !who.key)
    return {sign_in_result::account_closed, std::nullopt, {}};
  refresh_person(sql, *s.keys, who, claims);
  return {sign_in_result::signed_in, put_session(sql, s.settings, who.account, token, new_token, device),
          std::move(return_path)};
}

/// Keeps the claims of a new person under the new token, for as long as any sign-in may take.
void await_confirmation(scope& s, soci::session& sql, const taken_record& record, const sign_in_finish& command) {
  const auto token = hex_of(command.token);
  const auto new_token = hex_of(command.new_token);
  const auto sealed = hex_of(seal_claims(s.keys->sign_in_key(), record.id, command.claims));
  const long long window = s.settings.retention.sign_in.count();
  sql << "update easel.sign_in set token_hash = decode(:new_token, 'hex'), claims_sealed = decode(:sealed, 'hex'),"
         " expires_at = easel.now() + :window::bigint * interval '1 us' where token_hash = decode(:token, 'hex')",
    soci::use(new_token, "new_token"), soci::use(sealed, "sealed"), soci::use(window, "window"),
    soci::use(token, "token");
  sql << "delete from easel.session where token_hash = decode(:token, 'hex')", soci::use(token, "token");
}

/// How many names were replaced: one, or none for want of the account.
long long write_name(soci::session& sql, const std::string& account, const std::string& sealed) {
  soci::statement renamed = (sql.prepare << "update easel.person set name_sealed = decode(:name, 'hex'),"
                                            " name_edited = true where account_id = :account::uuid",
                             soci::use(sealed, "name"), soci::use(account, "account"));
  renamed.execute(true);
  return renamed.get_affected_rows();
}

} // namespace

answer<sign_in_begun> begin_sign_in(scope& s, const sign_in_start& command) {
  if (any_nul(command.nonce, command.return_path))
    return refused("begin_sign_in", "22021");
  return in_transaction(s.to, "begin_sign_in", [&](soci::session& sql) {
    delete_sign_in(sql, command.token, false);
    // Clearing away a few at each beginning bounds the rows, and not only those that are alive.
    sql << "delete from easel.sign_in where token_hash in (select token_hash from easel.sign_in"
           " where expires_at <= easel.now() limit 16 for update skip locked)";
    const auto id = mint<sign_in_id>(now_of(sql));
    const auto minted = text_of(id);
    const auto token = hex_of(command.token);
    const auto state = hex_of(command.state);
    const auto verifier = hex_of(seal_verifier(s.keys->sign_in_key(), id, command.verifier));
    const long long window = s.settings.retention.sign_in.count();
    const auto displaced = displace_sign_ins(sql, s.settings.identity);
    sql << "insert into easel.sign_in (token_hash, id, state_hash, nonce, verifier_sealed, return_path, expires_at)"
           " values (decode(:token, 'hex'), :id::uuid, decode(:state, 'hex'), :nonce, decode(:verifier, 'hex'),"
           " :return_path, easel.now() + :window::bigint * interval '1 us')",
      soci::use(token, "token"), soci::use(minted, "id"), soci::use(state, "state"), soci::use(command.nonce, "nonce"),
      soci::use(verifier, "verifier"), soci::use(command.return_path, "return_path"), soci::use(window, "window");
    return sign_in_begun{displaced};
  });
}

answer<std::optional<taken_sign_in>> take_sign_in(scope& s, const digest& token, const digest& state) {
  return in_transaction(s.to, "take_sign_in", [&](soci::session& sql) -> std::optional<taken_sign_in> {
    const auto token_text = hex_of(token);
    const auto state_text = hex_of(state);
    soci::row row;
    sql << "select id::text, nonce, encode(verifier_sealed, 'hex'), return_path from easel.sign_in"
           " where token_hash = decode(:token, 'hex') and state_hash = decode(:state, 'hex') and nonce is not null"
           " and expires_at > easel.now() for update",
      soci::use(token_text, "token"), soci::use(state_text, "state"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    const auto id = from.id<sign_in_id>();
    taken_sign_in taken;
    taken.nonce = from.text();
    taken.verifier = open_verifier(s.keys->sign_in_key(), id, from.bytes());
    taken.return_path = from.text();
    sql << "update easel.sign_in set nonce = null, verifier_sealed = null where token_hash = decode(:token, 'hex')",
      soci::use(token_text, "token");
    return taken;
  });
}

answer<sign_in_outcome> finish_sign_in(scope& s, const sign_in_finish& command) {
  if (policies::first_bad_claim(command.claims))
    return refused("finish_sign_in", "22001");
  if (any_nul(command.device))
    return refused("finish_sign_in", "22021");
  return in_transaction(s.to, "finish_sign_in", [&](soci::session& sql) -> sign_in_outcome {
    auto record = lock_sign_in(sql, command.token);
    if (!record || !record->claims.empty())
      return {};
    const auto who = lock_person(sql, *s.keys, subject_hash(*s.keys, command.claims));
    if (who)
      return enter(s, sql, *who, command.claims, command.token, command.new_token, command.device,
                   std::move(record->return_path));
    await_confirmation(s, sql, *record, command);
    return {sign_in_result::confirmation_needed, std::nullopt, {}};
  });
}

answer<std::optional<person_to_confirm>> find_unconfirmed(scope& s, const digest& token) {
  return guarded(s.to, "find_unconfirmed", [&](soci::session& sql) -> std::optional<person_to_confirm> {
    const auto hash = hex_of(token);
    soci::row row;
    sql << "select id::text, encode(claims_sealed, 'hex') from easel.sign_in where token_hash = decode(:token, 'hex')"
           " and claims_sealed is not null and expires_at > easel.now()",
      soci::use(hash, "token"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    const auto id = from.id<sign_in_id>();
    auto claims = open_claims(s.keys->sign_in_key(), id, from.bytes());
    if (!claims)
      return std::nullopt;
    return person_to_confirm{claims->email, policies::display_name_of(*claims)};
  });
}

answer<sign_in_outcome> confirm_sign_in(scope& s, const sign_in_confirmation& command) {
  if (any_nul(command.terms_version, command.device))
    return refused("confirm_sign_in", "22021");
  if (!are_versions(command.documents))
    return refused("confirm_sign_in", "22007");
  return in_transaction(s.to, "confirm_sign_in", [&](soci::session& sql) -> sign_in_outcome {
    auto record = lock_sign_in(sql, command.token);
    const auto claims = record ? open_claims(s.keys->sign_in_key(), record->id, record->claims) : std::nullopt;
    if (!claims)
      return {};
    // Two confirmations of one person at a time must not make two accounts.
    const auto subject = subject_hash(*s.keys, *claims);
    const auto lock = hex_of(subject);
    sql << "select pg_advisory_xact_lock(hashtextextended('easel.person ' || :subject, 0))", soci::use(lock, "subject");
    auto who = lock_person(sql, *s.keys, subject);
    if (!who) {
      const auto made = insert_account(sql, *s.keys, tier::free);
      insert_person(sql, *s.keys, made, *claims, command.terms_version);
      for (const auto& each : command.documents)
        note_acknowledgement(sql, made.id, each);
      recall_subject(sql, made.id, subject);
      who = known_person{made.id, true, made.key};
    }
    return enter(s, sql, *who, *claims, command.token, command.new_token, command.device,
                 std::move(record->return_path));
  });
}

answer<bool> decline_sign_in(scope& s, const digest& token) {
  return guarded(s.to, "decline_sign_in", [&](soci::session& sql) { return delete_sign_in(sql, token, true) == 1; });
}

answer<std::optional<person_row>> find_person(scope& s, account_id id) {
  return guarded(s.to, "find_person", [&](soci::session& sql) -> std::optional<person_row> {
    const auto account = text_of(id);
    soci::row row;
    sql << "select encode(k.wrapped, 'hex'), encode(p.subject_sealed, 'hex'), encode(p.email_sealed, 'hex'),"
           " encode(p.name_sealed, 'hex'), p.name_edited::int, p.terms_version, easel.micros(p.terms_accepted_at),"
           " easel.micros(p.age_confirmed_at), easel.micros(p.created_at), easel.micros(p.last_sign_in_at)"
           " from easel.person p join easel.account a on a.id = p.account_id"
           " join easel.account_key k on k.account_id = p.account_id"
           " where p.account_id = :account::uuid and a.state <> 2",
      soci::use(account, "account"), soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    const auto key = s.keys->unwrap(from.bytes(), id);
    if (!key)
      return std::nullopt;
    person_row found;
    found.account = id;
    found.subject = open_field(*key, id, person_field::subject, from.bytes());
    found.email = open_field(*key, id, person_field::email, from.bytes());
    found.name = open_field(*key, id, person_field::name, from.bytes());
    found.name_edited = from.flag();
    found.terms_version = from.text();
    found.terms_accepted_at = from.time();
    found.age_confirmed_at = from.time();
    found.created_at = from.time();
    found.last_sign_in_at = from.time();
    return found;
  });
}

answer<bool> rename_person(scope& s, account_id id, const secret_text& name) {
  if (!policies::is_display_name(name.reveal()))
    return refused("rename_person", "22001");
  return in_transaction(s.to, "rename_person", [&](soci::session& sql) {
    const auto account = text_of(id);
    soci::row row;
    sql << "select encode(k.wrapped, 'hex') from easel.account a join easel.account_key k on k.account_id = a.id"
           " where a.id = :account::uuid and a.state <> 2 for no key update of a",
      soci::use(account, "account"), soci::into(row);
    const auto key = sql.got_data() ? s.keys->unwrap(columns(row).bytes(), id) : std::nullopt;
    if (!key)
      return false;
    const auto sealed = hex_of(seal_field(*key, id, person_field::name, name));
    return write_name(sql, account, sealed) == 1;
  });
}

answer<bool> try_rename(connection& to) {
  return in_transaction(to, "try_rename", [](soci::session& sql) {
    return write_name(sql, text_of(account_id{}), hex_of(std::string(29, '\0'))) == 0;
  });
}

} // namespace easel::persistence::postgres
