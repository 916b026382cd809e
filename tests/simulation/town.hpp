#pragma once

#include "tests/simulation/dice.hpp"
#include "tests/simulation/history.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/weather.hpp"
#include "tests/support/virtual_house.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// One seed: a cluster of nodes, the people who use it, and everything that goes wrong.
namespace easel::simulation {

/// What one person wants: one prompt, sent once or, as SDKs do, again.
struct wish {
  resident* who = nullptr;
  std::string prompt;
  int images = 1;
  bool synchronous = true;
  std::optional<std::string> idempotency_key;
  int retries = 0;
  bool answered = false;    ///< its answer was written to the last byte
  bool may_be_gone = false; ///< somebody asked to delete it
  bool across_nodes = false;
  std::size_t first_home = 0;
  duration begun{};
  std::optional<std::size_t> last_caller;
  std::set<generation_id> accepted_as;
};

/// One call that waits: what may go wrong for it is known from what happened to its node meanwhile.
struct caller {
  testing::record_ptr record;
  resident* who = nullptr;
  std::size_t home = 0;
  std::optional<std::size_t> of; ///< the wish; none: it watches
  std::optional<generation_id> watches;
  bool stranger = false; ///< asks for what is not its own
  std::uint64_t falls_before = 0;
  std::uint64_t store_troubles_before = 0;
  bool settled = false;
};

struct question {
  testing::asked_ptr record;
  resident* who = nullptr;
  std::size_t home = 0;
  std::optional<generation_id> cancels;
  bool stranger = false;
  std::uint64_t falls_before = 0;
  duration asked_at{};
};

/// One node of the cluster; it may be gone for a while.
struct home {
  std::unique_ptr<testing::virtual_house> house;
  std::uint64_t life = 0;
  std::uint64_t falls = 0;          ///< ends that take callers with them
  std::uint64_t store_troubles = 0; ///< ends of what stands between callers and the store
  bool may_fall = false;
  bool closing = false;
  duration asleep_until{}; ///< until then it runs nothing, and the world goes on without it
};

class town {
public:
  town(std::uint64_t seed, bool keeps_lines, const testing::make_virtual_database& make);
  void live();
  [[nodiscard]] const history& log() const { return log_; }

private:
  // town.cpp: nodes and time; callers.cpp: what the callers got
  void found();
  void open_home(std::size_t which);
  void leave_hard(std::size_t which);
  void close_softly(std::size_t which);
  void settle();
  void pass(duration span);
  void ring();
  void strike();
  void inspect();
  void look_at_lives();
  void look_at(caller& c);
  void look_at_refusal(const caller& c, actors::refusal::why why);
  void look_at_end(const caller& c);
  bool look_at(const question& q);
  [[nodiscard]] std::optional<std::size_t> some_home();
  [[nodiscard]] bool is_awake(const home& h) const;
  void come_to_rest();
  void what_is_left();
  void try_all_places();
  void try_places_of(testing::virtual_house& house, tier of);
  void count_generations();

  // actions.cpp: what people, operators and fate do
  void act();
  void send_new();
  void send(std::size_t which, bool again);
  void retry_as_an_sdk();
  void repeat_with_key();
  void watch_something();
  void ask_something();
  void cancel_something();
  void call_back();
  void do_something_to_an_account();
  void kill_something();
  void trouble_the_store();
  void put_to_sleep(std::size_t which);
  [[nodiscard]] actors::watch_options some_patience();
  [[nodiscard]] resident* owner_of(generation_id id) const;
  [[nodiscard]] resident& somebody();
  void remember(resident* who, generation_id id);

  void note(std::string_view what, std::string_view about = {}) { log_.note(world_.passed, what, about); }
  void violated(std::string_view what, std::string_view about = {}) { log_.violated(world_.passed, what, about); }

  history log_;
  testing::virtual_world world_;
  dice chance_;
  weather outside_;
  oracle judge_;
  actors::house_settings settings_;
  bool faults_ = true; ///< some seeds know none at all
  std::vector<std::unique_ptr<resident>> residents_;
  std::vector<home> homes_;
  std::vector<wish> wishes_;
  std::vector<caller> callers_;
  std::vector<std::size_t> waiting_; ///< callers that are not settled
  std::vector<question> questions_;
  std::vector<std::pair<generation_id, resident*>> known_;

  struct planned_kill {
    std::string kind;
    std::size_t home = 0;
    int jobs = 0; ///< messages until then
  };
  std::optional<planned_kill> planned_;
};

} // namespace easel::simulation
