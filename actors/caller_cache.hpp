#pragma once

#include "actors/call_messages.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace easel::actors {

struct digest_hash {
  std::size_t operator()(const digest& d) const noexcept {
    std::size_t h = 0;
    for (std::size_t i = 0; i < sizeof h; ++i)
      h = (h << 8) | d[i];
    return h;
  }
};

/// Who stands behind an API key or a session's token, as it was looked up lately, and the calls that wait for such a
/// look-up. Keeps nothing unless it is told of what ends (`hears`), so that nobody is believed longer than they should.
/// Without a clock, and owned by one actor.
class caller_cache {
public:
  struct known {
    caller who;
    account_id account;
    moment until; ///< no longer believed from then on
  };
  struct bounds {
    std::size_t known = 100'000;  ///< beyond: any one gives way
    std::size_t waiting = 20'000; ///< calls
  };
  enum class place {
    first,      ///< the caller asks the store, and hands the answer to `answer`
    behind,     ///< the question is out already
    overloaded, ///< `bounds::waiting` calls wait: not taken
  };
  /// What one answer of the store is good for.
  struct served {
    std::vector<knock> calls;            ///< let in, or refused
    std::optional<credential::kind> ask; ///< others came after something had ended: the question is to be asked again
  };

  explicit caller_cache(bounds most) : most_(most) {}

  /// Whether what ends is being told. Either way all is forgotten: something may have been missed.
  void hears(bool on);

  [[nodiscard]] const known* find(const digest& secret, moment now) const;

  [[nodiscard]] place wait(const knock& call);
  /// How many endings were told so far. Whoever asks the store takes this number before and gives it to `answer`.
  [[nodiscard]] std::uint64_t endings() const { return endings_; }
  /// The store answered: `found`, or that there is nobody, or (`failed`) nothing. What ended since the question was
  /// asked may be what was found: that is not kept, and serves only the calls that came before.
  [[nodiscard]] served answer(const digest& secret, const std::optional<known>& found, std::uint64_t asked_at);

  /// The token names nobody any more, or somebody else.
  void forget(const digest& secret);
  /// Their look-ups are not true any more. Looks at everybody who is known, once.
  void forget(std::span<const persistence::revocation> those);

  [[nodiscard]] std::size_t size() const { return callers_.size(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_; }

private:
  struct waiter {
    knock call;
    std::uint64_t came_at = 0; ///< endings so far
  };

  bounds most_;
  bool hears_ = false;
  std::uint64_t endings_ = 0;
  std::size_t waiting_ = 0;
  std::unordered_map<digest, known, digest_hash> callers_; ///< by the keyed hash of key or session token
  std::unordered_map<digest, std::vector<waiter>, digest_hash> lookups_;
};

} // namespace easel::actors
