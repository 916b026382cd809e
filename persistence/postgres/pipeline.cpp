#include "persistence/postgres/pipeline.hpp"

#include "persistence/postgres/statements.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

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

/// The generation whose row must be there for the command, if any.
std::optional<generation_id> fenced_row(const write& command) {
  if (const auto* c = std::get_if<dispatch>(&command))
    return c->id;
  if (const auto* c = std::get_if<begin_call>(&command))
    return c->id;
  if (const auto* c = std::get_if<record_task>(&command))
    return c->id;
  return touched(command);
}

bool locks_account(const write& command) { return std::holds_alternative<admit>(command) || touched(command); }

/// Images up to this many bytes travel together; a larger one alone, so that one is sealed in memory at a time.
constexpr std::size_t small_images = 64 << 10;

std::size_t image_bytes(const write& command) {
  const auto* c = std::get_if<store_image>(&command);
  return c != nullptr && c->bytes ? c->bytes->size() : 0;
}

/// Commands of one statement do not see what the others of it do. Who has to see goes to a later stage: the second
/// command of a generation, and an admission that may repeat an earlier one of its account.
class stages {
public:
  int of(const write& command, account_id account) {
    const auto* a = std::get_if<admit>(&command);
    const auto id = a != nullptr ? std::optional(a->id) : fenced_row(command);
    if (!id)
      return 0;
    int stage = generations_.contains(*id) ? generations_[*id] + 1 : 0;
    if (a != nullptr) {
      int& latest = admissions_.try_emplace(account, -1).first->second;
      if (a->idempotency_key || a->retry_count > 0)
        stage = std::max(stage, latest + 1);
      latest = std::max(latest, stage);
    }
    generations_[*id] = stage;
    return stage;
  }

private:
  std::unordered_map<generation_id, int> generations_;
  std::unordered_map<account_id, int> admissions_;
};

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
  batch_ = {};
  return std::move(outcomes_);
}

// ---------------------------------------------------------------- before sending

/// Whose each generation is, and the content keys of all accounts of the batch: from the cache, and what it does not
/// know in one query.
bool pipeline::find_owners(std::span<const write> commands) {
  batch_ = {};
  std::vector<uuid> accounts;
  std::vector<uuid> generations;
  for (const auto& command : commands) {
    if (const auto* a = std::get_if<admit>(&command)) {
      if (!knows_key(a->account))
        accounts.push_back(a->account.value);
      continue;
    }
    const auto id = fenced_row(command);
    const bool is_known = id && knows_owner(*id);
    if (touched(command) && !(is_known && knows_key(batch_.owners.at(*id))))
      generations.push_back(id->value);
  }
  return (accounts.empty() && generations.empty()) || read_owners(accounts, generations);
}

bool pipeline::read_owners(const std::vector<uuid>& accounts, const std::vector<uuid>& generations) {
  const auto endings = cache_.endings();
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
    const account_id owner{read_uuid(cell(found.get(), row, 1))};
    if (PQgetisnull(found.get(), row, 0) == 0) {
      const generation_id id{read_uuid(cell(found.get(), row, 0))};
      batch_.owners.insert_or_assign(id, owner);
      cache_.remember_owner(id, owner);
    }
    if (const auto key = keys_.unwrap(cell(found.get(), row, 2), owner)) {
      batch_.keys.insert_or_assign(owner, *key);
      cache_.remember(owner, *key, endings);
    }
  }
  if (to_.is_lost())
    to_.drop();
  return found.is_ok();
}

bool pipeline::knows_key(account_id owner) {
  if (batch_.keys.contains(owner))
    return true;
  const auto key = cache_.find(owner);
  if (key)
    batch_.keys.emplace(owner, *key);
  return key.has_value();
}

bool pipeline::knows_owner(generation_id id) {
  if (batch_.owners.contains(id))
    return true;
  const auto owner = cache_.owner_of(id);
  if (owner)
    batch_.owners.emplace(id, *owner);
  return owner.has_value();
}

std::optional<content_key> pipeline::key_of(account_id owner) const {
  const auto known = batch_.keys.find(owner);
  return known == batch_.keys.end() ? std::nullopt : std::optional(known->second);
}

account_id pipeline::owner_of(const write& command) const {
  if (const auto* a = std::get_if<admit>(&command))
    return a->account;
  const auto id = fenced_row(command);
  const auto known = id ? batch_.owners.find(*id) : batch_.owners.end();
  return known == batch_.owners.end() ? account_id{} : known->second;
}

/// By account, so that two batches lock accounts in one order and cannot wait for each other in a ring. Commands of
/// one generation concern one account, and keep their order.
std::vector<pipeline::job> pipeline::in_lock_order(std::span<const write> commands) const {
  std::vector<job> ordered;
  ordered.reserve(commands.size());
  for (const auto& command : commands)
    ordered.push_back({&command, ordered.size(), owner_of(command)});
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
    run(batch.first(batch.size() / 2));
    batch = batch.subspan(batch.size() / 2);
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

/// By stage, and in it by kind: what ends generations goes before what begins some. Within a kind the order, that of
/// the accounts, stays.
pipeline::plan pipeline::plan_for(jobs batch) {
  struct placed {
    int stage;
    job of;
  };
  stages next;
  std::vector<placed> order;
  order.reserve(batch.size());
  for (const job& j : batch)
    order.push_back({next.of(*j.command, j.account), j});
  std::stable_sort(order.begin(), order.end(), [](const placed& a, const placed& b) {
    return std::pair(a.stage, b.of.command->index()) < std::pair(b.stage, a.of.command->index());
  });
  plan p;
  p.all.reserve(order.size());
  std::size_t bytes = 0;
  const placed* before = nullptr;
  for (const placed& o : order) {
    const auto& command = *o.of.command;
    bytes += image_bytes(command);
    const bool joins = before != nullptr && before->stage == o.stage && is_many_at_once(command)
                       && before->of.command->index() == command.index() && bytes <= small_images;
    if (joins) {
      ++p.statements.back();
    } else {
      p.statements.push_back(1);
      bytes = image_bytes(command);
    }
    p.has_lock = p.has_lock || locks_account(command);
    p.all.push_back(o.of);
    before = &o;
  }
  return p;
}

/// Between two synchronization points all commands of a pipeline are one transaction: no BEGIN, no COMMIT is sent.
pipeline::attempt pipeline::transact(jobs batch) {
  if (!to_.ready())
    return {attempt::end::lost, "08001"};
  const plan p = plan_for(batch);
  attempt how{attempt::end::lost, "08006"};
  if (PQenterPipelineMode(to_.native()) == 1 && send(p))
    how = receive(p);
  if (how.how == attempt::end::lost || PQexitPipelineMode(to_.native()) != 1)
    to_.drop();
  return how;
}

bool pipeline::send(const plan& p) {
  if (p.has_lock && !send_lock(p.all))
    return false;
  std::vector<order> orders;
  auto rest = jobs(p.all);
  for (const auto size : p.statements) {
    orders.clear();
    for (const job& j : rest.first(size))
      orders.push_back({j.command, key_of(j.account)});
    if (!encode(orders, settings_, keys_).send(to_.native(), name_of(*orders.front().command)))
      return false;
    rest = rest.subspan(size);
  }
  return PQpipelineSync(to_.native()) == 1;
}

bool pipeline::send_lock(jobs batch) {
  std::vector<uuid> generations;
  std::vector<uuid> accounts;
  for (const job& j : batch) {
    if (const auto id = fenced_row(*j.command))
      generations.push_back(id->value);
    if (locks_account(*j.command))
      accounts.push_back(j.account.value);
  }
  return encode_lock(generations, accounts).send(to_.native(), lock_statement);
}

pipeline::attempt pipeline::receive(const plan& p) {
  std::optional<attempt> failure;
  std::vector<write_outcome> decoded;
  decoded.reserve(p.all.size());
  const attempt lost{attempt::end::lost, "08006"};
  auto statement = p.statements.begin();
  bool expects_lock = p.has_lock;
  for (;;) { // one result for each statement, then the synchronization point
    if (!to_.wait_for_result())
      return lost;
    const result r(PQgetResult(to_.native()));
    if (to_.is_lost())
      return lost;
    if (r.get() == nullptr)
      continue; // the separator after each statement
    if (r.status() == PGRES_PIPELINE_SYNC)
      break;
    if (!r.is_ok()) { // also that of the commit, and of what was skipped after a failure
      if (r.status() == PGRES_FATAL_ERROR && !failure)
        failure = attempt{attempt::end::failed, r.sqlstate()};
      continue;
    }
    if (std::exchange(expects_lock, false) || failure)
      continue;
    const std::size_t size = statement == p.statements.end() ? 0 : *statement++;
    if (r.status() == PGRES_TUPLES_OK && static_cast<std::size_t>(PQntuples(r.get())) != size)
      return lost;
    for (std::size_t row = 0; row < size; ++row)
      decoded.push_back(decode(*p.all[decoded.size()].command, r.get(), static_cast<int>(row)));
  }
  if (failure)
    return *failure;
  if (decoded.size() != p.all.size())
    return lost;
  for (std::size_t i = 0; i < p.all.size(); ++i) {
    outcomes_[p.all[i].place] = std::move(decoded[i]);
    remember(p.all[i]);
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
