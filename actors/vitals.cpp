#include "actors/vitals.hpp"

#include <caf/type_nr.hpp>

#include <cxxabi.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <typeinfo>

namespace easel::actors {

namespace {

/// "easel::actors::(anonymous namespace)::flush" → "flush". What stands in <…> keeps its colons.
std::string last_name(std::string_view full) {
  const auto open = full.find('<');
  const auto colons = full.substr(0, open).rfind("::");
  return std::string(colons == std::string_view::npos ? full : full.substr(colons + 2));
}

} // namespace

std::string label_of(message_type type) {
  if (type == 0)
    return "(empty)";
  if (type < caf::type_nrs)
    return last_name(caf::numbered_type_names[type - 1]);
  const auto* info = reinterpret_cast<const std::type_info*>(type); // NOLINT: put there by `observed`
  int failed = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(info->name(), nullptr, nullptr, &failed),
                                                    std::free);
  return last_name(failed == 0 ? name.get() : info->name());
}

message_ring::entry message_ring::unpack(message_type type, std::uint64_t times) {
  const auto us = times & still_running;
  return {type, std::chrono::milliseconds(times >> 24),
          std::chrono::microseconds(us == still_running ? 0 : static_cast<std::int64_t>(us)), us == still_running};
}

std::vector<message_ring::entry> message_ring::read() const {
  std::vector<entry> out;
  const auto n = next_.load(std::memory_order_acquire);
  // The slot of `n` is being written: it holds the message under way, or the oldest of all.
  if (const auto under_way = newest(); under_way.running)
    out.push_back(under_way);
  for (std::uint64_t i = n; i-- > 0 && n - i < size;)
    out.push_back(
      unpack(types_[i % size].load(std::memory_order_relaxed), times_[i % size].load(std::memory_order_relaxed)));
  return out;
}

message_ring::entry message_ring::newest() const {
  const auto n = next_.load(std::memory_order_acquire);
  const auto times = times_[n % size].load(std::memory_order_acquire);
  if (times != 0 && (times & still_running) == still_running)
    return unpack(types_[n % size].load(std::memory_order_relaxed), times);
  if (n == 0)
    return {};
  const auto last = (n - 1) % size;
  return unpack(types_[last].load(std::memory_order_relaxed), times_[last].load(std::memory_order_relaxed));
}

namespace {

using two_words = std::array<std::atomic<std::uint64_t>, 2>;

void put(two_words& to, const uuid& id) {
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), id.bytes.data(), sizeof words);
  to[0].store(words[0], std::memory_order_relaxed);
  to[1].store(words[1], std::memory_order_relaxed);
}

uuid take(const two_words& from) {
  const std::array<std::uint64_t, 2> words{from[0].load(std::memory_order_relaxed),
                                           from[1].load(std::memory_order_relaxed)};
  uuid out;
  std::memcpy(out.bytes.data(), words.data(), sizeof words);
  return out;
}

} // namespace

void vitals::set_subject(const uuid& id_of_subject) { put(subject, id_of_subject); }
uuid vitals::get_subject() const { return take(subject); }
void vitals::set_owner(const uuid& account) { put(owner, account); }
uuid vitals::get_owner() const { return take(owner); }

} // namespace easel::actors
