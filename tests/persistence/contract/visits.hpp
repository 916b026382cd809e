#pragma once

#include "tests/persistence/contract/world.hpp"

#include <string>

namespace easel::persistence {
std::ostream& operator<<(std::ostream& out, sign_in_result r);
} // namespace easel::persistence

/// Words for people who sign in.
namespace easel::persistence::contract {

/// A person as their identity provider knows them; no other call returns the same.
[[nodiscard]] policies::identity_claims somebody(const std::string& name = "Ada Lovelace");

/// What a browser holds.
struct visitor {
  account_id account;
  digest token{};
  session_row session;
};

/// A sign-in that has begun under `token`, and its state.
[[nodiscard]] digest begun(world& w, const digest& token);
/// The same, back from the identity provider.
void taken(world& w, const digest& token);
/// As far as the ID token, from a cookie or without one. What comes out is under `new_token`.
[[nodiscard]] sign_in_outcome finished_sign_in(world& w, const digest& token, const digest& new_token,
                                               const policies::identity_claims& claims,
                                               const std::string& device = "Firefox on Linux");
[[nodiscard]] sign_in_outcome confirmed(world& w, const digest& token, const digest& new_token);
/// Signs in, confirms if asked; must succeed.
[[nodiscard]] visitor visit(world& w, const policies::identity_claims& claims);

template <class T>
T must(answer<T> got) {
  if (!got)
    BOOST_FAIL("the store failed in " << got.error().operation << " (" << got.error().sqlstate << ")");
  return std::move(*got);
}

} // namespace easel::persistence::contract
