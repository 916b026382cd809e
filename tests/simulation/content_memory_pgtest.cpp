#include "persistence/postgres_rights.hpp"
#include "persistence/postgres_store.hpp"
#include "tests/simulation/postgres_of_seeds.hpp"
#include "tests/support/memory_search.hpp"
#include "tests/support/virtual_house.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

/// What a core would hold of a person's content once their account is deleted (RIGHT-3): the whole actor tree over a
/// real database, in a program that overwrites whatever it deletes (wiping_delete.cpp). What is found is in a live
/// object.
namespace easel::simulation {

namespace content_in_memory {

using namespace std::chrono_literals;
using testing::turn;

namespace {

struct fixture : postgres_of_seeds {
  std::shared_ptr<persistence::postgres_commons> rights_clock = std::make_shared<persistence::postgres_commons>();
  testing::virtual_world world = made();
  testing::virtual_house house{world, testing::calm_settings()};
  testing::person somebody = world.newcomer(tier::free, 100);

  testing::virtual_world made() {
    testing::virtual_world out(1, maker());
    rights_clock->shift_clock(out.now() - instant{});
    persistence::store_settings settings;
    settings.database_url = database().url();
    out.rights = [settings, clock = rights_clock, keys = out.keys] {
      return persistence::make_postgres_rights(settings, {}, keys, clock);
    };
    return out;
  }

  /// Nobody has ever written it: it is in no file and no constant of this program.
  [[nodiscard]] std::string new_prompt() {
    std::string text;
    for (int i = 0; i < 64; ++i)
      text += static_cast<char>('a' + world.chance() % 26);
    return text;
  }
  /// The upstreams are part of the test, and so is what they remember.
  void forget_upstreams() const {
    world.upstreams->moderated.clear();
    world.upstreams->moderated.shrink_to_fit();
    world.upstreams->drawn.clear();
    world.upstreams->drawn.shrink_to_fit();
  }
  [[nodiscard]] bool erase() {
    bool has_receipt = false;
    house.rights().erase(somebody.account, [&](const auto& receipt) { has_receipt = receipt.has_value(); });
    house.run();
    return has_receipt;
  }
};

} // namespace

} // namespace content_in_memory

BOOST_FIXTURE_TEST_SUITE(content_in_memory, fixture)

BOOST_AUTO_TEST_CASE(RIGHT_3_after_a_deletion_no_live_object_holds_what_the_person_wrote_or_got) {
  const tests::memory_search memory;
  auto text = new_prompt();
  const tests::needle drawn(text);
  auto answer = house.create(somebody, std::move(text));
  house.advance(5s);
  BOOST_REQUIRE(answer->final);
  BOOST_TEST((answer->final->row.state == generation_state::completed));
  BOOST_TEST_REQUIRE(answer->images.size() == 1u);
  BOOST_TEST(memory.count(drawn) >= 2); // prompt and image, with the caller: the search finds what is there

  world.upstreams->drawing = [](const auto&) { return turn{60s, {}}; };
  text = new_prompt();
  const tests::needle in_work(text);
  auto waits = house.create(somebody, std::move(text));
  house.advance(1s);
  BOOST_TEST_REQUIRE(world.upstreams->drawn.size() == 2u);
  forget_upstreams();
  answer.reset();
  BOOST_TEST(memory.count(in_work) >= 1); // with whoever works on it

  BOOST_TEST_REQUIRE(erase());
  house.advance(120s); // what was out comes back, and finds nothing
  BOOST_TEST(waits->ends == 1);
  waits.reset();
  BOOST_TEST(house.counts().live == 0);
  BOOST_TEST(memory.count(drawn) == 0);
  BOOST_TEST(memory.count(in_work) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::simulation
