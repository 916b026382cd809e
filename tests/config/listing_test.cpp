#include "config/listing.hpp"
#include "field_lister.hpp"
#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::config {

BOOST_AUTO_TEST_SUITE(listing_suite)

namespace {

const listed_setting* find(const std::vector<listed_setting>& all, std::string_view key) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.key == key; });
  return found == all.end() ? nullptr : &*found;
}

settings in_production() { return load_text(test::production, "easel.toml", test::production_environment).value(); }

} // namespace

BOOST_AUTO_TEST_CASE(every_key_of_the_schema_is_listed_once) {
  const auto all = in_production();
  const auto listed = list_settings(all);
  BOOST_TEST(listed.size() == list_fields(all).size());
  for (const auto& [key, value] : list_fields(all))
    BOOST_TEST(find(listed, key) != nullptr, key);
}

BOOST_AUTO_TEST_CASE(nothing_of_a_secret_is_told_whatever_its_key_is_called) {
  // Each field of the type of a secret gets a value of its own; none of them may be in the list.
  auto all = in_production();
  const std::string mark = "mark-of-a-secret";
  all.operators.token = secret_text(mark);
  all.keys.master = secret_text(mark);
  all.google.client_secret = secret_text(mark);
  all.stripe.key = all.stripe.webhook_secret = all.stripe.old_webhook_secret = secret_text(mark);
  all.store.database_url = "postgresql://easel:" + mark + "@db/easel";
  all.upstreams.moderation.key = secret_text(mark);
  for (auto* list : {&all.upstreams.sub2api, &all.upstreams.kie})
    for (auto& one : *list)
      one.key = one.webhook_key = secret_text(mark);
  int secrets = 0;
  for (const auto& one : list_settings(all)) {
    BOOST_TEST(one.value.find(mark) == std::string::npos, one.key);
    if (one.is_secret) {
      ++secrets;
      BOOST_TEST((one.value == "set" || one.value == "not set"), one.key);
    }
  }
  BOOST_TEST(secrets >= 10);
  BOOST_TEST(find(list_settings(all), "database.url")->value == "set");
}

BOOST_AUTO_TEST_CASE(a_name_and_password_within_an_address_are_left_out) {
  auto all = in_production();
  auto& relay = all.upstreams.sub2api.front();
  relay.base_url = "https://user:word@relay.example.net/v1?at=@x";
  const auto listed = list_settings(all);
  const auto* found = find(listed, "upstream.sub2api[0].base_url");
  BOOST_REQUIRE(found != nullptr);
  BOOST_TEST(found->value == "\"https://…@relay.example.net/v1?at=@x\"");
}

BOOST_AUTO_TEST_CASE(what_is_as_built_in_is_told_apart_from_what_was_changed) {
  auto all = in_production();
  BOOST_TEST(find(list_settings(all), "server.port")->is_default);
  all.public_listener.port = 9999;
  const auto listed = list_settings(all);
  BOOST_TEST(find(listed, "server.port")->value == "9999");
  BOOST_TEST(!find(listed, "server.port")->is_default);
  BOOST_TEST(!find(listed, "upstream.kie[0].label")->is_default);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::config
