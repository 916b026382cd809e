#include "tools/easelctl/master_key_commands.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <sstream>

namespace easel::easelctl {

namespace master_key_commands {

namespace {

using nlohmann::json;
using persistence::answer;

/// Content keys that one master key or another wraps.
class few_keys final : public persistence::key_rotation {
public:
  answer<policies::master_key_state> state() override {
    policies::master_key_state found;
    found.in_force = in_force;
    found.nodes = nodes;
    for (const auto& name : wrapped_by)
      ++found.wrapped[name];
    return found;
  }
  answer<bool> begin(const std::string& actor) override {
    said.push_back("begin " + actor);
    in_force = "new";
    return true;
  }
  answer<persistence::rewrapped_batch> rewrap(account_id after, int limit) override {
    said.push_back("rewrap " + std::to_string(limit));
    if (fails_at == static_cast<int>(said.size()))
      return unexpected(persistence::store_error{persistence::store_error::kind::unavailable, "rewrap", "55P03"});
    persistence::rewrapped_batch done;
    auto at = static_cast<std::size_t>(after.value.bytes[15]);
    for (; at < wrapped_by.size() && done.rewrapped + done.unopened < limit; ++at)
      if (wrapped_by[at] == "lost")
        ++done.unopened;
      else if (wrapped_by[at] == "old") {
        wrapped_by[at] = "new";
        ++done.rewrapped;
      }
    done.last.value.bytes[15] = static_cast<std::uint8_t>(at);
    done.any_left = done.rewrapped + done.unopened == limit;
    return done;
  }
  answer<bool> conclude(const std::string& actor) override {
    said.push_back("conclude " + actor);
    return true;
  }

  std::string in_force = "old";
  std::vector<std::string> wrapped_by = std::vector<std::string>(5, "old");
  std::vector<policies::master_key_state::node> nodes{{"node-1", "new old"}};
  std::vector<std::string> said;
  int fails_at = 0; ///< the nth call
};

/// Only what the disk holds is asked for.
class disk final : public persistence::retention {
public:
  answer<bool> lead() override { return true; }
  answer<instant> now() override { return instant{}; }
  answer<persistence::clock_record> find_clock() override { return persistence::clock_record{}; }
  answer<bool> keep_clock(const policies::clock_mark&) override { return true; }
  answer<bool> halt(policies::clock_fault) override { return true; }
  answer<bool> confirm_clock(std::string, std::string) override { return true; }
  answer<int> reap(const policies::reaping_rule&, instant, int) override { return 0; }
  answer<std::vector<policies::day_partition>> partitions() override { return std::vector<policies::day_partition>{}; }
  answer<bool> take(const policies::planned_step&) override { return true; }
  answer<policies::key_remains> find_key_remains() override { return remains; }
  answer<bool> wipe_keys(policies::wipe_step, duration) override { return true; }
  answer<std::optional<policies::key_wipe>> last_key_wipe() override { return std::optional<policies::key_wipe>(); }
  answer<bool> record(const persistence::retention_run&) override { return true; }
  answer<std::optional<persistence::retention_run>> last_run() override {
    return std::optional<persistence::retention_run>();
  }

  policies::key_remains remains;
};

struct desk {
  few_keys keys;
  disk retention;
  policies::master_key_names configured{"new", "old"};
  int code = 0;
  std::string error;

  json operator()(const master_key_command& what) {
    std::ostringstream out, err;
    code = run_master_keys(what, {keys, retention, configured, "tester", true}, out, err);
    error = err.str();
    return out.str().empty() ? json() : json::parse(out.str());
  }
};

} // namespace

} // namespace master_key_commands

BOOST_FIXTURE_TEST_SUITE(master_key_commands, desk)

BOOST_AUTO_TEST_CASE(a_rotation_begins_wraps_everything_in_batches_and_is_concluded) {
  const auto done = (*this)(rotate_master_key{2});
  BOOST_TEST(code == 0);
  BOOST_TEST(done.at("in_force") == "new");
  BOOST_TEST(done.at("rewrapped") == 5);
  BOOST_TEST(done.at("wrapped_by_others") == 0);
  BOOST_TEST(done.at("ended") == true);
  BOOST_TEST(
    (keys.said == std::vector<std::string>{"begin tester", "rewrap 2", "rewrap 2", "rewrap 2", "conclude tester"}));
}

BOOST_AUTO_TEST_CASE(one_that_was_cut_off_goes_on_with_the_same_command) {
  keys.fails_at = 3;
  (*this)(rotate_master_key{2});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("rewrap (SQLSTATE 55P03); give the same command again") != std::string::npos);
  keys.fails_at = 0;
  keys.said.clear();
  const auto done = (*this)(rotate_master_key{2});
  BOOST_TEST(code == 0);
  BOOST_TEST(done.at("rewrapped") == 3);
  BOOST_TEST(keys.said.front() == "rewrap 2"); // it had begun
}

BOOST_AUTO_TEST_CASE(a_node_without_the_new_key_is_named_and_nothing_is_changed) {
  keys.nodes.push_back({"node-2", "old"});
  (*this)(rotate_master_key{});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("node-2") != std::string::npos);
  BOOST_TEST(keys.said.empty());
}

BOOST_AUTO_TEST_CASE(keys_that_nobody_opens_are_counted_and_it_is_not_called_done) {
  configured.previous = "lost";
  keys.in_force = "new";
  keys.wrapped_by = {"new", "lost", "new"};
  (*this)(rotate_master_key{});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("1 content keys") != std::string::npos);
  BOOST_TEST(keys.said.back() == "rewrap 500");
}

BOOST_AUTO_TEST_CASE(the_previous_key_may_be_forgotten_when_the_disk_has_forgotten_it) {
  auto shown = (*this)(show_master_keys{});
  BOOST_TEST(code == 0);
  BOOST_TEST(shown.at("in_force") == "old");
  BOOST_TEST(shown.at("content_keys").at("old") == 5);
  BOOST_TEST(shown.at("rotation") == "may begin");
  BOOST_TEST(shown.at("previous_may_be_forgotten") == false);
  (*this)(rotate_master_key{});
  retention.remains.keys = 5;
  shown = (*this)(show_master_keys{});
  BOOST_TEST(shown.at("rotation") == "none is under way");
  BOOST_TEST(shown.at("gone_keys_on_disk") == 5);
  BOOST_TEST(shown.at("previous_may_be_forgotten") == false);
  retention.remains.keys = 0;
  BOOST_TEST((*this)(show_master_keys{}).at("previous_may_be_forgotten") == true);
}

BOOST_AUTO_TEST_CASE(what_keeps_a_rotation_from_beginning_is_shown) {
  keys.nodes.push_back({"node-2", ""});
  const auto shown = (*this)(show_master_keys{});
  BOOST_TEST(code == 0);
  BOOST_TEST(shown.at("rotation").get<std::string>().find("node-2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::easelctl
