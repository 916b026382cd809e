#include "tests/support/interposed_store.hpp"

#include "tests/persistence/memory_fixture.hpp"

namespace easel::persistence {

namespace an_interposed_store {

using contract::world;

namespace {

struct faulty_world : world {
  explicit faulty_world(std::shared_ptr<testing::interposer> f = std::make_shared<testing::interposer>())
      : world(over(memory_fixture().under_test(), f)), fault(std::move(f)) {}

  static contract::store_under_test over(contract::store_under_test under,
                                         const std::shared_ptr<testing::interposer>& fault) {
    const auto faulty = [fault](std::unique_ptr<store> within) {
      return testing::interpose(std::move(within), [fault](auto operation, bool before) {
        return *fault ? (*fault)(operation, before) : std::nullopt;
      });
    };
    under.open = [open = std::move(under.open), faulty] { return faulty(open()); };
    under.open_with = [open = std::move(under.open_with), faulty](auto limits) { return faulty(open(limits)); };
    return under;
  }

  void fault_is(testing::interposer what) { *fault = std::move(what); }

  std::shared_ptr<testing::interposer> fault;
};

const bool contract_registered =
  contract::register_contract("without_a_fault_an_interposed_store_keeps_the_contract", [] {
    return faulty_world::over(memory_fixture().under_test(), std::make_shared<testing::interposer>());
  });

/// Fails one operation once, before or after its effect.
testing::interposer fail_once(std::string operation, bool before, store_error::kind what) {
  auto used = std::make_shared<bool>(false);
  return [=](std::string_view name, bool is_before) -> std::optional<store_error> {
    if (*used || name != operation || is_before != before)
      return std::nullopt;
    *used = true;
    return store_error{what, operation, "08006"};
  };
}

} // namespace

} // namespace an_interposed_store

BOOST_FIXTURE_TEST_SUITE(an_interposed_store, faulty_world)

BOOST_AUTO_TEST_CASE(a_fault_before_the_effect_leaves_nothing_behind) {
  const auto p = newcomer(tier::free, 100);
  const auto command = order(p);
  fault_is(fail_once("admit", true, store_error::kind::unavailable));
  const auto outcome = write_one(command);
  BOOST_REQUIRE(!outcome.has_value());
  BOOST_TEST((outcome.error() == store_error{store_error::kind::unavailable, "admit", "08006"}));
  BOOST_TEST(balance_of(p).held.value() == 0);
  BOOST_TEST(try_admit(command).result == admission::admitted);
}

BOOST_AUTO_TEST_CASE(a_fault_after_the_effect_loses_only_the_answer) {
  const auto p = newcomer(tier::free, 100);
  const auto g = dispatched(p);
  fault_is(fail_once("store_image", false, store_error::kind::unavailable));
  BOOST_TEST(!write_one(picture(g, 0, true)).has_value());
  BOOST_TEST(row_of(p, g.id).state == generation_state::completed);
  BOOST_TEST(try_end(picture(g, 0, true)).result == fenced::not_in_state);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_fault_of_a_batch_fails_all_of_it) {
  const auto p = newcomer(tier::free, 100);
  const std::vector<write> batch{order(p), order(p)};
  for (const bool before : {true, false}) {
    fault_is(fail_once("apply", before, store_error::kind::unavailable));
    for (const auto& outcome : db->apply(batch))
      BOOST_TEST(!outcome.has_value());
    BOOST_TEST(balance_of(p).held.value() == (before ? 0 : 10));
  }
}

BOOST_AUTO_TEST_CASE(a_refused_command_fails_without_its_neighbours) {
  const auto p = newcomer(tier::free, 100);
  fault_is(fail_once("admit", true, store_error::kind::refused));
  const std::vector<write> batch{order(p), order(p)};
  const auto outcomes = db->apply(batch);
  BOOST_TEST(!outcomes[0].has_value());
  BOOST_TEST(outcomes[1].has_value());
}

BOOST_AUTO_TEST_CASE(queries_can_fail_too_and_faults_can_end) {
  fault_is([](std::string_view operation, bool) {
    return std::optional(store_error{store_error::kind::unavailable, std::string(operation), ""});
  });
  const auto beat = db->heartbeat(node);
  BOOST_REQUIRE(!beat.has_value());
  BOOST_TEST(beat.error().operation == "heartbeat");
  fault_is({});
  BOOST_TEST(db->heartbeat(node).value().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
