#include "persistence/panels.hpp"
#include "persistence/process.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace easel::persistence {

BOOST_AUTO_TEST_SUITE(panels)

namespace {

ledger_flow flow(book from, book to, std::int64_t amount) { return {from, to, {1, amount}, {}, {}}; }

} // namespace

BOOST_AUTO_TEST_CASE(what_leaves_a_book_enters_another) {
  const auto balances = balances_of({flow(book::issued, book::available, 100), flow(book::available, book::held, 30),
                                     flow(book::held, book::spent, 20), flow(book::held, book::available, 4),
                                     flow(book::available, book::expired, 1)});
  const std::array<std::int64_t, book_count> expected{-100, 73, 6, 20, 1};
  BOOST_TEST(balances == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(drift_is_what_the_rows_have_beyond_the_entries) {
  ledger_books books;
  books.flows = {flow(book::issued, book::available, 100), flow(book::available, book::held, 30)};
  books.remaining = 70;
  books.held = 30;
  BOOST_TEST(drift_of(books).available == 0);
  BOOST_TEST(drift_of(books).held == 0);
  books.remaining = 69;
  books.held = 31;
  BOOST_TEST(drift_of(books).available == -1);
  BOOST_TEST(drift_of(books).held == 1);
}

BOOST_AUTO_TEST_CASE(each_way_between_two_books_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t from = 0; from < book_count; ++from)
    for (std::size_t to = 0; to < book_count; ++to)
      if (const auto name = name_of(static_cast<book>(from), static_cast<book>(to)); name != "other")
        BOOST_TEST(names.insert(name).second, name);
  BOOST_TEST(names.size() == 9u);
  BOOST_TEST(name_of(book::spent, book::held) == "other");
}

BOOST_AUTO_TEST_CASE(a_process_has_a_name_that_the_database_does_not_cut) {
  BOOST_TEST(process_name().rfind("easel ", 0) == 0u);
  BOOST_TEST(process_name().size() <= 63u);
  BOOST_TEST(process_name().find(':') != std::string::npos);
  BOOST_TEST(!program_version().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace easel::persistence
