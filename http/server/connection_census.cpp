#include "http/server/connection_census.hpp"

namespace easel::server {

void connection_seat::release() {
  if (const auto census = std::exchange(census_, nullptr))
    census->leave(block_);
}

bool connection_census::has_room(const std::optional<policies::address_block>& block) const {
  if (state_->open_connections.load() >= most_)
    return false;
  if (!block)
    return true;
  const auto open = by_address_.find(*block);
  return open == by_address_.end() || open->second < most_per_address_;
}

std::optional<connection_seat> connection_census::enter(const asio::ip::address& peer) {
  std::optional<policies::address_block> block;
  if (!clients_.is_trusted(peer))
    block = address_of(peer).block;
  std::lock_guard lock(guard_);
  if (!has_room(block)) {
    state_->refused_connections.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  if (block)
    ++by_address_[*block];
  ++state_->open_connections;
  return connection_seat(shared_from_this(), block);
}

void connection_census::leave(const std::optional<policies::address_block>& block) {
  std::lock_guard lock(guard_);
  --state_->open_connections;
  if (!block)
    return;
  const auto open = by_address_.find(*block);
  if (open != by_address_.end() && --open->second == 0)
    by_address_.erase(open);
}

} // namespace easel::server
