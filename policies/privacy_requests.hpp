#pragma once

#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// Requests about personal data that reach the operators by mail (RIGHT-5), and until when they have to be answered:
/// within one month of receipt, which two further months may extend (GDPR, Art. 12(3)). Pure.
namespace easel::policies {

enum class request_kind : std::uint8_t {
  access,      ///< a copy (RIGHT-1)
  correction,  ///< RIGHT-2
  erasure,     ///< RIGHT-3
  child,       ///< an account of a child under 13 was reported (CHILD-1)
  restriction, ///< RIGHT-4
  objection,   ///< RIGHT-4
  complaint,   ///< of the person, or of an authority that heard one
};

inline constexpr std::array all_request_kinds{
  request_kind::access,      request_kind::correction, request_kind::erasure,   request_kind::child,
  request_kind::restriction, request_kind::objection,  request_kind::complaint,
};

enum class request_outcome : std::uint8_t {
  done,
  refused,   ///< the person was told why, and where they can complain
  withdrawn, ///< by the person
};

inline constexpr std::array all_request_outcomes{request_outcome::done, request_outcome::refused,
                                                 request_outcome::withdrawn};

[[nodiscard]] std::string_view to_string(request_kind kind);
[[nodiscard]] std::string_view to_string(request_outcome outcome);
[[nodiscard]] std::optional<request_kind> parse_request_kind(std::string_view text);
[[nodiscard]] std::optional<request_outcome> parse_request_outcome(std::string_view text);

/// How a function of the service can do what is asked; the other kinds are answered by hand.
enum class fulfilment { by_hand, erase, erase_child, restrict };
[[nodiscard]] fulfilment fulfilment_of(request_kind kind);

/// The last day on which an answer is in time: the same day of the month, one month after receipt, three when the time
/// was extended; the last day of a month that has no such day (Regulation 1182/71, Art. 3(2)). Holidays and weekends
/// would only make it later and are not counted.
[[nodiscard]] day due_on(day received, bool extended);

/// Negative when it is past due.
[[nodiscard]] int days_left(day due, day today);
/// A day ends with its last hour: on the due day itself an answer is in time.
[[nodiscard]] bool is_past_due(day due, day today);

/// The person must be told of the extension within the first month, and there is one only.
[[nodiscard]] bool may_extend(day received, bool extended, day today);

/// Whether it may be closed with this outcome: what asks for an erasure is not done while the account that it names
/// lives (RIGHT-3, CHILD-1).
[[nodiscard]] bool may_close(request_kind kind, request_outcome outcome, bool account_lives);

/// The number of a mail or ticket: 1 to 40 of letters, digits, '.', '_', '/' and '-', beginning with a letter or a
/// digit. No address, no name, no sentence.
[[nodiscard]] bool is_request_reference(std::string_view text);

/// A day as in 2026-11-26.
[[nodiscard]] std::optional<day> parse_day(std::string_view text);

} // namespace easel::policies
