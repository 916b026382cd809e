#include "tests/persistence/contract/visits.hpp"

#include <atomic>

namespace easel::persistence {

std::ostream& operator<<(std::ostream& out, sign_in_result r) {
  static constexpr std::string_view names[] = {"signed_in", "confirmation_needed", "account_closed", "gone"};
  return out << names[static_cast<int>(r)];
}

} // namespace easel::persistence

namespace easel::persistence::contract {

policies::identity_claims somebody(const std::string& name) {
  static std::atomic<int> counter{0};
  const auto number = std::to_string(++counter);
  return {"https://accounts.google.com", secret_text("11016948447438627" + number),
          secret_text("ada" + number + "@example.org"), secret_text(name)};
}

digest begun(world& w, const digest& token) {
  const auto state = w.new_digest();
  const sign_in_start start{token, state, "nonce-1", secret_text("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
                            "/create?model=gpt-image-2"};
  (void)must(w.db->begin_sign_in(start));
  return state;
}

void taken(world& w, const digest& token) {
  BOOST_REQUIRE(must(w.db->take_sign_in(token, begun(w, token))).has_value());
}

sign_in_outcome finished_sign_in(world& w, const digest& token, const digest& new_token,
                                 const policies::identity_claims& claims, const std::string& device) {
  taken(w, token);
  return must(w.db->finish_sign_in({token, new_token, claims, device}));
}

sign_in_outcome confirmed(world& w, const digest& token, const digest& new_token) {
  return must(
    w.db->confirm_sign_in({token, new_token, "2026-11-01", "Firefox on Linux", policies::acknowledged_at_sign_up()}));
}

visitor visit(world& w, const policies::identity_claims& claims) {
  const auto first = w.new_digest();
  auto token = w.new_digest();
  auto outcome = finished_sign_in(w, first, token, claims);
  if (outcome.result == sign_in_result::confirmation_needed) {
    const auto pending = token;
    token = w.new_digest();
    outcome = confirmed(w, pending, token);
  }
  BOOST_REQUIRE(outcome.result == sign_in_result::signed_in);
  BOOST_REQUIRE(outcome.session.has_value());
  return {outcome.session->account, token, *outcome.session};
}

} // namespace easel::persistence::contract
