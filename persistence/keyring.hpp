#pragma once

#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/ids.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace easel::persistence {

/// A 256-bit key that seals one account's content. Destroyed with the account (RIGHT-3).
struct content_key {
  std::array<std::uint8_t, 32> bytes{};
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

/// The keys of the service, derived from one master key (HKDF-SHA256). Immutable, any thread.
/// Sealing is AES-256-GCM: a random 96-bit nonce, then ciphertext, then a 128-bit tag.
class keyring {
public:
  /// `master` is 32 bytes, given as 64 hex digits or 44 characters of base64. The error is a sentence without the key.
  [[nodiscard]] static expected<keyring, std::string> from_master(const secret_text& master);

  [[nodiscard]] digest keyed_hash(hash_purpose purpose, std::string_view bytes) const;

  /// Compared at start with the value stored at the first start: a wrong master key refuses to start.
  [[nodiscard]] digest key_check() const;

  /// Seals what a sign-in keeps while there is no account yet.
  [[nodiscard]] const content_key& sign_in_key() const { return sign_in_; }

  [[nodiscard]] content_key new_content_key() const;
  [[nodiscard]] std::string wrap(const content_key& key, account_id owner) const;
  [[nodiscard]] std::optional<content_key> unwrap(std::string_view wrapped, account_id owner) const;

private:
  explicit keyring(std::array<std::uint8_t, 32> master);
  std::array<std::uint8_t, 32> wrapping_{};
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
