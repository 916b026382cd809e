#include "persistence/keyring.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <set>

BOOST_AUTO_TEST_SUITE(the_keyring)

using namespace easel;
using namespace easel::persistence;

namespace {

const std::string hex_master = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string base64_master = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

keyring ring_of(const std::string& text) { return keyring::from_master(secret_text(text)).value(); }

content_key key_of(std::uint8_t first) {
  content_key key;
  for (std::size_t i = 0; i < key.bytes.size(); ++i)
    key.bytes[i] = static_cast<std::uint8_t>(first + i);
  return key;
}

const auto* bytes_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hmac(const std::string& key, const std::string& message) {
  unsigned char out[32];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(message), message.size(), out, &size);
  return {reinterpret_cast<const char*>(out), size};
}

/// RFC 5869 spelled out for one block of output and no salt: extract, then expand.
std::string hkdf(const std::string& secret, const std::string& info) {
  const auto pseudorandom_key = hmac(std::string(32, '\0'), secret);
  return hmac(pseudorandom_key, info + '\x01');
}

std::string raw_master() {
  std::string raw;
  for (int i = 0; i < 32; ++i)
    raw.push_back(static_cast<char>(i));
  return raw;
}

/// AES-256-GCM by its textbook steps, without any of the code under test.
std::string gcm(const content_key& key, const std::string& nonce, const std::string& context,
                const std::string& plain) {
  auto* const cipher = EVP_CIPHER_CTX_new();
  std::string out(plain.size(), '\0');
  std::string tag(16, '\0');
  int n = 0;
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  BOOST_REQUIRE(EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nullptr, key.bytes.data(), bytes_of(nonce)) == 1);
  BOOST_REQUIRE(EVP_EncryptUpdate(cipher, nullptr, &n, bytes_of(context), static_cast<int>(context.size())) == 1);
  BOOST_REQUIRE(EVP_EncryptUpdate(cipher, to, &n, bytes_of(plain), static_cast<int>(plain.size())) == 1);
  BOOST_REQUIRE(EVP_EncryptFinal_ex(cipher, to + n, &n) == 1);
  BOOST_REQUIRE(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1);
  EVP_CIPHER_CTX_free(cipher);
  return out + tag;
}

std::string from_hex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string as_text(const digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

constexpr hash_purpose all_purposes[] = {
  hash_purpose::api_key,  hash_purpose::idempotency_key, hash_purpose::fingerprint,    hash_purpose::moderated_prompt,
  hash_purpose::callback, hash_purpose::key_check,       hash_purpose::cookie_token,   hash_purpose::sign_in_state,
  hash_purpose::subject,  hash_purpose::email,           hash_purpose::erasure_journal};

} // namespace

BOOST_AUTO_TEST_CASE(what_was_sealed_opens_whatever_its_size) {
  const auto key = key_of(1);
  std::string plain;
  for (std::size_t size = 0; size <= 300; ++size) {
    const auto sealed = seal(key, "row 1", plain);
    BOOST_REQUIRE(sealed.size() == plain.size() + seal_overhead);
    const auto opened = open(key, "row 1", sealed);
    BOOST_REQUIRE(opened.has_value());
    BOOST_REQUIRE(*opened == plain);
    plain.push_back(static_cast<char>(size * 7));
  }
}

BOOST_AUTO_TEST_CASE(a_large_picture_and_an_empty_context_seal_too) {
  const auto key = key_of(9);
  const std::string plain(5'000'001, 'p');
  BOOST_TEST((open(key, "", seal(key, "", plain)) == plain));
}

BOOST_AUTO_TEST_CASE(a_change_of_any_bit_is_noticed) {
  const auto key = key_of(1);
  const auto sealed = seal(key, "row 1", "a lighthouse");
  for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
    auto changed = sealed;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    BOOST_REQUIRE(!open(key, "row 1", changed).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_shortened_or_lengthened_message_is_noticed) {
  const auto key = key_of(1);
  const auto sealed = seal(key, "row 1", "a lighthouse");
  for (std::size_t size = 0; size < sealed.size(); ++size)
    BOOST_REQUIRE(!open(key, "row 1", std::string_view(sealed).substr(0, size)).has_value());
  BOOST_TEST(!open(key, "row 1", sealed + '\0').has_value());
}

BOOST_AUTO_TEST_CASE(another_context_or_key_opens_nothing) {
  const auto sealed = seal(key_of(1), "row 1", "a lighthouse");
  BOOST_TEST(!open(key_of(1), "row 2", sealed).has_value());
  BOOST_TEST(!open(key_of(1), "", sealed).has_value());
  BOOST_TEST(!open(key_of(2), "row 1", sealed).has_value());
  BOOST_TEST(open(key_of(1), "row 1", sealed).has_value());
}

BOOST_AUTO_TEST_CASE(equal_texts_seal_differently) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i)
    seen.insert(seal(key_of(1), "row 1", "a lighthouse"));
  BOOST_TEST(seen.size() == 200u);
}

BOOST_AUTO_TEST_CASE(sealing_is_aes_256_gcm_with_nonce_in_front_and_tag_behind) {
  const auto key = key_of(40);
  const auto sealed = seal(key, "row 1", "a lighthouse in the rain");
  BOOST_TEST((sealed.substr(12) == gcm(key, sealed.substr(0, 12), "row 1", "a lighthouse in the rain")));
}

// ------------------------------------------------------------------ one master key after another

BOOST_AUTO_TEST_CASE(a_ring_beside_another_opens_what_either_wrapped_and_wraps_by_either) {
  const auto before = ring_of(std::string(64, 'a')), after = ring_of(std::string(64, 'b'));
  const auto both = after.beside(before);
  const account_id owner{{{1, 2, 3}}};
  const auto key = key_of(5);
  BOOST_TEST((both.key_check() == after.key_check()));
  BOOST_TEST((both.key_checks() == std::vector<digest>{after.key_check(), before.key_check()}));
  BOOST_TEST((both.unwrap(before.wrap(key, owner), owner)->bytes == key.bytes));
  BOOST_TEST((both.unwrap(after.wrap(key, owner), owner)->bytes == key.bytes));
  BOOST_TEST((after.unwrap(both.wrap(key, owner), owner)->bytes == key.bytes));
  BOOST_TEST((before.unwrap(both.wrap(key, owner, before.key_check()).value(), owner)->bytes == key.bytes));
  BOOST_TEST(!before.unwrap(both.wrap(key, owner), owner).has_value());
  BOOST_TEST(!both.wrap(key, owner, ring_of(hex_master).key_check()).has_value());
}

BOOST_AUTO_TEST_CASE(what_outlives_a_master_key_is_the_same_under_the_next_ones) {
  const auto first = ring_of(std::string(64, 'a')), second = ring_of(std::string(64, 'b')),
             third = ring_of(std::string(64, 'c'));
  const auto sealed = second.with_lasting_keys_of(first).seal_lasting_keys();
  const auto now = second.with_lasting_keys(sealed).value();
  const auto later = third.with_lasting_keys(third.with_lasting_keys_of(now).seal_lasting_keys()).value();
  for (const auto purpose : all_purposes) {
    BOOST_TEST((now.keyed_hash(purpose, "x") == first.keyed_hash(purpose, "x")));
    BOOST_TEST((later.keyed_hash(purpose, "x") == first.keyed_hash(purpose, "x")));
    BOOST_TEST((now.keyed_hash(purpose, "x") != second.keyed_hash(purpose, "x")));
  }
  BOOST_TEST((later.sign_in_key().bytes == first.sign_in_key().bytes));
  BOOST_TEST((now.key_check() == second.key_check())); // that is the master key's own
  BOOST_TEST((later.key_check() == third.key_check()));
}

BOOST_AUTO_TEST_CASE(what_outlives_a_master_key_is_opened_by_the_one_that_sealed_it_alone) {
  const auto first = ring_of(std::string(64, 'a')), second = ring_of(std::string(64, 'b'));
  const auto sealed = second.with_lasting_keys_of(first).seal_lasting_keys();
  BOOST_TEST(!first.with_lasting_keys(sealed).has_value());
  BOOST_TEST(first.beside(second).with_lasting_keys(sealed).has_value());
  for (std::size_t i = 0; i < sealed.size(); i += 7) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    BOOST_TEST(!second.with_lasting_keys(changed).has_value());
  }
  BOOST_TEST(!second.with_lasting_keys("").has_value());
  BOOST_TEST(!second.with_lasting_keys(second.wrap(key_of(1), account_id{})).has_value());
}

BOOST_AUTO_TEST_CASE(a_hash_that_came_into_use_after_a_rotation_stays_the_same_after_the_next) {
  const auto second = ring_of(std::string(64, 'b')), third = ring_of(std::string(64, 'c'));
  // As an earlier version sealed them, which knew one purpose less: its root, its key of sign-ins, ten hashes.
  const auto raw = from_hex(std::string(64, 'a'));
  std::string plain = hkdf(raw, "easel.lasting.1") + hkdf(raw, "easel.seal.sign-in.1");
  for (const auto* label : {"api-key", "idempotency-key", "fingerprint", "moderated-prompt", "callback", "key-check",
                            "cookie-token", "sign-in-state", "subject", "email"})
    plain += hkdf(raw, std::string("easel.hash.") + label + ".1");
  content_key wrapping;
  const auto derived = hkdf(from_hex(std::string(64, 'b')), "easel.wrap.1");
  std::copy(derived.begin(), derived.end(), wrapping.bytes.begin());
  const auto now = second.with_lasting_keys(seal(wrapping, "easel lasting keys", plain)).value();
  const auto later = third.with_lasting_keys_of(now);
  BOOST_TEST(
    (now.keyed_hash(hash_purpose::email, "x") == ring_of(std::string(64, 'a')).keyed_hash(hash_purpose::email, "x")));
  const auto newest = now.keyed_hash(hash_purpose::erasure_journal, "x");
  BOOST_TEST(as_text(newest) == hmac(hkdf(hkdf(raw, "easel.lasting.1"), "easel.hash.erasure-journal.1"), "x"));
  BOOST_TEST(
    (third.with_lasting_keys(later.seal_lasting_keys())->keyed_hash(hash_purpose::erasure_journal, "x") == newest));
}

BOOST_AUTO_TEST_CASE(a_master_key_goes_by_the_beginning_of_its_check) {
  const auto ring = ring_of(hex_master);
  const auto name = master_key_name(ring.key_check());
  BOOST_TEST(name.size() == 16u);
  BOOST_TEST(name.find_first_not_of("0123456789abcdef") == std::string::npos);
  BOOST_TEST(name != master_key_name(ring_of(std::string(64, 'b')).key_check()));
}

BOOST_AUTO_TEST_CASE(both_spellings_of_a_master_key_are_one_key) {
  BOOST_TEST((ring_of(hex_master).key_check() == ring_of(base64_master).key_check()));
  auto upper = hex_master;
  for (auto& c : upper)
    c = static_cast<char>(std::toupper(c));
  BOOST_TEST((ring_of(upper).key_check() == ring_of(hex_master).key_check()));
  auto other = hex_master;
  other.back() = '0';
  BOOST_TEST((ring_of(other).key_check() != ring_of(hex_master).key_check()));
}

BOOST_AUTO_TEST_CASE(a_bad_master_key_is_explained_without_being_shown) {
  auto bad_digit = hex_master;
  bad_digit[10] = 'g';
  auto bad_base64 = base64_master;
  bad_base64[10] = '*';
  const std::string wrong_size = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn"; // 33 bytes in 44 characters
  for (const auto& text : {std::string(), std::string("secret"), hex_master + "00", hex_master + "\n", bad_digit,
                           bad_base64, wrong_size, std::string(44, '='), std::string(64, '\0')}) {
    const auto ring = keyring::from_master(secret_text(text));
    BOOST_REQUIRE(!ring.has_value());
    BOOST_TEST(!ring.error().empty());
    for (std::size_t i = 0; i + 6 <= text.size(); ++i)
      BOOST_REQUIRE(ring.error().find(text.substr(i, 6)) == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(keyed_hashes_are_hmac_sha256_under_hkdf_subkeys) {
  const auto ring = ring_of(hex_master);
  const auto subkey = hkdf(raw_master(), "easel.hash.api-key.1");
  for (const auto& text : {std::string(), std::string("esl_abc"), std::string(1000, 'x')})
    BOOST_TEST((as_text(ring.keyed_hash(hash_purpose::api_key, text)) == hmac(subkey, text)));
  BOOST_TEST((as_text(ring.keyed_hash(hash_purpose::fingerprint, "b"))
              == hmac(hkdf(raw_master(), "easel.hash.fingerprint.1"), "b")));
}

BOOST_AUTO_TEST_CASE(equal_texts_never_match_across_purposes) {
  const auto ring = ring_of(hex_master);
  std::set<digest> seen;
  for (const auto purpose : all_purposes)
    seen.insert(ring.keyed_hash(purpose, "the same text"));
  BOOST_TEST(seen.size() == std::size(all_purposes));
}

BOOST_AUTO_TEST_CASE(two_keyrings_in_one_thread_do_not_mix) {
  auto other_master = hex_master;
  other_master[0] = 'f';
  const auto a = ring_of(hex_master);
  const auto b = ring_of(other_master);
  const auto first = a.keyed_hash(hash_purpose::api_key, "text");
  BOOST_TEST((b.keyed_hash(hash_purpose::api_key, "text") != first));
  BOOST_TEST((a.keyed_hash(hash_purpose::api_key, "text") == first));
  BOOST_TEST((a.keyed_hash(hash_purpose::api_key, "text") == first));
}

BOOST_AUTO_TEST_CASE(a_content_key_unwraps_for_its_owner_only) {
  const auto ring = ring_of(hex_master);
  account_id owner;
  owner.value.bytes[15] = 1;
  account_id other;
  other.value.bytes[15] = 2;
  const auto key = ring.new_content_key();
  const auto wrapped = ring.wrap(key, owner);
  const auto unwrapped = ring.unwrap(wrapped, owner);
  BOOST_REQUIRE(unwrapped.has_value());
  BOOST_TEST((unwrapped->bytes == key.bytes));
  BOOST_TEST(!ring.unwrap(wrapped, other).has_value());
  BOOST_TEST(!ring.unwrap(wrapped.substr(1), owner).has_value());
  BOOST_TEST(!ring.unwrap("", owner).has_value());
  BOOST_TEST(!ring_of(std::string(64, 'a')).unwrap(wrapped, owner).has_value());
  BOOST_TEST((ring.new_content_key().bytes != key.bytes));
}

BOOST_AUTO_TEST_CASE(random_bytes_fill_every_size_and_do_not_repeat) {
  std::set<std::string> seen;
  for (std::size_t size = 16; size <= 600; ++size) {
    std::string bytes(size, '\0');
    fill_random(reinterpret_cast<std::uint8_t*>(bytes.data()), size);
    seen.insert(bytes.substr(0, 16));
    seen.insert(bytes.substr(size - 16));
  }
  BOOST_TEST(seen.size() == 585u * 2u - 1u); // the two ends of 16 bytes are one
}

BOOST_AUTO_TEST_SUITE_END()
