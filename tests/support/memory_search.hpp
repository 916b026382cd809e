#pragma once

#include "persistence/keyring.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/// What a core of this process would hold: every page of it that can be read is searched.
namespace easel::tests {

/// Bytes to look for, kept in a form in which they are not there to be found.
class needle {
public:
  explicit needle(std::string_view what) : mask_(what.size()), masked_(what.size()) {
    // Not std::random_device: a function that is called for the first time is bound by the loader, which saves all
    // registers on the stack, and with them what was looked at last.
    persistence::fill_random(mask_.data(), mask_.size());
    for (std::size_t i = 0; i < what.size(); ++i)
      masked_[i] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(what[i]) ^ mask_[i]);
  }
  needle(const std::uint8_t* what, std::size_t size)
      : needle(std::string_view(reinterpret_cast<const char*>(what), size)) {}

  [[nodiscard]] std::size_t size() const { return mask_.size(); }
  [[nodiscard]] bool is_at(const std::uint8_t* at) const {
    for (std::size_t i = 0; i < masked_.size(); ++i)
      if ((at[i] ^ mask_[i]) != masked_[i])
        return false;
    return true;
  }

private:
  std::vector<std::uint8_t> mask_, masked_;
};

/// A window onto this process's own memory, in pages that the search itself leaves out.
class memory_search {
public:
  memory_search()
      : window_(static_cast<std::uint8_t*>(
        ::mmap(nullptr, window_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
        memory_(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC)) {
    BOOST_REQUIRE(window_ != MAP_FAILED);
    BOOST_REQUIRE(memory_ >= 0);
  }
  ~memory_search() {
    ::munmap(window_, window_size);
    ::close(memory_);
  }
  memory_search(const memory_search&) = delete;
  memory_search& operator=(const memory_search&) = delete;

  [[nodiscard]] int count(const needle& what) const {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> maps(std::fopen("/proc/self/maps", "re"), &std::fclose);
    BOOST_REQUIRE(maps != nullptr);
    int found = 0;
    char line[512];
    while (std::fgets(line, sizeof line, maps.get()) != nullptr) {
      std::uintptr_t from = 0, to = 0;
      char may_read = '-';
      if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %c", &from, &to, &may_read) != 3 || may_read != 'r')
        continue;
      const auto own = reinterpret_cast<std::uintptr_t>(window_);
      if (to - from > largest_range) // the shadow of a sanitizer
        continue;
      if (own >= from && own < to) { // neighbours may share a line with it
        found += count_between(what, from, own) + count_between(what, own + window_size, to);
        continue;
      }
      found += count_between(what, from, to);
    }
    return found;
  }

private:
  static constexpr std::size_t window_size = 1 << 20;
  static constexpr std::uintptr_t largest_range = std::uintptr_t{1} << 30;

  [[nodiscard]] int count_between(const needle& what, std::uintptr_t from, std::uintptr_t to) const {
    int found = 0;
    while (from < to) {
      const auto want = std::min<std::size_t>(window_size, to - from);
      const auto got = ::pread(memory_, window_, want, static_cast<off_t>(from));
      if (got < static_cast<ssize_t>(what.size()))
        break;
      const auto size = static_cast<std::size_t>(got);
      for (std::size_t i = 0; i + what.size() <= size; ++i)
        found += what.is_at(window_ + i) ? 1 : 0;
      if (size < window_size)
        break;
      from += size - (what.size() - 1);
    }
    return found;
  }

  std::uint8_t* const window_;
  const int memory_;
};

} // namespace easel::tests
