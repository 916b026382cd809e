#include "policies/catalogue.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

BOOST_AUTO_TEST_SUITE(catalogues)

using namespace easel;
using namespace easel::policies;

namespace {

offer free_terms() {
  offer terms;
  terms.slug = "relay/image";
  terms.sizes = {"1024x1024", "auto"};
  terms.qualities = {"medium", "low"};
  terms.formats = {image_format::png, image_format::jpeg, image_format::webp};
  terms.partial_images = true;
  terms.prompt_limit = 10;
  for (const auto& size : terms.sizes)
    for (const auto& quality : terms.qualities)
      terms.prices[{size, quality}] = credits::unchecked(size == "auto" ? 7 : 5);
  return terms;
}

offer paid_terms() {
  auto terms = free_terms();
  terms.slug = "market/image";
  terms.sizes = {"1536x1024"};
  terms.qualities = {"auto", "high"};
  terms.transparent = true;
  terms.partial_images = false;
  terms.prompt_limit = 32000;
  terms.prices = {{{"1536x1024", "auto"}, credits::unchecked(11)}};
  return terms;
}

catalogue shop() {
  catalogue all;
  all.models.push_back({"paid-only", {}, {{tier::paid, paid_terms()}}});
  all.models.push_back({"both", {}, {{tier::free, free_terms()}, {tier::paid, paid_terms()}}});
  all.max_images = 4;
  return all;
}

generation_request asking(std::string prompt = "a boat") {
  generation_request request;
  request.prompt = secret_text(std::move(prompt));
  return request;
}

struct mistake {
  const char* field;
  const char* code;
  std::function<void(generation_request&)> make;
  const char* named = ""; ///< what the message must name
  tier of = tier::free;
};

void set_prompt(generation_request& request, std::string text) { request.prompt = secret_text(std::move(text)); }

const std::vector<mistake> mistakes{
  {"model", "model_not_found", [](auto& r) { r.model = "canary-model"; }},
  {"model", "model_not_found", [](auto& r) { r.model = "paid-only"; }},
  {"model", "model_not_found", [](auto& r) { r.model = ""; }},
  {"prompt", "missing_required_parameter", [](auto& r) { set_prompt(r, ""); }, "required"},
  {"prompt", "invalid_value", [](auto& r) { set_prompt(r, " \n\t\xe3\x80\x80"); }, "blank"},
  {"prompt", "invalid_value", [](auto& r) { set_prompt(r, "canary\xff"); }, "UTF-8"},
  {"prompt", "invalid_value", [](auto& r) { set_prompt(r, std::string("canary\0x", 8)); }, "U+0000"},
  {"prompt", "invalid_value", [](auto& r) { set_prompt(r, "canary 9012"); }, "at most 10 characters; it has 11"},
  {"n", "invalid_value", [](auto& r) { r.n = 0; }, "from 1 to 4"},
  {"n", "invalid_value", [](auto& r) { r.n = 5; }, "from 1 to 4"},
  {"n", "invalid_value", [](auto& r) { r.n = -1; }, "from 1 to 4"},
  {"size", "invalid_value", [](auto& r) { r.size = "canary"; }, "'1024x1024', 'auto'"},
  {"size", "invalid_value", [](auto& r) { r.size = ""; }, "'1024x1024', 'auto'"},
  {"size", "invalid_value", [](auto& r) { r.size = "auto"; }, "'1536x1024'", tier::paid},
  {"quality", "invalid_value", [](auto& r) { r.quality = "canary"; }, "'medium', 'low'"},
  {"quality", "invalid_value", [](auto& r) { r.quality = "high"; }, "'medium', 'low'"},
  {"quality", "invalid_value", [](auto& r) { r.quality = "high"; }, "'1536x1024'", tier::paid}, // listed, no price
  {"output_format", "invalid_value", [](auto& r) { r.output_format = "canary"; }, "'png', 'jpeg', 'webp'"},
  {"output_format", "invalid_value", [](auto& r) { r.output_format = "gif"; }, "'png', 'jpeg', 'webp'"},
  {"background", "invalid_value", [](auto& r) { r.background = "canary"; }, "'auto', 'opaque', 'transparent'"},
  {"background", "invalid_value", [](auto& r) { r.background = "transparent"; }, "transparent"},
  {"background", "invalid_value",
   [](auto& r) {
     r.background = "transparent";
     r.output_format = "jpeg";
   },
   "'png' or 'webp'", tier::paid},
  {"output_compression", "invalid_value", [](auto& r) { r.output_compression = 80; }, "'jpeg' or 'webp'"},
  {"output_compression", "invalid_value",
   [](auto& r) {
     r.output_compression = 101;
     r.output_format = "webp";
   },
   "from 0 to 100"},
  {"output_compression", "invalid_value",
   [](auto& r) {
     r.output_compression = -1;
     r.output_format = "jpeg";
   },
   "from 0 to 100"},
  {"partial_images", "invalid_value", [](auto& r) { r.partial_images = 4; }, "from 0 to 3"},
  {"partial_images", "invalid_value", [](auto& r) { r.partial_images = -1; }, "from 0 to 3"},
  {"partial_images", "invalid_value", [](auto& r) { r.partial_images = 4; }, "from 0 to 3", tier::paid},
};

} // namespace

BOOST_AUTO_TEST_CASE(every_mistake_names_its_field_and_bound_and_never_a_value) {
  const auto all = shop();
  for (const auto& each : mistakes) {
    auto request = asking();
    each.make(request);
    const auto plan = plan_generation(all, each.of, request);
    BOOST_TEST_CONTEXT(each.field << " naming " << each.named) {
      BOOST_TEST_REQUIRE(!plan);
      BOOST_TEST(plan.error().field == each.field);
      BOOST_TEST(plan.error().code == each.code);
      BOOST_TEST(plan.error().message.find(each.named) != std::string::npos);
      BOOST_TEST(plan.error().message.find("canary") == std::string::npos);
      BOOST_TEST(plan.error().message.back() == '.');
    }
  }
}

BOOST_AUTO_TEST_CASE(defaults_fill_what_was_not_said) {
  const auto plan = plan_generation(shop(), tier::free, asking()).value();
  generation_plan wanted;
  wanted.model = "both"; // the first that this tier is offered
  wanted.slug = "relay/image";
  wanted.size = "1024x1024";
  wanted.quality = "medium";
  wanted.background = "auto";
  wanted.price_each = credits::unchecked(5);
  BOOST_TEST((plan == wanted));
  BOOST_TEST(plan_generation(shop(), tier::paid, asking()).value().model == "paid-only");
}

BOOST_AUTO_TEST_CASE(everything_that_was_said_is_in_the_plan) {
  auto request = asking();
  request.model = "both";
  request.size = "auto";
  request.quality = "low";
  request.background = "opaque";
  request.output_format = "webp";
  request.output_compression = 85;
  request.n = 4;
  request.partial_images = 3;
  const auto plan = plan_generation(shop(), tier::free, request).value();
  BOOST_TEST(plan.size == "auto");
  BOOST_TEST(plan.quality == "low");
  BOOST_TEST(plan.background == "opaque");
  BOOST_TEST((plan.format == image_format::webp));
  BOOST_TEST(plan.compression.value() == 85);
  BOOST_TEST(plan.images == 4);
  BOOST_TEST(plan.partial_images == 3);
  BOOST_TEST(plan.price().value() == 28);
}

BOOST_AUTO_TEST_CASE(THIRD_1_each_tier_gets_its_own_slug_and_terms) {
  auto request = asking();
  request.model = "both";
  BOOST_TEST(plan_generation(shop(), tier::free, request).value().slug == "relay/image");
  BOOST_TEST(plan_generation(shop(), tier::paid, request).value().slug == "market/image");
}

BOOST_AUTO_TEST_CASE(quality_auto_is_the_default_unless_it_is_offered_itself) {
  auto request = asking();
  request.quality = "auto";
  BOOST_TEST(plan_generation(shop(), tier::free, request).value().quality == "medium");
  BOOST_TEST(plan_generation(shop(), tier::paid, request).value().quality == "auto");
}

BOOST_AUTO_TEST_CASE(previews_that_cannot_be_had_are_planned_as_none) {
  auto request = asking();
  request.partial_images = 2;
  BOOST_TEST(plan_generation(shop(), tier::free, request).value().partial_images == 2);
  BOOST_TEST(plan_generation(shop(), tier::paid, request).value().partial_images == 0);
}

BOOST_AUTO_TEST_CASE(transparency_goes_with_png_and_webp_where_it_is_offered) {
  auto request = asking();
  request.background = "transparent";
  for (const char* format : {"png", "webp"}) {
    request.output_format = format;
    BOOST_TEST(plan_generation(shop(), tier::paid, request).value().background == "transparent");
  }
}

BOOST_AUTO_TEST_CASE(compression_holds_at_both_ends_of_its_range) {
  auto request = asking();
  request.output_format = "jpeg";
  for (const int value : {0, 100}) {
    request.output_compression = value;
    BOOST_TEST(plan_generation(shop(), tier::free, request).value().compression.value() == value);
  }
}

BOOST_AUTO_TEST_CASE(a_prompt_is_measured_in_code_points) {
  std::string prompt;
  for (int i = 0; i < 10; ++i)
    prompt += "\xf0\x9f\x8e\xa8";
  BOOST_TEST(plan_generation(shop(), tier::free, asking(prompt)).has_value());
  BOOST_TEST(!plan_generation(shop(), tier::free, asking(prompt + "x")).has_value());
}

BOOST_AUTO_TEST_CASE(an_empty_shop_has_no_model) {
  BOOST_TEST(plan_generation({}, tier::free, asking()).error().code == "model_not_found");
  BOOST_TEST(catalogue{}.find("both") == nullptr);
  const auto all = shop();
  BOOST_TEST(all.find("both") == &all.models[1]);
  BOOST_TEST(all.find("BOTH") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
