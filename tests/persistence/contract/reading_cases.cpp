#include "tests/persistence/contract/world.hpp"

namespace easel::persistence::contract {

namespace {

using ids = std::vector<generation_id>;

ids ids_of(const page<generation_row>& p) {
  ids found;
  for (const auto& row : p.rows)
    found.push_back(row.id);
  return found;
}

void plan_comes_back(world& w) {
  const auto p = w.newcomer(tier::free, 1000);
  auto command = w.order(p, 9, 4);
  command.plan.format = image_format::jpeg;
  command.plan.compression = 80;
  command.plan.partial_images = 2;
  command.plan.background = "transparent";
  command.prompt = secret_text("Ein Leuchtturm, \xE7\x81\xAF\xE5\x8F\xB0, \"quoted\\\" and a line\nbreak");
  (void)w.accepted(command);
  const auto row = w.row_of(p, command.id);
  BOOST_TEST((row.plan == command.plan));
  BOOST_TEST((row.prompt == command.prompt));
  BOOST_TEST(row.account == p.account);
  BOOST_TEST(row.of_tier == tier::free);
}

void strangers_see_nothing(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto q = w.newcomer();
  const auto id = w.completed(p);
  BOOST_TEST(!w.db->find_generation(q.account, id).value().has_value());
  BOOST_TEST((w.db->find_image(q.account, id, 0).value() == nullptr));
  BOOST_TEST(w.db->list_generations(q.account, std::nullopt, 10).value().rows.empty());
  BOOST_TEST(!w.db->delete_generation(q.account, id).value());
  BOOST_TEST((w.db->find_image(p.account, id, 0).value() != nullptr));
}

void missing_things(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  BOOST_TEST(!w.db->find_generation(p.account, w.new_generation_id()).value().has_value());
  const auto g = w.dispatched(p, 5, 2);
  BOOST_REQUIRE(w.try_end(w.picture(g, 0)).result == fenced::done);
  BOOST_TEST((w.db->find_image(p.account, g.id, 1).value() == nullptr));
  BOOST_TEST((w.db->find_image(p.account, g.id, -1).value() == nullptr));
  BOOST_TEST((w.db->find_image(p.account, w.new_generation_id(), 0).value() == nullptr));
  BOOST_TEST(!w.db->find_account({w.new_generation_id().value}).value().has_value());
}

void expired_content_is_gone(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto id = w.completed(p);
  w.advance(w.under.settings.retention.content - std::chrono::minutes(5));
  BOOST_TEST(w.db->find_generation(p.account, id).value().has_value());
  BOOST_TEST((w.db->find_image(p.account, id, 0).value() != nullptr));
  w.advance(std::chrono::minutes(6));
  BOOST_TEST(!w.db->find_generation(p.account, id).value().has_value());
  BOOST_TEST((w.db->find_image(p.account, id, 0).value() == nullptr));
  BOOST_TEST(w.db->list_generations(p.account, std::nullopt, 10).value().rows.empty());
}

void listed_newest_first_with_all(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto a = w.completed(p);
  const auto b = w.accepted(p).id;
  const auto c = w.dispatched(p).id;
  const auto all = w.db->list_generations(p.account, std::nullopt, 10).value();
  BOOST_TEST(ids_of(all) == (ids{c, b, a}), boost::test_tools::per_element());
  BOOST_TEST(!all.more);
  BOOST_TEST(all.rows[2].images.size() == 1u);
  BOOST_TEST(all.rows[2].disclosures.size() == 2u);
  BOOST_TEST((all.rows[0].prompt == w.order(p).prompt));
}

void by_pages(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  ids made;
  for (int i = 0; i < 5; ++i)
    made.insert(made.begin(), i % 2 == 0 ? w.completed(p, 1) : w.accepted(p, 1).id);
  const auto first = w.db->list_generations(p.account, std::nullopt, 2).value();
  BOOST_TEST(ids_of(first) == (ids{made[0], made[1]}), boost::test_tools::per_element());
  BOOST_TEST(first.more);
  const auto second = w.db->list_generations(p.account, made[1], 3).value();
  BOOST_TEST(ids_of(second) == (ids{made[2], made[3], made[4]}), boost::test_tools::per_element());
  BOOST_TEST(!second.more);
  BOOST_TEST(w.db->list_generations(p.account, made[4], 3).value().rows.empty());
}

void deleted_at_once(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto id = w.completed(p, 5, 2);
  const auto kept = w.completed(p, 5);
  BOOST_TEST(w.db->delete_generation(p.account, id).value());
  BOOST_TEST(!w.db->find_generation(p.account, id).value().has_value());
  BOOST_TEST((w.db->find_image(p.account, id, 0).value() == nullptr));
  BOOST_TEST((w.db->find_image(p.account, id, 1).value() == nullptr));
  BOOST_TEST(ids_of(w.db->list_generations(p.account, std::nullopt, 10).value()) == (ids{kept}),
             boost::test_tools::per_element());
  BOOST_TEST(!w.db->delete_generation(p.account, id).value());
  BOOST_TEST(w.balance_of(p).available.value() == 85); // deleting is no refund
}

void not_deleted_in_work(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  for (const auto& g : {w.accepted(p), w.dispatched(p)}) {
    BOOST_TEST(!w.db->delete_generation(p.account, g.id).value());
    BOOST_TEST(w.db->find_generation(p.account, g.id).value().has_value());
  }
  BOOST_TEST(!w.db->delete_generation(p.account, w.new_generation_id()).value());
}

void gone_for_old_writes(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto id = w.completed(p, 5);
  BOOST_REQUIRE(w.db->delete_generation(p.account, id).value());
  const work old{id, {w.node, 1}};
  BOOST_TEST(w.try_end(w.picture(old, 0, true)).result != fenced::done);
  BOOST_TEST(w.try_end(finish{id, old.owner}).result != fenced::done);
  BOOST_TEST(w.balance_of(p).available.value() == 95);
}

void no_image_of_a_closed_account(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto id = w.completed(p);
  w.under.close_account(p.account);
  BOOST_TEST((w.db->find_image(p.account, id, 0).value() == nullptr));
}

void other_connections_see_it(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto id = w.completed(p);
  const auto other = w.under.open();
  const auto row = other->find_generation(p.account, id).value();
  BOOST_REQUIRE(row.has_value());
  BOOST_TEST(row->images.size() == 1u);
  BOOST_TEST((row->prompt == w.order(p).prompt));
  BOOST_TEST(*other->find_image(p.account, id, 0).value() == "png");
}

} // namespace

std::vector<contract_case> reading_cases() {
  return {
    {"plan_and_prompt_come_back_unchanged", plan_comes_back},
    {"nobody_sees_what_belongs_to_another", strangers_see_nothing},
    {"what_is_not_there_is_nothing", missing_things},
    {"expired_content_is_gone_to_every_read", expired_content_is_gone},
    {"generations_are_listed_newest_first_with_all_they_have", listed_newest_first_with_all},
    {"generations_are_listed_in_pages", by_pages},
    {"a_deleted_generation_is_gone_at_once_and_not_refunded", deleted_at_once},
    {"what_is_in_work_is_not_deleted", not_deleted_in_work},
    {"a_deleted_generation_takes_no_more_writes", gone_for_old_writes},
    {"a_closed_account_shows_no_image", no_image_of_a_closed_account},
    {"another_connection_sees_the_same", other_connections_see_it},
  };
}

} // namespace easel::persistence::contract
