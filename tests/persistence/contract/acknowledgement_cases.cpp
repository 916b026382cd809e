#include "tests/persistence/contract/visits.hpp"

/// What people have acknowledged of the documents (CHANGE-1).
namespace easel::persistence::contract {

namespace {

std::string acknowledged(world& w, account_id who, policies::document what) {
  const auto found = must(w.db->find_acknowledgements(who));
  for (const auto& each : found.value_or(std::vector<policies::acknowledgement>{}))
    if (each.what == what)
      return each.version;
  return {};
}

void confirming_acknowledges_what_is_in_force(world& w) {
  const auto claims = somebody();
  const auto v = visit(w, claims);
  for (const auto& edition : policies::documents_in_force())
    BOOST_TEST(acknowledged(w, v.account, edition.what) == edition.updated);
  (void)visit(w, claims); // a later sign-in says nothing about documents
  BOOST_TEST(must(w.db->find_acknowledgements(v.account)).value().size() == policies::documents_in_force().size());
}

void an_older_version_overwrites_no_newer_one(world& w) {
  const auto v = visit(w, somebody());
  const auto other = visit(w, somebody());
  const auto privacy = policies::document::privacy;
  BOOST_TEST(must(w.db->acknowledge(v.account, {privacy, "2030-02-28"})));
  BOOST_TEST(acknowledged(w, v.account, privacy) == "2030-02-28");
  BOOST_TEST(must(w.db->acknowledge(v.account, {privacy, "2029-12-31"})));
  BOOST_TEST(must(w.db->acknowledge(v.account, {privacy, "2030-02-28"})));
  BOOST_TEST(acknowledged(w, v.account, privacy) == "2030-02-28");
  for (const auto& edition : policies::documents_in_force()) {
    BOOST_TEST(acknowledged(w, other.account, edition.what) == edition.updated);
    if (edition.what != privacy)
      BOOST_TEST(acknowledged(w, v.account, edition.what) == edition.updated);
  }
}

void nobody_acknowledges_for_whoever_is_not_there(world& w) {
  const auto v = visit(w, somebody());
  w.under.close_account(v.account);
  const policies::acknowledgement what{policies::document::terms, "2030-01-01"};
  for (const auto who : {v.account, w.newcomer().account, account_id{}}) {
    BOOST_TEST(!must(w.db->acknowledge(who, what)));
    BOOST_TEST(!must(w.db->find_acknowledgements(who)).has_value());
  }
}

void versions_that_are_no_days_are_refused(world& w) {
  const auto v = visit(w, somebody());
  for (const auto* version : {"", "1", "2030-02-29", "2030-01-01 ", "infinity"}) {
    BOOST_TEST(is_refused(w.db->acknowledge(v.account, {policies::document::terms, version})), version);
    const auto waiting = w.new_digest();
    BOOST_REQUIRE(finished_sign_in(w, w.new_digest(), waiting, somebody()).result
                  == sign_in_result::confirmation_needed);
    BOOST_TEST(is_refused(
      w.db->confirm_sign_in({waiting, w.new_digest(), "1", "", {{policies::document::terms, std::string(version)}}})));
    BOOST_TEST(confirmed(w, waiting, w.new_digest()).result == sign_in_result::signed_in); // nothing was changed
  }
  BOOST_TEST(acknowledged(w, v.account, policies::document::terms)
             == policies::edition_in_force(policies::document::terms).updated);
}

} // namespace

std::vector<contract_case> acknowledgement_cases() {
  return {
    {"CHANGE_1_confirming_acknowledges_what_is_in_force", confirming_acknowledges_what_is_in_force},
    {"CHANGE_1_an_older_version_overwrites_no_newer_one", an_older_version_overwrites_no_newer_one},
    {"CHANGE_1_nobody_acknowledges_for_whoever_is_not_there", nobody_acknowledges_for_whoever_is_not_there},
    {"CHANGE_1_versions_that_are_no_days_are_refused", versions_that_are_no_days_are_refused},
  };
}

} // namespace easel::persistence::contract
