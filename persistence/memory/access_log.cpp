#include "persistence/memory/operations.hpp"

#include <arpa/inet.h>

namespace easel::persistence::memory {

namespace {

constexpr std::string_view operation = "append_access";
constexpr std::string_view bad_address = "22P02"; ///< invalid_text_representation

bool holds_nul(const access_record& r) {
  return (r.ip + r.user_agent + r.route + r.request_id).find('\0') != std::string::npos;
}

bool is_address(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

} // namespace

answer<int> append_access(scope& s, std::span<const access_record> records) {
  for (const auto& r : records) {
    if (holds_nul(r))
      return refused(operation, bad_text);
    if (!is_address(r.ip))
      return refused(operation, bad_address);
    if (!s.db.partitions_until || day_of(r.at) > *s.db.partitions_until)
      return refused(operation, broken_rule);
  }
  for (const auto& r : records)
    s.db.access_log.push_back({r, r.at + s.settings.retention.access_log});
  return static_cast<int>(records.size());
}

} // namespace easel::persistence::memory
