// What the console costs when nobody looks and when somebody does, in processor time; one JSON line.
//
// `message`: two actors send each other MESSAGES messages, once as the house's actors are, listed, counted, timed and
// remembered, and once as CAF's own, in turns; the medians of their costs and of their differences, in nanoseconds for
// each message.
// `generation`: how many messages an image of the free tier takes, from the call to its answer.
// `sample`: what the console's actor does once a second, with ACTORS sessions alive; the median in milliseconds.
#include "actors/console_board.hpp"
#include "actors/observed.hpp"
#include "tests/bench/crowd.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <iostream>
#include <vector>

namespace {

using namespace easel;

constexpr int pairs = 21;
constexpr int samples = 21;

double processor_seconds() {
  timespec at{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  return of[of.size() / 2];
}

/// Sends back what it gets, one less, until nothing is left.
template <class Base>
class player : public Base {
public:
  explicit player(caf::actor_config& config) : Base(config) {
    if constexpr (std::is_base_of_v<actors::observed<caf::event_based_actor>, player>)
      this->is_kind("session");
  }

protected:
  caf::behavior make_behavior() override {
    return {[this](std::uint64_t left) {
      if (left > 0)
        this->send(caf::actor_cast<caf::actor>(this->current_sender()), left - 1);
    }};
  }
};

template <class Base>
double nanoseconds_each(caf::actor_system& system, caf::scheduler::test_coordinator& turns, std::uint64_t messages) {
  const auto one = system.spawn<player<Base>>();
  const auto other = system.spawn<player<Base>>();
  turns.run();
  const auto before = processor_seconds();
  caf::send_as(one, other, messages);
  turns.run();
  const auto spent = processor_seconds() - before;
  caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  turns.run();
  return spent * 1e9 / static_cast<double>(messages);
}

nlohmann::json cost_of_a_message(std::uint64_t messages) {
  actors::system_config config{actors::system_config::virtual_time};
  caf::actor_system system{config};
  auto& turns = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::vector<double> watched, bare, difference;
  for (int i = 0; i < pairs; ++i) {
    watched.push_back(nanoseconds_each<actors::observed<caf::event_based_actor>>(system, turns, messages));
    bare.push_back(nanoseconds_each<caf::event_based_actor>(system, turns, messages));
    difference.push_back(watched.back() - bare.back());
  }
  return {{"messages", messages},
          {"pairs", pairs},
          {"observed_ns", median(watched)},
          {"bare_ns", median(bare)},
          {"difference_ns", median(difference)}};
}

nlohmann::json cost_of_a_sample(std::size_t count) {
  testing::crowd everybody(count);
  (void)everybody.arrive();
  auto& house = everybody.house;
  actors::console_board board{[] { return std::unique_ptr<persistence::console_store>(); }};
  std::vector<double> spent;
  for (int i = 0; i < samples; ++i) {
    const auto before = processor_seconds();
    board.sample(house.context(), house.config().live, house.config().upstreams);
    spent.push_back((processor_seconds() - before) * 1e3);
  }
  return {{"sessions", house.live("session")}, {"samples", samples}, {"ms", median(spent)}};
}

/// In virtual time, so that nothing else happens meanwhile but what is due in those 40 ms.
int messages_of_a_generation() {
  testing::virtual_world world;
  const auto person = world.newcomer(tier::free);
  testing::virtual_house house(world, testing::calm_settings());
  house.run();
  (void)house.ask(person, actors::find_account{});
  const auto call = house.create(person, "a boat");
  int messages = 0;
  while (true) {
    while (house.run_one())
      ++messages;
    const auto next = house.next_alarm();
    if (call->ends > 0 || !next)
      return call->images.size() == 1 ? messages : 0;
    world.passed = *next;
    house.ring();
  }
}

bool read(const char* text, std::uint64_t& into) {
  const auto* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, into);
  return error == std::errc() && stop == end && into > 0;
}

} // namespace

int main(int argc, char** argv) {
  std::uint64_t messages = 200'000, live = 100'000;
  if (argc > 3 || (argc > 1 && !read(argv[1], messages)) || (argc > 2 && !read(argv[2], live))) {
    std::cerr << "usage: bench_looking [MESSAGES [ACTORS]]\n";
    return 2;
  }
  const auto generation = messages_of_a_generation();
  std::cout << nlohmann::json{{"message", cost_of_a_message(messages)},
                              {"generation", {{"messages", generation}}},
                              {"sample", cost_of_a_sample(live)}}
                 .dump()
            << '\n';
  return generation > 0 ? 0 : 1;
}
