#include "actors/provider_pool.hpp"

#include "policies/pool.hpp"

#include <algorithm>
#include <utility>

namespace easel::actors {

std::size_t provider_pool::add(member m) {
  members_.push_back(std::move(m));
  return members_.size() - 1;
}

std::uint64_t provider_pool::renew(std::size_t index) {
  auto& m = members_[index];
  m.credit = 0;
  // Connections count their epochs up by one; a new life starts far above all of the last one's.
  m.epoch += 1u << 20;
  return m.epoch;
}

void provider_pool::lose(std::size_t index) {
  renew(index);
  members_[index].connection = nullptr;
}

void provider_pool::replace(std::size_t index, caf::actor connection) {
  auto& m = members_[index];
  m.connection = std::move(connection);
  for (auto& request : std::exchange(m.bound, {}))
    send_(m.connection, std::move(request), m.epoch);
}

void provider_pool::give(const credit_given& credit) {
  auto& m = members_[credit.member];
  if (credit.epoch < m.epoch)
    return;
  m.epoch = credit.epoch;
  m.credit += credit.count;
  match();
}

void provider_pool::withdraw(const credit_withdrawn& credit) {
  auto& m = members_[credit.member];
  if (credit.epoch < m.epoch)
    return;
  m.epoch = credit.epoch;
  m.credit = 0;
}

void provider_pool::weigh(const weight_changed& change) {
  members_[change.member].weight = change.weight;
  match();
}

bool provider_pool::push(slot_request request) {
  if (request.credential.empty()) {
    const auto account = request.account;
    queue_.push(account, std::move(request));
    match();
    return true;
  }
  const auto bound =
    std::find_if(members_.begin(), members_.end(), [&](const member& m) { return m.label == request.credential; });
  if (bound == members_.end())
    return false;
  if (bound->connection)
    send_(bound->connection, std::move(request), bound->epoch);
  else
    bound->bound.push_back(std::move(request));
  return true;
}

void provider_pool::forget(const slot_request& request) {
  queue_.erase(request.account, request);
  for (auto& m : members_)
    std::erase(m.bound, request);
}

std::optional<std::size_t> provider_pool::position(const slot_request& request) const {
  return queue_.position(request.account, request);
}

bool provider_pool::may_start() const {
  return std::any_of(members_.begin(), members_.end(), [](const member& m) { return m.credit > 0 && m.weight > 0; });
}

void provider_pool::match() {
  std::vector<policies::pool_member> choice(members_.size());
  while (!queue_.empty()) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const auto& m = members_[i];
      choice[i] = {m.weight, m.concurrency - m.credit, m.concurrency, m.credit > 0};
    }
    const auto chosen = policies::choose_member(choice);
    if (!chosen)
      return;
    auto& m = members_[*chosen];
    --m.credit;
    ++assigned_;
    send_(m.connection, *queue_.pop(), m.epoch);
  }
}

} // namespace easel::actors
