#include "policies/documents.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

BOOST_AUTO_TEST_SUITE(documents)

using namespace easel;
using namespace easel::policies;

namespace {

const std::vector<document_edition> editions{
  {document::privacy, "/privacy", "2027-05-01"},
  {document::terms, "/terms", "2027-02-01"},
};
const std::vector<material_change> changes{
  {document::privacy, "2027-01-01"},
  {document::terms, "2027-02-01"},
  {document::privacy, "2027-03-01"}, // and a correction in May, of which nobody is told
};

/// "privacy 2027-01-01 2027-03-01, terms 2027-02-01"
std::string open_for(const std::vector<acknowledgement>& acknowledged) {
  std::string text;
  for (const auto& notice : open_notices(acknowledged, editions, changes)) {
    text.append(text.empty() ? "" : ", ").append(to_string(notice.now.what));
    for (const auto version : notice.changes)
      text.append(" ").append(version);
  }
  return text;
}

} // namespace

BOOST_AUTO_TEST_CASE(CHANGE_1_whoever_has_not_acknowledged_the_latest_change_is_told_of_it) {
  const auto privacy = document::privacy, terms = document::terms;
  BOOST_TEST(open_for({}) == "privacy 2027-01-01 2027-03-01, terms 2027-02-01");
  BOOST_TEST(open_for({{privacy, "2026-12-31"}, {terms, "2027-01-31"}})
             == "privacy 2027-01-01 2027-03-01, terms 2027-02-01");
  BOOST_TEST(open_for({{privacy, "2027-01-01"}, {terms, "2027-02-01"}}) == "privacy 2027-03-01");
  BOOST_TEST(open_for({{privacy, "2027-02-28"}, {terms, "2027-02-01"}}) == "privacy 2027-03-01");
  BOOST_TEST(open_for({{privacy, "2027-03-01"}, {terms, "2027-02-01"}}) == "");     // the correction needs no yes
  BOOST_TEST(open_for({{privacy, "2028-01-01"}, {terms, "2028-01-01"}}) == "");     // of a later program
  BOOST_TEST(open_for({{terms, "2027-05-01"}}) == "privacy 2027-01-01 2027-03-01"); // each for itself
}

BOOST_AUTO_TEST_CASE(of_two_records_the_later_counts) {
  BOOST_TEST(open_for({{document::privacy, "2027-05-01"}, {document::privacy, "2026-01-01"}}) == "terms 2027-02-01");
}

BOOST_AUTO_TEST_CASE(what_is_acknowledged_by_acknowledging_is_the_edition_in_force) {
  const auto open = open_notices({}, editions, changes);
  BOOST_REQUIRE(open.size() == 2u);
  BOOST_TEST(open[0].now.updated == "2027-05-01");
  BOOST_TEST(open_for({{document::privacy, std::string(open[0].now.updated)}}) == "terms 2027-02-01");
}

BOOST_AUTO_TEST_CASE(only_versions_that_there_were_can_be_acknowledged) {
  const auto known = [](document what, std::string_view version) {
    return is_known_version(what, version, editions, changes);
  };
  for (const auto* version : {"2027-01-01", "2027-03-01", "2027-05-01"})
    BOOST_TEST(known(document::privacy, version), version);
  for (const auto* version : {"", "2027-02-01", "2027-05-02", "2027-5-1", "latest"})
    BOOST_TEST(!known(document::privacy, version), version);
  BOOST_TEST(known(document::terms, "2027-02-01"));
}

BOOST_AUTO_TEST_CASE(a_version_is_a_day) {
  for (const auto* version : {"2026-11-26", "2028-02-29", "1999-12-31"})
    BOOST_TEST(is_document_version(version), version);
  for (const auto* version : {"", "2026-11-2", "2026-11-31", "2027-02-29", "26-11-2026", "2026/11/26", "2026-11-26T",
                              "2026-13-01", "2026-00-01", "2026-11-00", "-026-11-26", "2026-+1-26"})
    BOOST_TEST(!is_document_version(version), version);
}

BOOST_AUTO_TEST_CASE(CHANGE_1_each_document_has_one_edition_and_no_change_is_later_than_it) {
  std::set<document> seen;
  for (const auto& edition : documents_in_force()) {
    BOOST_TEST_INFO(edition.path);
    BOOST_TEST(seen.insert(edition.what).second);
    BOOST_TEST(is_document_version(edition.updated));
    BOOST_TEST((parse_document(to_string(edition.what)) == edition.what));
    BOOST_TEST((edition_in_force(edition.what).path == edition.path));
  }
  BOOST_TEST(!parse_document("imprint").has_value());
  std::string_view before;
  for (const auto& change : material_changes()) {
    BOOST_TEST(is_document_version(change.version));
    BOOST_TEST(change.version <= edition_in_force(change.what).updated);
    BOOST_TEST(change.version >= before); // oldest first
    before = change.version;
  }
}

BOOST_AUTO_TEST_CASE(CHANGE_1_whoever_signs_up_has_nothing_left_to_acknowledge) {
  const auto signed_up = acknowledged_at_sign_up();
  BOOST_TEST(signed_up.size() == documents_in_force().size());
  BOOST_TEST(open_notices(signed_up, documents_in_force(), material_changes()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
