#include "config/load.hpp"
#include "field_lister.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

namespace easel::config {

BOOST_AUTO_TEST_SUITE(defaults_suite)

BOOST_AUTO_TEST_CASE(the_defaults_in_code_are_those_of_the_documented_file) {
  const auto code = list_fields(settings{});
  const auto file = list_fields(defaults());
  for (const auto& [key, value] : code) {
    BOOST_TEST_CONTEXT(key) {
      BOOST_REQUIRE(file.count(key) == 1);
      BOOST_TEST(file.at(key) == value);
    }
  }
  for (const auto& [key, value] : file)
    BOOST_TEST((code.count(key) == 1 || key.rfind("model[", 0) == 0), key << " has no default in code");
}

/// The last word of a key's path, without the index of a list.
std::string last_word(const std::string& key) {
  const auto dot = key.rfind('.');
  return dot == std::string::npos ? key : key.substr(dot + 1);
}

BOOST_AUTO_TEST_CASE(every_key_stands_in_the_documented_file_with_a_comment) {
  auto all = defaults();
  all.upstreams.sub2api.push_back(default_sub2api());
  all.upstreams.kie.push_back(default_kie());
  std::istringstream in{std::string(default_text())};
  std::string line;
  listing documented; // key word → the line that sets it
  while (std::getline(in, line)) {
    auto from = line.find_first_not_of("# ");
    const auto equals = line.find(" = ");
    if (from != std::string::npos && equals != std::string::npos && equals > from)
      documented.emplace(line.substr(from, equals - from), line);
  }
  for (const auto& [key, value] : list_fields(all)) {
    const auto word = last_word(key);
    if (key.find(".prices.") == std::string::npos && word != "thresholds")
      BOOST_TEST(documented.count(word) == 1, key << " is not in config/easel.toml");
  }
}

BOOST_AUTO_TEST_CASE(the_default_catalogue_offers_the_default_model_to_both_tiers) {
  const auto catalogue = defaults().house.catalogue;
  BOOST_REQUIRE(!catalogue.models.empty());
  const auto& model = catalogue.models.front();
  BOOST_TEST(model.name == "gpt-image-2");
  BOOST_TEST(model.offers.at(tier::free).slug == "gpt-image-2");
  BOOST_TEST(model.offers.at(tier::paid).slug == "gpt-image-2-text-to-image");
  BOOST_TEST(model.offers.at(tier::free).sizes.front() == "1024x1024");
  BOOST_TEST(to_string(instant(model.created)) == "2026-04-21T00:00:00.000Z");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config
