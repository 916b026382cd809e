#pragma once

#include "persistence/keyring.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace easel::persistence::postgres {

/// The unwrapped content keys of accounts that were lately active, and whose a generation in work is: what sealing a
/// prompt or an image needs before its command can leave. Bounded; the least recently used goes first. Any thread.
class content_keys {
public:
  explicit content_keys(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] std::optional<content_key> find(account_id owner);
  /// How often keys were forgotten: asked before keys are read.
  [[nodiscard]] std::uint64_t endings();
  /// Not kept when any was forgotten since `endings`: it may have been this one, of which nobody tells again.
  void remember(account_id owner, const content_key& key, std::uint64_t endings);
  /// The account's key is destroyed: nothing may be sealed with it any more.
  void forget(account_id owner);
  /// Any may have been destroyed while nobody was told.
  void forget_all();

  [[nodiscard]] std::optional<account_id> owner_of(generation_id id);
  void remember_owner(generation_id id, account_id owner);

private:
  template <class Key, class Value>
  class recent {
  public:
    [[nodiscard]] std::optional<Value> find(const Key& key) {
      const auto it = index_.find(key);
      if (it == index_.end())
        return std::nullopt;
      order_.splice(order_.begin(), order_, it->second);
      return it->second->second;
    }
    void put(const Key& key, const Value& value, std::size_t capacity) {
      erase(key);
      order_.emplace_front(key, value);
      index_[key] = order_.begin();
      if (index_.size() > capacity)
        erase(Key(order_.back().first));
    }
    void clear() {
      index_.clear();
      order_.clear();
    }
    void erase(const Key& key) {
      if (const auto it = index_.find(key); it != index_.end()) {
        order_.erase(it->second);
        index_.erase(it);
      }
    }

  private:
    std::list<std::pair<Key, Value>> order_; ///< most recent first
    std::unordered_map<Key, typename std::list<std::pair<Key, Value>>::iterator> index_;
  };

  const std::size_t capacity_;
  std::mutex mutex_;
  std::uint64_t endings_ = 0;
  recent<account_id, content_key> keys_;
  recent<generation_id, account_id> owners_;
};

} // namespace easel::persistence::postgres
