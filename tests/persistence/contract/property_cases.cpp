#include "tests/persistence/contract/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

namespace easel::persistence::contract {

namespace {

/// What the test believes about one generation, by the outcomes it was given.
struct believed {
  person by;
  tier of = tier::free;
  work at;
  int images = 1;
  bool dispatched = false;
};

/// Does random things to three accounts over two nodes, with wrong fences, wrong indexes and repeats among them,
/// and keeps its own books.
class interleaving {
public:
  interleaving(world& w, std::uint32_t seed) : w_(w), random_(seed), nodes_{w.node, w.new_node()} {
    for (const auto of : {tier::free, tier::free, tier::paid})
      people_.push_back({w.newcomer(of, 60), of});
  }

  void step() {
    switch (pick(10)) {
    case 0:
      return give();
    case 1:
    case 2:
    case 3:
      return admit_one();
    case 4:
    case 5:
      return dispatch_one();
    case 6:
    case 7:
      return draw_one();
    case 8:
      return pick(3) == 0 ? block_one() : finish_one();
    default:
      return move_or_meddle();
    }
  }

  void finish_all() {
    while (!open_.empty())
      end(0, w_.try_end(finish{open_[0].at.id, open_[0].at.owner}));
  }

  void check() {
    w_.check_invariants();
    for (const auto& [p, of] : people_)
      check_person(p);
  }

private:
  std::size_t pick(std::size_t n) { return random_() % n; }

  void give() { // some expire in the middle of the run
    const auto& p = people_[pick(3)].first;
    const auto sum = static_cast<std::int64_t>(1 + pick(40));
    w_.give(p, sum, pick(2) ? std::optional(w_.now() + std::chrono::minutes(1 + pick(600))) : std::nullopt);
    issued_[p.account] += sum;
  }

  void admit_one() {
    const auto& [p, of] = people_[pick(3)];
    auto command = w_.order(p, static_cast<std::int64_t>(pick(8)), static_cast<int>(1 + pick(4)));
    command.node = nodes_[pick(2)];
    const auto outcome = w_.try_admit(command);
    const bool known = outcome.result == admission::admitted || outcome.result == admission::insufficient_credits
                       || outcome.result == admission::suspended;
    BOOST_TEST(known, "unexpected admission: " << outcome.result);
    if (outcome.result == admission::admitted)
      open_.push_back({p, of, {command.id, {command.node, 1}}, command.plan.images, false});
  }

  void dispatch_one() {
    if (open_.empty())
      return;
    auto& b = open_[pick(open_.size())];
    const auto result = w_.try_write(w_.sending(b.at, b.of));
    // A suspended account's generation stays where it is.
    const bool fits =
      b.dispatched ? result != fenced::stale : result == fenced::done || result == fenced::account_closed;
    BOOST_TEST(fits, "unexpected dispatch: " << result);
    b.dispatched = b.dispatched || result == fenced::done;
  }

  void draw_one() {
    if (open_.empty())
      return;
    const auto i = pick(open_.size());
    const auto& b = open_[i];
    const auto index = static_cast<std::int16_t>(pick(static_cast<std::size_t>(b.images)));
    const auto outcome = w_.try_end(w_.picture(b.at, index, pick(3) == 0));
    BOOST_TEST(outcome.result != fenced::stale);
    BOOST_TEST((b.dispatched || outcome.result == fenced::not_in_state));
    if (outcome.result == fenced::done && outcome.state == generation_state::completed)
      end(i, outcome);
  }

  void block_one() {
    if (open_.empty())
      return;
    const auto i = pick(open_.size());
    const auto& b = open_[i];
    const auto result = w_.try_write(block{b.at.id, b.at.owner, blocking_verdict()});
    BOOST_TEST(result == (b.dispatched ? fenced::not_in_state : fenced::done));
    if (result == fenced::done)
      forget(i);
  }

  void finish_one() {
    if (open_.empty())
      return;
    const auto i = pick(open_.size());
    finish command{open_[i].at.id, open_[i].at.owner, generation_state::failed, failure::upstream_error};
    command.discard = pick(4) == 0;
    end(i, w_.try_end(command));
  }

  void move_or_meddle() {
    if (pick(3) == 0)
      return w_.advance(std::chrono::minutes(pick(90)));
    if (!open_.empty() && pick(2) == 0)
      return resume_one();
    if (ended_.empty())
      return;
    // Whoever comes late changes nothing, whatever they bring.
    auto late = ended_[pick(ended_.size())];
    BOOST_TEST(w_.try_end(finish{late.id, late.owner}).result == fenced::not_in_state);
    late.owner.fence += 1;
    BOOST_TEST(w_.try_end(w_.picture(late, 0, true)).result == fenced::stale);
  }

  void resume_one() {
    auto& b = open_[pick(open_.size())];
    const auto old = b.at;
    const auto found = w_.db->resume(b.at.owner.node, b.at.id).value();
    BOOST_REQUIRE(found.has_value());
    b.at.owner = found->owner;
    BOOST_TEST(w_.try_end(w_.picture(old, 0, true)).result == fenced::stale);
  }

  void end(std::size_t i, const finished& outcome) {
    BOOST_REQUIRE(outcome.result == fenced::done);
    BOOST_TEST(is_terminal(outcome.state));
    spent_[open_[i].by.account] += outcome.charged.value();
    forget(i);
  }

  void forget(std::size_t i) {
    ended_.push_back(open_[i].at);
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  void check_person(const person& p) {
    std::map<book, std::int64_t> sums;
    for (const auto& entry : w_.entries_of(p)) {
      sums[entry.from] -= entry.amount.value();
      sums[entry.to] += entry.amount.value();
    }
    const auto now_held = w_.balance_of(p);
    std::int64_t in_grants = 0;
    for (const auto& grant : now_held.grants) {
      BOOST_TEST(grant.remaining.value() > 0);
      BOOST_TEST(grant.remaining <= grant.amount);
      in_grants += grant.remaining.value();
    }
    BOOST_TEST(sums[book::issued] == -(issued_[p.account] + 60));
    BOOST_TEST(sums[book::held] == now_held.held.value());
    BOOST_TEST(now_held.available.value() == in_grants);
    BOOST_TEST(now_held.available.value() <= sums[book::available]); // what has expired may not be moved yet
    BOOST_TEST(sums[book::spent] >= spent_[p.account]);              // images of work that is still open
    if (open_.empty()) {
      BOOST_TEST(sums[book::spent] == spent_[p.account]);
      BOOST_TEST(now_held.held.value() == 0);
    }
  }

  world& w_;
  std::mt19937 random_;
  std::vector<node_id> nodes_;
  std::vector<std::pair<person, tier>> people_;
  std::vector<believed> open_;
  std::vector<work> ended_;
  std::map<account_id, std::int64_t> issued_;
  std::map<account_id, std::int64_t> spent_;
};

std::uint32_t base_seed() {
  const char* const given = std::getenv("EASEL_SEED");
  return given ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 20261123u;
}

void random_interleavings(world& w) {
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto seed = base_seed() + i;
    BOOST_TEST_CONTEXT("EASEL_SEED=" << seed) {
      interleaving run(w, seed);
      for (int n = 1; n <= 200; ++n) {
        run.step();
        if (n % 50 == 0)
          run.check();
      }
      run.finish_all();
      run.check();
    }
  }
}

} // namespace

std::vector<contract_case> property_cases() {
  return {{"random_interleavings_leave_the_books_balanced", random_interleavings}};
}

} // namespace easel::persistence::contract
