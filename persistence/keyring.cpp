#include "persistence/keyring.hpp"

#include "policies/vocabulary/base64.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace easel::persistence {

namespace {

using key_bytes = std::array<std::uint8_t, 32>;

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
static_assert(nonce_size + tag_size == seal_overhead);

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};

using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, freed_by<EVP_CIPHER_CTX_free>>;
using mac_context = std::unique_ptr<EVP_MAC_CTX, freed_by<EVP_MAC_CTX_free>>;
using mac_algorithm = std::unique_ptr<EVP_MAC, freed_by<EVP_MAC_free>>;
using kdf_algorithm = std::unique_ptr<EVP_KDF, freed_by<EVP_KDF_free>>;
using kdf_context = std::unique_ptr<EVP_KDF_CTX, freed_by<EVP_KDF_CTX_free>>;

/// Out of memory, or a libcrypto without the algorithm: nothing a caller could handle.
void require(bool ok, const char* step) {
  if (!ok)
    throw std::runtime_error(std::string("libcrypto failed in ") + step);
}

const std::uint8_t* as_bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
std::uint8_t* as_bytes(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

int as_length(std::size_t size) {
  require(size <= static_cast<std::size_t>(INT_MAX), "a length");
  return static_cast<int>(size);
}

// ---------------------------------------------------------------- derivation

key_bytes derive(const key_bytes& master, std::string_view label) {
  static const kdf_algorithm hkdf{EVP_KDF_fetch(nullptr, "HKDF", nullptr)};
  kdf_context context{EVP_KDF_CTX_new(hkdf.get())};
  require(context != nullptr, "HKDF");
  char hash[] = "SHA256";
  // OSSL_PARAM wants mutable pointers for input, too; nothing is written through them.
  const OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<std::uint8_t*>(master.data()), master.size()),
    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<char*>(label.data()), label.size()),
    OSSL_PARAM_construct_end(),
  };
  key_bytes out;
  require(EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) == 1, "HKDF");
  return out;
}

/// The `info` of each subkey; a label names one use for ever, and further ones come last.
constexpr std::string_view wrapping_label = "easel.wrap.1";
constexpr std::string_view root_label = "easel.lasting.1";
constexpr std::string_view lasting_context = "easel lasting keys";
constexpr std::string_view sign_in_label = "easel.seal.sign-in.1";
constexpr std::array<std::string_view, 11> hashing_labels{
  "easel.hash.api-key.1",         "easel.hash.idempotency-key.1",
  "easel.hash.fingerprint.1",     "easel.hash.moderated-prompt.1",
  "easel.hash.callback.1",        "easel.hash.key-check.1",
  "easel.hash.cookie-token.1",    "easel.hash.sign-in-state.1",
  "easel.hash.subject.1",         "easel.hash.email.1",
  "easel.hash.erasure-journal.1",
};

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode_hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

// ---------------------------------------------------------------- keyed hashes

/// HMAC-SHA256 whose padded key blocks stay hashed between calls: keying afresh would cost more than a short message.
class keyed_mac {
public:
  digest operator()(const key_bytes& key, std::string_view bytes) {
    start(key);
    digest out;
    std::size_t size = 0;
    require(EVP_MAC_update(context_.get(), as_bytes(bytes), bytes.size()) == 1
              && EVP_MAC_final(context_.get(), out.data(), &size, out.size()) == 1 && size == out.size(),
            "HMAC");
    return out;
  }

private:
  void start(const key_bytes& key) {
    if (context_ && key == key_) {
      require(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1, "HMAC");
      return;
    }
    static const mac_algorithm hmac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    context_.reset(EVP_MAC_CTX_new(hmac.get()));
    require(context_ != nullptr, "HMAC");
    char hash[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
                                     OSSL_PARAM_construct_end()};
    require(EVP_MAC_init(context_.get(), key.data(), key.size(), parameters) == 1, "HMAC");
    key_ = key;
  }

  mac_context context_;
  key_bytes key_{};
};

// ---------------------------------------------------------------- AES-256-GCM

const EVP_CIPHER* aes_256_gcm() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  require(cipher != nullptr, "AES-256-GCM");
  return cipher;
}

/// The cipher of this thread: making one costs more than sealing a prompt. The schedule that it makes of a key holds
/// the key itself, so it is given another one when it has been used: no thread keeps the key of a deleted account.
class borrowed_cipher {
public:
  borrowed_cipher() { require(get() != nullptr, "AES-256-GCM"); }
  ~borrowed_cipher() {
    constexpr std::array<std::uint8_t, 32> no_key{};
    constexpr std::array<std::uint8_t, nonce_size> no_nonce{};
    if (EVP_EncryptInit_ex2(get(), aes_256_gcm(), no_key.data(), no_nonce.data(), nullptr) != 1)
      EVP_CIPHER_CTX_reset(get());
  }
  borrowed_cipher(const borrowed_cipher&) = delete;
  borrowed_cipher& operator=(const borrowed_cipher&) = delete;

  operator EVP_CIPHER_CTX*() const { return get(); }

private:
  static EVP_CIPHER_CTX* get() {
    thread_local const cipher_context context{EVP_CIPHER_CTX_new()};
    return context.get();
  }
};

std::string context_of(account_id owner) {
  std::string context = "easel content key ";
  context.append(reinterpret_cast<const char*>(owner.value.bytes.data()), owner.value.bytes.size());
  return context;
}

} // namespace

// ---------------------------------------------------------------- the keyring

content_key::~content_key() { OPENSSL_cleanse(bytes.data(), bytes.size()); }

std::string master_key_name(const digest& key_check) {
  std::string name;
  for (std::size_t i = 0; i < 8; ++i) {
    name += "0123456789abcdef"[key_check[i] >> 4];
    name += "0123456789abcdef"[key_check[i] & 15];
  }
  return name;
}

keyring::keyring(std::array<std::uint8_t, 32> master)
    : root_of_later_(derive(master, root_label)), sign_in_{derive(master, sign_in_label)} {
  for (std::size_t i = 0; i < hashing_.size(); ++i)
    hashing_[i] = derive(master, hashing_labels[i]);
  wrapping_.push_back({keyed_hash(hash_purpose::key_check, "easel key check"), {derive(master, wrapping_label)}});
}

expected<keyring, std::string> keyring::from_master(const secret_text& master) {
  const std::string& text = master.reveal();
  std::optional<std::string> bytes;
  if (text.size() == 64)
    bytes = decode_hex(text);
  else if (text.size() == 44)
    bytes = decode_base64(text);
  else
    return unexpected(std::string("the master key must be 64 hex digits or 44 characters of base64 (32 bytes), not ")
                      + std::to_string(text.size()) + " characters");
  if (!bytes)
    return unexpected(std::string("the master key has a character that is not ")
                      + (text.size() == 64 ? "a hex digit" : "base64"));
  if (bytes->size() != 32)
    return unexpected("the master key must be 32 bytes, but its base64 holds " + std::to_string(bytes->size()));
  key_bytes key;
  std::memcpy(key.data(), bytes->data(), key.size());
  OPENSSL_cleanse(bytes->data(), bytes->size());
  keyring ring(key);
  OPENSSL_cleanse(key.data(), key.size());
  return ring;
}

digest keyring::keyed_hash(hash_purpose purpose, std::string_view bytes) const {
  thread_local std::array<keyed_mac, hashing_labels.size()> macs;
  const auto which = static_cast<std::size_t>(purpose);
  return macs.at(which)(hashing_.at(which), bytes);
}

std::vector<digest> keyring::key_checks() const {
  std::vector<digest> checks;
  for (const auto& each : wrapping_)
    checks.push_back(each.check);
  return checks;
}

keyring keyring::beside(const keyring& before) const {
  auto both = *this;
  for (const auto& each : before.wrapping_)
    both.wrapping_.push_back(each);
  return both;
}

keyring keyring::with_lasting_keys_of(const keyring& other) const {
  auto ring = *this;
  ring.root_of_later_ = other.root_of_later_;
  ring.sign_in_ = other.sign_in_;
  ring.hashing_ = other.hashing_;
  return ring;
}

std::string keyring::seal_lasting_keys() const {
  std::string plain;
  plain.reserve((2 + hashing_.size()) * sizeof(key_bytes));
  const auto add = [&](const key_bytes& key) { plain.append(reinterpret_cast<const char*>(key.data()), key.size()); };
  add(root_of_later_);
  add(sign_in_.bytes);
  for (const auto& each : hashing_)
    add(each);
  auto sealed = seal(wrapping_.front().key, lasting_context, plain);
  OPENSSL_cleanse(plain.data(), plain.size());
  return sealed;
}

/// A label that was added since they were sealed is not among them: its key comes from the root that is.
std::optional<keyring> keyring::with_lasting_keys(std::string_view sealed) const {
  constexpr std::size_t size = sizeof(key_bytes);
  for (const auto& each : wrapping_) {
    auto plain = open(each.key, lasting_context, sealed);
    if (!plain)
      continue;
    const auto sealed_keys = plain->size() / size;
    if (plain->size() % size != 0 || sealed_keys < 3 || sealed_keys > 2 + hashing_.size())
      return std::nullopt;
    auto ring = *this;
    std::memcpy(ring.root_of_later_.data(), plain->data(), size);
    std::memcpy(ring.sign_in_.bytes.data(), plain->data() + size, size);
    for (std::size_t i = 0; i < hashing_.size(); ++i)
      if (i + 2 < sealed_keys)
        std::memcpy(ring.hashing_[i].data(), plain->data() + (i + 2) * size, size);
      else
        ring.hashing_[i] = derive(ring.root_of_later_, hashing_labels[i]);
    OPENSSL_cleanse(plain->data(), plain->size());
    return ring;
  }
  return std::nullopt;
}

content_key keyring::new_content_key() const {
  content_key key;
  fill_random(key.bytes.data(), key.bytes.size());
  return key;
}

std::string keyring::wrap(const content_key& key, account_id owner) const {
  return *wrap(key, owner, wrapping_.front().check);
}

std::optional<std::string> keyring::wrap(const content_key& key, account_id owner, const digest& by) const {
  const std::string_view plain(reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size());
  for (const auto& each : wrapping_)
    if (each.check == by)
      return seal(each.key, context_of(owner), plain);
  return std::nullopt;
}

std::optional<content_key> keyring::unwrap(std::string_view wrapped, account_id owner) const {
  std::optional<std::string> plain;
  for (auto it = wrapping_.begin(); !plain && it != wrapping_.end(); ++it)
    plain = open(it->key, context_of(owner), wrapped);
  content_key key;
  if (!plain || plain->size() != key.bytes.size())
    return std::nullopt;
  std::memcpy(key.bytes.data(), plain->data(), key.bytes.size());
  OPENSSL_cleanse(plain->data(), plain->size());
  return key;
}

// ---------------------------------------------------------------- sealing

std::string seal(const content_key& key, std::string_view context, std::string_view plain) {
  std::string sealed;
  append_sealed(sealed, key, context, plain);
  return sealed;
}

void append_sealed(std::string& out, const content_key& key, std::string_view context, std::string_view plain) {
  const auto start = out.size();
  out.resize(start + plain.size() + seal_overhead);
  std::uint8_t* const nonce = as_bytes(out) + start;
  std::uint8_t* const body = nonce + nonce_size;
  std::uint8_t* const tag = body + plain.size();
  fill_random(nonce, nonce_size);

  const borrowed_cipher cipher;
  int written = 0;
  require(EVP_EncryptInit_ex2(cipher, aes_256_gcm(), key.bytes.data(), nonce, nullptr) == 1, "sealing");
  require(EVP_EncryptUpdate(cipher, nullptr, &written, as_bytes(context), as_length(context.size())) == 1, "sealing");
  // An empty message must skip its update: with no input OpenSSL would take it for more context.
  if (!plain.empty())
    require(EVP_EncryptUpdate(cipher, body, &written, as_bytes(plain), as_length(plain.size())) == 1, "sealing");
  require(EVP_EncryptFinal_ex(cipher, tag, &written) == 1, "sealing");
  require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, tag_size, tag) == 1, "sealing");
}

std::optional<std::string> open(const content_key& key, std::string_view context, std::string_view sealed) {
  if (sealed.size() < seal_overhead)
    return std::nullopt;
  const std::uint8_t* const nonce = as_bytes(sealed);
  const std::size_t size = sealed.size() - seal_overhead;
  std::array<std::uint8_t, tag_size> tag;
  std::memcpy(tag.data(), sealed.data() + sealed.size() - tag_size, tag_size);

  std::string plain(size, '\0');
  const borrowed_cipher cipher;
  int written = 0;
  require(EVP_DecryptInit_ex2(cipher, aes_256_gcm(), key.bytes.data(), nonce, nullptr) == 1, "opening");
  require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1, "opening");
  require(EVP_DecryptUpdate(cipher, nullptr, &written, as_bytes(context), as_length(context.size())) == 1, "opening");
  if (size > 0)
    require(EVP_DecryptUpdate(cipher, as_bytes(plain), &written, nonce + nonce_size, as_length(size)) == 1, "opening");
  if (EVP_DecryptFinal_ex(cipher, as_bytes(plain) + size, &written) != 1) {
    OPENSSL_cleanse(plain.data(), plain.size()); // not authentic: nobody may see it
    return std::nullopt;
  }
  return plain;
}

// ---------------------------------------------------------------- randomness

namespace {

/// One system call serves dozens of ids. What was handed out is wiped from the buffer.
class random_pool {
public:
  void take(std::uint8_t* out, std::size_t size) {
    while (size > 0) {
      if (used_ == bytes_.size())
        refill();
      const std::size_t n = std::min(size, bytes_.size() - used_);
      std::memcpy(out, bytes_.data() + used_, n);
      OPENSSL_cleanse(bytes_.data() + used_, n);
      used_ += n;
      out += n;
      size -= n;
    }
  }

private:
  void refill() {
    std::size_t have = 0;
    while (have < bytes_.size()) {
      const ssize_t n = ::getrandom(bytes_.data() + have, bytes_.size() - have, 0);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        throw std::runtime_error("the operating system gave no random bytes");
      have += static_cast<std::size_t>(n);
    }
    used_ = 0;
  }

  std::array<std::uint8_t, 256> bytes_{}; // up to 256 bytes getrandom answers whole, whatever signals arrive
  std::size_t used_ = 256;
};

} // namespace

void fill_random(std::uint8_t* out, std::size_t size) {
  thread_local random_pool pool;
  pool.take(out, size);
}

} // namespace easel::persistence
