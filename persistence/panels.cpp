#include "persistence/panels.hpp"

namespace easel::persistence {

std::string_view name_of(book from, book to) {
  struct name {
    book from;
    book to;
    std::string_view text;
  };
  constexpr std::array names{name{book::issued, book::available, "granted"},
                             name{book::available, book::held, "held"},
                             name{book::held, book::spent, "spent"},
                             name{book::held, book::available, "released"},
                             name{book::available, book::expired, "expired"},
                             name{book::available, book::issued, "taken back"},
                             name{book::available, book::spent, "spent, folded"},
                             name{book::expired, book::issued, "taken back, expired"},
                             name{book::issued, book::expired, "given back, expired"}};
  for (const auto& one : names)
    if (one.from == from && one.to == to)
      return one.text;
  return "other";
}

std::array<std::int64_t, book_count> balances_of(const std::vector<ledger_flow>& flows) {
  std::array<std::int64_t, book_count> out{};
  for (const auto& flow : flows) {
    out[static_cast<std::size_t>(flow.from)] -= flow.ever.amount;
    out[static_cast<std::size_t>(flow.to)] += flow.ever.amount;
  }
  return out;
}

ledger_drift drift_of(const ledger_books& books) {
  const auto balances = balances_of(books.flows);
  return {books.remaining - balances[static_cast<std::size_t>(book::available)],
          books.held - balances[static_cast<std::size_t>(book::held)]};
}

std::string_view to_string(singleton which) {
  switch (which) {
  case singleton::reaper:
    return "reaper";
  case singleton::auditor:
    return "auditor";
  case singleton::billing_clerk:
    return "billing clerk";
  case singleton::billing_reconciler:
    return "billing reconciler";
  }
  return "unknown";
}

} // namespace easel::persistence
