#include "persistence/memory/operations.hpp"
#include "persistence/sealed_identity.hpp"

#include <algorithm>
#include <utility>

namespace easel::persistence::memory {

namespace {

/// What the schema's checks say of these texts, in bytes.
bool is_sized(const std::string& text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most;
}

sign_in* live_sign_in(scope& s, const digest& token) {
  auto* found = find_in(s.db.sign_ins, token);
  return found && found->expires_at > s.now ? found : nullptr;
}

person* person_of(scope& s, const policies::identity_claims& claims) {
  const auto* account = find_in(s.db.people_by_subject, subject_hash(s.keys, claims));
  return account ? &s.db.people.at(*account) : nullptr;
}

/// E-mail and name follow the identity provider, unless the person chose a name, or the provider has none today.
void refresh(scope& s, person& who, const policies::identity_claims& claims) {
  who.row.email = claims.email;
  if (!who.row.name_edited && !claims.name.empty())
    who.row.name = policies::display_name_of(claims);
  who.row.last_sign_in_at = s.now;
}

/// The greater version stays.
void note(person& who, const policies::acknowledgement& what) {
  auto& version = who.acknowledged[what.what];
  version = std::max(version, what.version);
}

bool are_versions(const std::vector<policies::acknowledgement>& all) {
  return std::all_of(all.begin(), all.end(),
                     [](const auto& each) { return policies::is_document_version(each.version); });
}

person& add_person(scope& s, const policies::identity_claims& claims, const std::string& terms) {
  const auto account = add_account(s, tier::free);
  auto& who = s.db.people[account];
  who.subject = subject_hash(s.keys, claims);
  s.db.people_by_subject[who.subject] = account;
  who.row = {account, claims.subject, claims.email, policies::display_name_of(claims), false, terms, s.now,
             s.now,   s.now,          s.now};
  return who;
}

/// The end of every sign-in of a person who is known: a session under the new token, and no record left.
sign_in_outcome enter(scope& s, person& who, const policies::identity_claims& claims, const digest& token,
                      const digest& new_token, const std::string& device, std::string return_path) {
  s.db.sign_ins.erase(token);
  if (!open_account(s, who.row.account))
    return {sign_in_result::account_closed, std::nullopt, {}};
  refresh(s, who, claims);
  return {sign_in_result::signed_in, put_session(s, who.row.account, token, new_token, device), std::move(return_path)};
}

/// Whether `new_token` names something else already: two cookies must not share one.
bool is_taken(const scope& s, const digest& new_token) {
  return s.db.sessions_by_token.contains(new_token) || s.db.sign_ins.contains(new_token);
}

/// How many were ended so that one more can begin.
std::int32_t displace_sign_ins(scope& s) {
  const auto is_back = [](const auto& each) { return !each.second.to_take; };
  policies::sign_ins_under_way live;
  live.back = static_cast<std::int32_t>(std::count_if(s.db.sign_ins.begin(), s.db.sign_ins.end(), is_back));
  live.away = static_cast<std::int32_t>(s.db.sign_ins.size()) - live.back;
  const auto which = policies::make_room(live, s.settings.identity);
  for (auto left = which.count; left > 0; --left) {
    // By their end and then by their token, as in PostgreSQL.
    auto first = s.db.sign_ins.end();
    for (auto it = s.db.sign_ins.begin(); it != s.db.sign_ins.end(); ++it)
      if (is_back(*it) == which.back
          && (first == s.db.sign_ins.end() || it->second.expires_at < first->second.expires_at))
        first = it;
    if (first != s.db.sign_ins.end())
      s.db.sign_ins.erase(first);
  }
  return which.count;
}

} // namespace

answer<sign_in_begun> begin_sign_in(scope& s, const sign_in_start& command) {
  if (any_nul(command.nonce, command.return_path))
    return refused("begin_sign_in", bad_text);
  if (!is_sized(command.nonce, 1, 128) || !is_sized(command.verifier.reveal(), 1, 228)
      || !is_sized(command.return_path, 0, 2048))
    return refused("begin_sign_in", broken_rule);
  s.db.sign_ins.erase(command.token);
  std::erase_if(s.db.sign_ins, [&](const auto& each) { return each.second.expires_at <= s.now; });
  const auto displaced = displace_sign_ins(s);
  s.db.sign_ins[command.token] = {command.state, taken_sign_in{command.nonce, command.verifier, command.return_path},
                                  command.return_path, std::nullopt, s.now + s.settings.retention.sign_in};
  return sign_in_begun{displaced};
}

std::optional<taken_sign_in> take_sign_in(scope& s, const digest& token, const digest& state) {
  auto* found = live_sign_in(s, token);
  if (!found || found->state != state)
    return std::nullopt;
  return std::exchange(found->to_take, std::nullopt);
}

answer<sign_in_outcome> finish_sign_in(scope& s, const sign_in_finish& command) {
  if (policies::first_bad_claim(command.claims))
    return refused("finish_sign_in", too_long);
  if (any_nul(command.device))
    return refused("finish_sign_in", bad_text);
  const auto* found = live_sign_in(s, command.token);
  if (!found || found->to_take || found->claims)
    return sign_in_outcome{};
  if (is_taken(s, command.new_token))
    return refused("finish_sign_in", already_there);
  if (!is_sized(command.device, 0, 64))
    return refused("finish_sign_in", broken_rule);
  if (auto* who = person_of(s, command.claims))
    return enter(s, *who, command.claims, command.token, command.new_token, command.device, found->return_path);
  auto record = s.db.sign_ins.extract(command.token);
  record.key() = command.new_token;
  record.mapped().claims = command.claims;
  record.mapped().expires_at = s.now + s.settings.retention.sign_in;
  s.db.sign_ins.insert(std::move(record));
  end_session_under(s, command.token);
  return sign_in_outcome{sign_in_result::confirmation_needed, std::nullopt, {}};
}

std::optional<person_to_confirm> find_unconfirmed(scope& s, const digest& token) {
  const auto* found = live_sign_in(s, token);
  if (!found || !found->claims)
    return std::nullopt;
  return person_to_confirm{found->claims->email, policies::display_name_of(*found->claims)};
}

answer<sign_in_outcome> confirm_sign_in(scope& s, const sign_in_confirmation& command) {
  if (any_nul(command.terms_version, command.device))
    return refused("confirm_sign_in", bad_text);
  const auto* found = live_sign_in(s, command.token);
  if (!found || !found->claims)
    return sign_in_outcome{};
  if (is_taken(s, command.new_token))
    return refused("confirm_sign_in", already_there);
  if (!is_sized(command.terms_version, 1, 40) || !is_sized(command.device, 0, 64))
    return refused("confirm_sign_in", broken_rule);
  if (!are_versions(command.documents))
    return refused("confirm_sign_in", bad_date);
  const auto claims = *found->claims;
  auto* who = person_of(s, claims);
  if (!who) {
    who = &add_person(s, claims, command.terms_version);
    for (const auto& each : command.documents)
      note(*who, each);
  }
  return enter(s, *who, claims, command.token, command.new_token, command.device, found->return_path);
}

bool decline_sign_in(scope& s, const digest& token) {
  const bool was_there = live_sign_in(s, token) != nullptr;
  s.db.sign_ins.erase(token);
  return was_there;
}

std::optional<person_row> find_person(scope& s, account_id id) {
  const auto* who = find_in(s.db.people, id);
  return who && open_account(s, id) ? std::optional(who->row) : std::nullopt;
}

answer<bool> rename_person(scope& s, account_id id, const secret_text& name) {
  if (!policies::is_display_name(name.reveal()))
    return refused("rename_person", too_long);
  auto* who = find_in(s.db.people, id);
  if (!who || !open_account(s, id))
    return false;
  who->row.name = name;
  who->row.name_edited = true;
  return true;
}

std::optional<std::vector<policies::acknowledgement>> find_acknowledgements(scope& s, account_id id) {
  const auto* who = find_in(s.db.people, id);
  if (!who || !open_account(s, id))
    return std::nullopt;
  std::vector<policies::acknowledgement> found;
  for (const auto& [what, version] : who->acknowledged)
    found.push_back({what, version});
  return found;
}

answer<bool> acknowledge(scope& s, account_id id, const policies::acknowledgement& what) {
  if (!policies::is_document_version(what.version))
    return refused("acknowledge", bad_date);
  auto* who = find_in(s.db.people, id);
  if (!who || !open_account(s, id))
    return false;
  note(*who, what);
  return true;
}

} // namespace easel::persistence::memory
