#include "tests/support/fake_rights.hpp"
#include "tools/easelctl/request_commands.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <sstream>

namespace easel::easelctl {

namespace request_commands_suite {

namespace {

using nlohmann::json;
using persistence::answer;
using persistence::privacy_request_id;
using persistence::privacy_request_row;
using persistence::request_change;
using policies::request_kind;
using policies::request_outcome;

const day today(std::chrono::year(2027) / 1 / 20);
const instant now = today + std::chrono::hours(9);

/// A few requests, as the database would keep them.
class few_requests final : public persistence::privacy_requests {
public:
  answer<std::optional<privacy_request_row>> record(const persistence::new_privacy_request& what,
                                                    const std::string& by) override {
    said.push_back("record " + by);
    if (what.account == account_id{})
      return std::optional<privacy_request_row>();
    if (what.received > today)
      return unexpected(persistence::store_error{persistence::store_error::kind::refused, "record", "22008"});
    privacy_request_row row;
    row.id.value.bytes[15] = static_cast<std::uint8_t>(rows.size() + 1);
    row.kind = what.kind;
    row.account = what.account;
    row.reference = what.reference;
    row.received = what.received;
    row.due = policies::due_on(what.received, false);
    rows.push_back(row);
    return std::optional(row);
  }
  answer<std::optional<privacy_request_row>> find(privacy_request_id which) override {
    const auto* row = row_of(which);
    return row ? std::optional(*row) : std::nullopt;
  }
  answer<persistence::request_listing> list(bool closed_too) override {
    persistence::request_listing found{today, {}};
    for (const auto& row : rows)
      if (closed_too || !row.closed_at)
        found.rows.push_back(row);
    return found;
  }
  answer<request_change> extend(privacy_request_id which, const std::string& by) override {
    return change(which, "extend " + by, [](auto& row) {
      if (!policies::may_extend(row.received, row.extended_at.has_value(), today))
        return request_change::too_late;
      row.extended_at = now;
      row.due = policies::due_on(row.received, true);
      return request_change::done;
    });
  }
  answer<request_change> begin(privacy_request_id which, const std::string& by) override {
    return change(which, "begin " + by, [](auto& row) {
      row.begun_at = now;
      return request_change::done;
    });
  }
  answer<request_change> assign(privacy_request_id which, account_id who, const std::string& by) override {
    return change(which, "assign " + by, [&](auto& row) {
      if (row.account)
        return request_change::named;
      row.account = who;
      return request_change::done;
    });
  }
  answer<request_change> close(privacy_request_id which, request_outcome outcome, const std::string& by) override {
    return change(which, "close " + by, [&](auto& row) {
      if (!policies::may_close(row.kind, outcome, row.account && lives(*row.account)))
        return request_change::lives;
      row.closed_at = now;
      row.outcome = outcome;
      return request_change::done;
    });
  }

  std::vector<privacy_request_row> rows;
  std::vector<std::string> said;
  std::function<bool(account_id)> lives;

private:
  privacy_request_row* row_of(privacy_request_id which) {
    for (auto& row : rows)
      if (row.id == which)
        return &row;
    return nullptr;
  }
  template <class Work>
  request_change change(privacy_request_id which, const std::string& what, Work work) {
    said.push_back(what);
    auto* row = row_of(which);
    if (!row)
      return request_change::not_found;
    return row->closed_at ? request_change::closed : work(*row);
  }
};

account_id somebody() {
  account_id who;
  who.value.bytes[0] = 1;
  return who;
}

struct fixture {
  int code = 0;
  std::string error;
  few_requests requests;
  std::shared_ptr<testing::rights_book> book = std::make_shared<testing::rights_book>();

  fixture() {
    requests.lives = [this](account_id) {
      return std::find(book->calls.begin(), book->calls.end(), "step") == book->calls.end();
    };
  }

  std::string printed(const request_command& what, bool as_json) {
    std::ostringstream out, err;
    const auto open = [this] { return std::make_unique<testing::fake_rights>(book); };
    code = run_requests(what, {requests, open, "tester", as_json}, out, err);
    error = err.str();
    return out.str();
  }
  json operator()(const request_command& what) {
    const auto text = printed(what, true);
    return text.empty() ? json() : json::parse(text);
  }
  privacy_request_id recorded(request_kind kind, std::optional<account_id> who = somebody(), day received = today) {
    (void)(*this)(record_request{{kind, who, "MAIL-1", received}});
    BOOST_REQUIRE(code == 0);
    return requests.rows.back().id;
  }
};

} // namespace

} // namespace request_commands_suite

BOOST_FIXTURE_TEST_SUITE(request_commands_suite, fixture)

BOOST_AUTO_TEST_CASE(RIGHT_5_recording_tells_until_when_to_answer) {
  const auto made = (*this)(record_request{{request_kind::access, somebody(), "MAIL-1", today}});
  BOOST_TEST(code == 0);
  BOOST_TEST(made["request"].get<std::string>().starts_with("preq_"));
  BOOST_TEST(made["due_on"] == "2027-02-20");
  BOOST_TEST(made["account"] == to_string(somebody()));
  BOOST_TEST(made["closed_at"].is_null());
  (void)(*this)(record_request{{request_kind::access, account_id{}, "", today}});
  BOOST_TEST(code == 1);
  BOOST_TEST(error == "easelctl: there is no such account, or it is closed\n");
  (void)(*this)(record_request{{request_kind::access, std::nullopt, "", today + std::chrono::days(1)}});
  BOOST_TEST(code == 1);
  BOOST_TEST(error == "easelctl: --received lies in the future\n");
}

BOOST_AUTO_TEST_CASE(RIGHT_5_the_list_says_how_many_days_are_left_and_what_is_overdue) {
  (void)recorded(request_kind::access, somebody(), today - std::chrono::days(40));
  const auto open = recorded(request_kind::correction);
  auto found = (*this)(list_requests{});
  BOOST_TEST(found["today"] == "2027-01-20");
  BOOST_REQUIRE(found["requests"].size() == 2u);
  BOOST_TEST(found["requests"][0]["days_left"] == -9); // received on 11 December
  BOOST_TEST(found["requests"][1]["days_left"] == 31);
  auto table = printed(list_requests{}, false);
  BOOST_TEST(table.find("OVERDUE") != std::string::npos);
  BOOST_TEST(table.find("open") != std::string::npos);
  (void)(*this)(close_request{open, request_outcome::refused});
  BOOST_TEST((*this)(list_requests{})["requests"].size() == 1u);
  found = (*this)(list_requests{true});
  BOOST_TEST(found["requests"][1]["days_left"].is_null());
  BOOST_TEST(found["requests"][1]["outcome"] == "refused");
  requests.rows.clear();
  BOOST_TEST(printed(list_requests{}, false) == "no request is open\n");
}

BOOST_AUTO_TEST_CASE(RIGHT_5_the_time_is_extended_once) {
  const auto id = recorded(request_kind::access);
  BOOST_TEST((*this)(extend_request{id})["due_on"] == "2027-04-20");
  (void)(*this)(extend_request{id});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("extended once") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(CHILD_1_a_report_is_fulfilled_by_an_erasure_for_this_reason) {
  const auto id = recorded(request_kind::child);
  const auto done = (*this)(fulfil_request{id});
  BOOST_TEST(code == 0);
  BOOST_TEST((book->calls == std::vector<std::string>{"begin", "step", "step", "step"}));
  BOOST_TEST(book->noted == "CHILD-1 tester " + to_string(id));
  BOOST_TEST(done["outcome"] == "done");
  BOOST_TEST(!done["begun_at"].is_null());
  BOOST_TEST((requests.said == std::vector<std::string>{"record tester", "begin tester", "close tester"}));
}

BOOST_AUTO_TEST_CASE(RIGHT_5_an_erasure_and_a_restriction_go_by_the_persons_own_functions) {
  (void)(*this)(fulfil_request{recorded(request_kind::erasure)});
  BOOST_TEST(code == 0);
  BOOST_TEST(book->noted.starts_with("RIGHT-3 tester preq_"));
  for (const auto kind : {request_kind::restriction, request_kind::objection}) {
    book->calls.clear();
    BOOST_TEST((*this)(fulfil_request{recorded(kind)})["outcome"] == "done");
    BOOST_TEST((book->calls == std::vector<std::string>{"restrict", "end work"}));
  }
}

BOOST_AUTO_TEST_CASE(RIGHT_5_what_a_person_has_to_answer_is_not_fulfilled_by_the_service) {
  for (const auto kind : {request_kind::access, request_kind::correction, request_kind::complaint}) {
    (void)(*this)(fulfil_request{recorded(kind)});
    BOOST_TEST(code == 1);
    BOOST_TEST(error.find("by hand") != std::string::npos);
    BOOST_TEST(!requests.rows.back().begun_at.has_value());
  }
  (void)(*this)(fulfil_request{recorded(request_kind::erasure, std::nullopt)});
  BOOST_TEST(code == 1);
  BOOST_TEST(error.find("names no account") != std::string::npos);
  BOOST_TEST(book->calls.empty());
}

BOOST_AUTO_TEST_CASE(RIGHT_3_an_erasure_is_not_closed_as_done_while_the_account_lives) {
  for (const auto kind : {request_kind::erasure, request_kind::child}) {
    const auto id = recorded(kind);
    (void)(*this)(close_request{id, request_outcome::done});
    BOOST_TEST(code == 1);
    BOOST_TEST(error.find("the account lives") != std::string::npos);
    BOOST_TEST(!requests.rows.back().closed_at.has_value());
    BOOST_TEST((*this)(close_request{id, request_outcome::refused})["outcome"] == "refused");
  }
  BOOST_TEST((*this)(close_request{recorded(request_kind::erasure, std::nullopt)})["outcome"] == "done");
  BOOST_TEST((*this)(close_request{recorded(request_kind::access)})["outcome"] == "done");
}

BOOST_AUTO_TEST_CASE(RIGHT_5_a_request_that_names_no_account_is_given_one_and_fulfilled) {
  const auto id = recorded(request_kind::erasure, std::nullopt);
  BOOST_TEST((*this)(assign_request{id, somebody()})["account"] == to_string(somebody()));
  (void)(*this)(assign_request{id, somebody()});
  BOOST_TEST(code == 1);
  BOOST_TEST(error == "easelctl: the request names an account already\n");
  BOOST_TEST((*this)(fulfil_request{id})["outcome"] == "done");
  (void)(*this)(assign_request{id, somebody()});
  BOOST_TEST(error == "easelctl: the request is closed\n");
}

BOOST_AUTO_TEST_CASE(a_request_stays_open_when_it_could_not_be_fulfilled) {
  const auto id = recorded(request_kind::erasure);
  book->unavailable = 1;
  (void)(*this)(fulfil_request{id});
  BOOST_TEST(code == 1);
  BOOST_TEST(!requests.rows.back().closed_at.has_value());
  BOOST_TEST(requests.rows.back().begun_at.has_value());
  (void)(*this)(fulfil_request{id}); // once more
  BOOST_TEST(code == 0);
  BOOST_TEST(requests.rows.back().closed_at.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_closed_or_not_there_is_said_to_be) {
  const auto id = recorded(request_kind::erasure);
  (void)(*this)(close_request{id, request_outcome::withdrawn});
  for (const request_command& what :
       {request_command(close_request{id}), request_command(extend_request{id}), request_command(fulfil_request{id})}) {
    (void)(*this)(what);
    BOOST_TEST(code == 1);
    BOOST_TEST(error == "easelctl: the request is closed\n");
  }
  BOOST_TEST(book->calls.empty());
  const privacy_request_id nobody{};
  for (const request_command& what : {request_command(close_request{nobody}), request_command(extend_request{nobody}),
                                      request_command(fulfil_request{nobody})}) {
    (void)(*this)(what);
    BOOST_TEST(code == 1);
    BOOST_TEST(error == "easelctl: there is no such request\n");
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::easelctl
