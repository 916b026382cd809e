#include "policies/device_label.hpp"

#include "tests/policies/seeds.hpp"

BOOST_AUTO_TEST_SUITE(device_labels)

using namespace easel;
using namespace easel::policies;
using easel::test::for_seeds;
using easel::test::seeded;

namespace {

struct sample {
  const char* user_agent;
  const char* label;
};

constexpr sample samples[] = {
  {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"},
  {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
   "Chrome on Windows"},
  {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 "
   "Edg/126.0.0.0",
   "Edge on Windows"},
  {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
   "Safari/605.1.15",
   "Safari on macOS"},
  {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
   "CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
   "Chrome on iOS"},
  {"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
   "Mobile/15E148 Safari/604.1",
   "Safari on iPadOS"},
  {"Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 "
   "Chrome/121.0.0.0 Mobile Safari/537.36",
   "Samsung Internet on Android"},
  {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
   "Chrome on ChromeOS"},
  {"Mozilla/5.0 (Linux; Android 14) WebView", "a browser on Android"},
  {"Firefox/1", "Firefox"},
  {"curl/7.88.1", "an unknown device"},
  {"", "an unknown device"},
};

} // namespace

BOOST_AUTO_TEST_CASE(known_browsers_and_systems_have_their_names) {
  for (const auto& each : samples)
    BOOST_TEST(device_label(each.user_agent) == each.label);
}

BOOST_AUTO_TEST_CASE(what_stands_behind_the_first_512_bytes_is_not_looked_at) {
  BOOST_TEST(device_label(std::string(512, ' ') + "Firefox/128.0 Linux") == "an unknown device");
}

BOOST_AUTO_TEST_CASE(TECH_1_a_label_holds_nothing_of_an_invented_user_agent) {
  for_seeds(500, [](seeded& random) {
    std::string text = "canary ";
    for (int i = 0; i < 60; ++i) {
      const auto& piece = samples[random.between<std::size_t>(0, std::size(samples) - 1)];
      const std::string_view all(piece.user_agent);
      text += all.substr(0, random.between<std::size_t>(0, all.size()));
      text += random.between<char>(-128, 127);
    }
    const auto label = device_label(text);
    BOOST_TEST(label.size() <= longest_device_label);
    BOOST_TEST(label.find("canary") == std::string::npos);
    BOOST_TEST(label.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ") == std::string::npos);
  });
}

BOOST_AUTO_TEST_SUITE_END()
