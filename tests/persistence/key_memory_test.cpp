#include "persistence/keyring.hpp"
#include "persistence/postgres/content_keys.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

/// What a core would hold of a content key, while it is used and after it was destroyed (RIGHT-3): every page of this
/// process that can be read is searched for its bytes.
namespace easel::persistence {

namespace {

using key_bytes = std::array<std::uint8_t, 32>;

/// Bytes to look for, kept in a form in which they are not there to be found.
class needle {
public:
  explicit needle(const key_bytes& what) {
    fill_random(mask_.data(), mask_.size());
    for (std::size_t i = 0; i < what.size(); ++i)
      masked_[i] = what[i] ^ mask_[i];
  }
  [[nodiscard]] bool is_at(const std::uint8_t* at) const {
    for (std::size_t i = 0; i < masked_.size(); ++i)
      if ((at[i] ^ mask_[i]) != masked_[i])
        return false;
    return true;
  }

private:
  key_bytes mask_{}, masked_{};
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
  static constexpr std::size_t overlap = sizeof(key_bytes) - 1;

  [[nodiscard]] int count_between(const needle& what, std::uintptr_t from, std::uintptr_t to) const {
    int found = 0;
    while (from < to) {
      const auto want = std::min<std::size_t>(window_size, to - from);
      const auto got = ::pread(memory_, window_, want, static_cast<off_t>(from));
      if (got < static_cast<ssize_t>(sizeof(key_bytes)))
        break;
      const auto size = static_cast<std::size_t>(got);
      for (std::size_t i = 0; i + sizeof(key_bytes) <= size; ++i)
        found += what.is_at(window_ + i) ? 1 : 0;
      if (size < window_size)
        break;
      from += size - overlap;
    }
    return found;
  }

  std::uint8_t* const window_;
  const int memory_;
};

/// Everything that the service does with a content key, on the calling thread.
void use(const keyring& ring, const content_key& key, account_id owner, postgres::content_keys& cache) {
  const auto wrapped = ring.wrap(key, owner);
  const auto unwrapped = ring.unwrap(wrapped, owner);
  BOOST_REQUIRE(unwrapped.has_value());
  const auto sealed = seal(*unwrapped, "row", "a lighthouse in the rain, seen from a boat");
  BOOST_REQUIRE(open(*unwrapped, "row", sealed).has_value());
  BOOST_REQUIRE(!open(*unwrapped, "another row", sealed).has_value());
  cache.remember(owner, *unwrapped);
  BOOST_REQUIRE(cache.find(owner).has_value());
}

} // namespace

BOOST_AUTO_TEST_SUITE(keys_in_memory)

BOOST_AUTO_TEST_CASE(RIGHT_3_a_key_that_was_destroyed_is_nowhere_in_the_memory_of_the_process) {
  const auto ring = keyring::from_master(secret_text(std::string(64, 'a'))).value();
  const account_id owner{{{4, 2}}};
  postgres::content_keys cache(100);
  const memory_search memory;
  std::optional<needle> look_for;
  {
    const auto key = ring.new_content_key();
    look_for.emplace(key.bytes);
    use(ring, key, owner, cache);
    std::thread([&] { use(ring, key, owner, cache); }).join();
    BOOST_TEST(memory.count(*look_for) >= 2); // here and in the cache
  }
  BOOST_TEST(memory.count(*look_for) >= 1); // in the cache: the search finds what is there
  cache.forget(owner);
  BOOST_TEST(memory.count(*look_for) == 0);
}

BOOST_AUTO_TEST_CASE(a_key_that_the_cache_has_no_room_for_is_wiped) {
  const auto ring = keyring::from_master(secret_text(std::string(64, 'a'))).value();
  postgres::content_keys cache(1);
  const memory_search memory;
  std::optional<needle> look_for;
  {
    const auto key = ring.new_content_key();
    look_for.emplace(key.bytes);
    cache.remember(account_id{{{1}}}, key);
  }
  BOOST_TEST(memory.count(*look_for) == 1);
  cache.remember(account_id{{{2}}}, ring.new_content_key());
  BOOST_TEST(memory.count(*look_for) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
