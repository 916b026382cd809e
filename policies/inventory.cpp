#include "policies/inventory.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace easel::policies {

namespace {

/// Columns of one table that share everything but their name. Names are separated by one space.
struct declaration {
  std::string_view table;
  std::string_view columns;
  data_class what;
  std::string_view purpose;
  std::string_view clause;
  retention_window window;
  std::string_view exported;
  std::string_view withheld;
  erasure_way erased;
};

struct plain_columns {
  std::string_view table;
  std::string_view columns;
};

using enum data_class;
using window = retention_window;
using way = erasure_way;

constexpr std::string_view shown; ///< nothing is withheld

constexpr std::string_view sealed_key_reason = "a key of ours; what it opens is in the export";
constexpr std::string_view key_hash_reason = "a keyed hash that only recognizes the key when it is presented";
constexpr std::string_view request_hash_reason =
  "a keyed hash of a request; the request is in the export while it lives";
constexpr std::string_view token_hash_reason = "a keyed hash that only recognizes the cookie when it is presented";
constexpr std::string_view identity_hash_reason = "a keyed hash of what is in the export";
constexpr std::string_view sign_in_reason = "gone within minutes, and there is no account yet to export";
constexpr std::string_view erasure_reason = "there is no account any more that could ask for it";
constexpr std::string_view event_reason = "names objects at Stripe only; what it meant is in the export";
constexpr std::string_view outbox_reason = "exists only after the account's end, until Stripe has deleted what it has";
constexpr std::string_view expiry_reason = "follows from the creation by the published window";

// What a generation keeps about its person is the same while it is in work and after it has ended.
constexpr std::string_view generation_request_columns =
  "model size quality format background compression images partial_images";
constexpr std::string_view generation_course_columns =
  "id account_id api_key_id tier state reason created_at dispatched_at ended_at";
constexpr std::string_view generation_verdict_columns = "verdict_blocked verdict_categories verdict_rule dispatched_to";

constexpr declaration prompt_of(std::string_view table) {
  return {table,
          "prompt_sealed",
          content,
          "To draw the image and to show the person what they asked for.",
          "GEN-1",
          window::content,
          "generations.json",
          shown,
          way::deleted_unsealed};
}
constexpr declaration request_of(std::string_view table) {
  return {table,
          generation_request_columns,
          content,
          "To draw the image as it was asked for.",
          "GEN-1",
          window::content,
          "generations.json",
          shown,
          way::deleted};
}
constexpr declaration course_of(std::string_view table) {
  return {
    table,       generation_course_columns, technical,          "To carry out the request and to show how it went.",
    "GEN-1",     window::content,           "generations.json", shown,
    way::deleted};
}
constexpr declaration verdict_of(std::string_view table) {
  return {table,
          generation_verdict_columns,
          content,
          "To enforce the acceptable use policy and to route by tier.",
          "THIRD-3",
          window::content,
          "generations.json",
          shown,
          way::deleted};
}
constexpr declaration moderated_of(std::string_view table) {
  return {table,       "verdict_moderated", content, "To dispatch only the very text that was moderated.",
          "THIRD-3",   window::content,     "",      request_hash_reason,
          way::deleted};
}
constexpr declaration price_of(std::string_view table) {
  return {table,
          "price_each charged",
          billing,
          "To charge the price that was shown.",
          "RET-3",
          window::content,
          "generations.json",
          shown,
          way::deleted};
}

constexpr std::array declarations{
  declaration{"account", "id tier state restricted cooldown_until strikes_since granted_on created_at", technical,
              "To keep the account and what it is entitled to.", "RET-2", window::account, "account.json", shown,
              way::deleted},
  declaration{"account", "blocked", billing, "To let nothing be spent while a payment is disputed.", "RET-3",
              window::account, "account.json", shown, way::deleted},
  declaration{"account", "held", billing, "To keep credits for work under way.", "RET-3", window::account,
              "credits.json", shown, way::deleted},
  declaration{"account_key", "account_id wrapped wrapped_by", credential, "To seal the account's content.", "RIGHT-3",
              window::account, "", sealed_key_reason, way::deleted},
  declaration{"api_key", "id account_id name hint created_at last_used_at revoked_at expires_at", credential,
              "To let the person recognize and revoke their keys.", "RET-2", window::account, "api_keys.json", shown,
              way::deleted},
  declaration{"api_key", "monthly_cap used_month used", credential, "To keep a key within the cap that the person set.",
              "RET-2", window::account, "api_keys.json", shown, way::deleted},
  declaration{"api_key", "hash", credential, "To recognize a key without keeping it.", "RET-2", window::account, "",
              key_hash_reason, way::deleted},
  declaration{"person", "subject_sealed", identity, "To recognize the person when they sign in again.", "ACCOUNT-1",
              window::account, "account.json", shown, way::deleted_unsealed},
  declaration{"person", "email_sealed name_sealed", identity, "To show the person whose account it is.", "RET-2",
              window::account, "account.json", shown, way::deleted_unsealed},
  declaration{"person", "name_edited", identity, "To keep the name that the person chose.", "RIGHT-2", window::account,
              "account.json", shown, way::deleted},
  declaration{"person", "subject_hash", identity, "To find the person who signs in.", "ACCOUNT-1", window::account, "",
              identity_hash_reason, way::deleted},
  declaration{"person", "email_hash", identity, "To find whose request by mail it is.", "RIGHT-5", window::account, "",
              identity_hash_reason, way::deleted},
  declaration{"person", "account_id terms_version terms_accepted_at created_at last_sign_in_at", technical,
              "To show what was agreed, and when.", "ACCOUNT-1", window::account, "account.json", shown, way::deleted},
  declaration{"person", "age_confirmed_at", technical, "To show that the person said they are 13 or over.", "CHILD-1",
              window::account, "account.json", shown, way::deleted},
  declaration{"acknowledgement", "account_id document version at", technical,
              "To show each change of a document until the person has acknowledged it.", "CHANGE-1", window::account,
              "account.json", shown, way::deleted},
  declaration{"session", "id account_id device created_at authenticated_at last_seen_at expires_at", technical,
              "To keep the person signed in, and to let them end it.", "COOKIE-1", window::session, "sessions.json",
              shown, way::deleted},
  declaration{"session", "token_hash", credential, "To recognize the cookie without keeping it.", "COOKIE-1",
              window::session, "", token_hash_reason, way::deleted},
  declaration{"sign_in", "claims_sealed", identity, "To make the account once the person confirms.", "ACCOUNT-1",
              window::sign_in, "", sign_in_reason, way::ends_by_itself},
  declaration{"sign_in", "token_hash id state_hash nonce verifier_sealed return_path expires_at", credential,
              "To bind the answer of the identity provider to this browser.", "COOKIE-1", window::sign_in, "",
              sign_in_reason, way::ends_by_itself},
  declaration{"strike", "account_id generation_id at", technical, "To enforce the acceptable use policy.", "THIRD-3",
              window::account, "account.json", shown, way::deleted},

  declaration{"credit_grant", "id account_id kind business_key amount remaining created_at expires_at", billing,
              "To keep what was granted or bought.", "RET-3", window::ledger, "credits.json", shown, way::detached},
  declaration{"credit_transfer", "account_id id from_book to_book amount grant_id generation_id image_index at",
              billing, "To account for every credit.", "RET-3", window::ledger, "credits.json", shown, way::detached},

  declaration{"billing_account", "id account_id customer created_at", billing,
              "To know whose purchases these are, at Stripe and here.", "RET-3", window::ledger, "billing.json", shown,
              way::detached},
  declaration{"purchase",
              "id billing_id item is_plan price amount currency credits state session subscription created_at "
              "open_until changed_at",
              billing, "To sell what was ordered at the price that was shown.", "RET-3", window::ledger, "billing.json",
              shown, way::detached},
  declaration{"subscription",
              "id billing_id status price quantity period_start period_end ends_at trial_end ended_at fetched_at",
              billing, "To know what is paid for, and until when.", "RET-3", window::ledger, "billing.json", shown,
              way::detached},
  declaration{"sale",
              "reference billing_id is_pack purchase_id subscription charged currency refunded lost disputed at",
              billing, "To keep the transaction's reference and the amount charged.", "RET-3", window::ledger,
              "billing.json", shown, way::detached},
  declaration{"sale_payment", "payment reference", billing, "To find the sale that a refund is of.", "RET-3",
              window::ledger, "billing.json", shown, way::detached},
  declaration{"refund", "id reference amount status created_at", billing, "To take back what was given back.", "RET-3",
              window::ledger, "billing.json", shown, way::detached},
  declaration{"dispute", "id reference amount status created_at", billing, "To take back what was given back.", "RET-3",
              window::ledger, "billing.json", shown, way::detached},
  declaration{"sale_grant", "business_key reference account_id amount clawed clawed_expired clawed_debt at", billing,
              "To grant once, and to take back no more than was given back.", "RET-3", window::ledger, "billing.json",
              shown, way::detached},
  declaration{"drip", "business_key reference billing_id subscription price monthly begins_at months granted due_at",
              billing, "To grant each month of a year that was paid for.", "RET-3", window::ledger, "billing.json",
              shown, way::detached},
  declaration{"billing_inbox",
              "event_id type api_version livemode object object_id customer subscription invoice payment_intent charge "
              "status amount currency instance created_at received_at",
              billing, "To apply each of Stripe's deliveries once.", "RET-3", window::billing_event, "", event_reason,
              way::detached},
  declaration{"billing_outbox", "billing_id what target asked_at", billing,
              "To have Stripe forget who deleted their account.", "RIGHT-3", window::account, "", outbox_reason,
              way::ends_by_itself},

  prompt_of("generation_in_work"),
  request_of("generation_in_work"),
  course_of("generation_in_work"),
  verdict_of("generation_in_work"),
  moderated_of("generation_in_work"),
  price_of("generation_in_work"),
  declaration{"generation_in_work", "hold_grants hold_left", billing, "To give back what was not spent.", "RET-3",
              window::content, "credits.json", shown, way::deleted},
  prompt_of("generation"),
  request_of("generation"),
  course_of("generation"),
  verdict_of("generation"),
  moderated_of("generation"),
  price_of("generation"),

  declaration{"image", "bytes_sealed", content, "To give the person what they asked for.", "GEN-1", window::content,
              "images/", shown, way::deleted_unsealed},
  declaration{"image", "generation_id index id account_id format width height size created_at", content,
              "To find and describe the image.", "GEN-1", window::content, "generations.json", shown, way::deleted},
  declaration{"disclosure", "generation_id account_id tier recipient data_class at", technical,
              "To tell the person who received their data.", "THIRD-4", window::content, "disclosures.json", shown,
              way::deleted},
  declaration{"provider_call", "generation_id index account_id task hinted_task begun_at", technical,
              "To ask the provider for the outcome of a call.", "THIRD-2", window::content, "generations.json", shown,
              way::deleted},
  declaration{"access_log", "at ip user_agent account_id route status duration_us request_id", technical,
              "Security, rate limiting and debugging.", "TECH-1", window::access_log, "access_log.json", shown,
              way::deleted},

  declaration{"idempotency_claim", "account_id key_hash fingerprint generation_id", technical,
              "To answer a repeated request once.", "GEN-1", window::idempotency, "", request_hash_reason,
              way::deleted},
  declaration{"awaiting_answer", "generation_id api_key_id fingerprint created_at", technical,
              "To answer a retry with the image already made.", "GEN-1", window::attach, "", request_hash_reason,
              way::deleted},

  declaration{"operator_audit", "at actor action account_id reason", technical,
              "To show who changed an account or read its prompt, and why.", "RIGHT-5", window::audit, "account.json",
              shown, way::pseudonymous},

  // Three years after it was closed: as long as somebody could still claim that it was answered wrongly or late, and
  // we have to be able to show that it was not (GDPR, Art. 5(2)).
  declaration{"privacy_request",
              "id kind account_id reference received_on due_on recorded_at extended_at begun_at closed_at outcome",
              technical, "To answer requests that come by mail in time, and to show that they were.", "RIGHT-5",
              window::privacy_request, "requests.json", shown, way::pseudonymous},

  declaration{"restriction", "id account_id begun_at lifted_at", technical, "To show what was restricted, and when.",
              "RIGHT-4", window::account, "restrictions.json", shown, way::deleted},
  declaration{"restriction", "objection_sealed", identity, "To keep what the person objects to.", "RIGHT-4",
              window::account, "restrictions.json", shown, way::deleted_unsealed},
  declaration{"data_export", "id account_id begun_at alive_until ended_at volumes", technical,
              "To make copies one at a time, and a few a day.", "RIGHT-1", window::account, "exports.json", shown,
              way::deleted},
  declaration{"erasure", "account_id", technical, "To go on with an erasure that was interrupted.", "RIGHT-3",
              window::erasure, "", erasure_reason, way::deleted},
  declaration{"erased_subject", "subject_hash", identity,
              "To recognize a person whose account was deleted, so that deletion refills nothing.", "RIGHT-3",
              window::erased_subject, "", erasure_reason, way::outlives},
  declaration{"erased_subject", "allowance_on strikes suspended cooldown_until expires_at", technical,
              "To refill no allowance and wipe no strike by a deletion.", "RIGHT-3", window::erased_subject, "",
              erasure_reason, way::outlives},

  declaration{"generation_in_work", "expires_at", technical, "To delete in time.", "RET-1", window::content, "",
              expiry_reason, way::deleted},
  declaration{"generation", "expires_at", technical, "To delete in time.", "RET-1", window::content, "", expiry_reason,
              way::deleted},
  declaration{"image", "expires_at", technical, "To delete in time.", "RET-1", window::content, "", expiry_reason,
              way::deleted},
};

constexpr std::array plain{
  plain_columns{"setting", "name value"},
  plain_columns{"schema_migration", "version name checksum applied_at"},
  plain_columns{"retention_clock", "id at boot up_us halted_at halted_why"},
  plain_columns{"retention_run", "id cut ended_at took_us deleted partitions by_table"},
  plain_columns{"destroyed_key", "id at keys replaced rewritten_at log_until"}, // which were whose, it does not know
  plain_columns{"key_wipe", "id at keys oldest_at"},
  plain_columns{"backup", "id place created_at expires_at state bytes removed_at"},
  plain_columns{"self_report", "process at report"},
  plain_columns{"node", "id joined_at heartbeat_at left_at taken_over_at version process master_keys"},
  plain_columns{"operator_audit", "id"},
  // Those who run the service are no persons of its accounts.
  plain_columns{"operator", "name role password totp_sealed totp_used failures locked_until created_at "
                            "last_sign_in_at disabled_at"},
  plain_columns{"operator_session", "token_hash operator created_at last_seen_at expires_at"},
  plain_columns{"account", "active entries"},
  plain_columns{"credit_grant", "closed"},
  plain_columns{"generation_in_work", "day slug credential owner_node fence stored content_deleted restarts "
                                      "cancel_requested dispatched_fence"},
  plain_columns{"generation", "day slug credential owner_node fence stored content_deleted"},
  plain_columns{"image", "day"},
  plain_columns{"disclosure", "day expires_at"},
  plain_columns{"provider_call", "credential fence callback_hash expires_at"},
  plain_columns{"access_log", "day expires_at"},
  plain_columns{"idempotency_claim", "expires_at"},
  plain_columns{"privacy_request", "expires_at"},
  plain_columns{"awaiting_answer", "attached"},
  plain_columns{"erasure", "id clause begun_at finished_at counts number previous hash"},
  plain_columns{"billing_account", "version"},
  plain_columns{"billing_inbox", "number by_poll state reason attempts due_at ended_at"},
  plain_columns{"billing_outbox", "due_at attempts"},
  plain_columns{"billing_sweep", "name reached ran_at looked_at found took_us"},
  plain_columns{"payment_sighting", "what oldest seen_at"},
};

template <class Use>
void for_each_name(std::string_view names, Use use) {
  while (!names.empty()) {
    const auto end = std::min(names.find(' '), names.size());
    use(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

std::vector<personal_field> spread_declarations() {
  std::vector<personal_field> fields;
  for (const auto& each : declarations)
    for_each_name(each.columns, [&](std::string_view column) {
      fields.push_back({each.table, column, each.what, each.purpose, each.clause, each.window, each.exported,
                        each.withheld, each.erased});
    });
  return fields;
}

std::vector<schema_column> spread_plain() {
  std::vector<schema_column> columns;
  for (const auto& each : plain)
    for_each_name(each.columns, [&](std::string_view column) { columns.push_back({each.table, column}); });
  return columns;
}

std::string sentence(const schema_column& which, std::string_view what) {
  return std::string(which.table) + '.' + std::string(which.column) + ' ' + std::string(what);
}

/// In the largest unit of which it is a few; rounded up.
std::string in_words(duration span) {
  const auto count = [&]<class Unit>(Unit, const char* one) {
    const auto n = std::chrono::ceil<Unit>(span).count();
    return std::to_string(n) + ' ' + one + (n == 1 ? "" : "s");
  };
  if (span > std::chrono::hours(48))
    return count(std::chrono::days(), "day");
  if (span > std::chrono::hours(2))
    return count(std::chrono::hours(), "hour");
  return count(std::chrono::minutes(), "minute");
}

struct sighting {
  int declared = 0;
  bool live = false;
};

} // namespace

std::string describe(retention_window value, const retention_windows& lengths) {
  const auto span = [&] { return in_words(length_of(value, lengths).value_or(duration{})); };
  switch (value) {
  case window::account:
    return "as long as the account is active";
  case window::content:
    return span() + ", then deleted automatically";
  case window::idempotency:
    return span() + " at the longest";
  case window::attach:
    return "until its answer was delivered, " + span() + " at the longest";
  case window::ledger:
    return "usage 90 days, payments as long as tax law asks";
  case window::access_log:
    return span();
  case window::audit:
    return "as long as the record of operators' actions is kept";
  case window::sign_in:
    return "until the person confirms or declines, " + span() + " at the longest";
  case window::session:
    return "until the session ends, " + span() + " at the longest";
  case window::erasure:
    return "until the erasure is finished, seconds as a rule";
  case window::erased_subject:
    return span() + " after the account was deleted";
  case window::privacy_request:
    return span() + " after it was closed";
  case window::billing_event:
    return "until no delivery of it can come any more, 40 days";
  }
  return "unknown";
}

std::string_view to_string(erasure_way value) {
  switch (value) {
  case way::deleted:
    return "deleted with the account";
  case way::deleted_unsealed:
    return "deleted with the account, and its key destroyed";
  case way::detached:
    return "usage deleted with the account, payments detached from the person";
  case way::pseudonymous:
    return "kept under the number of an account that no longer exists";
  case way::ends_by_itself:
    return "belongs to no account, and is gone within minutes";
  case way::outlives:
    return "kept for 30 days as a keyed hash without a person";
  }
  return "unknown";
}

std::optional<duration> length_of(retention_window value, const retention_windows& lengths) {
  switch (value) {
  case window::content:
    return lengths.content;
  case window::idempotency:
    return lengths.idempotency;
  case window::attach:
    return lengths.retry_attach;
  case window::access_log:
    return lengths.access_log;
  case window::sign_in:
    return lengths.sign_in;
  case window::session:
    return lengths.session;
  case window::erased_subject:
    return lengths.erased_subject;
  case window::privacy_request:
    return lengths.privacy_request;
  case window::account:
  case window::ledger:
  case window::audit:
  case window::billing_event:
  case window::erasure:
    return std::nullopt;
  }
  return std::nullopt;
}

std::span<const personal_field> data_inventory() {
  static const auto fields = spread_declarations();
  return fields;
}

std::span<const schema_column> non_personal_columns() {
  static const auto columns = spread_plain();
  return columns;
}

expected<void, std::vector<std::string>> check_inventory(std::span<const schema_column> live) {
  std::map<schema_column, sighting> seen;
  for (const auto& field : data_inventory())
    ++seen[{field.table, field.column}].declared;
  for (const auto& column : non_personal_columns())
    ++seen[column].declared;
  for (const auto& column : live)
    seen[column].live = true;
  std::vector<std::string> complaints;
  for (const auto& [column, found] : seen) {
    if (found.declared == 0)
      complaints.push_back(sentence(column, "is in the schema but not in the data inventory."));
    if (!found.live)
      complaints.push_back(sentence(column, "is in the data inventory but not in the schema."));
    if (found.declared > 1)
      complaints.push_back(sentence(column, "is declared more than once in the data inventory."));
  }
  if (complaints.empty())
    return {};
  return unexpected(std::move(complaints));
}

} // namespace easel::policies
