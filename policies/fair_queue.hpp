#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace easel::policies {

/// First come, first served inside an account; accounts take turns. One account with 500 waiting items delays
/// another's single item by one turn, whatever the order of arrival.
template <class Account, class Item>
class fair_queue {
public:
  void push(const Account& account, Item item);
  /// The next item in turn.
  std::optional<Item> pop();
  /// Removes an item that waits; false when it does not.
  bool erase(const Account& account, const Item& item);
  /// How many items leave before this one if nothing else arrives; nothing when it does not wait.
  [[nodiscard]] std::optional<std::size_t> position(const Account& account, const Item& item) const;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t size(const Account& account) const;
  [[nodiscard]] bool empty() const { return size_ == 0; }

private:
  struct line {
    std::deque<Item> items;
    typename std::list<Account>::iterator turn;
  };
  std::list<Account> turns_; ///< accounts with something waiting, next first
  std::unordered_map<Account, line> lines_;
  std::size_t size_ = 0;
};

} // namespace easel::policies
