#include "policies/export_volumes.hpp"

#include "tests/policies/seeds.hpp"

#include <algorithm>
#include <map>
#include <ostream>

BOOST_AUTO_TEST_SUITE(export_volumes)

using namespace easel::policies;
using easel::test::for_seeds;
using std::chrono::year_month;

namespace {

constexpr year_month month_number(int n) {
  return year_month{std::chrono::year(2026), std::chrono::January} + std::chrono::months(n);
}

std::vector<image_weight> by_month(const std::vector<image_weight>& generations) {
  std::map<year_month, image_weight> sums;
  for (const auto& each : generations) {
    auto& sum = sums[each.month];
    sum.month = each.month;
    sum.bytes += each.bytes;
    sum.images += each.images;
  }
  std::vector<image_weight> months;
  for (const auto& [month, sum] : sums)
    months.push_back(sum);
  return months;
}

struct planned {
  std::vector<image_volume> volumes;
  std::vector<std::optional<std::size_t>> places; ///< of each generation
};

planned plan(const std::vector<image_weight>& generations, std::int64_t bound) {
  planned out;
  volume_planner planner(bound, by_month(generations));
  for (const auto& each : generations)
    out.places.push_back(planner.add(each));
  out.volumes = planner.volumes();
  return out;
}

std::vector<image_weight> some_generations(easel::test::seeded& random, std::int64_t bound) {
  std::vector<image_weight> generations;
  int month = 0;
  const auto largest = random.one_in(3) ? bound * 2 : bound / 10;
  for (int i = random.between(0, 60); i > 0; --i) {
    if (random.one_in(8))
      month += random.between(1, 2);
    const auto images = random.between(0, 10);
    generations.push_back({month_number(month), images == 0 ? 0 : random.between(std::int64_t{1}, largest), images});
  }
  return generations;
}

} // namespace

BOOST_AUTO_TEST_CASE(RIGHT_1_no_volume_is_larger_than_the_bound_and_each_image_is_in_one) {
  for_seeds(500, [](auto& random) {
    const auto bound = random.between(std::int64_t{1} << 20, std::int64_t{1} << 32);
    const auto generations = some_generations(random, bound);
    const auto found = plan(generations, bound);
    std::vector<image_volume> sums(found.volumes.size());
    std::vector<int> members(found.volumes.size());
    std::size_t before = 0;
    for (std::size_t i = 0; i < generations.size(); ++i) {
      const auto place = found.places[i];
      BOOST_TEST(place.has_value() == (generations[i].images > 0));
      if (!place)
        continue;
      BOOST_TEST_REQUIRE(*place < sums.size());
      BOOST_TEST(*place >= before); // in their order: a volume is a range
      before = *place;
      sums[*place].bytes += generations[i].bytes;
      sums[*place].images += generations[i].images;
      ++members[*place];
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const auto& volume = found.volumes[i];
      BOOST_TEST(volume.bytes == sums[i].bytes);
      BOOST_TEST(volume.images == sums[i].images);
      const bool fits = volume.bytes + volume.images * zip_bytes_of_image + zip_bytes_of_volume <= bound;
      BOOST_TEST((fits || members[i] == 1));
    }
  });
}

BOOST_AUTO_TEST_CASE(RIGHT_1_a_volume_is_whole_months_or_a_part_of_one) {
  for_seeds(500, [](auto& random) {
    const auto bound = random.between(std::int64_t{1} << 20, std::int64_t{1} << 24);
    const auto generations = some_generations(random, bound);
    const auto found = plan(generations, bound);
    std::map<year_month, int> volumes_of;
    for (const auto& volume : found.volumes)
      for (auto month = volume.first; month <= volume.last; month += std::chrono::months(1))
        ++volumes_of[month];
    for (const auto& volume : found.volumes)
      for (auto month = volume.first; volume.first != volume.last && month <= volume.last;
           month += std::chrono::months(1))
        BOOST_TEST(volumes_of[month] == 1, "a month is in two volumes, and one of them has other months as well");
    for (const auto& month : by_month(generations))
      if (packed(month) + zip_bytes_of_volume <= bound)
        BOOST_TEST(volumes_of[month.month] <= 1, "a month that fits is cut");
  });
}

BOOST_AUTO_TEST_CASE(RIGHT_1_months_share_a_volume_and_a_large_one_has_several) {
  constexpr std::int64_t mb = 1'000'000;
  const auto found = plan({{month_number(0), 600 * mb, 300},
                           {month_number(1), 700 * mb, 350},
                           {month_number(2), 1500 * mb, 700},
                           {month_number(2), 1500 * mb, 700},
                           {month_number(3), 10 * mb, 5}},
                          2000 * mb);
  BOOST_TEST_REQUIRE(found.volumes.size() == 4u);
  BOOST_TEST((found.volumes[0].first == month_number(0) && found.volumes[0].last == month_number(1)));
  BOOST_TEST((found.volumes[1].first == month_number(2) && found.volumes[1].last == month_number(2)));
  BOOST_TEST((found.volumes[2].first == month_number(2)));
  BOOST_TEST((found.volumes[3].first == month_number(3))); // not with a part of another
  BOOST_TEST(found.volumes[0].images == 650);
}

BOOST_AUTO_TEST_CASE(RIGHT_1_small_accounts_have_one_file) {
  BOOST_TEST(fits_one_file({}, 1 << 20));
  BOOST_TEST(fits_one_file({{month_number(0), 400'000, 10}, {month_number(1), 100'000, 1}}, 1 << 20));
  BOOST_TEST(!fits_one_file({{month_number(0), 400'000, 10}, {month_number(1), 200'000, 1}}, 1 << 20));
  BOOST_TEST(!fits_one_file({{month_number(0), 0, 1024}, {month_number(1), 0, 1}}, 1 << 20)); // names alone
}

BOOST_AUTO_TEST_SUITE_END()
