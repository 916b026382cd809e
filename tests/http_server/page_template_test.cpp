#include "http/server/pages/language.hpp"
#include "http/server/pages/page_template.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace easel::server;

namespace {

const std::map<std::string, std::string, std::less<>> files = {
  {"_foot", "<p>{{=foot}}</p>"}, {"_loop", "{{>_loop}}"}, {"_nested", "[{{>_foot}}]"}};
const std::map<std::string, std::string, std::less<>> texts = {
  {"foot", "Bread & butter"}, {"hello", "Hello {name}!"}, {"broken", "Hello {name"}};

lookup in(const std::map<std::string, std::string, std::less<>>& all) {
  return [&all](std::string_view name) {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  };
}

std::string filled(std::string_view source, const page_values& values = {}) {
  const auto made = page_template::compile(source, in(files), in(texts));
  return made ? made->fill(values) : "mistake: " + made.error();
}

} // namespace

BOOST_AUTO_TEST_SUITE(page_templates)

BOOST_AUTO_TEST_CASE(values_and_texts_are_escaped_wherever_they_stand) {
  const std::string hostile = R"(<script>"'&</script>)";
  const std::string escaped = "&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;";
  BOOST_TEST(filled("<p title=\"{{x}}\">{{x}}</p>", {{"x", hostile}})
             == "<p title=\"" + escaped + "\">" + escaped + "</p>");
  BOOST_TEST(filled("{{=foot}}") == "Bread &amp; butter");
  BOOST_TEST(filled("{{=hello}}", {{"name", hostile}}) == "Hello " + escaped + "!");
}

BOOST_AUTO_TEST_CASE(a_value_that_looks_like_a_template_stays_text) {
  BOOST_TEST(filled("{{x}}", {{"x", "{{y}} {{=foot}} {name}"}}) == "{{y}} {{=foot}} {name}");
  BOOST_TEST(filled("{{=hello}}", {{"name", "{name}"}}) == "Hello {name}!");
}

BOOST_AUTO_TEST_CASE(files_are_included_with_their_own_texts) {
  BOOST_TEST(filled("a{{>_nested}}b") == "a[<p>Bread &amp; butter</p>]b");
}

BOOST_AUTO_TEST_CASE(what_is_conditional_appears_only_with_its_value) {
  const std::string source = "({{?a}}A{{?b}}B{{/b}}{{/a}})";
  BOOST_TEST(filled(source) == "()");
  BOOST_TEST(filled(source, {{"a", ""}, {"b", "1"}}) == "()");
  BOOST_TEST(filled(source, {{"a", "1"}}) == "(A)");
  BOOST_TEST(filled(source, {{"a", "1"}, {"b", "1"}}) == "(AB)");
  BOOST_TEST(filled("{{?a}}{{a}}{{/a}}") == "", "a value that is not shown need not be there");
}

BOOST_AUTO_TEST_CASE(mistakes_of_a_template_are_found_when_it_is_compiled) {
  for (const std::string_view source : {"{{", "{{}}", "{{=none}}", "{{>none}}", "{{>_loop}}", "{{?a}}", "{{/a}}",
                                        "{{?a}}{{?b}}{{/a}}{{/b}}", "{{=broken}}"})
    BOOST_TEST(filled(source).substr(0, 8) == "mistake:", source);
}

BOOST_AUTO_TEST_CASE(a_missing_value_is_a_mistake_and_not_a_hole) {
  BOOST_CHECK_THROW((void)filled("{{x}}"), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(page_language)

BOOST_AUTO_TEST_CASE(the_persons_own_choice_wins) {
  BOOST_TEST(choose_language("de", "en") == "de");
  BOOST_TEST(choose_language("en", "de") == "en");
  BOOST_TEST(choose_language("fr", "de") == "de", "a choice that is none does not count");
}

BOOST_AUTO_TEST_CASE(else_the_browsers_preference_is_followed) {
  const std::vector<std::pair<std::string, std::string>> rows = {
    {"", "en"},
    {"de", "de"},
    {"DE-at", "de"},
    {"de-DE,de;q=0.9,en;q=0.8", "de"},
    {"en-GB,en;q=0.9,de;q=0.8", "en"},
    {"fr,de;q=0.5,en;q=0.4", "de"},
    {"en;q=0.2, de ; q=0.7", "de"},
    {"de;q=0", "en"},
    {"de;q=0.000,en;q=0.001", "en"},
    {"fr,es", "en"},
    {"*", "en"},
    {"deutsch", "en"},
    {"de;q=1.000", "de"},
  };
  for (const auto& [accepts, wanted] : rows)
    BOOST_TEST(choose_language(std::nullopt, accepts) == wanted, accepts);
}

BOOST_AUTO_TEST_CASE(nonsense_from_outside_is_english) {
  for (const std::string_view accepts : {";;;,,,", "de;q=", "de;q=2", "de;q", "de;q=-1", "de;x=1", "\t,;", "q=1;de"})
    BOOST_TEST(choose_language(std::nullopt, accepts) == "en", accepts);
}

BOOST_AUTO_TEST_SUITE_END()
