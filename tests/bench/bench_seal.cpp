// What sealing costs: the processor time that one image of BYTES takes to be sealed, and to be opened, COUNT times each
// and the median. Prints JSON.
//
//   bench_seal BYTES COUNT

#include "persistence/keyring.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

double microseconds_of_this_thread() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

template <class Work>
double median_of(std::size_t count, Work work) {
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto before = microseconds_of_this_thread();
    work();
    times.push_back(microseconds_of_this_thread() - before);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

int run(const std::vector<std::string>& words) {
  using namespace easel::persistence;
  if (words.size() != 2)
    throw std::runtime_error("usage: bench_seal BYTES COUNT");
  const std::size_t bytes = std::stoul(words[0]), count = std::max<std::size_t>(std::stoul(words[1]), 1);
  const auto keys =
    keyring::from_master(easel::secret_text("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"));
  const auto key = keys.value().new_content_key();
  const std::string image(bytes, 'x');
  const auto sealed = seal(key, "image", image);
  bool is_whole = true;
  const auto sealing = median_of(count, [&] { is_whole = is_whole && seal(key, "image", image).size() > bytes; });
  const auto opening = median_of(count, [&] { is_whole = is_whole && open(key, "image", sealed) == image; });
  if (!is_whole)
    throw std::runtime_error("what was sealed does not open");
  std::cout << nlohmann::json{{"bytes", bytes}, {"count", count}, {"seal_us", sealing}, {"open_us", opening}}
            << std::endl;
  return 0;
}

} // namespace

int main(int argc, char** argv) try { return run({argv + 1, argv + argc}); } catch (const std::exception& e) {
  std::cerr << "bench_seal: " << e.what() << '\n';
  return 1;
}
