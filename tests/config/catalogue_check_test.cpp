#include "config/checks.hpp"
#include "config/load.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config {

BOOST_AUTO_TEST_SUITE(catalogue_check_suite)

namespace {

policies::catalogue changed(void (*change)(policies::catalogue&)) {
  auto catalogue = defaults().house.catalogue;
  change(catalogue);
  return catalogue;
}

/// The only complaint about a catalogue, or all of them when there is not exactly one.
std::string complaint(const policies::catalogue& catalogue) {
  std::string all;
  for (const auto& [key, reason] : check_catalogue(catalogue))
    all += key + ": " + reason + '\n';
  return all;
}

policies::offer& first_free(policies::catalogue& c) { return c.models.at(0).offers.at(tier::free); }

} // namespace

BOOST_AUTO_TEST_CASE(the_default_catalogue_holds_together) { BOOST_TEST(complaint(defaults().house.catalogue) == ""); }

BOOST_AUTO_TEST_CASE(there_is_at_least_one_model) {
  BOOST_TEST(complaint({}) == "model: at least one model is required\n");
}

BOOST_AUTO_TEST_CASE(the_default_model_is_offered_to_every_tier) {
  const auto without = changed([](auto& c) { c.models.at(0).offers.erase(tier::paid); });
  BOOST_TEST(complaint(without).find("model[0]: is the default of requests that name none") == 0u);
}

BOOST_AUTO_TEST_CASE(model_names_are_unique) {
  const auto twice = changed([](auto& c) { c.models.at(1).name = "gpt-image-2"; });
  BOOST_TEST(complaint(twice) == "model[1].name: names another model already: \"gpt-image-2\"\n");
}

BOOST_AUTO_TEST_CASE(sizes_are_auto_or_two_edges) {
  for (const auto* size : {"1024", "x", "1024x", "63x64", "4097x64", "1024X1024", "1024x1024x2", "-64x64"}) {
    auto catalogue = defaults().house.catalogue;
    auto& offer = first_free(catalogue);
    offer.sizes.emplace_back(size);
    offer.prices[{size, "low"}] = credits::unchecked(1);
    BOOST_TEST(complaint(catalogue).find("model[0].free.sizes: must be \"auto\" or") == 0u, size);
  }
}

BOOST_AUTO_TEST_CASE(every_size_has_a_price_and_every_price_is_on_offer) {
  const auto unpriced = changed([](auto& c) { first_free(c).sizes.emplace_back("512x512"); });
  BOOST_TEST(complaint(unpriced) == "model[0].free.prices: has no price for 512x512\n");
  const auto unoffered = changed([](auto& c) { first_free(c).prices[{"512x512", "low"}] = credits::unchecked(1); });
  BOOST_TEST(complaint(unoffered) == "model[0].free.prices: has a price for 512x512 in low, which is not offered\n");
  const auto no_default = changed([](auto& c) { first_free(c).prices.erase({"1024x1024", "medium"}); });
  BOOST_TEST(complaint(no_default) == "model[0].free.prices: has no price for the default size and quality\n");
}

BOOST_AUTO_TEST_CASE(an_offer_is_complete) {
  const auto empty = changed([](auto& c) { first_free(c) = {}; });
  const auto all = complaint(empty);
  for (const auto* key : {"slug", "sizes", "qualities", "formats", "prompt_limit"})
    BOOST_TEST(all.find("model[0].free." + std::string(key) + ": is required") != std::string::npos, key);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config
