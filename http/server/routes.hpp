#pragma once

#include "http/server/address_limits.hpp"
#include "http/server/exchange.hpp"
#include "http/server/settings.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace easel::server {

/// What stood for the `{…}` pieces of a pattern, as sent (not percent-decoded).
using captures = std::array<std::string_view, 2>;

struct route {
  std::string_view method;  ///< GET also serves HEAD
  std::string_view pattern; ///< of static storage: "/v1/generations/{id}"
  surface speaks = surface::native;
  std::optional<policies::request_class> counts_as; ///< against the limits of an address; none: exempt
  std::function<void(const exchange_ptr&, const captures&)> serve;
  std::size_t largest_body = 0; ///< bytes; 0: the listener's soft limit. Beyond its hard one nothing is read
  bool reads_body = true;       ///< false: answers the same whatever is sent, and without it
};

/// The one table from method and path to handler. Refuses, in this order: an address that asks too often (429; what
/// matches no route is a reading), fields that leave open where the request ends (400, 501; the connection closes),
/// fields or target beyond the soft limits (431, 414), a missing, repeated or impossible Host (400), a request target
/// that is none (400), an expectation that nobody here can meet (417), an unknown path (404), another method (405 with
/// Allow), what a page of another site sent (403), a body beyond the soft limit, or announced to be (413). OPTIONS
/// answers with Allow; CORS stays closed.
class route_table {
public:
  /// `per_address` null: addresses are not counted.
  explicit route_table(std::vector<route> routes, std::shared_ptr<address_limits> per_address = nullptr);

  /// Answers 500 when a handler throws. Never throws itself.
  void serve(const exchange_ptr& asked, const listener_settings& limits) const;

  /// Whether a request that begins like this should send its body of `length` bytes (0: it does not say). If not,
  /// `serve` refuses the request without one, or does not care for it. Any thread.
  [[nodiscard]] bool wants_body(std::string_view method, std::string_view target, std::uint64_t length,
                                const listener_settings& limits) const;

  /// The addresses that answer GET with a page and have no `{…}` in them.
  [[nodiscard]] std::vector<std::string_view> pages() const;

private:
  void dispatch(const exchange_ptr& asked, const listener_settings& limits) const;
  [[nodiscard]] const route* find(std::string_view method, std::string_view path, captures& found) const;
  /// Whether the request's address may ask; answers it otherwise.
  [[nodiscard]] bool is_within_rate(exchange& asked, const route* matched) const;
  [[nodiscard]] std::string allowed_methods(std::string_view path) const;

  std::vector<route> routes_;
  std::shared_ptr<address_limits> per_address_;
};

/// Undoes %XX and, in a query, '+'. Nothing when an escape is broken or yields a control character.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// The parameters of a query or of a form (application/x-www-form-urlencoded), in order. Nothing when it is malformed.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> parse_pairs(std::string_view query);

/// The same by name. Nothing when a name comes twice.
[[nodiscard]] std::optional<std::map<std::string, std::string, std::less<>>> parse_query(std::string_view query);

} // namespace easel::server
