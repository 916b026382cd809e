#include "policies/ledger.hpp"

#include "tests/policies/seeds.hpp"

#include <map>
#include <set>

BOOST_AUTO_TEST_SUITE(ledger)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;
using easel::test::for_seeds;
using easel::test::seeded;

namespace {

constexpr instant now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

credits amount(std::int64_t value) { return credits::unchecked(value); }

grant_id grant(std::uint8_t number) {
  grant_id id;
  id.value.bytes[15] = number;
  return id;
}

grant_balance balance(std::uint8_t number, std::int64_t remaining, std::optional<duration> expires_in = {},
                      duration age = 0s) {
  return {grant(number), amount(remaining), expires_in ? std::optional(now + *expires_in) : std::nullopt, now - age};
}

std::vector<std::pair<int, std::int64_t>> plain(const std::vector<allocation>& parts) {
  std::vector<std::pair<int, std::int64_t>> shown;
  for (const auto& part : parts)
    shown.emplace_back(part.grant.value.bytes[15], part.amount.value());
  return shown;
}

using shown = std::vector<std::pair<int, std::int64_t>>;

} // namespace

BOOST_AUTO_TEST_CASE(who_expires_first_pays_first_then_who_is_older_then_the_lower_id) {
  const std::vector grants{balance(5, 1),          balance(4, 1, {}, 1h), balance(3, 1, 48h),
                           balance(2, 1, 24h, 1h), balance(1, 1, 24h),    balance(0, 1, 24h, 1h)};
  BOOST_TEST(
    (plain(allocate(grants, amount(6), now).value()) == shown{{0, 1}, {2, 1}, {1, 1}, {3, 1}, {4, 1}, {5, 1}}));
  BOOST_TEST((plain(allocate(grants, amount(2), now).value()) == shown{{0, 1}, {2, 1}}));
}

BOOST_AUTO_TEST_CASE(a_grant_pays_as_much_as_is_needed_and_no_more) {
  const std::vector grants{balance(1, 10, 1h), balance(2, 10)};
  BOOST_TEST((plain(allocate(grants, amount(14), now).value()) == shown{{1, 10}, {2, 4}}));
  BOOST_TEST((plain(allocate(grants, amount(10), now).value()) == shown{{1, 10}}));
  BOOST_TEST(allocate(grants, amount(0), now).value().empty());
}

BOOST_AUTO_TEST_CASE(a_grant_is_gone_from_the_instant_it_expires_at) {
  BOOST_TEST(allocate({balance(1, 5, 1us)}, amount(5), now).has_value());
  BOOST_TEST((allocate({balance(1, 5, 0us)}, amount(5), now).error() == shortfall{amount(5)}));
  BOOST_TEST((allocate({balance(1, 5, -1h), balance(2, 3)}, amount(5), now).error() == shortfall{amount(2)}));
}

BOOST_AUTO_TEST_CASE(a_shortfall_says_how_much_is_missing) {
  BOOST_TEST((allocate({}, amount(3), now).error() == shortfall{amount(3)}));
  BOOST_TEST((allocate({balance(1, 2)}, amount(3), now).error() == shortfall{amount(1)}));
}

BOOST_AUTO_TEST_CASE(what_is_owed_is_taken_off_what_may_be_spent) {
  BOOST_TEST((allocate({balance(1, 10), balance(2, -4)}, amount(7), now).error() == shortfall{amount(1)}));
  BOOST_TEST((plain(allocate({balance(1, 10), balance(2, -4)}, amount(6), now).value()) == shown{{1, 6}}));
}

BOOST_AUTO_TEST_CASE(a_negative_total_blocks_even_what_costs_nothing_and_debts_do_not_expire) {
  BOOST_TEST((allocate({balance(1, 3), balance(2, -4)}, amount(0), now).error() == shortfall{amount(1)}));
  BOOST_TEST((allocate({balance(1, -4, -1h)}, amount(0), now).error() == shortfall{amount(4)}));
}

BOOST_AUTO_TEST_CASE(a_negative_amount_is_refused) {
  BOOST_TEST((allocate({balance(1, 3)}, amount(-1), now).error() == shortfall{}));
  BOOST_TEST(!split_share(std::vector{allocation{grant(1), amount(3)}}, amount(-1)));
}

BOOST_AUTO_TEST_CASE(a_share_is_taken_from_the_front_and_together_with_the_rest_makes_the_whole) {
  const std::vector parts{allocation{grant(1), amount(3)}, allocation{grant(2), amount(5)}};
  for (int size = 0; size <= 8; ++size) {
    const auto found = split_share(parts, amount(size)).value();
    BOOST_TEST(total(found.share).value() == size);
    BOOST_TEST(total(found.rest).value() == 8 - size);
    for (const auto& part : found.share)
      BOOST_TEST(part.amount.value() > 0);
    for (const auto& part : found.rest)
      BOOST_TEST(part.amount.value() > 0);
  }
  BOOST_TEST((plain(split_share(parts, amount(4))->share) == shown{{1, 3}, {2, 1}}));
  BOOST_TEST((plain(split_share(parts, amount(4))->rest) == shown{{2, 4}}));
  BOOST_TEST(!split_share(parts, amount(9)));
}

BOOST_AUTO_TEST_CASE(each_image_of_a_hold_is_settled_at_most_once) {
  hold set_aside({{grant(1), amount(4)}, {grant(2), amount(2)}}, amount(2), 3);
  BOOST_TEST((plain(set_aside.settle(2).value()) == shown{{1, 2}}));
  BOOST_TEST(!set_aside.settle(2));
  BOOST_TEST(!set_aside.settle(3));
  BOOST_TEST(!set_aside.settle(-1));
  BOOST_TEST(set_aside.held().value() == 4);
  BOOST_TEST((plain(set_aside.release()) == shown{{1, 2}, {2, 2}}));
  BOOST_TEST(set_aside.release().empty());
  BOOST_TEST(!set_aside.settle(0));
}

BOOST_AUTO_TEST_CASE(a_free_image_is_settled_at_most_once_too) {
  hold set_aside({}, credits(), 1);
  BOOST_TEST(set_aside.settle(0).value().empty());
  BOOST_TEST(!set_aside.settle(0));
  hold released({}, credits(), 1);
  BOOST_TEST(released.release().empty());
  BOOST_TEST(!released.settle(0));
}

namespace {

/// Books of one account under random holds, settles, releases, expiries and claw-backs.
class account_model {
public:
  explicit account_model(seeded& random) : random_(random) {
    for (std::uint8_t i = 0; i < 6; ++i) {
      const auto size = random_.between<std::int64_t>(0, 50);
      grants_.push_back(balance(i, size,
                                random_.one_in(2) ? std::optional(random_.between(1, 60) * 1min) : std::nullopt,
                                random_.between(0, 3) * 1h));
      issued_ += size;
    }
  }

  void step() {
    switch (random_.between(0, 9)) {
    case 0:
      time_ += 1min;
      break;
    case 1:
      claw_back();
      break;
    case 2:
    case 3:
      release();
      break;
    case 4:
    case 5:
    case 6:
      settle();
      break;
    default:
      set_aside();
    }
    check();
  }

  void end() {
    for (auto& each : open_)
      give_back(each.second.release());
    open_.clear();
    check();
  }

private:
  void set_aside() {
    const auto each = amount(random_.between(0, 12));
    const int images = random_.between(1, 4);
    const auto price = each * images;
    const auto available = spendable(grants_, time_);
    const auto parts = allocate(grants_, price, time_);
    BOOST_TEST(parts.has_value() == (!available.is_negative() && price <= available));
    if (!parts)
      return;
    BOOST_TEST(total(*parts).value() == price.value());
    for (const auto& part : *parts) {
      auto& from = grant_of(part);
      BOOST_TEST((!from.expires_at || *from.expires_at > time_));
      from.remaining -= part.amount;
      BOOST_TEST(!from.remaining.is_negative());
    }
    open_.emplace(next_++, hold(*parts, each, images));
  }

  void settle() {
    if (open_.empty())
      return;
    const auto& [id, each] = *any_open();
    const int index = random_.between(0, 4);
    if (const auto share = open_.at(id).settle(index)) {
      spent_ += total(*share).value();
      BOOST_TEST((settled_.insert({id, index}).second));
    }
  }

  void release() {
    if (open_.empty())
      return;
    const auto victim = any_open();
    give_back(victim->second.release());
    BOOST_TEST(victim->second.release().empty());
    open_.erase(victim);
  }

  void claw_back() {
    auto& from = grants_[random_.between<std::size_t>(0, grants_.size() - 1)];
    const auto size = random_.between<std::int64_t>(0, 5);
    from.remaining -= amount(size);
    issued_ -= size;
    for (auto& each : grants_)
      each.remaining += each.remaining.is_negative() && random_.one_in(2) ? pay_in(-each.remaining.value()) : credits();
  }

  credits pay_in(std::int64_t size) {
    issued_ += size;
    return amount(size);
  }

  void give_back(const std::vector<allocation>& parts) {
    for (const auto& part : parts)
      grant_of(part).remaining += part.amount;
  }

  void check() {
    std::int64_t sum = spent_;
    for (const auto& each : grants_)
      sum += each.remaining.value();
    for (const auto& each : open_)
      sum += each.second.held().value();
    BOOST_TEST(sum == issued_);
  }

  grant_balance& grant_of(const allocation& part) { return grants_[part.grant.value.bytes[15]]; }
  std::map<int, hold>::iterator any_open() {
    return std::next(open_.begin(), random_.between<std::ptrdiff_t>(0, std::ssize(open_) - 1));
  }

  seeded& random_;
  instant time_ = now;
  std::vector<grant_balance> grants_;
  std::map<int, hold> open_;
  std::set<std::pair<int, int>> settled_;
  std::int64_t issued_ = 0;
  std::int64_t spent_ = 0;
  int next_ = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(no_interleaving_creates_loses_or_overdraws_credits_or_settles_twice) {
  for_seeds(150, [](seeded& random) {
    account_model account(random);
    for (int i = 0; i < 150; ++i)
      account.step();
    account.end();
  });
}

BOOST_AUTO_TEST_SUITE_END()
