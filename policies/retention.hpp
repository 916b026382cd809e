#pragma once

#include "policies/vocabulary/time.hpp"

namespace easel::policies {

/// How long each kind of record lives.
struct retention_windows {
  duration content = std::chrono::hours(24 * 30);           ///< prompts and images (RET-1)
  duration idempotency = std::chrono::hours(24);            ///< claims; gone with their generation at the latest
  duration retry_attach = std::chrono::minutes(15);         ///< how recent a generation an SDK's retry may attach to
  duration access_log = std::chrono::hours(24 * 30);        ///< TECH-1
  duration sign_in = std::chrono::minutes(10);              ///< what is known of a person before they confirm
  duration session = std::chrono::hours(24 * 30);           ///< from its beginning, however busy it is (COOKIE-1)
  duration erased_subject = std::chrono::hours(24 * 30);    ///< what keeps a deletion from refilling anything (RIGHT-3)
  duration privacy_request = std::chrono::hours(24 * 1095); ///< three years from the closing of a request (RIGHT-5)
};

[[nodiscard]] constexpr instant content_expires_at(const retention_windows& windows, instant created_at) {
  return created_at + windows.content;
}

} // namespace easel::policies
