#include "persistence/memory_store.hpp"
#include "policies/api_key.hpp"
#include "policies/clauses.hpp"
#include "tests/support/fake_rights.hpp"
#include "tests/support/interposed_store.hpp"
#include "tools/easelctl/commands.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace easel::easelctl {

namespace commands_suite {

namespace {

using nlohmann::json;
using persistence::answer;

/// A reaper that has stopped until somebody confirms its clock.
class stopped_retention final : public persistence::retention {
public:
  answer<bool> lead() override { return true; }
  answer<instant> now() override { return instant{}; }
  answer<persistence::clock_record> find_clock() override { return clock; }
  answer<bool> keep_clock(const policies::clock_mark&) override { return true; }
  answer<bool> halt(policies::clock_fault) override { return true; }
  answer<bool> confirm_clock(std::string actor, std::string reason) override {
    if (!clock.halted_at)
      return false;
    clock = {};
    confirmed = actor + ": " + reason;
    return true;
  }
  answer<int> reap(const policies::reaping_rule&, instant, int) override { return 0; }
  answer<std::vector<policies::day_partition>> partitions() override { return std::vector<policies::day_partition>{}; }
  answer<bool> take(const policies::planned_step&) override { return true; }
  answer<policies::key_remains> find_key_remains() override { return keys; }
  answer<bool> wipe_keys(policies::wipe_step, duration) override { return true; }
  answer<std::optional<policies::key_wipe>> last_key_wipe() override { return wipe; }
  answer<bool> record(const persistence::retention_run&) override { return true; }
  answer<std::optional<persistence::retention_run>> last_run() override { return run; }

  persistence::clock_record clock{{}, instant{std::chrono::seconds(1'795'000'000)}, policies::clock_fault::leapt};
  std::optional<persistence::retention_run> run;
  policies::key_remains keys;
  std::optional<policies::key_wipe> wipe;
  std::string confirmed;
};

class counted_facts final : public persistence::auditor {
public:
  answer<bool> lead() override { return true; }
  answer<bool> tell(const policies::node_report&) override { return true; }
  answer<policies::live_facts> collect() override { return facts; }

  policies::live_facts facts;
};

struct desk {
  int code = 0;
  std::string error;

  /// Runs a command as `tester` and returns what it printed as JSON; null when it printed nothing.
  json operator()(const command& what, bool accounts_allowed = true) {
    std::ostringstream out, err;
    code =
      run(what, {*store, *keys, "tester", accounts_allowed, true, &retention, &auditor, {}, open_rights, journal.get()},
          out, err);
    error = err.str();
    return out.str().empty() ? json() : json::parse(out.str());
  }

  account_id new_account(tier of = tier::free, std::int64_t gift = 100) {
    const auto made = (*this)(create_account{of, credits::unchecked(gift), "test"});
    return parse_id<account_id>(made.at("account").get<std::string>()).value();
  }

  std::shared_ptr<testing::rights_book> book = std::make_shared<testing::rights_book>();
  std::function<std::unique_ptr<persistence::rights>()> open_rights = [this] {
    return std::make_unique<testing::fake_rights>(book);
  };
  instant now{std::chrono::seconds(1'795'000'000)};
  std::shared_ptr<const persistence::keyring> keys = std::make_shared<const persistence::keyring>(
    persistence::keyring::from_master(secret_text(std::string(64, 'a'))).value());
  std::shared_ptr<persistence::memory_database> database =
    std::make_shared<persistence::memory_database>([this] { return now; });
  std::unique_ptr<persistence::erasure_journal> journal;
  stopped_retention retention;
  counted_facts auditor;
  std::unique_ptr<persistence::store> store = persistence::make_memory_store(database, {}, keys);
};

} // namespace

} // namespace commands_suite

BOOST_FIXTURE_TEST_SUITE(commands_suite, desk)

BOOST_AUTO_TEST_CASE(an_account_is_made_with_its_gift) {
  const auto made = (*this)(create_account{tier::paid, credits::unchecked(250), "demo"});
  BOOST_TEST(code == 0);
  BOOST_TEST(made.at("tier") == "paid");
  BOOST_TEST(made.at("available") == 250);
  BOOST_TEST(made.at("grants").at(0).at("kind") == "gift");
}

BOOST_AUTO_TEST_CASE(no_account_is_made_where_google_is_the_only_way_in) {
  (*this)(create_account{tier::free, std::nullopt, ""}, false);
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("allow_operator_accounts") != std::string::npos);
  BOOST_TEST(database->audit().empty());
}

BOOST_AUTO_TEST_CASE(CHILD_1_an_erasure_goes_through_its_steps_and_prints_the_receipt) {
  const auto id = new_account();
  const auto receipt = (*this)(erase_account{id, true, "reported"});
  BOOST_TEST(code == 0);
  BOOST_TEST(receipt.at("receipt").get<std::string>().starts_with("erasure_"));
  BOOST_TEST((book->calls == std::vector<std::string>{"begin", "step", "step", "step"}));
  BOOST_TEST(book->noted == "CHILD-1 tester reported");
  book->unavailable = 1;
  (*this)(erase_account{id, false, "asked"});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("cannot be reached") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_the_journal_of_erasures_is_begun_once_and_verified) {
  (*this)(verify_erasures{});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("erasure_journal.path is not set") != std::string::npos);

  std::string folder = (std::filesystem::temp_directory_path() / "easel-easelctl-XXXXXX").string();
  BOOST_REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const auto path = folder + "/erasures";
  journal = std::make_unique<persistence::erasure_journal>(persistence::erasure_journal_settings{path}, keys);
  BOOST_TEST((*this)(begin_erasure_journal{}).at("begun") == path);
  BOOST_TEST((*this)(verify_erasures{}).at("oldest").is_null());
  (*this)(begin_erasure_journal{});
  BOOST_TEST(code == 1);

  for (const auto at : {now, now - std::chrono::hours(1)})
    BOOST_REQUIRE(journal->append({account_id{}, persistence::erasure_clause::right_3, at}).has_value());
  const auto found = (*this)(verify_erasures{});
  BOOST_TEST(code == 0);
  BOOST_TEST(found.at("entries") == 2);
  BOOST_TEST(found.at("oldest") == to_string(now - std::chrono::hours(1)));
  BOOST_TEST(found.at("newest") == to_string(now));
  BOOST_TEST(found.at("ends_in_half_a_line") == false);

  std::fstream(path).write("x", 1);
  (*this)(verify_erasures{});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("line 1 is damaged") != std::string::npos);
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(RIGHT_4_objections_are_shown) {
  const auto id = new_account();
  const auto found = (*this)(list_objections{id});
  BOOST_TEST(found.at("restrictions").size() == 1u);
  BOOST_TEST(found.at("restrictions").at(0).at("lifted_at").is_null());
  (*this)(list_objections{account_id{}});
  BOOST_TEST(code == 1);
}

BOOST_AUTO_TEST_CASE(a_key_is_shown_once_and_found_by_its_hash) {
  const auto account = new_account();
  const auto made = (*this)(create_key{account, "laptop"});
  const auto key = made.at("key").get<std::string>();
  BOOST_TEST(policies::is_api_key(key));
  const auto found = store->find_key(keys->keyed_hash(persistence::hash_purpose::api_key, key));
  BOOST_REQUIRE((found.has_value() && found->has_value()));
  BOOST_TEST((**found).name == "laptop");
  const auto listed = (*this)(list_keys{account});
  BOOST_REQUIRE(listed.at("keys").size() == 1u);
  BOOST_TEST(!listed.at("keys").at(0).contains("key"));
  BOOST_TEST(listed.dump().find(key) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_no_longer_found) {
  const auto account = new_account();
  const auto made = (*this)(create_key{account, "laptop"});
  const auto id = parse_id<key_id>(made.at("id").get<std::string>()).value();
  (*this)(revoke_key{account, id});
  BOOST_TEST(code == 0);
  const auto hash = keys->keyed_hash(persistence::hash_purpose::api_key, made.at("key").get<std::string>());
  BOOST_TEST(!store->find_key(hash)->has_value());
  (*this)(revoke_key{new_account(), id});
  BOOST_TEST(code == 1);
}

BOOST_AUTO_TEST_CASE(tier_and_gifts_change_the_account_and_leave_an_audit_row) {
  const auto account = new_account(tier::free, 1);
  BOOST_TEST((*this)(set_tier{account, tier::paid, "asked"}).at("tier") == "paid");
  BOOST_TEST((*this)(give{account, credits::unchecked(9), std::nullopt, "sorry"}).at("available") == 10);
  (*this)(lift_suspension{account, "talked"});
  BOOST_TEST(code == 0);
  const auto audit = database->audit();
  BOOST_REQUIRE(!audit.empty());
  for (const auto& entry : audit)
    BOOST_TEST(entry.actor == "tester");
  BOOST_TEST(audit.back().reason == "talked");
}

BOOST_AUTO_TEST_CASE(an_account_that_is_not_there_is_said_to_be_missing) {
  const account_id nobody{};
  for (const command& what : {command(show_account{nobody}), command(set_tier{nobody, tier::paid, "x"}),
                              command(lift_suspension{nobody, "x"}), command(create_key{nobody, "x"}),
                              command(give{nobody, credits::unchecked(1), std::nullopt, ""})}) {
    (*this)(what);
    BOOST_TEST(code == 1);
    BOOST_TEST(error == "easelctl: there is no such account, or it is closed\n");
  }
}

BOOST_AUTO_TEST_CASE(books_in_order_are_all_zeros) {
  new_account();
  const auto counts = (*this)(check_ledger{});
  BOOST_TEST(code == 0);
  BOOST_TEST(counts.size() == 8u);
  for (const auto& [name, count] : counts.items())
    BOOST_TEST(count == 0, name);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_gone_is_named_without_a_value) {
  store = testing::interpose(std::move(store), [](auto operation, bool) -> std::optional<persistence::store_error> {
    return persistence::store_error{persistence::store_error::kind::unavailable, std::string(operation), "08006"};
  });
  (*this)(check_database{});
  BOOST_TEST(code == 1);
  BOOST_TEST(error == "easelctl: the database cannot be reached: find_account (SQLSTATE 08006)\n");
}

BOOST_AUTO_TEST_CASE(plain_output_names_every_field_on_a_line_of_its_own) {
  std::ostringstream out, err;
  BOOST_TEST(run(check_ledger{}, {*store, *keys, "tester", true, false}, out, err) == 0);
  BOOST_TEST(out.str().find("balances_off                0\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_latest_round_of_deletions_is_shown) {
  retention.run.emplace();
  retention.run->cut = now;
  retention.run->rows = 7;
  retention.run->by_table = {{"image", 7}};
  const auto shown = (*this)(show_retention{});
  BOOST_TEST(code == 0);
  BOOST_TEST(shown.at("halted_because").get<std::string>().find("clock") != std::string::npos);
  BOOST_TEST(shown.at("latest_round").at("rows") == 7);
  BOOST_TEST(shown.at("latest_round").at("by_table").at("image") == 7);
}

BOOST_AUTO_TEST_CASE(RIGHT_3_what_the_disk_may_hold_of_destroyed_keys_is_shown) {
  retention.keys.keys = 2;
  retention.keys.oldest = now;
  retention.keys.missing = {"pg_checkpoint"};
  auto shown = (*this)(show_retention{}).at("keys");
  BOOST_TEST(shown.at("destroyed_and_on_disk") == 2);
  BOOST_TEST(shown.at("oldest_destroyed_at") == to_string(now));
  BOOST_TEST(shown.at("in_the_log_since").is_null());
  BOOST_TEST(shown.at("latest_wipe").is_null());
  BOOST_TEST(shown.at("missing").at(0).get<std::string>().find("grant pg_checkpoint") != std::string::npos);
  retention.keys = {};
  retention.wipe = policies::key_wipe{now, 2, now};
  shown = (*this)(show_retention{}).at("keys");
  BOOST_TEST(shown.at("latest_wipe") == to_string(now));
  BOOST_TEST(shown.at("missing").empty());
}

BOOST_AUTO_TEST_CASE(a_clock_is_confirmed_once_and_with_a_reason) {
  (*this)(confirm_clock{"looked at it"});
  BOOST_TEST(code == 0);
  BOOST_TEST(retention.confirmed == "tester: looked at it");
  (*this)(confirm_clock{"again"});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("has not stopped") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_audit_names_each_clause_and_fails_when_one_is_broken) {
  const auto audit = (*this)(audit_policy{});
  BOOST_TEST(code == 1);
  BOOST_TEST(!error.empty());
  const auto& all = audit.at("clauses");
  BOOST_TEST(all.size() == policies::clauses().size());
  const auto finding_of = [&](const char* clause) {
    for (const auto& each : all)
      if (each.at("clause") == clause)
        return each.at("finding").get<std::string>();
    return std::string();
  };
  BOOST_TEST(finding_of("GEN-1") == "kept");
  BOOST_TEST(finding_of("RET-1") == "broken");   // nothing was counted at all
  BOOST_TEST(finding_of("RIGHT-1") == "broken"); // no copy was tried
}

BOOST_AUTO_TEST_CASE(an_audit_is_printed_for_people_too) {
  auditor.facts.completed_without_images = 2;
  std::ostringstream out, err;
  BOOST_TEST(run(audit_policy{}, {*store, *keys, "tester", true, false, &retention, &auditor}, out, err) == 1);
  BOOST_TEST(out.str().find("GEN-1       broken\n") != std::string::npos);
  BOOST_TEST(out.str().find("completed without exactly their images must be 0 and is 2.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_audit_leaves_a_report_when_it_is_asked_for_one) {
  const auto file = std::filesystem::temp_directory_path() / ("easel-audit-" + std::to_string(::getpid()) + ".json");
  const auto audit = (*this)(audit_policy{file.string()});
  BOOST_TEST(code == 1); // not every clause is proved: the report is written all the same
  const auto kept = json::parse(std::ifstream(file));
  std::filesystem::remove(file);
  BOOST_TEST((kept.at("report") == audit));
  BOOST_TEST(kept.at("signature") == "unsigned");
  (*this)(audit_policy{"/there/is/no/such/folder/report.json"});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("cannot be written") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::easelctl
