#pragma once

#include "actors/access_queue.hpp"
#include "actors/line_board.hpp"
#include "actors/measures.hpp"
#include "actors/node_control.hpp"
#include "actors/settings.hpp"
#include "actors/sign_in_door.hpp"
#include "persistence/keyring.hpp"
#include "policies/id_token.hpp"

#include <caf/actor.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <memory>

namespace easel::actors {

class console_board;

/// Counters of this node that several actors write and the metrics page reads.
struct gauges {
  std::atomic<std::int64_t> live{0};                   ///< generations not yet ended
  std::array<std::atomic<std::int64_t>, 2> queued{};   ///< waiting for a slot, by tier
  std::array<std::atomic<bool>, 2> pool_sick{};        ///< no credential of the tier may start a call
  std::array<std::atomic<std::int64_t>, 2> place_us{}; ///< how long one place in the tier's queue took lately
  std::atomic<bool> draining{false};
  std::array<std::atomic<std::uint64_t>, 4> ended{};        ///< completed, failed, blocked, cancelled
  std::atomic<std::uint64_t> refused{0};                    ///< creations refused at the door
  std::array<std::atomic<std::uint64_t>, 2> rate_refused{}; ///< calls beyond their account's or key's rate, by class
  std::atomic<std::uint64_t> images{0};                     ///< stored
  std::atomic<std::uint64_t> taken_over{0};                 ///< rows of other or former nodes
  std::atomic<std::uint64_t> resumed{0};                    ///< after a crash of their actor
  std::atomic<std::uint64_t> access_written{0};             ///< lines of the access log
  std::atomic<std::uint64_t> access_dropped{0};             ///< lines that found its queue full
  std::atomic<std::uint64_t> access_refused{0};             ///< lines that the database would not take
  std::atomic<bool> hears_endings{false};                   ///< of keys, sessions and accounts; else none is remembered
  std::array<std::atomic<std::uint64_t>, 3> endings_heard{}; ///< by persistence::revocation: account, key, session
  std::atomic<std::int64_t> signing_in{0};                   ///< steps of sign-ins under way
  std::array<std::atomic<std::uint64_t>, all_sign_in_steps.size()> sign_ins{}; ///< what became of them
  std::atomic<std::uint64_t> sign_ins_displaced{0}; ///< by beginnings on this node, beyond the bound of the service
  std::array<std::atomic<std::uint64_t>, policies::all_id_token_faults.size()> token_faults{};
  std::atomic<std::int64_t> rights_under_way{0}; ///< wishes of people about their data that wait for an answer
  std::atomic<std::int64_t> exporting{0};        ///< exports being written
  std::atomic<std::uint64_t> erasures{0};        ///< accounts of which nothing is left
  std::atomic<std::uint64_t> restrictions{0};    ///< begun
  std::atomic<std::uint64_t> exports{0};         ///< begun
  stage_counts stages;                           ///< how long generations stay in each part of their life
  /// Actor clock nanoseconds. Before it no other node takes this node's rows over: counted from when the last good
  /// heartbeat was sent.
  std::atomic<std::int64_t> lease_until{0};
};

class billing_entrance;

/// What every actor of the house shares: settings, keys, sources of time and chance. Immutable but for the gauges.
struct house_context {
  house_settings settings;
  std::shared_ptr<const persistence::keyring> keys;
  std::function<instant()> wall_clock;                             ///< civil time, as the database sees it
  std::function<void(std::uint8_t* out, std::size_t size)> random; ///< for ids and tokens
  std::function<double()> chance;                                  ///< [0, 1), for jitter
  std::shared_ptr<gauges> counts = std::make_shared<gauges>();
  std::shared_ptr<access_queue> access = std::make_shared<access_queue>();
  std::shared_ptr<node_control> node = std::make_shared<node_control>();
  std::shared_ptr<line_board> lines = std::make_shared<line_board>();
  std::shared_ptr<billing_entrance> billing; ///< null: nothing is sold
  std::shared_ptr<console_board> console;    ///< null: nobody looks, and no console runs

  [[nodiscard]] uuid new_uuid() const {
    std::array<std::uint8_t, 10> bits{};
    random(bits.data(), bits.size());
    return make_uuid_v7(wall_clock(), bits);
  }
};
using context_ptr = std::shared_ptr<const house_context>;

} // namespace easel::actors
