#include "tests/persistence/contract/world.hpp"

#include <algorithm>

namespace easel::persistence::contract {

namespace {

/// Commands of one batch are applied as if one after the other.
std::vector<write_outcome> apply_all(world& w, const std::vector<write>& batch) {
  std::vector<write_outcome> outcomes;
  for (auto& outcome : w.db->apply(batch)) {
    BOOST_REQUIRE(outcome.has_value());
    outcomes.push_back(std::move(*outcome));
  }
  BOOST_REQUIRE(outcomes.size() == batch.size());
  return outcomes;
}

void whole_way(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto a = w.accepted(p, 7, 3);
  const auto b = w.accepted(p, 5, 2);
  const auto outcomes = apply_all(w, {w.sending(a), w.sending(b), w.picture(a, 0), w.picture(b, 1, true),
                                      w.picture(a, 2, true), mark_answered{{a.id}}, mark_answered{{b.id}}});
  for (const std::size_t i : {0u, 1u, 5u, 6u})
    BOOST_TEST(std::get<fenced>(outcomes[i]) == fenced::done);
  BOOST_TEST(std::get<finished>(outcomes[2]).state == generation_state::dispatched);
  BOOST_TEST(std::get<finished>(outcomes[2]).charged.value() == 7);
  BOOST_TEST(std::get<finished>(outcomes[3]).charged.value() == 5);
  BOOST_TEST(std::get<finished>(outcomes[4]).charged.value() == 14);
  BOOST_TEST(w.row_of(p, a.id).images.size() == 2u);
  BOOST_TEST(w.balance_of(p).available.value() == 100 - 14 - 5);
  BOOST_TEST(w.balance_of(p).held.value() == 0);
}

void last_place(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  std::vector<write> batch;
  for (int i = 0; i < 4; ++i) {
    auto command = w.order(p);
    command.max_active = 3;
    batch.emplace_back(command);
  }
  const auto outcomes = apply_all(w, batch);
  const auto count = std::count_if(outcomes.begin(), outcomes.end(), [](const auto& outcome) {
    return std::get<admitted>(outcome).result == admission::admitted;
  });
  BOOST_TEST(count == 3);
  BOOST_TEST(w.balance_of(p).held.value() == 15);
}

void over_several_grants(world& w) {
  const auto p = w.newcomer(tier::free);
  for (int i = 1; i <= 4; ++i)
    w.give(p, 4, w.now() + std::chrono::hours(i));
  const auto a = w.order(p, 6);
  const auto b = w.order(p, 6);
  const auto c = w.order(p, 6);
  const auto outcomes = apply_all(w, {a, b, c});
  BOOST_TEST(std::get<admitted>(outcomes[0]).balance.value() == 10);
  BOOST_TEST(std::get<admitted>(outcomes[1]).balance.value() == 4);
  BOOST_TEST(std::get<admitted>(outcomes[2]).result == admission::insufficient_credits);
  const work first{a.id, {w.node, 1}};
  const work second{b.id, {w.node, 1}};
  apply_all(w, {finish{first.id, first.owner}, finish{second.id, second.owner}});
  const auto after = w.balance_of(p);
  BOOST_TEST(after.available.value() == 16);
  BOOST_REQUIRE(after.grants.size() == 4u);
  for (const auto& grant : after.grants)
    BOOST_TEST(grant.remaining.value() == 4);
}

void retry_beside_its_first_try(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  auto first = w.order(p);
  first.awaits_answer = true;
  auto again = first;
  again.id = w.new_generation_id();
  again.retry_count = 1;
  const auto outcomes = apply_all(w, {first, again});
  BOOST_TEST(std::get<admitted>(outcomes[0]).result == admission::admitted);
  BOOST_TEST(std::get<admitted>(outcomes[1]).result == admission::attached);
  BOOST_TEST(std::get<admitted>(outcomes[1]).id == first.id);
  BOOST_TEST(w.balance_of(p).held.value() == 5);
}

void impossible_image(world& w) {
  std::vector<person> people;
  std::vector<write> batch;
  for (int i = 0; i < 5; ++i) {
    people.push_back(w.newcomer(tier::free, 100));
    batch.emplace_back(w.picture(w.dispatched(people.back()), i == 3 ? 1 : 0, true)); // one image was asked for
  }
  const auto outcomes = w.db->apply(batch);
  BOOST_REQUIRE(outcomes.size() == batch.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    BOOST_TEST_CONTEXT("command " << i) {
      BOOST_TEST(outcomes[i].has_value() == (i != 3));
      BOOST_TEST(w.balance_of(people[i]).held.value() == (i == 3 ? 5 : 0));
    }
  }
}

} // namespace

std::vector<contract_case> batch_cases() {
  return {
    {"generations_go_their_whole_way_in_one_batch", whole_way},
    {"a_batch_takes_no_more_places_than_there_are", last_place},
    {"commands_of_one_batch_share_the_grants_and_give_them_back", over_several_grants},
    {"a_retry_in_the_batch_of_its_first_try_attaches_to_it", retry_beside_its_first_try},
    {"an_impossible_image_fails_without_its_neighbours", impossible_image},
  };
}

} // namespace easel::persistence::contract
