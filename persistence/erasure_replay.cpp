#include "persistence/erasure_replay.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace easel::persistence {

namespace {

constexpr std::size_t ids_at_a_time = 10'000;
constexpr std::size_t deletions_at_a_time = 200; ///< with their images, in one transaction
constexpr int most_attempts = 5; ///< of a step that did not succeed: each has the database's time-outs for itself

auto of_journal(const std::string& sentence) { return unexpected(comparison_failure{true, sentence}); }

template <class T>
auto of_database(const answer<T>& got) {
  const auto& e = got.error();
  return unexpected(
    comparison_failure{false, "erasures of the journal could not be replayed: the database did not do " + e.operation
                                + (e.sqlstate.empty() ? std::string() : " (SQLSTATE " + e.sqlstate + ')')});
}

template <class Work>
auto persistently(Work work) -> decltype(work()) {
  auto got = work();
  for (int i = 1; i < most_attempts && !got; ++i)
    got = work();
  return got;
}

/// Calls `work` with at most `most` of the ids at a time, with none at all as well, until it fails.
template <class Id, class Work>
std::optional<comparison_failure> in_portions(const std::vector<Id>& ids, std::size_t most, Work work) {
  for (std::size_t at = 0; at == 0 || at < ids.size(); at += most) {
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), at + most));
    const auto got = persistently([&] { return work(std::vector<Id>(first, last)); });
    if (!got)
      return of_database(got).value();
  }
  return std::nullopt;
}

struct comparison {
  std::vector<erasure_entry> missing; ///< one for each account that is still there
  std::vector<generation_id> undeleted;
  instant now; ///< the database's
  bool torn = false;
};

/// One question for ten thousand ids.
expected<comparison, comparison_failure> compare(erasure_journal& journal, rights& database) {
  const auto text = journal.read();
  if (!text)
    return of_journal(text.error());
  std::map<account_id, erasure_entry> by_account; // the first entry of each: that is when it was asked for
  for (const auto& entry : text->entries)
    by_account.emplace(entry.account, entry);
  std::vector<account_id> accounts;
  for (const auto& [id, entry] : by_account)
    accounts.push_back(id);
  std::vector<generation_id> generations;
  for (const auto& entry : text->deletions)
    generations.push_back(entry.generation);
  comparison out;
  out.torn = text->torn;
  auto failed = in_portions(accounts, ids_at_a_time, [&](const std::vector<account_id>& some) {
    auto found = database.look_for(some);
    if (found) {
      out.now = found->now;
      for (const auto& id : found->present)
        out.missing.push_back(by_account.at(id));
    }
    return found;
  });
  if (!failed && !generations.empty())
    failed = in_portions(generations, ids_at_a_time, [&](const std::vector<generation_id>& some) {
      auto found = database.find_generations(some);
      if (found)
        out.undeleted.insert(out.undeleted.end(), found->begin(), found->end());
      return found;
    });
  if (failed)
    return unexpected(*failed);
  return out;
}

/// Entries go by whichever clock is behind.
expected<void, comparison_failure> compact(erasure_journal& journal, const comparison& found, instant now) {
  if (const auto dropped = journal.compact(std::min(now, found.now)); !dropped)
    return of_journal(dropped.error());
  return {};
}

expected<void, comparison_failure> erase(rights& database, const erasure_entry& entry) {
  const auto begun = persistently([&] { return database.begin_erasure_anew(entry); });
  if (!begun)
    return of_database(begun);
  if (!*begun)
    return {}; // another node has just done it
  for (;;) {
    const auto receipt = persistently([&] { return database.continue_erasure((*begun)->id); });
    if (!receipt)
      return of_database(receipt);
    if (*receipt)
      return {};
  }
}

/// Whoever's account was erased before has none of these any more.
expected<std::int64_t, comparison_failure> delete_all(erasure_journal& journal, rights& database,
                                                      const std::vector<generation_id>& which) {
  std::int64_t deleted = 0;
  if (which.empty())
    return deleted;
  const auto failed = in_portions(which, deletions_at_a_time, [&](const std::vector<generation_id>& some) {
    auto done = database.delete_anew(some);
    if (done) {
      deleted += *done;
      journal.figures().deletions.fetch_add(*done, std::memory_order_relaxed);
    }
    return done;
  });
  if (failed)
    return unexpected(*failed);
  return deleted;
}

/// True when there was no journal and an empty one was begun.
expected<bool, std::string> begin_if_first(erasure_journal& journal, rights& database) {
  const auto there = journal.exists();
  if (!there)
    return unexpected(there.error());
  if (*there)
    return false;
  const auto found = database.look_for({});
  if (!found)
    return unexpected(of_database(found).value().sentence);
  if (found->any_account)
    return unexpected("the erasure journal " + journal.settings().path
                      + " is missing, though the database has accounts: put it back, or, if there never was one, "
                        "begin it with `easelctl erasures begin`");
  if (auto made = journal.create(); !made && !journal.exists().value_or(false)) // else another node was first
    return unexpected(made.error());
  return true;
}

} // namespace

expected<erasure_replay, std::string> replay_erasures(erasure_journal& journal, rights& database, instant now) {
  erasure_replay out;
  const auto begun = begin_if_first(journal, database);
  if (!begun)
    return unexpected(begun.error());
  out.begun = *begun;
  const auto found = compare(journal, database);
  if (!found)
    return unexpected(found.error().sentence);
  for (const auto& entry : found->missing) {
    if (auto done = erase(database, entry); !done)
      return unexpected(done.error().sentence);
    ++out.erased;
    journal.figures().replayed.fetch_add(1, std::memory_order_relaxed);
  }
  const auto deleted = delete_all(journal, database, found->undeleted);
  if (!deleted)
    return unexpected(deleted.error().sentence);
  if (auto done = compact(journal, *found, now); !done)
    return unexpected(done.error().sentence);
  out.deleted = *deleted;
  out.torn = found->torn;
  out.entries = journal.figures().entries;
  return out;
}

expected<missing_erasures, comparison_failure> begin_missing_erasures(erasure_journal& journal, rights& database,
                                                                      instant now) {
  const auto found = compare(journal, database);
  if (!found)
    return unexpected(found.error());
  missing_erasures out;
  for (const auto& entry : found->missing) {
    const auto begun = database.begin_erasure_anew(entry);
    if (!begun)
      return of_database(begun);
    if (!*begun || !(*begun)->is_new)
      continue;
    ++out.begun;
    journal.figures().replayed.fetch_add(1, std::memory_order_relaxed);
  }
  const auto deleted = delete_all(journal, database, found->undeleted);
  if (!deleted)
    return unexpected(deleted.error());
  out.deleted = *deleted;
  if (auto done = compact(journal, *found, now); !done)
    return unexpected(done.error());
  return out;
}

} // namespace easel::persistence
