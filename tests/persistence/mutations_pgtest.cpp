#include "persistence/postgres_rights.hpp"
#include "persistence/privacy_requests.hpp"
#include "policies/clauses.hpp"
#include "tests/persistence/audited_system.hpp"

#include <functional>
#include <set>

/// What enforces the policy is switched off, one thing at a time, on a real database: the audit was green before, and
/// within the time that it promises it is red and names the clause, and no other.
namespace easel::persistence {

BOOST_AUTO_TEST_SUITE(mutations)

namespace {

constexpr auto promptly = 5min; ///< between a row's time and its end

struct mutant {
  const char* what;
  names clauses; ///< that turn red
  std::function<void(audited_system&)> switch_off;
  duration within{};              ///< until then it may stay green; nothing: the next audit sees it
  std::string_view unreaped = {}; ///< the table whose rule is switched off; `everything`: the reaper stands still
};

constexpr std::string_view everything = "*";

std::function<void(audited_system&)> sql(std::string text) {
  return [text = std::move(text)](audited_system& s) { s.database->execute(text); };
}

std::function<void(audited_system&)> told(std::function<void(policies::node_report&)> change) {
  return [change = std::move(change)](audited_system& s) { change(s.own_report); };
}

erasure_id begun_erasure(rights& with, account_id who, erasure_clause why) {
  return contract::must(with.begin_erasure(who, why, std::nullopt)).value();
}

std::function<void(audited_system&)> half_an_erasure(erasure_clause why) {
  return [why](audited_system& s) {
    const auto commands = make_postgres_rights(s.pg.settings(), {}, contract::test_keys(), s.pg.commons);
    (void)begun_erasure(*commands, contract::visit(s.w, contract::somebody("half")).account, why);
  };
}

void forge_a_receipt(audited_system& s) {
  const auto commands = make_postgres_rights(s.pg.settings(), {}, contract::test_keys(), s.pg.commons);
  const auto which =
    begun_erasure(*commands, contract::visit(s.w, contract::somebody("gone")).account, erasure_clause::right_3);
  while (!contract::must(commands->continue_erasure(which)))
    continue;
  BOOST_TEST(s.broken() == names{});
  s.database->execute("alter table easel.erasure disable trigger append_only;"
                      " update easel.erasure set clause = 'CHILD-1'");
}

void leave_a_request_unanswered(audited_system& s) {
  const new_privacy_request late{policies::request_kind::access, std::nullopt, "",
                                 day_of(s.w.now()) - std::chrono::days(40)};
  (void)contract::must(make_postgres_privacy_requests(s.pg.settings())->record(late, "test")).value();
}

/// The reaper, as a whole and rule by rule.
std::vector<mutant> of_the_reaper() {
  const auto none = [](audited_system&) {};
  const auto over = [](const std::string& table) {
    return sql("update easel." + table + " set expires_at = easel.now()");
  };
  return {
    {"the reaper stands still", {"RET-1"}, none, promptly, everything},
    {"the reaper does not believe its clock",
     {"RET-1"},
     [](audited_system& s) { contract::must(s.reaper->halt(policies::clock_fault::leapt)); }},
    {"images are not deleted", {"RET-1"}, over("image"), promptly, "image"},
    {"notes of disclosures are not deleted", {"RET-1"}, over("disclosure"), promptly, "disclosure"},
    {"the access log is not deleted", {"TECH-1"}, over("access_log"), promptly, "access_log"},
    {"sessions are not deleted", {"COOKIE-1"}, over("session"), promptly, "session"},
    {"sign-ins that led to nothing are not deleted",
     {"ACCOUNT-1"},
     [](audited_system& s) { (void)contract::begun(s.w, s.w.new_digest()); },
     10min + promptly,
     "sign_in"},
    {"backups are not removed",
     {"RIGHT-3"},
     sql("insert into easel.backup (id, place, created_at, expires_at, state) values (gen_random_uuid(),"
         " gen_random_uuid(), easel.now() - interval '720 hours', easel.now(), 1)"),
     promptly},
    {"hashes of deleted subjects are not forgotten",
     {"RIGHT-3"},
     sql("insert into easel.erased_subject (subject_hash, strikes, suspended, expires_at)"
         " values (pg_catalog.sha256('somebody'), '{}', false, easel.now())"),
     promptly,
     "erased_subject"},
    {"usage is not folded",
     {"RET-3"},
     [](audited_system& s) { s.w.try_end(s.w.picture(s.under_way, 0, true)); },
     90 * 24h + promptly,
     "credit_transfer"},
    {"records of payments are kept for ever",
     {"RET-3"},
     [](audited_system& s) {
       sql("insert into easel.billing_account values (gen_random_uuid(), null, null, 0, easel.now());"
           " insert into easel.sale select 'cs_old', id, true, null, null, 700, 'eur', 0, 0, false,"
           " easel.now() - interval '9 years' from easel.billing_account")(s);
       (void)s.broken(); // a day from the first audit that sees it
     },
     24h,
     "sale"},
    {"content is given a later expiry",
     {"RET-1"},
     sql("update easel.generation set created_at = easel.now() - interval '31 days'")},
  };
}

/// The schema, and who may do what in it.
std::vector<mutant> of_the_schema() {
  return {
    {"a column joins undeclared", {"ACCOUNT-1"}, sql("alter table easel.person add column picture text")},
    {"a table joins undeclared", {"ACCOUNT-1"}, sql("create table easel.diary (entry text)")},
    {"a field about payments joins undeclared",
     {"ACCOUNT-1", "BILL-1"},
     sql("alter table easel.sale add column card text")},
    {"the log gets a field", {"ACCOUNT-1", "TECH-1"}, sql("alter table easel.access_log add column referer text")},
    {"the log gets a path instead of a template",
     {"TECH-1"},
     [](audited_system& s) { s.log("GET /v1/generations?prompt=a+cat"); }},
    {"a partition takes what has no day",
     {"RET-1"},
     sql("create table easel.image_default partition of easel.image default")},
    {"a table joins whose rows expire and that nobody reaps",
     {"ACCOUNT-1", "RET-1"},
     sql("create table easel.draft (expires_at timestamptz)")},
    {"the auditor may delete", {"RET-1"}, sql("grant delete on easel.image to easel_auditor")},
    {"the auditor may change a column", {"RET-1"}, sql("grant update (name) on easel.api_key to easel_auditor")},
    {"the auditor may read rows", {"RET-1"}, sql("grant select on easel.person to easel_auditor")},
    {"a table cannot be copied for its person",
     {"ACCOUNT-1", "RIGHT-1"},
     sql("alter table easel.session rename column device to machine")},
    {"names cannot be corrected",
     {"RIGHT-2"},
     sql("create function easel.refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"
         " create trigger refuse before update on easel.person for each statement execute function easel.refuse()")},
  };
}

/// What happens to people, their content and their demands.
std::vector<mutant> of_the_service() {
  return {
    {"images are not kept with their generation", {"GEN-1"}, sql("delete from easel.image where index = 1")},
    {"disclosures are not written down",
     {"THIRD-1", "THIRD-2"},
     sql("delete from easel.disclosure where recipient = 1")},
    {"a paid prompt goes to the free provider",
     {"THIRD-1", "THIRD-2"},
     [](audited_system& s) {
       s.drop_checks("disclosure");
       s.database->execute("update easel.disclosure set recipient = 1 where recipient = 2");
     }},
    {"prompts are not moderated",
     {"THIRD-3"},
     [](audited_system& s) {
       s.drop_checks("generation");
       s.database->execute("update easel.generation set verdict_moderated = null where state = 3");
     }},
    {"a restriction does not end what is out", {"RIGHT-4"}, sql("update easel.account set restricted = true")},
    {"a deletion leaves the person",
     {"RET-2", "RIGHT-3"},
     sql("update easel.account a set state = 2 from easel.person"
         " p where p.account_id = a.id")},
    {"a deletion is not finished", {"RIGHT-3"}, half_an_erasure(erasure_clause::right_3), 15min},
    {"a child's data is not deleted at once", {"CHILD-1"}, half_an_erasure(erasure_clause::child_1), promptly},
    {"a receipt is changed", {"RIGHT-3"}, forge_a_receipt},
    {"a request by mail is not answered", {"RIGHT-5"}, leave_a_request_unanswered},
    {"somebody is not asked about the documents",
     {"CHANGE-1"},
     sql("delete from easel.acknowledgement where document = 'privacy'")},
  };
}

/// What a server would tell of itself.
std::vector<mutant> of_the_servers() {
  using report = policies::node_report;
  return {
    {"a host is called that is not declared", {"THIRD-4", "MAIL-1"}, told([](report& r) {
       r.called.push_back({recipient::kie, "ads.example", 1, 1});
     })},
    {"a recipient is called that has no host", {"THIRD-4", "MAIL-1"}, told([](report& r) {
       r.called.push_back({recipient::stripe, "api.stripe.com", 1, 1});
     })},
    {"a port of mail is asked for", {"MAIL-1"}, told([](report& r) { r.mail_sockets = 1; })},
    {"a page loads from elsewhere", {"THIRD-5"}, told([](report& r) { r.pages.front().loads.foreign = 1; })},
    {"a page forbids nothing", {"THIRD-5"}, told([](report& r) { r.pages.front().content_policy.clear(); })},
    {"a third cookie is set", {"COOKIE-1"}, told([](report& r) { r.cookies.emplace("_ga", 1); })},
    {"a cookie is set by something else", {"COOKIE-1"}, told([](report& r) { r.unknown_cookies = 1; })},
  };
}

std::vector<mutant> all_mutants() {
  auto all = of_the_reaper();
  for (const auto& more : {of_the_schema(), of_the_service(), of_the_servers()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

void go_on(audited_system& s, duration span, const mutant& m) {
  s.w.advance(span);
  if (m.unreaped != everything)
    s.reap(m.unreaped);
}

void try_out(const mutant& m) {
  BOOST_TEST_MESSAGE(m.what);
  BOOST_TEST_CONTEXT(m.what) {
    constexpr auto margin = 20s; // the clock goes on while the test works
    audited_system s;
    BOOST_TEST(s.broken() == names{});
    m.switch_off(s);
    if (m.within > duration{}) {
      go_on(s, m.within - margin, m);
      BOOST_TEST(s.broken() == names{});
      go_on(s, 2 * margin, m);
    }
    BOOST_TEST(s.broken() == m.clauses);
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(whatever_of_the_reaper_is_switched_off_is_found_in_time) {
  for (const auto& each : of_the_reaper())
    try_out(each);
}

BOOST_AUTO_TEST_CASE(whatever_is_changed_in_the_schema_is_found) {
  for (const auto& each : of_the_schema())
    try_out(each);
}

BOOST_AUTO_TEST_CASE(whatever_the_service_leaves_undone_is_found) {
  for (const auto& each : of_the_service())
    try_out(each);
}

BOOST_AUTO_TEST_CASE(whatever_a_server_does_beyond_the_policy_is_found) {
  audited_system s; // nothing of it changes but what its server tells
  for (const auto& each : of_the_servers()) {
    BOOST_TEST_CONTEXT(each.what) {
      s.own_report = audited_system::honest_report();
      BOOST_TEST(s.broken() == names{});
      each.switch_off(s);
      BOOST_TEST(s.broken() == each.clauses);
    }
  }
}

BOOST_AUTO_TEST_CASE(there_is_no_clause_that_cannot_turn_red) {
  std::set<std::string, std::less<>> red;
  for (const auto& each : all_mutants())
    red.insert(each.clauses.begin(), each.clauses.end());
  for (const auto& clause : policies::clauses())
    BOOST_TEST(red.contains(clause.id), clause.id);
}

BOOST_AUTO_TEST_CASE(RET_1_a_way_to_read_without_its_predicate_is_found) {
  audited_system s;
  const auto whole = serving_statements();
  BOOST_REQUIRE(whole.size() == 3u);
  BOOST_TEST(s.facts().serving.tried == 3);
  BOOST_TEST(s.broken() == names{});
  for (const std::string predicate : {" and g.expires_at > easel.now()", "and i.expires_at > easel.now() "})
    for (std::size_t i = 0; i < whole.size(); ++i) {
      auto without = whole;
      const auto at = without[i].text.rfind(predicate);
      if (at == std::string::npos)
        continue;
      without[i].text.erase(at, predicate.size());
      s.counting = make_postgres_auditor(s.pg.settings(), 10s, s.pg.commons, without);
      BOOST_TEST(s.facts().serving.give_expired == names{whole[i].name});
      BOOST_TEST(s.broken() == names{"RET-1"});
      BOOST_TEST(s.complaint_about("RET-1") == whole[i].name + " is given to people after its time.");
    }
  s.counting = make_postgres_auditor(s.pg.settings(), 10s, s.pg.commons);
  BOOST_TEST(s.broken() == names{});
}

BOOST_AUTO_TEST_CASE(RET_1_the_clock_of_the_trial_is_nobody_elses) {
  audited_system s;
  const auto before = s.facts();
  const auto after = s.facts();
  BOOST_TEST((after.at - before.at < 1min)); // the trial was a month ahead
  BOOST_TEST(after.completed == before.completed);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
