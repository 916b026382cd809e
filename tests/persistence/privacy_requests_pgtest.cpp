#include "persistence/privacy_requests.hpp"

#include "persistence/postgres_retention.hpp"
#include "policies/retention_rules.hpp"
#include "tests/persistence/contract/visits.hpp"
#include "tests/persistence/postgres_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Requests about personal data that came by mail (RIGHT-5), as the database keeps them.
namespace easel::persistence {

namespace privacy_requests_in_postgres {

using namespace std::chrono_literals;
using contract::must;
using contract::world;
using policies::request_kind;
using policies::request_outcome;

namespace {

struct fixture : postgres_fixture, world {
  fixture() : world(under_test()) {}

  [[nodiscard]] std::unique_ptr<privacy_requests> at(duration shift) const {
    return make_postgres_privacy_requests(settings(), shift);
  }
  privacy_request_row record(request_kind kind, std::optional<account_id> who = {}, const std::string& reference = "",
                             std::optional<day> received = {}) {
    return must(requests->record({kind, who, reference, received.value_or(today)}, "test")).value();
  }
  [[nodiscard]] std::string audited() const {
    return database->value("select coalesce(string_agg(concat_ws(', ', actor, action, account_id::text, reason), E'\\n'"
                           " order by id), '') from easel.operator_audit where action like '%_privacy_request'");
  }

  std::unique_ptr<privacy_requests> requests = at({});
  day today = day_of(now());
};

} // namespace

} // namespace privacy_requests_in_postgres

BOOST_FIXTURE_TEST_SUITE(privacy_requests_in_postgres, fixture)

BOOST_AUTO_TEST_CASE(RIGHT_5_a_request_is_found_as_it_was_recorded_with_its_due_date) {
  const auto who = newcomer().account;
  const auto made = record(request_kind::objection, who, "MAIL-4711", today - std::chrono::days(3));
  const auto found = must(requests->find(made.id)).value();
  BOOST_TEST((found.id == made.id));
  BOOST_TEST((found.kind == request_kind::objection));
  BOOST_TEST((found.account == who));
  BOOST_TEST(found.reference == "MAIL-4711");
  BOOST_TEST((found.received == today - std::chrono::days(3)));
  BOOST_TEST((found.due == policies::due_on(found.received, false)));
  BOOST_TEST(!found.extended_at.has_value());
  BOOST_TEST(!found.closed_at.has_value());
  BOOST_TEST(!found.outcome.has_value());
  const auto nobody = record(request_kind::complaint);
  BOOST_TEST(!nobody.account.has_value());
  BOOST_TEST(nobody.reference.empty());
  BOOST_TEST(!must(requests->find(privacy_request_id{})).has_value());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_recorded_leaves_nothing) {
  BOOST_TEST(!must(requests->record({request_kind::access, account_id{}, "", today}, "test")).has_value());
  const auto future = requests->record({request_kind::access, std::nullopt, "", today + std::chrono::days(2)}, "test");
  BOOST_REQUIRE(!future.has_value());
  BOOST_TEST(future.error().sqlstate == "22008");
  for (const auto* reference : {"ada@example.org", "a mail from Ada", "-x"}) {
    const auto refused = requests->record({request_kind::access, std::nullopt, reference, today}, "test");
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().sqlstate == "22023");
  }
  BOOST_TEST(database->value("select count(*) from easel.privacy_request") == "0");
  BOOST_TEST(audited() == "");
}

BOOST_AUTO_TEST_CASE(RIGHT_5_each_step_of_a_request_leaves_its_row_in_the_audit) {
  const auto who = newcomer().account;
  const auto made = record(request_kind::restriction, who);
  BOOST_TEST((must(requests->extend(made.id, "test")) == request_change::done));
  BOOST_TEST((must(requests->begin(made.id, "test")) == request_change::done));
  BOOST_TEST((must(requests->close(made.id, request_outcome::done, "test")) == request_change::done));
  const auto about = to_string(who.value) + ", " + to_string(made.id) + " restriction";
  BOOST_TEST(audited()
             == "test, record_privacy_request, " + about + "\ntest, extend_privacy_request, " + about + ": due on "
                  + easel::to_string(policies::due_on(today, true)) + "\ntest, fulfil_privacy_request, " + about
                  + "\ntest, close_privacy_request, " + about + ": done");
  const auto closed = must(requests->find(made.id)).value();
  BOOST_TEST((closed.due == policies::due_on(today, true)));
  BOOST_TEST(closed.begun_at.has_value());
  BOOST_TEST(closed.closed_at.has_value());
  BOOST_TEST((closed.outcome == request_outcome::done));
}

BOOST_AUTO_TEST_CASE(RIGHT_3_an_erasure_is_not_closed_as_done_while_the_account_lives) {
  const auto who = newcomer().account;
  for (const auto kind : {request_kind::erasure, request_kind::child}) {
    const auto made = record(kind, who);
    const auto before = audited();
    BOOST_TEST((must(requests->close(made.id, request_outcome::done, "test")) == request_change::lives));
    BOOST_TEST(!must(requests->find(made.id)).value().closed_at.has_value());
    BOOST_TEST(audited() == before);
    BOOST_TEST((must(requests->close(made.id, request_outcome::withdrawn, "test")) == request_change::done));
  }
  const auto unerased = [&] {
    return database->value("select coalesce(sum(unerased), 0) from easel.audit_privacy_request");
  };
  const auto made = record(request_kind::erasure, who);
  BOOST_TEST(unerased() == "0");
  database->execute("update easel.privacy_request set closed_at = easel.now(), outcome = 'done', expires_at = "
                    "easel.now() where id = '"
                    + to_string(made.id.value) + "'");
  BOOST_TEST(unerased() == "1");
  const auto nobodys = record(request_kind::erasure);
  BOOST_TEST((must(requests->close(nobodys.id, request_outcome::done, "test")) == request_change::done));
  BOOST_TEST(unerased() == "1");
}

BOOST_AUTO_TEST_CASE(RIGHT_5_a_request_that_names_no_account_is_given_one_once) {
  const auto who = newcomer().account;
  const auto made = record(request_kind::erasure);
  BOOST_TEST((must(requests->assign(made.id, account_id{}, "test")) == request_change::nobody));
  BOOST_TEST((must(requests->assign(made.id, who, "test")) == request_change::done));
  BOOST_TEST((must(requests->find(made.id)).value().account == who));
  BOOST_TEST((must(requests->assign(made.id, newcomer().account, "test")) == request_change::named));
  BOOST_TEST(audited().ends_with("test, assign_privacy_request, " + to_string(who.value) + ", " + to_string(made.id)
                                 + " erasure"));
  BOOST_TEST((must(requests->close(made.id, request_outcome::done, "test")) == request_change::lives));
}

BOOST_AUTO_TEST_CASE(a_closed_request_does_not_change_any_more) {
  const auto made = record(request_kind::access);
  BOOST_TEST((must(requests->close(made.id, request_outcome::withdrawn, "test")) == request_change::done));
  const auto before = audited();
  BOOST_TEST((must(requests->close(made.id, request_outcome::done, "test")) == request_change::closed));
  BOOST_TEST((must(requests->extend(made.id, "test")) == request_change::closed));
  BOOST_TEST((must(requests->begin(made.id, "test")) == request_change::closed));
  BOOST_TEST((must(requests->close(privacy_request_id{}, request_outcome::done, "test")) == request_change::not_found));
  BOOST_TEST((must(requests->find(made.id)).value().outcome == request_outcome::withdrawn));
  BOOST_TEST(audited() == before);
}

BOOST_AUTO_TEST_CASE(RIGHT_5_the_time_is_extended_once_and_not_after_the_first_month) {
  const auto made = record(request_kind::access);
  BOOST_TEST((must(at(24h * 32)->extend(made.id, "test")) == request_change::too_late));
  BOOST_TEST((must(requests->find(made.id)).value().due == policies::due_on(today, false)));
  BOOST_TEST((must(requests->extend(made.id, "test")) == request_change::done));
  BOOST_TEST((must(requests->extend(made.id, "test")) == request_change::too_late));
  BOOST_TEST((must(requests->find(made.id)).value().due == policies::due_on(today, true)));
}

BOOST_AUTO_TEST_CASE(RIGHT_5_what_is_due_first_is_listed_first_and_what_is_closed_only_when_asked_for) {
  const auto later = record(request_kind::access, std::nullopt, "later");
  const auto overdue = record(request_kind::access, std::nullopt, "overdue", today - std::chrono::days(60));
  const auto closed = record(request_kind::access, std::nullopt, "closed");
  must(requests->close(closed.id, request_outcome::refused, "test"));
  const auto names = [](const request_listing& found) {
    std::string text;
    for (const auto& row : found.rows)
      text += row.reference + ' ';
    return text;
  };
  BOOST_TEST(names(must(requests->list(false))) == "overdue later ");
  BOOST_TEST(names(must(requests->list(true))) == "overdue later closed ");
  BOOST_TEST((must(requests->list(false)).today == today));
  BOOST_TEST(policies::is_past_due(overdue.due, today));
  BOOST_TEST(!policies::is_past_due(later.due, today));
}

BOOST_AUTO_TEST_CASE(RIGHT_5_a_closed_request_goes_after_its_window_and_an_open_one_stays) {
  const auto open = record(request_kind::access);
  const auto closed = record(request_kind::access);
  must(requests->close(closed.id, request_outcome::done, "test"));
  const auto reaper = make_postgres_retention(settings(), 1s, commons);
  const auto rules = policies::reaping_rules({});
  const auto rule =
    std::find_if(rules.begin(), rules.end(), [](const auto& each) { return each.table == "privacy_request"; });
  BOOST_REQUIRE(rule != rules.end());
  advance(24h * 1095 - 1min);
  BOOST_TEST(must(reaper->reap(*rule, must(reaper->now()), 100)) == 0);
  advance(2min);
  BOOST_TEST(must(reaper->reap(*rule, must(reaper->now()), 100)) == 1);
  BOOST_TEST(!must(requests->find(closed.id)).has_value());
  BOOST_TEST(must(requests->find(open.id)).has_value());
}

BOOST_AUTO_TEST_CASE(the_longest_reference_fits_and_the_schema_takes_nothing_else) {
  (void)record(request_kind::access, std::nullopt, std::string(40, '9'));
  BOOST_CHECK_THROW(database->execute("update easel.privacy_request set reference = 'ada@example.org'"),
                    std::runtime_error);
  BOOST_CHECK_THROW(database->execute("update easel.privacy_request set closed_at = now()"), std::runtime_error);
  for (const auto kind : policies::all_request_kinds)
    (void)record(kind);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
