#pragma once

#include "http/server/client_address.hpp"
#include "http/server/wire_state.hpp"

#include <mutex>
#include <optional>
#include <unordered_map>

namespace easel::server {

class connection_census;

/// The place of one open connection; it is free again when this goes or is released.
class connection_seat {
public:
  connection_seat(std::shared_ptr<connection_census> census, std::optional<policies::address_block> block)
      : census_(std::move(census)), block_(block) {}
  connection_seat(connection_seat&&) = default;
  connection_seat& operator=(connection_seat&&) = delete;
  ~connection_seat() { release(); }
  void release();

private:
  std::shared_ptr<connection_census> census_; // null: released
  std::optional<policies::address_block> block_;
};

/// Counts the open connections of a listener, all and by address, from before their handshake. Any thread.
class connection_census : public std::enable_shared_from_this<connection_census> {
public:
  connection_census(std::shared_ptr<wire_state> state, const listener_settings& limits, client_addresses clients)
      : state_(std::move(state)),
        most_(limits.max_connections),
        most_per_address_(limits.connections_per_address),
        clients_(std::move(clients)) {}

  /// Nothing when there are as many as there may be; counted.
  [[nodiscard]] std::optional<connection_seat> enter(const asio::ip::address& peer);

private:
  friend class connection_seat;
  struct block_hash {
    std::size_t operator()(const policies::address_block& b) const noexcept {
      return std::hash<std::uint64_t>{}(b.bits);
    }
  };
  void leave(const std::optional<policies::address_block>& block);
  [[nodiscard]] bool has_room(const std::optional<policies::address_block>& block) const;

  std::shared_ptr<wire_state> state_;
  const long most_;
  const int most_per_address_;
  const client_addresses clients_;
  std::mutex guard_;
  std::unordered_map<policies::address_block, int, block_hash> by_address_; ///< at most one for each open connection
};

} // namespace easel::server
