#include "tests/persistence/contract/visits.hpp"

#include <map>
#include <random>

namespace easel::persistence::contract {

namespace {

using namespace std::chrono_literals;

std::chrono::year_month month_of(instant at) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(at)};
  return date.year() / date.month();
}

instant next_month(world& w) {
  return instant(std::chrono::sys_days((month_of(w.now()) + std::chrono::months(1)) / 1));
}

/// An hour into the next month.
void turn_the_month(world& w) { w.advance(next_month(w) - w.now() + 1h); }

/// Another key of `of`, which may spend `cap` a month.
person capped(world& w, const person& of, std::int64_t cap) {
  return {of.account, must(w.db->create_key(of.account, "capped", w.new_digest(), "wxyz", "contract", amount(cap))).id};
}

key_row key_of(world& w, const person& who) {
  for (const auto& row : must(w.db->list_keys(who.account)))
    if (row.id == who.key)
      return row;
  BOOST_FAIL("the key is not listed");
  return {};
}

std::int64_t used(world& w, const person& who) { return key_of(w, who).used_this_month.value(); }

/// A month that has just begun, somebody with plenty of credits, and their key with a cap of 20.
struct spender {
  explicit spender(world& w) {
    turn_the_month(w);
    other = w.newcomer(tier::free, 1000);
    who = capped(w, other, 20);
  }
  person other; ///< the same account, by its first key, which has no cap
  person who;
};

void spends_up_to_its_cap(world& w) {
  const spender s(w);
  (void)w.accepted(s.who, 4, 3);
  BOOST_TEST(used(w, s.who) == 12);
  const auto refused = w.try_admit(w.order(s.who, 9));
  BOOST_TEST(refused.result == admission::key_capped);
  BOOST_TEST(refused.key_cap.value().value() == 20);
  BOOST_TEST((refused.until == next_month(w)));
  BOOST_TEST(refused.balance.value() == 1000 - 12);
  (void)w.accepted(s.who, 8);
  BOOST_TEST(used(w, s.who) == 20);
  BOOST_TEST(w.try_admit(w.order(s.who, 1)).result == admission::key_capped);
  (void)w.accepted(s.other, 100); // only this key is capped
  BOOST_TEST(used(w, s.other) == 0);
  BOOST_TEST(w.balance_of(s.who).held.value() == 120);
}

void a_cap_gives_no_credits(world& w) {
  turn_the_month(w);
  const auto poor = capped(w, w.newcomer(tier::free, 5), 20);
  BOOST_TEST(w.try_admit(w.order(poor, 6)).result == admission::insufficient_credits);
  BOOST_TEST(used(w, poor) == 0);
  BOOST_TEST(w.try_admit(w.order(poor, 21)).result == admission::key_capped);
  (void)w.accepted(poor, 5);
  BOOST_TEST(used(w, poor) == 5);
}

void what_is_released_is_given_back(world& w) {
  const spender s(w);
  const auto failed = w.accepted(s.who, 10);
  BOOST_TEST(w.try_end(finish{failed.id, failed.owner}).result == fenced::done);
  BOOST_TEST(used(w, s.who) == 0);
  const auto blocked = w.accepted(s.who, 10);
  BOOST_TEST(w.try_write(block{blocked.id, blocked.owner, blocking_verdict()}) == fenced::done);
  BOOST_TEST(used(w, s.who) == 0);
  const auto partly = w.dispatched(s.who, 5, 4);
  BOOST_TEST(used(w, s.who) == 20);
  BOOST_TEST(w.try_end(w.picture(partly, 0)).charged.value() == 5);
  BOOST_TEST(w.try_end(w.picture(partly, 1, true)).charged.value() == 10);
  BOOST_TEST(used(w, s.who) == 10);
  const auto last = w.completed(s.who, 10);
  BOOST_TEST(used(w, s.who) == 20);
  BOOST_TEST(must(w.db->delete_generation(s.who.account, last)));
  BOOST_TEST(used(w, s.who) == 20); // it was paid for
}

void counts_anew_each_month(world& w) {
  const spender s(w);
  (void)w.completed(s.who, 12);
  const auto open = w.accepted(s.who, 8);
  turn_the_month(w);
  BOOST_TEST(used(w, s.who) == 0);
  (void)w.accepted(s.who, 20);
  BOOST_TEST(used(w, s.who) == 20);
  BOOST_TEST(w.try_end(finish{open.id, open.owner}).result == fenced::done); // of last month: no room in this one
  BOOST_TEST(used(w, s.who) == 20);
  BOOST_TEST(w.try_admit(w.order(s.who, 1)).result == admission::key_capped);
}

void commands_of_one_batch_share_it(world& w) {
  const spender s(w);
  const auto second = capped(w, s.other, 7);
  std::vector<write> batch;
  for (int i = 0; i < 3; ++i)
    for (const auto* who : {&s.who, &second, &s.other})
      batch.emplace_back(w.order(*who, 7));
  std::map<admission, int> results;
  for (const auto& outcome : w.db->apply(batch))
    ++results[std::get<admitted>(must(answer<write_outcome>(outcome))).result];
  BOOST_TEST(results[admission::admitted] == 2 + 1 + 3);
  BOOST_TEST(results[admission::key_capped] == 1 + 2);
  BOOST_TEST(used(w, s.who) == 14);
  BOOST_TEST(used(w, second) == 7);
}

void a_repeat_needs_no_room(world& w) {
  const spender s(w);
  auto first = w.order(s.who, 20);
  first.idempotency_key = "once";
  const auto made = w.accepted(first);
  auto again = w.order(s.who, 20);
  again.idempotency_key = "once";
  const auto outcome = w.try_admit(again);
  BOOST_TEST(outcome.result == admission::attached);
  BOOST_TEST(outcome.id == made.id);
  BOOST_TEST(w.try_admit(first).result == admission::admitted); // its own answer was lost on the way
  BOOST_TEST(used(w, s.who) == 20);
}

void is_shown_with_the_key(world& w) {
  const spender s(w);
  const auto v = visit(w, somebody());
  new_key wanted{v.account, "laptop", w.new_digest(), "abcd", std::nullopt, amount(500)};
  const auto made = must(w.db->create_own_key(wanted)).key.value();
  BOOST_TEST(made.monthly_cap.value().value() == 500);
  BOOST_TEST(must(w.db->find_key(wanted.hash)).value().monthly_cap.value().value() == 500);
  BOOST_TEST(key_of(w, s.who).monthly_cap.value().value() == 20);
  BOOST_TEST(!key_of(w, s.other).monthly_cap.has_value());
}

void bad_caps_are_refused(world& w) {
  const auto p = w.newcomer();
  for (const auto bad : {std::int64_t{0}, std::int64_t{-1}, credits::bound + 1}) {
    BOOST_TEST(!w.db->create_key(p.account, "x", w.new_digest(), "wxyz", "contract", amount(bad)).has_value());
    BOOST_TEST(!w.db->create_own_key({p.account, "x", w.new_digest(), "wxyz", std::nullopt, amount(bad)}).has_value());
  }
  BOOST_TEST(must(w.db->list_keys(p.account)).size() == 1u);
}

/// Two capped keys of one account; the test keeps its own count of what each holds and spent.
void any_interleaving_keeps_the_count(world& w) {
  struct open_one {
    std::size_t by;
    work at;
    std::int64_t price;
    int images;
    int stored = 0;
  };
  std::mt19937 random(4711);
  const auto pick = [&](std::size_t n) { return random() % n; };
  const spender s(w);
  const std::vector<person> keys{s.who, capped(w, s.other, 35)};
  const std::vector<std::int64_t> caps{20, 35};
  std::vector<std::int64_t> counted{0, 0};
  std::vector<open_one> open;
  int refused = 0;
  for (int step = 0; step < 120; ++step) {
    if (open.empty() || pick(2) == 0) {
      const auto by = pick(2);
      const auto price = static_cast<std::int64_t>(1 + pick(5));
      const auto images = static_cast<int>(1 + pick(3));
      const auto command = w.order(keys[by], price, images);
      const auto result = w.try_admit(command).result;
      const bool fits = counted[by] + price * images <= caps[by];
      BOOST_TEST(result == (fits ? admission::admitted : admission::key_capped));
      refused += fits ? 0 : 1;
      if (!fits)
        continue;
      counted[by] += price * images;
      open.push_back({by, {command.id, {command.node, 1}}, price, images});
      BOOST_REQUIRE(w.try_write(w.sending(open.back().at)) == fenced::done);
    } else {
      const auto i = pick(open.size());
      auto& one = open[i];
      const bool store = pick(2) == 0;
      const bool ends = !store || one.stored + 1 == one.images || pick(2) == 0;
      if (store)
        BOOST_REQUIRE(w.try_end(w.picture(one.at, static_cast<std::int16_t>(one.stored++), ends)).result
                      == fenced::done);
      else
        BOOST_REQUIRE(w.try_end(finish{one.at.id, one.at.owner}).result == fenced::done);
      if (ends) {
        counted[one.by] -= one.price * (one.images - one.stored);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    for (std::size_t i = 0; i < keys.size(); ++i)
      BOOST_TEST(used(w, keys[i]) == counted[i]);
  }
  BOOST_TEST(refused > 10);
}

} // namespace

std::vector<contract_case> key_cap_cases() {
  return {{"a key spends up to its monthly cap and not beyond", spends_up_to_its_cap},
          {"a cap gives no credits", a_cap_gives_no_credits},
          {"what is released is given back to the cap", what_is_released_is_given_back},
          {"a cap counts anew each month", counts_anew_each_month},
          {"commands of one batch share a cap", commands_of_one_batch_share_it},
          {"a repeat needs no room under the cap", a_repeat_needs_no_room},
          {"a cap is shown with its key", is_shown_with_the_key},
          {"caps that are no caps are refused", bad_caps_are_refused},
          {"any interleaving keeps the count of a cap", any_interleaving_keeps_the_count}};
}

} // namespace easel::persistence::contract
