#pragma once

#include "persistence/store.hpp"
#include "policies/catalogue.hpp"
#include "policies/generation_request.hpp"
#include "policies/rate_limit.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

/// How other threads enter the actors. No CAF in sight: http/server and tests see only this.
namespace easel::actors {

/// What is found out about a call on its way in, left for whoever logs and answers it: each written once, by the actor
/// that finds it out and before the call is answered. Any thread may read.
class call_notes {
public:
  void recognised(account_id account) {
    account_ = account;
    recognised_.store(true, std::memory_order_release);
  }
  /// Whose key it is; nothing before that is known.
  [[nodiscard]] std::optional<account_id> account() const {
    return recognised_.load(std::memory_order_acquire) ? std::optional(account_) : std::nullopt;
  }

  void counted(const std::array<policies::quota, 2>& quotas) {
    quotas_ = quotas;
    counted_.store(true, std::memory_order_release);
  }
  /// What account and key have left; empty before they were looked at.
  [[nodiscard]] std::span<const policies::quota> quotas() const {
    return counted_.load(std::memory_order_acquire) ? std::span<const policies::quota>(quotas_)
                                                    : std::span<const policies::quota>();
  }

private:
  account_id account_;
  std::array<policies::quota, 2> quotas_;
  std::atomic<bool> recognised_{false};
  std::atomic<bool> counted_{false};
};

/// Who speaks, as presented and not yet checked.
struct credential {
  enum class kind {
    api_key,
    session, ///< the token in the session cookie
  };
  secret_text secret;
  kind is = kind::api_key;
  std::shared_ptr<call_notes> notes = nullptr; ///< may be null
};

/// Why nothing was done, or will be. One table in http/server maps it to status, code and headers.
struct refusal {
  enum class why {
    invalid_key,      ///< missing, malformed, unknown, revoked, or of an account that is gone: one answer for all
    not_signed_in,    ///< the same of a session
    session_required, ///< an API key may not do this
    recent_sign_in_required, ///< the session's last sign-in is too long ago for this
    invalid_request,         ///< `field` says which, and how
    model_not_found,
    key_reused, ///< same Idempotency-Key, another body
    restricted, ///< RIGHT-4
    suspended,
    cooling_down, ///< after strikes
    insufficient_credits,
    key_capped,        ///< the key's monthly cap does not cover it: `cap`
    too_many_requests, ///< of this account or key in a minute
    too_many_active,   ///< this account's own concurrency
    too_many_streams,  ///< open streams and long polls of this account
    overloaded,        ///< admission is closed: full queues, or the server is draining
    store_unavailable,
    not_found,       ///< also: not yours, or expired
    not_deletable,   ///< still in work: a cancel request was left instead
    no_paid_credits, ///< the paid tier is for accounts with paid credits
    too_many_keys,
    internal,
  };
  why reason = why::internal;
  std::optional<policies::field_error> field;
  std::optional<duration> retry_after;
  std::optional<credits> cap{}; ///< of the key, in a UTC month
};

/// A stored generation, with what only a live one knows.
struct generation_view {
  persistence::generation_row row;
  std::optional<int> queue_position; ///< 0 = next
  std::optional<duration> estimated_wait;
};

/// What happens to a generation, in order. `sequence` grows by one and survives reconnects on the same node.
struct generation_event {
  struct state_changed {
    generation_view now;
  };
  struct partial {
    std::int16_t index = 0;
    int partial_index = 0;
    blob bytes;
  };
  struct image_stored {
    persistence::image_row image;
    blob bytes;
  };
  /// Terminal: nothing follows. `images` are in index order.
  struct ended {
    generation_view final;
    std::vector<blob> images;
  };

  std::uint64_t sequence = 0;
  std::variant<state_changed, partial, image_stored, ended> what;
};

/// Whoever waits for a generation: a synchronous call, a long poll, an event stream. Called on actor threads, one
/// call at a time, never after `refused`, `ended` or `expired`; must not block. An owner drops it unfinished only
/// when it dies itself, so its destructor must answer.
class watcher {
public:
  virtual ~watcher() = default;
  /// Nothing was created or is to be watched.
  virtual void refused(const refusal& why) = 0;
  /// The generation exists and is durable. `attached`: the request was a repeat of this one.
  /// Always the first call when not refused. False: seen enough.
  virtual bool accepted(const generation_view& view, bool attached) = 0;
  /// False: seen enough, or the client is gone.
  virtual bool event(const generation_event& event) = 0;
  /// The wait it asked for has passed without an end.
  virtual void expired(const generation_view& view) = 0;
};

struct watch_options {
  std::optional<duration> wait; ///< `expired` after this; none: until the end
  bool wants_images = true;     ///< bytes in `ended` and `image_stored`; else only their rows
  bool wants_partials = false;
  std::uint64_t after_sequence = 0; ///< Last-Event-ID: earlier events are not repeated
};

struct create_request {
  policies::generation_request request;
  std::optional<std::string> idempotency_key;
  std::string fingerprint_source; ///< the body as canonical JSON (sorted keys, nulls dropped)
  int retry_count = 0;
  bool synchronous = false; ///< the answer is the image: an SDK's retry may attach to it (`answered`)
};

// ---------------------------------------------------------------- queries: one question, one answer

struct find_generation {
  generation_id id;
};
struct list_generations {
  std::optional<generation_id> before;
  int limit = 20;
};
struct find_image {
  generation_id id;
  std::int16_t index = 0;
};
struct cancel_generation {
  generation_id id;
};
struct quote {
  policies::generation_request request;
};
struct find_account {};
struct find_credits {
  std::optional<transfer_id> before;
  int limit = 50;
};
struct list_models {};

// of the person; what says so wants a session, not a key

/// The display name, which later sign-ins then leave alone (RIGHT-2). Needs a session.
struct rename {
  secret_text name; ///< policies::is_display_name
};
/// The person's own wish; THIRD-1 knows no other way from paid to free. To paid only while paid credits are left.
/// Needs a session.
struct switch_tier {
  tier to = tier::free;
};
struct list_keys {};
/// Needs a session whose sign-in was lately.
struct make_key {
  std::string name; ///< 1 to 200 code points
  std::optional<instant> expires_at;
  std::optional<credits> monthly_cap{}; ///< 1 to policies::largest_key_cap
};
struct revoke_key {
  key_id id;
};
/// Needs a session.
struct list_sessions {};
/// Needs a session.
struct end_session {
  session_id id;
};
/// Needs a session.
struct end_sessions {
  bool keep_current = false;
};
/// Which documents have changed in a way that the person has not acknowledged (CHANGE-1). None for an account without a
/// person.
struct find_notices {};
/// Answers with those that are left. Needs a session: it is the person who has read it.
struct acknowledge {
  policies::acknowledgement what; ///< policies::is_known_version
};
/// Whose session it is, for another door (rights_door.hpp). Needs a session.
struct prove_person {
  bool recently = false; ///< the sign-in must have been lately
};

using query = std::variant<find_generation, list_generations, find_image, cancel_generation, quote, find_account,
                           find_credits, list_models, rename, switch_tier, list_keys, make_key, revoke_key,
                           list_sessions, end_session, end_sessions, find_notices, acknowledge, prove_person>;

struct image_answer {
  persistence::image_row row;
  blob bytes;
};
struct quote_answer {
  policies::generation_plan plan;
  tier of_tier = tier::free;
  recipient to = recipient::sub2api;
  credits available;
};
struct account_answer {
  persistence::account_row account;
  credits available;
  credits held;
  std::optional<persistence::person_row> person; ///< for a session only: a key does not show who its owner is
};
struct credits_answer {
  persistence::balance balance;
  persistence::page<persistence::entry_row> entries;
};
struct cancel_answer {
  generation_view view;
  bool deleted = false;
};
struct models_answer {
  std::vector<policies::model_entry> models;
  tier of_tier = tier::free;
};

struct tier_answer {
  tier of_tier = tier::free;
  recipient to = recipient::sub2api; ///< who gets the prompts from now on
};
struct keys_answer {
  std::vector<persistence::key_row> keys;
};
struct made_key {
  persistence::key_row key;
  secret_text secret; ///< shown once; only its keyed hash is kept
};
struct revoked_key {
  key_id id;
};
struct sessions_answer {
  std::vector<persistence::session_row> sessions;
  session_id current;
};
struct ended_sessions {
  int count = 0;
  bool current = false; ///< the asking one is among them
};

struct notices_answer {
  std::vector<policies::open_notice> open;
};
struct proven_person {
  account_id account;
};

using query_answer =
  std::variant<generation_view, persistence::page<persistence::generation_row>, image_answer, cancel_answer,
               quote_answer, account_answer, credits_answer, models_answer, tier_answer, keys_answer, made_key,
               revoked_key, sessions_answer, ended_sessions, notices_answer, proven_person>;

using reply = std::function<void(expected<query_answer, refusal>)>;

/// Any thread may call; nothing blocks. Every watcher and reply is answered exactly once at the end, whatever dies.
class front_door {
public:
  virtual ~front_door() = default;

  virtual void create(credential who, create_request what, watch_options how, std::shared_ptr<watcher> watcher) = 0;
  virtual void watch(credential who, generation_id what, watch_options how, std::shared_ptr<watcher> watcher) = 0;
  virtual void ask(credential who, query what, reply answer) = 0;

  /// The answer with this generation's images was written to its last byte.
  virtual void answered(generation_id id) = 0;

  /// kie.ai called back on `/webhooks/kie/{token}`. The body is only a hint; it was checked by nobody yet.
  /// `task_id`, `timestamp` and `signature` are the raw header and body values. Never says whether it was known.
  virtual void provider_called(std::string token, std::string task_id, std::string timestamp,
                               std::string signature) = 0;

  /// For /readyz: accepting, and the database answered lately.
  [[nodiscard]] virtual bool ready() const = 0;
};

} // namespace easel::actors
