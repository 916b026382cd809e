#include "policies/vocabulary/ids.hpp"
#include "policies/vocabulary/uuid.hpp"

#include "tests/policies/seeds.hpp"

#include <algorithm>
#include <unordered_set>

BOOST_AUTO_TEST_SUITE(uuids)

using namespace easel;
using namespace std::chrono_literals;
using easel::test::for_seeds;
using easel::test::seeded;

namespace {

uuid any_uuid(seeded& random) {
  uuid id;
  for (auto& byte : id.bytes)
    byte = random.between<std::uint8_t>(0, 255);
  return id;
}

std::array<std::uint8_t, 10> any_tail(seeded& random) {
  std::array<std::uint8_t, 10> tail;
  for (auto& byte : tail)
    byte = random.between<std::uint8_t>(0, 255);
  return tail;
}

constexpr instant noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

} // namespace

BOOST_AUTO_TEST_CASE(version_7_agrees_with_the_example_of_rfc_9562) {
  // Appendix A.6: 2022-02-22 19:22:22 UTC, rand_a 0xcc3, rand_b 0x18c4dc0c0c07398f.
  const auto at = instant(1645557742000ms);
  const auto id = make_uuid_v7(at, {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f});
  BOOST_TEST(to_string(id) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  BOOST_TEST((minted_at(id) == at));
}

BOOST_AUTO_TEST_CASE(version_and_variant_hold_whatever_the_randomness) {
  for_seeds(200, [](seeded& random) {
    const auto at = noon + duration(random.between<std::int64_t>(0, 1'000'000'000'000));
    const auto id = make_uuid_v7(at, any_tail(random));
    BOOST_TEST(id.bytes[6] >> 4 == 7);
    BOOST_TEST(id.bytes[8] >> 6 == 2);
    BOOST_TEST((minted_at(id) == std::chrono::floor<std::chrono::milliseconds>(at)));
  });
}

BOOST_AUTO_TEST_CASE(ids_of_a_later_millisecond_sort_later_in_every_form) {
  for_seeds(200, [](seeded& random) {
    const auto at = noon + duration(random.between<std::int64_t>(0, 1'000'000'000'000));
    const auto a = make_uuid_v7(at, any_tail(random));
    const auto b = make_uuid_v7(at + 1ms, any_tail(random));
    BOOST_TEST((a < b));
    BOOST_TEST(to_string(a) < to_string(b));
    BOOST_TEST(to_base32(a) < to_base32(b));
    BOOST_TEST((generation_id{a} < generation_id{b}));
  });
}

BOOST_AUTO_TEST_CASE(a_time_before_1970_counts_as_1970) {
  BOOST_TEST((minted_at(make_uuid_v7(instant(-1h), {})) == instant(0ms)));
}

BOOST_AUTO_TEST_CASE(both_texts_round_trip_and_keep_the_order) {
  for_seeds(500, [](seeded& random) {
    const auto a = any_uuid(random);
    const auto b = any_uuid(random);
    BOOST_TEST((parse_uuid(to_string(a)) == a));
    BOOST_TEST((parse_base32(to_base32(a)) == a));
    BOOST_TEST((a < b) == (to_base32(a) < to_base32(b)));
    BOOST_TEST((a < b) == (to_string(a) < to_string(b)));
  });
}

BOOST_AUTO_TEST_CASE(base_32_agrees_with_the_typeid_specification) {
  const auto known = parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057").value();
  BOOST_TEST(to_base32(known) == "01h455vb4pex5vsknk084sn02q");
  uuid last;
  last.bytes.fill(0xff);
  BOOST_TEST(to_base32(uuid{}) == "00000000000000000000000000");
  BOOST_TEST(to_base32(last) == "7zzzzzzzzzzzzzzzzzzzzzzzzz");
}

BOOST_AUTO_TEST_CASE(canonical_text_may_be_upper_case_but_nothing_else) {
  const std::string text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
  BOOST_TEST((parse_uuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F") == parse_uuid(text)));
  BOOST_TEST(!parse_uuid(""));
  BOOST_TEST(!parse_uuid(text.substr(1)));
  BOOST_TEST(!parse_uuid(text + "0"));
  BOOST_TEST(!parse_uuid("{" + text + "}"));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto wrong = text;
    wrong[i] = text[i] == '-' ? '0' : '-';
    BOOST_TEST(!parse_uuid(wrong));
    wrong[i] = 'g';
    BOOST_TEST(!parse_uuid(wrong));
  }
}

BOOST_AUTO_TEST_CASE(base_32_takes_its_own_alphabet_only) {
  const std::string text = "01h455vb4pex5vsknk084sn02q";
  for (const char c : std::string("ilouILOU-_ AZ\x7f\x80\xff") + '\0') {
    for (std::size_t i = 0; i < text.size(); ++i) {
      auto wrong = text;
      wrong[i] = c;
      BOOST_TEST(!parse_base32(wrong));
    }
  }
  BOOST_TEST(!parse_base32("8zzzzzzzzzzzzzzzzzzzzzzzzz")); // 131 bits
  BOOST_TEST(!parse_base32(text.substr(1)));
  BOOST_TEST(!parse_base32(text + "0"));
}

BOOST_AUTO_TEST_CASE(an_id_is_read_only_under_its_own_prefix) {
  for_seeds(50, [](seeded& random) {
    const generation_id id{any_uuid(random)};
    const auto text = to_string(id);
    BOOST_TEST(text.substr(0, 4) == "gen_");
    BOOST_TEST(text.size() == 30);
    BOOST_TEST((parse_id<generation_id>(text) == id));
    BOOST_TEST(!parse_id<image_id>(text));
    BOOST_TEST(!parse_id<generation_id>(text.substr(4)));
    BOOST_TEST(!parse_id<generation_id>("GEN_" + text.substr(4)));
    BOOST_TEST(!parse_id<generation_id>("gen-" + text.substr(4)));
    BOOST_TEST(!parse_id<generation_id>(text + "0"));
    BOOST_TEST(!parse_id<generation_id>(" " + text));
  });
  BOOST_TEST((parse_id<account_id>(to_string(account_id{})) == account_id{}));
  BOOST_TEST((parse_id<key_id>(to_string(key_id{})) == key_id{}));
}

BOOST_AUTO_TEST_CASE(ids_of_one_millisecond_hash_apart) {
  seeded random(5);
  std::unordered_set<std::size_t> hashes;
  for (int i = 0; i < 1000; ++i)
    hashes.insert(std::hash<image_id>{}(image_id{make_uuid_v7(noon, any_tail(random))}));
  BOOST_TEST(hashes.size() == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
