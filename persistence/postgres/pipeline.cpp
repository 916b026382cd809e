#include "persistence/postgres/pipeline.hpp"

#include "persistence/postgres/statements.hpp"

#include <algorithm>

namespace easel::persistence::postgres {

namespace {

/// Answers wait unread while we send: what a batch of this size answers fits into the socket's buffers.
constexpr std::size_t largest_batch = 256;

/// The generation that a command writes to, when it needs to know whose it is: to seal for its owner, or because it
/// locks the owner's account.
std::optional<generation_id> touched(const write& command) {
  if (const auto* c = std::get_if<store_image>(&command))
    return c->id;
  if (const auto* c = std::get_if<finish>(&command))
    return c->id;
  if (const auto* c = std::get_if<block>(&command))
    return c->id;
  return std::nullopt;
}

std::string_view bytes_of(const PGresult* from, int row, int column) { return cell(from, row, column); }

} // namespace

std::vector<answer<write_outcome>> pipeline::apply(std::span<const write> commands) {
  outcomes_.assign(commands.size(), unexpected(store_error{}));
  for (std::size_t from = 0; from < commands.size(); from += largest_batch) {
    const auto part = commands.subspan(from, std::min(largest_batch, commands.size() - from));
    auto ordered = to_.ready() && find_owners(part) ? in_lock_order(part) : std::vector<job>{};
    for (auto& j : ordered)
      j.place += from;
    if (ordered.empty() && !part.empty()) {
      for (std::size_t i = 0; i < part.size(); ++i)
        outcomes_[from + i] = unexpected(error_of(name_of(part[i]), "08001"));
      continue;
    }
    const auto without_nul =
      std::stable_partition(ordered.begin(), ordered.end(), [](const job& j) { return !has_nul(*j.command); });
    for (auto j = without_nul; j != ordered.end(); ++j)
      outcomes_[j->place] = unexpected(error_of(name_of(*j->command), "22021"));
    ordered.erase(without_nul, ordered.end());
    run(ordered);
  }
  return std::move(outcomes_);
}

// ---------------------------------------------------------------- before sending

/// Learns in one query what the cache does not know: content keys of accounts, owners of generations.
bool pipeline::find_owners(std::span<const write> commands) {
  std::vector<uuid> accounts;
  std::vector<uuid> generations;
  for (const auto& command : commands) {
    const auto* a = std::get_if<admit>(&command);
    if (a != nullptr && !cache_.find(a->account))
      accounts.push_back(a->account.value);
    const auto id = touched(command);
    const auto owner = id ? cache_.owner_of(*id) : std::nullopt;
    if (id && (!owner || !cache_.find(*owner)))
      generations.push_back(id->value);
  }
  if (accounts.empty() && generations.empty())
    return true;
  parameters values;
  values.id_array(accounts).id_array(generations);
  if (!values.send(to_.native(), "find_owners") || !to_.wait_for_result()) {
    to_.drop();
    return false;
  }
  const result found(PQgetResult(to_.native()));
  while (PGresult* rest = PQgetResult(to_.native()))
    PQclear(rest);
  for (int row = 0; found.is_ok() && row < PQntuples(found.get()); ++row) {
    const account_id owner{read_uuid(bytes_of(found.get(), row, 1))};
    if (PQgetisnull(found.get(), row, 0) == 0)
      cache_.remember_owner({read_uuid(bytes_of(found.get(), row, 0))}, owner);
    if (const auto key = keys_.unwrap(bytes_of(found.get(), row, 2), owner))
      cache_.remember(owner, *key);
  }
  if (to_.is_lost())
    to_.drop();
  return found.is_ok();
}

/// By account, so that two batches lock accounts in one order and cannot wait for each other in a ring. Commands of
/// one generation concern one account, and keep their order.
std::vector<pipeline::job> pipeline::in_lock_order(std::span<const write> commands) const {
  std::vector<job> ordered;
  ordered.reserve(commands.size());
  for (const auto& command : commands) {
    job j{&command, ordered.size(), {}};
    if (const auto* a = std::get_if<admit>(&command))
      j.account = a->account;
    else if (const auto id = touched(command))
      j.account = cache_.owner_of(*id).value_or(account_id{});
    else if (const auto* d = std::get_if<dispatch>(&command))
      j.account = cache_.owner_of(d->id).value_or(account_id{});
    else if (const auto* b = std::get_if<begin_call>(&command))
      j.account = cache_.owner_of(b->id).value_or(account_id{});
    else if (const auto* r = std::get_if<record_task>(&command))
      j.account = cache_.owner_of(r->id).value_or(account_id{});
    ordered.push_back(j);
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](const job& a, const job& b) { return a.account < b.account; });
  return ordered;
}

// ---------------------------------------------------------------- transactions

void pipeline::run(jobs batch) {
  while (!batch.empty()) {
    if (batch.size() == 1)
      return run_alone(batch.front());
    const attempt tried = transact(batch);
    if (tried.how == attempt::end::committed)
      return;
    if (tried.how == attempt::end::lost)
      return answer_all(batch, error_of("apply", tried.sqlstate));
    // What stood before the offender has succeeded up to there once and is rolled back: it goes first again.
    const auto bad = std::min(tried.at, batch.size() - 1);
    run(batch.first(bad));
    run_alone(batch[bad]);
    batch = batch.subspan(bad + 1);
  }
}

void pipeline::run_alone(const job& one) {
  constexpr int attempts = 2; // a deadlock's victim succeeds when tried again
  for (int i = 1; i <= attempts; ++i) {
    if (!to_.ready()) {
      outcomes_[one.place] = unexpected(error_of(name_of(*one.command), "08001"));
      return;
    }
    const attempt tried = transact({&one, 1});
    if (tried.how == attempt::end::committed)
      return;
    outcomes_[one.place] = unexpected(error_of(name_of(*one.command), tried.sqlstate));
    if (tried.how == attempt::end::lost || tried.sqlstate.substr(0, 2) != "40")
      return;
  }
}

/// Between two synchronization points all commands of a pipeline are one transaction: no BEGIN, no COMMIT is sent.
pipeline::attempt pipeline::transact(jobs batch) {
  if (!to_.ready())
    return {attempt::end::lost, 0, "08001"};
  attempt how{attempt::end::lost, 0, "08006"};
  if (PQenterPipelineMode(to_.native()) == 1 && send(batch))
    how = receive(batch);
  if (how.how == attempt::end::lost || PQexitPipelineMode(to_.native()) != 1)
    to_.drop();
  return how;
}

bool pipeline::send(jobs batch) {
  for (const job& j : batch) {
    execution e; // released at once: of a batch of images one is sealed in memory at a time
    encode(*j.command, settings_, keys_, cache_.find(j.account), e);
    if (!e.values.send(to_.native(), name_of(*j.command)))
      return false;
  }
  return PQpipelineSync(to_.native()) == 1;
}

pipeline::attempt pipeline::receive(jobs batch) {
  std::optional<attempt> failure;
  std::vector<write_outcome> decoded;
  decoded.reserve(batch.size());
  const attempt lost{attempt::end::lost, 0, "08006"};
  for (std::size_t i = 0;;) { // one result for each command, then the synchronization point
    if (!to_.wait_for_result())
      return lost;
    const result r(PQgetResult(to_.native()));
    if (r.get() == nullptr) {
      if (to_.is_lost())
        return lost;
      continue; // the separator after each command
    }
    if (r.status() == PGRES_TUPLES_OK && !failure && i < batch.size())
      decoded.push_back(decode(*batch[i].command, r.get()));
    else if (r.status() == PGRES_FATAL_ERROR && !failure)
      failure = attempt{attempt::end::failed, i, r.sqlstate()};
    if (to_.is_lost())
      return lost;
    if (r.status() == PGRES_PIPELINE_SYNC)
      break;
    i = std::min(i + 1, batch.size()); // an error beyond the last command is that of the commit
  }
  if (failure)
    return *failure;
  if (decoded.size() != batch.size())
    return lost;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    outcomes_[batch[i].place] = std::move(decoded[i]);
    remember(batch[i]);
  }
  return {};
}

void pipeline::answer_all(jobs batch, const store_error& why) {
  for (const job& j : batch)
    outcomes_[j.place] = unexpected(store_error{why.what, name_of(*j.command), why.sqlstate});
}

void pipeline::remember(const job& done) {
  if (const auto* a = std::get_if<admit>(done.command))
    cache_.remember_owner(a->id, a->account);
}

} // namespace easel::persistence::postgres
