#include "persistence/sealed_identity.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(sealed_identity)

using namespace easel;
using namespace easel::persistence;

namespace {

keyring ring() {
  return keyring::from_master(secret_text("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")).value();
}

template <class Id>
Id some_id(std::uint8_t last) {
  Id id;
  id.value.bytes.back() = last;
  return id;
}

const policies::identity_claims ada{"https://accounts.google.com", secret_text("1101"), secret_text("ada@example.org"),
                                    secret_text("Ada Lovelace")};

} // namespace

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_in_its_place_only) {
  const auto key = ring().new_content_key();
  const auto owner = some_id<account_id>(1);
  const auto sealed = seal_field(key, owner, person_field::email, ada.email);
  BOOST_TEST(sealed.find("ada") == std::string::npos);
  BOOST_TEST(open_field(key, owner, person_field::email, sealed).reveal() == "ada@example.org");
  BOOST_TEST(open_field(key, owner, person_field::name, sealed).empty());
  BOOST_TEST(open_field(key, some_id<account_id>(2), person_field::email, sealed).empty());
  BOOST_TEST(open_field(ring().new_content_key(), owner, person_field::email, sealed).empty());
}

BOOST_AUTO_TEST_CASE(claims_come_back_as_they_were) {
  const auto keys = ring();
  const auto id = some_id<sign_in_id>(1);
  for (auto claims : {ada, policies::identity_claims{"a", secret_text("1"), secret_text("a@b"), secret_text()}}) {
    const auto back = open_claims(keys.sign_in_key(), id, seal_claims(keys.sign_in_key(), id, claims));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST(back->issuer == claims.issuer);
    BOOST_TEST(back->subject.reveal() == claims.subject.reveal());
    BOOST_TEST(back->email.reveal() == claims.email.reveal());
    BOOST_TEST(back->name.reveal() == claims.name.reveal());
  }
}

BOOST_AUTO_TEST_CASE(claims_of_another_sign_in_do_not_open) {
  const auto keys = ring();
  const auto sealed = seal_claims(keys.sign_in_key(), some_id<sign_in_id>(1), ada);
  BOOST_TEST(!open_claims(keys.sign_in_key(), some_id<sign_in_id>(2), sealed).has_value());
  BOOST_TEST(!open_claims(keys.sign_in_key(), some_id<sign_in_id>(1), "").has_value());
  BOOST_TEST(open_verifier(keys.sign_in_key(), some_id<sign_in_id>(1), sealed).empty());
}

BOOST_AUTO_TEST_CASE(the_key_of_sign_ins_follows_from_the_master_key) {
  const auto other = keyring::from_master(secret_text(std::string(64, 'a'))).value();
  BOOST_TEST((ring().sign_in_key().bytes == ring().sign_in_key().bytes));
  BOOST_TEST((ring().sign_in_key().bytes != other.sign_in_key().bytes));
}

BOOST_AUTO_TEST_SUITE_END()
