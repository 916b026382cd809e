#include "persistence/rights.hpp"
#include "persistence/store.hpp"

namespace easel::persistence {

std::string_view to_string(account_state state) {
  switch (state) {
  case account_state::active:
    return "active";
  case account_state::suspended:
    return "suspended";
  case account_state::closed:
    return "closed";
  }
  return "unknown";
}

std::string_view to_string(erasure_clause clause) {
  switch (clause) {
  case erasure_clause::right_3:
    return "RIGHT-3";
  case erasure_clause::child_1:
    return "CHILD-1";
  }
  return "unknown";
}

std::string_view to_string(grant_kind kind) {
  switch (kind) {
  case grant_kind::daily:
    return "daily";
  case grant_kind::gift:
    return "gift";
  case grant_kind::subscription:
    return "subscription";
  case grant_kind::pack:
    return "pack";
  }
  return "unknown";
}

std::string_view to_string(book book) {
  switch (book) {
  case book::issued:
    return "issued";
  case book::available:
    return "available";
  case book::held:
    return "held";
  case book::spent:
    return "spent";
  case book::expired:
    return "expired";
  }
  return "unknown";
}

} // namespace easel::persistence
