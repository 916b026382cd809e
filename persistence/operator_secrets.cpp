#include "persistence/operators.hpp"

#include "policies/sign_in.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace easel::persistence {

namespace {

struct cost {
  int log2_n = 15;
  int r = 8;
  int p = 1;
};
constexpr cost usual_cost;
constexpr std::uint64_t most_memory = 64u << 20;
constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;

std::string hex(std::string_view bytes) {
  constexpr auto digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::optional<std::string> unhex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
    if (error != std::errc{} || end != text.data() + i + 2)
      return std::nullopt;
    out += static_cast<char>(value);
  }
  return text.size() % 2 == 0 ? std::optional(out) : std::nullopt;
}

std::string derive(const secret_text& password, std::string_view salt, const cost& c) {
  std::string out(hash_size, '\0');
  const auto& text = password.reveal();
  if (EVP_PBE_scrypt(text.data(), text.size(), reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                     std::uint64_t{1} << c.log2_n, static_cast<std::uint64_t>(c.r), static_cast<std::uint64_t>(c.p),
                     most_memory, reinterpret_cast<unsigned char*>(out.data()), out.size())
      != 1)
    throw std::runtime_error("scrypt failed");
  return out;
}

std::string_view take(std::string_view& rest) {
  const auto end = std::min(rest.find('$'), rest.size());
  const auto piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

int number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

} // namespace

std::string hash_operator_password(const secret_text& password) {
  std::array<std::uint8_t, salt_size> random{};
  fill_random(random.data(), random.size());
  const std::string salt(random.begin(), random.end());
  return "scrypt$" + std::to_string(usual_cost.log2_n) + '$' + std::to_string(usual_cost.r) + '$'
         + std::to_string(usual_cost.p) + '$' + hex(salt) + '$' + hex(derive(password, salt, usual_cost));
}

bool is_operator_password_of(const secret_text& password, const std::string& hash) {
  std::string_view rest(hash);
  if (take(rest) != "scrypt")
    return false;
  cost c;
  c.log2_n = number(take(rest));
  c.r = number(take(rest));
  c.p = number(take(rest));
  const auto salt = unhex(take(rest));
  const auto kept = unhex(take(rest));
  if (c.log2_n < 10 || c.log2_n > 20 || c.r < 1 || c.r > 16 || c.p < 1 || c.p > 4 || !salt || salt->size() < salt_size
      || !kept || kept->size() != hash_size)
    return false;
  return policies::same_secret(derive(password, *salt, c), *kept);
}

std::string totp_code_at(const std::string& secret, std::int64_t step) {
  const auto counter = policies::totp_counter(step);
  std::array<std::uint8_t, 20> hmac{};
  unsigned size = hmac.size();
  if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), hmac.data(),
           &size)
        == nullptr
      || size != hmac.size())
    throw std::runtime_error("HMAC failed");
  return policies::totp_code(hmac);
}

} // namespace easel::persistence
