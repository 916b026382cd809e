#include "http/client/sse_parser.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

BOOST_AUTO_TEST_SUITE(sse_parser_suite)

using namespace easel::client;

namespace {

struct collected : sse_handler {
  std::vector<std::string> events;
  std::string data;
  std::size_t stop_after = 100;

  bool on_data(std::string_view piece) override {
    data.append(piece);
    return true;
  }
  bool on_event() override {
    events.push_back(std::exchange(data, {}));
    return events.size() < stop_after;
  }
};

using texts = std::vector<std::string>;

void expect_at_every_split(const std::string& stream, const texts& expected) {
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    collected got;
    sse_parser parser(got);
    parser.feed(std::string_view(stream).substr(0, cut));
    parser.feed(std::string_view(stream).substr(cut));
    BOOST_TEST_CONTEXT("cut at " << cut) BOOST_TEST(got.events == expected, boost::test_tools::per_element());
  }
  collected got;
  sse_parser parser(got);
  for (const char c : stream)
    parser.feed({&c, 1});
  BOOST_TEST(got.events == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_CASE(events_are_read_at_any_split) {
  expect_at_every_split("event: x\ndata: {\"a\":1}\n\n: ping\n\ndata:two\n\n:\n\n", {"{\"a\":1}", "two"});
}

BOOST_AUTO_TEST_CASE(all_three_line_ends_count) {
  expect_at_every_split("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\rdata: e\n\r\n", {"a", "b", "c", "d", "e"});
}

BOOST_AUTO_TEST_CASE(data_lines_join_with_a_line_feed) {
  expect_at_every_split("data: a\ndata\ndata:  b\nid: 7\ndata:c:d\n\n", {"a\n\n b\nc:d"});
}

BOOST_AUTO_TEST_CASE(other_fields_comments_and_a_byte_order_mark_are_skipped) {
  expect_at_every_split("\xef\xbb\xbf"
                        "data: a\nretry: 1\ndatab: x\ndat: y\n data: z\n\nevent: lonely\n\n",
                        {"a"});
}

BOOST_AUTO_TEST_CASE(the_end_completes_an_event_without_its_blank_line) {
  for (const auto* stream : {"data: last", "data: last\n", "data: last\r\n"}) {
    collected got;
    sse_parser parser(got);
    parser.feed(stream);
    BOOST_TEST(got.events.empty());
    parser.finish();
    BOOST_TEST(got.events == texts{"last"}, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_handler_that_has_enough_hears_no_more) {
  collected got;
  got.stop_after = 1;
  sse_parser parser(got);
  BOOST_TEST(!parser.feed("data: a\n\ndata: b\n\n"));
  BOOST_TEST(!parser.feed("data: c\n\n"));
  parser.finish();
  BOOST_TEST(got.events == texts{"a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_endless_field_name_is_not_kept) {
  collected got;
  sse_parser parser(got);
  for (int i = 0; i < 100000; ++i)
    parser.feed("datadatadata");
  parser.feed(": x\n\ndata: y\n\n");
  BOOST_TEST(got.events == texts{"y"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
