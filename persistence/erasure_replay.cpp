#include "persistence/erasure_replay.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace easel::persistence {

namespace {

constexpr std::size_t ids_at_a_time = 10'000;
constexpr int most_attempts = 5; ///< of a step that did not succeed: each has the database's time-outs for itself

template <class T>
auto database_failed(const answer<T>& got) {
  const auto& e = got.error();
  return unexpected("erasures of the journal could not be replayed: the database did not do " + e.operation
                    + (e.sqlstate.empty() ? std::string() : " (SQLSTATE " + e.sqlstate + ')'));
}

template <class Work>
auto persistently(Work work) -> decltype(work()) {
  auto got = work();
  for (int i = 1; i < most_attempts && !got; ++i)
    got = work();
  return got;
}

struct comparison {
  std::vector<erasure_entry> missing; ///< one for each account that is still there
  instant now;                        ///< the database's
  bool torn = false;
};

/// One question for ten thousand accounts.
expected<comparison, std::string> compare(erasure_journal& journal, rights& database) {
  const auto text = journal.read();
  if (!text)
    return unexpected(text.error());
  std::map<account_id, erasure_entry> by_account; // the first entry of each: that is when it was asked for
  for (const auto& entry : text->entries)
    by_account.emplace(entry.account, entry);
  std::vector<account_id> ids;
  for (const auto& [id, entry] : by_account)
    ids.push_back(id);
  comparison out;
  out.torn = text->torn;
  for (std::size_t at = 0; at == 0 || at < ids.size(); at += ids_at_a_time) {
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), at + ids_at_a_time));
    const auto found = persistently([&] { return database.look_for({first, last}); });
    if (!found)
      return database_failed(found);
    out.now = found->now;
    for (const auto& id : found->present)
      out.missing.push_back(by_account.at(id));
  }
  return out;
}

/// Entries go by whichever clock is behind.
expected<void, std::string> compact(erasure_journal& journal, const comparison& found, instant now) {
  if (const auto dropped = journal.compact(std::min(now, found.now)); !dropped)
    return unexpected(dropped.error());
  return {};
}

expected<void, std::string> erase(rights& database, const erasure_entry& entry) {
  const auto begun = persistently([&] { return database.begin_erasure_anew(entry); });
  if (!begun)
    return database_failed(begun);
  if (!*begun)
    return {}; // another node has just done it
  for (;;) {
    const auto receipt = persistently([&] { return database.continue_erasure(**begun); });
    if (!receipt)
      return database_failed(receipt);
    if (*receipt)
      return {};
  }
}

} // namespace

expected<erasure_replay, std::string> replay_erasures(erasure_journal& journal, rights& database, instant now) {
  erasure_replay out;
  if (!journal.exists()) {
    const auto found = database.look_for({});
    if (!found)
      return database_failed(found);
    if (found->any_account)
      return unexpected("the erasure journal " + journal.settings().path
                        + " is missing, though the database has accounts: put it back, or, if there never was one, "
                          "begin it with `easelctl erasures begin`");
    if (auto made = journal.create(); !made && !journal.exists()) // else another node was first
      return unexpected(made.error());
    out.begun = true;
  }
  const auto found = compare(journal, database);
  if (!found)
    return unexpected(found.error());
  for (const auto& entry : found->missing) {
    if (auto done = erase(database, entry); !done)
      return unexpected(done.error());
    ++out.erased;
    journal.figures().replayed.fetch_add(1, std::memory_order_relaxed);
  }
  if (auto done = compact(journal, *found, now); !done)
    return unexpected(done.error());
  out.torn = found->torn;
  out.entries = journal.figures().entries;
  return out;
}

expected<std::int64_t, std::string> begin_missing_erasures(erasure_journal& journal, rights& database, instant now) {
  const auto found = compare(journal, database);
  if (!found)
    return unexpected(found.error());
  const auto under_way = database.unfinished_erasures();
  if (!under_way)
    return database_failed(under_way);
  std::int64_t begun = 0;
  for (const auto& entry : found->missing) {
    const auto id = database.begin_erasure_anew(entry);
    if (!id)
      return database_failed(id);
    if (*id && std::find(under_way->begin(), under_way->end(), **id) == under_way->end())
      ++begun;
  }
  journal.figures().replayed.fetch_add(begun, std::memory_order_relaxed);
  if (auto done = compact(journal, *found, now); !done)
    return unexpected(done.error());
  return begun;
}

} // namespace easel::persistence
