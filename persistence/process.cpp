#include "persistence/process.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace easel::persistence {

namespace {

constexpr std::size_t longest_host = 40; ///< PostgreSQL cuts names of connections at 63 bytes

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0)
    return "unknown";
  const std::string whole(name.data());
  std::string out = whole.substr(0, std::min(whole.find('.'), longest_host));
  // PostgreSQL would put question marks for anything else.
  std::replace_if(
    out.begin(), out.end(), [](unsigned char c) { return c < 0x21 || c > 0x7e; }, '_');
  return out.empty() ? "unknown" : out;
}

} // namespace

const std::string& process_name() {
  static const std::string name = "easel " + host_name() + ':' + std::to_string(::getpid());
  return name;
}

std::string_view program_version() { return EASEL_VERSION; }

} // namespace easel::persistence
