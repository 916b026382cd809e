#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

namespace easel::policies {

/// First come, first served inside an account; accounts take turns. One account with 500 waiting items delays
/// another's single item by one turn, whatever the order of arrival. An account that begins to wait takes the last
/// turn; after its turn it goes to the end.
///
/// push, pop: O(1). erase: O(items of the account). position: O(accounts that wait + items of the account).
/// `Account` needs a hash and ==, `Item` ==. Not thread-safe; moves, but does not copy.
template <class Account, class Item, class Hash = std::hash<Account>>
class fair_queue {
public:
  fair_queue() = default;
  fair_queue(fair_queue&& other) noexcept
      : turns_(std::move(other.turns_)), lines_(std::move(other.lines_)), size_(std::exchange(other.size_, 0)) {
    other.turns_.clear();
    other.lines_.clear();
  }
  fair_queue& operator=(fair_queue&& other) noexcept {
    std::swap(turns_, other.turns_);
    std::swap(lines_, other.lines_);
    std::swap(size_, other.size_);
    return *this;
  }

  void push(const Account& account, Item item) {
    const auto [found, is_new] = lines_.try_emplace(account);
    if (is_new)
      found->second.turn = turns_.insert(turns_.end(), &*found);
    found->second.items.push_back(std::move(item));
    ++size_;
  }

  /// The next item in turn.
  std::optional<Item> pop() {
    if (turns_.empty())
      return std::nullopt;
    auto& next = turns_.front()->second;
    std::optional<Item> item(std::move(next.items.front()));
    next.items.pop_front();
    ++next.turns;
    --size_;
    if (next.items.empty())
      leave(next);
    else
      turns_.splice(turns_.end(), turns_, next.turn);
    return item;
  }

  /// Removes an item that waits; false when it does not. The account keeps its turn while it has others.
  bool erase(const Account& account, const Item& item) {
    const auto found = lines_.find(account);
    if (found == lines_.end())
      return false;
    auto& items = found->second.items;
    const auto at = std::find(items.begin(), items.end(), item);
    if (at == items.end())
      return false;
    items.erase(at);
    --size_;
    if (items.empty())
      leave(found->second);
    return true;
  }

  /// How many items leave before this one if nothing else arrives; nothing when it does not wait.
  [[nodiscard]] std::optional<std::size_t> position(const Account& account, const Item& item) const {
    const auto own = lines_.find(account);
    if (own == lines_.end())
      return std::nullopt;
    const auto& items = own->second.items;
    const auto at = std::find(items.begin(), items.end(), item);
    if (at == items.end())
      return std::nullopt;
    // It leaves in its account's turn number `rounds`; who stands before its account has had one turn more by then.
    const auto rounds = static_cast<std::size_t>(at - items.begin());
    std::size_t before = rounds;
    std::size_t turns_of_others = rounds + 1;
    for (const auto* other : turns_) {
      if (other == &*own)
        turns_of_others = rounds;
      else
        before += std::min(other->second.items.size(), turns_of_others);
    }
    return before;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t size(const Account& account) const {
    const auto found = lines_.find(account);
    return found == lines_.end() ? 0 : found->second.items.size();
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// `see(account, items that wait, turns it had since it began to wait)`, the next in turn first.
  template <class See>
  void for_each_line(See see) const {
    for (const auto* one : turns_)
      see(one->first, one->second.items.size(), one->second.turns);
  }

private:
  struct line;
  using entry = std::pair<const Account, line>;
  using turn_list = std::list<entry*>;

  /// What waits for one account; there is none without an item.
  struct line {
    std::deque<Item> items;
    std::uint64_t turns = 0; ///< that it had
    typename turn_list::iterator turn;
  };

  /// `empty_line` has given away its last item.
  void leave(const line& empty_line) {
    const auto turn = empty_line.turn;
    const auto found = lines_.find((*turn)->first);
    turns_.erase(turn);
    lines_.erase(found);
  }

  turn_list turns_; ///< accounts with something waiting, next first; points into lines_, whose nodes never move
  std::unordered_map<Account, line, Hash> lines_;
  std::size_t size_ = 0;
};

} // namespace easel::policies
