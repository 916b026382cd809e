#include "policies/operators.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

bool is_name_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

} // namespace

std::string_view to_string(operator_role role) {
  switch (role) {
  case operator_role::viewer:
    return "viewer";
  case operator_role::keeper:
    return "operator";
  case operator_role::admin:
    return "admin";
  }
  return "unknown";
}

std::optional<operator_role> parse_operator_role(std::string_view text) {
  for (const auto role : all_operator_roles)
    if (to_string(role) == text)
      return role;
  return std::nullopt;
}

bool is_operator_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 && is_name_letter(name.front())
         && std::all_of(name.begin(), name.end(),
                        [](char c) { return is_name_letter(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_operator_password(std::string_view password) {
  return password.size() >= 12 && password.size() <= 200
         && std::none_of(password.begin(), password.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::int64_t totp_step(instant at) { return unix_seconds(at) / totp_period.count(); }

std::array<std::uint8_t, 8> totp_counter(std::int64_t step) {
  std::array<std::uint8_t, 8> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[7 - i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(step) >> (8 * i));
  return out;
}

std::string totp_code(std::span<const std::uint8_t, 20> hmac) {
  const std::size_t at = hmac[19] & 15;
  const std::uint32_t number = (static_cast<std::uint32_t>(hmac[at] & 0x7f) << 24)
                               | (static_cast<std::uint32_t>(hmac[at + 1]) << 16)
                               | (static_cast<std::uint32_t>(hmac[at + 2]) << 8) | hmac[at + 3];
  const auto digits = std::to_string(number % 1'000'000);
  return std::string(6 - digits.size(), '0') + digits;
}

std::array<std::optional<std::int64_t>, 3> totp_steps(instant now, std::int64_t last_used) {
  std::array<std::optional<std::int64_t>, 3> out{};
  const auto current = totp_step(now);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (const auto step = current - 1 + static_cast<std::int64_t>(i); step > last_used)
      out[i] = step;
  return out;
}

std::string to_rfc4648_base32(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 5) {
      held -= 5;
      out += letters[(bits >> held) & 31];
    }
  }
  if (held > 0)
    out += letters[(bits << (5 - held)) & 31];
  return out;
}

duration lock_after(int failures, const guess_limits& limits) {
  if (failures < limits.free_guesses)
    return duration::zero();
  const int doublings = std::min(failures - limits.free_guesses, 20);
  return std::min<duration>(limits.first_lock * (1LL << doublings), limits.longest_lock);
}

} // namespace easel::policies
