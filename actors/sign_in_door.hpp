#pragma once

#include "persistence/identity.hpp"
#include "policies/sign_in.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// How people come in: the way through Google and back (ACCOUNT-1), and out again. No CAF in sight.
namespace easel::actors {

/// What became of one step of a sign-in, from a closed list: a metric's label. Those from `not_configured` on end a
/// step without its result.
enum class sign_in_step {
  begun,     ///< the browser was sent to Google
  asked,     ///< a new person has to confirm
  shown,     ///< what they are asked was looked at
  signed_in, ///< somebody known, or somebody new who confirmed
  declined,  ///< everything known of them was deleted
  signed_out,
  not_configured, ///< this server knows no Google
  overloaded,     ///< as many are under way as may be
  unavailable,    ///< the database does not answer, or the server is starting or ending
  google_away,    ///< Google does not answer, or its keys cannot be had
  misconfigured,  ///< Google refuses our credentials: an operator's matter
  lapsed,         ///< no sign-in under this cookie and state: never begun here, finished, or too long ago
  not_ours,       ///< another provider answered, or a state that cannot be ours
  cancelled,      ///< the person said no to Google
  refused,        ///< Google reports an error, or a code that it then does not know
  token_refused,  ///< the ID token broke a rule
  email_unverified,
  account_closed,
};

inline constexpr std::array all_sign_in_steps{
  sign_in_step::begun,
  sign_in_step::asked,
  sign_in_step::shown,
  sign_in_step::signed_in,
  sign_in_step::declined,
  sign_in_step::signed_out,
  sign_in_step::not_configured,
  sign_in_step::overloaded,
  sign_in_step::unavailable,
  sign_in_step::google_away,
  sign_in_step::misconfigured,
  sign_in_step::lapsed,
  sign_in_step::not_ours,
  sign_in_step::cancelled,
  sign_in_step::refused,
  sign_in_step::token_refused,
  sign_in_step::email_unverified,
  sign_in_step::account_closed,
};

[[nodiscard]] constexpr std::string_view to_string(sign_in_step value) {
  switch (value) {
  case sign_in_step::begun:
    return "begun";
  case sign_in_step::asked:
    return "asked";
  case sign_in_step::shown:
    return "shown";
  case sign_in_step::signed_in:
    return "signed_in";
  case sign_in_step::declined:
    return "declined";
  case sign_in_step::signed_out:
    return "signed_out";
  case sign_in_step::not_configured:
    return "not_configured";
  case sign_in_step::overloaded:
    return "overloaded";
  case sign_in_step::unavailable:
    return "unavailable";
  case sign_in_step::google_away:
    return "google_away";
  case sign_in_step::misconfigured:
    return "misconfigured";
  case sign_in_step::lapsed:
    return "lapsed";
  case sign_in_step::not_ours:
    return "not_ours";
  case sign_in_step::cancelled:
    return "cancelled";
  case sign_in_step::refused:
    return "refused";
  case sign_in_step::token_refused:
    return "token_refused";
  case sign_in_step::email_unverified:
    return "email_unverified";
  case sign_in_step::account_closed:
    return "account_closed";
  }
  return "unknown";
}

/// Called once, on an actor's thread, or on the caller's when nothing could be begun; must not block.
template <class T>
using sign_in_reply = std::function<void(expected<T, sign_in_step>)>;

/// What the session cookie is to become.
struct cookie_change {
  secret_text token;
  std::chrono::seconds longest{0}; ///< what it names lives no longer
};

struct begun_sign_in {
  std::string location;                ///< at Google; holds state and nonce, so it is for no log
  std::optional<cookie_change> cookie; ///< none: the browser's own cookie goes on
};

struct sign_in_callback {
  std::optional<secret_text> cookie;
  policies::callback_parameters query;
  std::string device; ///< policies::device_label
};

/// Somebody is signed in, or has to confirm first.
struct finished_sign_in {
  cookie_change cookie;
  bool confirmation_needed = false;
  std::string return_path; ///< when signed in
};

/// Any thread may call; nothing blocks. `cookie` is the session cookie as sent, or nothing.
class sign_in_door {
public:
  virtual ~sign_in_door() = default;

  /// `return_path` is a local path (policies::is_local_path).
  virtual void begin(std::optional<secret_text> cookie, std::string return_path, sign_in_reply<begun_sign_in> done) = 0;
  virtual void callback(sign_in_callback what, sign_in_reply<finished_sign_in> done) = 0;
  /// Who is asked for their confirmation.
  virtual void pending(std::optional<secret_text> cookie, sign_in_reply<persistence::person_to_confirm> done) = 0;
  /// The person said that they are 13 or over (CHILD-1) and accepted the terms.
  virtual void confirm(std::optional<secret_text> cookie, std::string device, sign_in_reply<finished_sign_in> done) = 0;
  /// Deletes what is known of somebody who did not confirm, whether or not there was anything.
  virtual void decline(std::optional<secret_text> cookie, sign_in_reply<void> done) = 0;
  /// Ends the session, whether or not there was one.
  virtual void sign_out(std::optional<secret_text> cookie, sign_in_reply<void> done) = 0;
};

} // namespace easel::actors
