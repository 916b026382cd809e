#include "policies/traces.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(traces)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

uuid id_of(std::uint8_t last) {
  uuid out;
  out.bytes[15] = last;
  return out;
}

const traced_actor session{7, "session", id_of(1), {}};
const traced_actor generation{8, "generation", id_of(2), id_of(1)};
const traced_actor of_another{9, "generation", id_of(3), id_of(4)};
const traced_actor router{2, "router", {}, {}};

trace_subject by_id(trace_by by, std::uint8_t last) { return {by, id_of(last), 0, {}}; }
trace_subject by_type(std::string_view type) { return {trace_by::type, {}, 0, type}; }
trace_subject by_number(std::uint64_t number) { return {trace_by::actor, {}, number, {}}; }

} // namespace

BOOST_AUTO_TEST_CASE(without_a_wish_a_trace_is_as_usual_and_never_beyond_the_limits) {
  const auto usual = bound_trace({}, {});
  BOOST_REQUIRE(usual.has_value());
  BOOST_TEST(usual->events == usual_trace.events);
  BOOST_TEST((usual->span == usual_trace.span));
  const auto little = bound_trace({}, {4, 50, 10s});
  BOOST_REQUIRE(little.has_value());
  BOOST_TEST(little->events == 50);
  BOOST_TEST((little->span == 10s));
}

BOOST_AUTO_TEST_CASE(a_wish_is_met_up_to_the_limits_and_refused_beyond_by_the_name_of_its_field) {
  const trace_limits limits{4, 2000, 5min};
  for (const int events : {1, 500, 2000})
    for (const duration span : {duration(1s), duration(5min)}) {
      const auto got = bound_trace({events, span}, limits);
      BOOST_REQUIRE(got.has_value());
      BOOST_TEST(got->events == events);
      BOOST_TEST((got->span == span));
    }
  for (const int events : {-1, 0, 2001}) {
    const auto got = bound_trace({events, {}}, limits);
    BOOST_REQUIRE(!got.has_value());
    BOOST_TEST(got.error().field == "events");
    BOOST_TEST(got.error().message == "must be from 1 to 2000.");
  }
  for (const duration span : {duration(0), duration(999ms), duration(5min) + duration(1)}) {
    const auto got = bound_trace({{}, span}, limits);
    BOOST_REQUIRE(!got.has_value());
    BOOST_TEST(got.error().field == "seconds");
    BOOST_TEST(got.error().message == "must be from 1 to 300.");
  }
}

BOOST_AUTO_TEST_CASE(a_generation_is_its_actor_and_no_other) {
  BOOST_TEST(is_followed(by_id(trace_by::generation, 2), generation));
  BOOST_TEST(!is_followed(by_id(trace_by::generation, 2), of_another));
  BOOST_TEST(!is_followed(by_id(trace_by::generation, 2), router));
  BOOST_TEST(!is_followed(by_id(trace_by::generation, 1), session)); // an account's id is no generation's
}

BOOST_AUTO_TEST_CASE(an_account_is_its_session_and_its_generations) {
  const auto account = by_id(trace_by::account, 1);
  BOOST_TEST(is_followed(account, session));
  BOOST_TEST(is_followed(account, generation));
  BOOST_TEST(!is_followed(account, of_another));
  BOOST_TEST(!is_followed(account, router));
  BOOST_TEST(!is_followed(by_id(trace_by::account, 2), generation)); // a generation's id is no account's
  BOOST_TEST(!is_followed(by_id(trace_by::account, 0), router));
}

BOOST_AUTO_TEST_CASE(a_type_is_all_its_actors_and_a_number_is_one) {
  BOOST_TEST(is_followed(by_type("generation"), generation));
  BOOST_TEST(is_followed(by_type("generation"), of_another));
  BOOST_TEST(!is_followed(by_type("generation"), session));
  BOOST_TEST(is_followed(by_number(7), session));
  BOOST_TEST(!is_followed(by_number(7), generation));
}

BOOST_AUTO_TEST_CASE(a_session_serves_one_person_and_a_generation_is_one_piece_of_work) {
  BOOST_TEST(serves_one_person(session));
  for (const auto& who : {generation, of_another, router})
    BOOST_TEST(!serves_one_person(who));
}

BOOST_AUTO_TEST_CASE(what_is_sent_is_followed_but_for_a_whole_type) {
  for (const auto by : all_trace_subjects)
    BOOST_TEST(follows_what_is_sent(by) == (by != trace_by::type));
}

BOOST_AUTO_TEST_CASE(it_is_over_with_the_work_on_the_generation_or_with_the_one_actor) {
  BOOST_TEST(ends_with(by_id(trace_by::generation, 2), generation, false));
  BOOST_TEST(!ends_with(by_id(trace_by::generation, 2), generation, true)); // it is started again
  BOOST_TEST(!ends_with(by_id(trace_by::generation, 2), of_another, false));
  BOOST_TEST(ends_with(by_number(7), session, false));
  BOOST_TEST(ends_with(by_number(7), session, true)); // its successor has another number
  for (const bool failed : {true, false}) {
    BOOST_TEST(!ends_with(by_id(trace_by::account, 1), session, failed));
    BOOST_TEST(!ends_with(by_id(trace_by::account, 1), generation, failed));
    BOOST_TEST(!ends_with(by_type("session"), session, failed));
  }
}

BOOST_AUTO_TEST_SUITE_END()
