#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/ids.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace easel::persistence {

/// A 256-bit key that seals one account's content. Destroyed with the account (RIGHT-3), so each copy in memory is
/// wiped when it ends.
struct content_key {
  std::array<std::uint8_t, 32> bytes{};

  ~content_key();
};

/// What a keyed hash is for. Each purpose has a subkey of its own, so equal inputs never match across purposes.
enum class hash_purpose {
  api_key,
  idempotency_key,
  fingerprint,
  moderated_prompt,
  callback,
  key_check,
  cookie_token, ///< of a sign-in under way and of a session: one cookie, one namespace (COOKIE-1)
  sign_in_state,
  subject, ///< policies::subject_source
  email,   ///< policies::email_source
  erasure_journal,
};

/// As operators and logs see a master key: the first 16 hex digits of its key check, which says nothing about it.
[[nodiscard]] std::string master_key_name(const digest& key_check);

/// The keys of the service, derived from one master key (HKDF-SHA256). Immutable, any thread.
/// What wraps content keys ends with its master key; the others outlive it, because nothing could hash the same value
/// again or seal the same bytes anew: docs/decisions/0024-keys-that-end.md. Sealing is AES-256-GCM: a random 96-bit
/// nonce, then ciphertext, then a 128-bit tag.
class keyring {
public:
  /// `master` is 32 bytes, given as 64 hex digits or 44 characters of base64. The error is a sentence without the key.
  /// Everything is derived from it, as before the first rotation; see open_keyring.
  [[nodiscard]] static expected<keyring, std::string> from_master(const secret_text& master);

  [[nodiscard]] digest keyed_hash(hash_purpose purpose, std::string_view bytes) const;

  /// What its master key is known by: the database keeps that of the key in force, so that a wrong one is refused.
  [[nodiscard]] const digest& key_check() const { return wrapping_.front().check; }
  /// Of each master key whose content keys it opens, its own first.
  [[nodiscard]] std::vector<digest> key_checks() const;

  /// As this ring, and it opens and wraps with the master key of `before` as well.
  [[nodiscard]] keyring beside(const keyring& before) const;
  /// As this ring, with the keys of `other` that outlive a master key.
  [[nodiscard]] keyring with_lasting_keys_of(const keyring& other) const;
  /// The same, when they were sealed by one of this ring's master keys; nothing when they were not.
  [[nodiscard]] std::optional<keyring> with_lasting_keys(std::string_view sealed) const;
  /// The keys that outlive a master key, sealed by this ring's own one.
  [[nodiscard]] std::string seal_lasting_keys() const;

  /// Seals what a sign-in keeps while there is no account yet.
  [[nodiscard]] const content_key& sign_in_key() const { return sign_in_; }

  [[nodiscard]] content_key new_content_key() const;
  [[nodiscard]] std::string wrap(const content_key& key, account_id owner) const;
  /// By the master key with that key check; nothing when this ring has none such.
  [[nodiscard]] std::optional<std::string> wrap(const content_key& key, account_id owner, const digest& by) const;
  [[nodiscard]] std::optional<content_key> unwrap(std::string_view wrapped, account_id owner) const;

private:
  struct wrapping_key {
    digest check{};
    content_key key;
  };

  explicit keyring(std::array<std::uint8_t, 32> master);
  std::vector<wrapping_key> wrapping_;           ///< never empty
  std::array<std::uint8_t, 32> root_of_later_{}; ///< of hashes that come into use after a rotation
  content_key sign_in_;
  std::array<std::array<std::uint8_t, 32>, 11> hashing_{};
};

/// Bytes added by sealing.
inline constexpr std::size_t seal_overhead = 12 + 16;

/// Seals `plain` in one pass into a fresh buffer. `context` is authenticated, not stored: row identity, so that
/// sealed values cannot be swapped between rows.
[[nodiscard]] std::string seal(const content_key& key, std::string_view context, std::string_view plain);
/// The same, appended to `out`.
void append_sealed(std::string& out, const content_key& key, std::string_view context, std::string_view plain);
/// Nothing when key, context or bytes are not what was sealed.
[[nodiscard]] std::optional<std::string> open(const content_key& key, std::string_view context,
                                              std::string_view sealed);

/// Random bytes from the operating system's generator, for ids, keys and tokens. Throws when there are none.
void fill_random(std::uint8_t* out, std::size_t size);

} // namespace easel::persistence
