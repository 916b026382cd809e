#include "actors/metrics.hpp"
#include "tests/actors/signing_in.hpp"

using namespace easel;
using namespace easel::testing;
using namespace std::chrono_literals;
using actors::refusal;
using step = actors::sign_in_step;

namespace easel::actors {
static std::ostream& operator<<(std::ostream& out, sign_in_step value) { return out << to_string(value); }
} // namespace easel::actors

namespace {

policies::upstream_failure failure_of(policies::failure_class what) { return {what, std::nullopt, "test"}; }

std::size_t first(std::size_t) { return 0; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(sign_in, sign_in_fixture)

BOOST_AUTO_TEST_CASE(ACCOUNT_1_somebody_new_is_asked_first_and_has_an_account_only_after_they_confirmed) {
  browser b{house};
  auto begun = b.begin("/account?tab=keys");
  BOOST_REQUIRE(begun.ok());
  BOOST_REQUIRE(begun.value().cookie);
  BOOST_TEST((begun.value().cookie->longest == 10min));
  BOOST_TEST(b.location.starts_with("https://accounts.google.com/auth?"));
  BOOST_TEST(parameter(b.location, "redirect_uri") == "https%3A%2F%2Feasel.example%2Fsign-in%2Fcallback");
  BOOST_TEST(parameter(b.location, "prompt") == "");

  const auto before = b.cookie;
  auto arrived = b.arrive(b.back(google.agree(b.location)));
  BOOST_REQUIRE(arrived.ok());
  BOOST_TEST(arrived.value().confirmation_needed);
  BOOST_TEST((b.cookie != before));
  BOOST_TEST((house.ask(caller(b), actors::find_account{}).error().reason == refusal::why::not_signed_in));

  auto asked = b.pending();
  BOOST_REQUIRE(asked.ok());
  BOOST_TEST(asked.value().email.reveal() == "ada@example.com");
  BOOST_TEST(asked.value().name.reveal() == "Ada Lovelace");

  auto confirmed = b.confirm();
  BOOST_REQUIRE(confirmed.ok());
  BOOST_TEST(confirmed.value().return_path == "/account?tab=keys");
  BOOST_TEST((confirmed.value().cookie.longest == 30 * 24h));
  const auto account = house.ask(caller(b), actors::find_account{});
  BOOST_REQUIRE(account);
  const auto& found = std::get<actors::account_answer>(*account);
  BOOST_REQUIRE(found.person);
  BOOST_TEST(found.person->email.reveal() == "ada@example.com");
}

BOOST_AUTO_TEST_CASE(CHILD_1_declining_leaves_nothing_and_the_same_cookie_confirms_nothing) {
  browser b{house};
  BOOST_REQUIRE(b.begin().ok());
  BOOST_REQUIRE(b.arrive(b.back(google.agree(b.location))).ok());
  BOOST_TEST(b.decline().ok());
  BOOST_TEST(b.pending().step() == step::lapsed);
  BOOST_TEST(b.confirm().step() == step::lapsed);
}

BOOST_AUTO_TEST_CASE(who_is_known_comes_in_without_being_asked_and_to_the_same_account) {
  const auto one = signed_in();
  const auto two = signed_in();
  const auto account_of = [&](const browser& b) {
    return std::get<actors::account_answer>(house.ask(caller(b), actors::find_account{}).value()).account.id;
  };
  BOOST_TEST((account_of(one) == account_of(two)));
  const auto other = signed_in({"2", "bob@example.com", "Bob"});
  BOOST_TEST((account_of(one) != account_of(other)));
  BOOST_TEST(count(step::asked) == 2u);
  BOOST_TEST(count(step::signed_in) == 3u);
  BOOST_TEST(house.counts().signing_in.load() == 0);
}

BOOST_AUTO_TEST_CASE(
  whoever_signs_in_again_keeps_their_session_until_the_new_sign_in_succeeds_and_then_only_the_new_token) {
  auto b = signed_in();
  const auto before = caller(b);
  auto begun = b.begin();
  BOOST_REQUIRE(begun.ok());
  BOOST_TEST(!begun.value().cookie.has_value());
  BOOST_TEST(parameter(b.location, "prompt") == "select_account");
  BOOST_TEST(house.ask(before, actors::find_account{}).has_value());
  BOOST_REQUIRE(b.arrive(b.back(google.agree(b.location))).ok());
  BOOST_TEST((house.ask(before, actors::find_account{}).error().reason == refusal::why::not_signed_in));
  BOOST_TEST(house.ask(caller(b), actors::find_account{}).has_value());
}

BOOST_AUTO_TEST_CASE(a_cookie_that_this_server_did_not_make_gives_no_sign_in_its_name) {
  browser b{house};
  b.cookie = secret_text(std::string(43, 'A'));
  auto begun = b.begin();
  BOOST_REQUIRE(begun.ok());
  BOOST_REQUIRE(begun.value().cookie);
  BOOST_TEST(begun.value().cookie->token.reveal() != std::string(43, 'A'));
}

BOOST_AUTO_TEST_CASE(signing_out_ends_the_session_at_once_and_is_the_same_without_one) {
  auto b = signed_in();
  BOOST_TEST(house.ask(caller(b), actors::find_account{}).has_value()); // the router knows it now
  BOOST_TEST(b.sign_out().ok());
  BOOST_TEST((house.ask(caller(b), actors::find_account{}).error().reason == refusal::why::not_signed_in));
  BOOST_TEST(b.sign_out().ok());
  b.cookie = std::nullopt;
  BOOST_TEST(b.sign_out().ok());
}

// ---------------------------------------------------------------- hostile and broken arrivals

BOOST_AUTO_TEST_CASE(a_callback_that_does_not_belong_to_this_browser_goes_no_further) {
  browser b{house};
  BOOST_REQUIRE(b.begin().ok());
  const auto code = google.agree(b.location);

  auto foreign = b.back(code);
  foreign.cookie = std::nullopt;
  BOOST_TEST(b.arrive(foreign).step() == step::lapsed);
  foreign.cookie = secret_text(std::string(43, 'A'));
  BOOST_TEST(b.arrive(foreign).step() == step::lapsed);
  foreign.cookie = secret_text("no token");
  BOOST_TEST(b.arrive(foreign).step() == step::lapsed);

  for (const auto& states : std::vector<std::vector<std::string>>{
         {}, {""}, {"x"}, {std::string(100'000, 'x')}, {parameter(b.location, "state"), "x"}}) {
    auto forged = b.back(code);
    forged.query.state = states;
    BOOST_TEST(!b.arrive(forged).ok());
  }
  BOOST_TEST(google.exchanges == 0);
  BOOST_TEST(b.arrive(b.back(code)).ok()); // nothing of all that spoiled the real one
}

BOOST_AUTO_TEST_CASE(a_callback_works_once) {
  browser b{house};
  BOOST_REQUIRE(b.begin().ok());
  const auto what = b.back(google.agree(b.location));
  BOOST_TEST(b.arrive(what).ok());
  BOOST_TEST(b.arrive(what).step() == step::lapsed);
  BOOST_TEST(google.exchanges == 1);
}

BOOST_AUTO_TEST_CASE(two_equal_callbacks_at_a_time_bring_one_session) {
  browser b{house};
  BOOST_REQUIRE(b.begin().ok());
  const auto what = b.back(google.agree(b.location));
  auto one = b.arrive_later(what), two = b.arrive_later(what);
  house.advance(1s);
  BOOST_TEST(one.times() == 1);
  BOOST_TEST(two.times() == 1);
  BOOST_TEST(one.ok() != two.ok());
}

BOOST_AUTO_TEST_CASE(who_takes_longer_than_ten_minutes_begins_again) {
  browser b{house};
  BOOST_REQUIRE(b.begin().ok());
  const auto what = b.back(google.agree(b.location));
  house.advance(10min);
  BOOST_TEST(b.arrive(what).step() == step::lapsed);
}

BOOST_AUTO_TEST_CASE(another_issuer_and_googles_own_errors_end_before_any_call) {
  const std::vector<std::pair<std::function<void(actors::sign_in_callback&)>, step>> cases{
    {[](auto& c) { c.query.iss = {"https://evil.example"}; }, step::not_ours},
    {[](auto& c) { c.query.iss = {""}; }, step::not_ours},
    {[](auto& c) {
       c.query.iss = {"https://accounts.google.com", "https://accounts.google.com"};
     },
     step::not_ours},
    {[](auto& c) { c.query.error = {"access_denied"}; }, step::cancelled},
    {[](auto& c) { c.query.error = {"interaction_required"}; }, step::refused},
    {[](auto& c) { c.query.error = {"server_error"}; }, step::refused},
    {[](auto& c) { c.query.code = {}; }, step::refused},
    {[](auto& c) {
       c.query.code = {"a", "b"};
     },
     step::refused},
    {[](auto& c) { c.query.code = {"a b"}; }, step::refused},
  };
  for (const auto& [spoil, expected] : cases) {
    browser b{house};
    BOOST_REQUIRE(b.begin().ok());
    auto what = b.back(google.agree(b.location));
    spoil(what);
    BOOST_TEST(b.arrive(what).step() == expected);
  }
  BOOST_TEST(google.exchanges == 0);

  browser b{house};
  BOOST_REQUIRE(b.begin().ok());
  auto announced = b.back(google.agree(b.location));
  announced.query.iss = {"https://accounts.google.com"};
  BOOST_TEST(b.arrive(announced).ok());
}

BOOST_AUTO_TEST_CASE(a_code_of_another_sign_in_is_refused_by_its_challenge) {
  browser victim{house}, thief{house};
  BOOST_REQUIRE(victim.begin().ok());
  BOOST_REQUIRE(thief.begin().ok());
  const auto stolen = google.agree(victim.location);
  BOOST_TEST(thief.arrive(thief.back(stolen)).step() == step::refused);
}

BOOST_AUTO_TEST_CASE(an_id_token_that_breaks_a_rule_signs_nobody_in) {
  using claims = nlohmann::json;
  const std::vector<std::pair<std::function<void(claims&)>, step>> cases{
    {[](claims& c) { c["aud"] = "somebody else"; }, step::token_refused},
    {[](claims& c) { c["iss"] = "https://evil.example"; }, step::token_refused},
    {[](claims& c) { c["nonce"] = "another"; }, step::token_refused},
    {[](claims& c) { c["exp"] = c["iat"].get<std::int64_t>() - 100; }, step::token_refused},
    {[](claims& c) { c["iat"] = c["iat"].get<std::int64_t>() + 600; }, step::token_refused},
    {[](claims& c) { c["sub"] = ""; }, step::token_refused},
    {[](claims& c) { c.erase("email"); }, step::token_refused},
    {[](claims& c) { c["email_verified"] = false; }, step::email_unverified},
  };
  for (const auto& [spoil, expected] : cases) {
    google.changes_claims = spoil;
    browser b{house};
    BOOST_REQUIRE(b.begin().ok());
    BOOST_TEST(b.arrive(b.back(google.agree(b.location))).step() == expected);
  }
  using fault = policies::id_token_fault;
  BOOST_TEST(house.counts().token_faults[static_cast<std::size_t>(fault::audience)].load() == 1u);
  BOOST_TEST(house.counts().token_faults[static_cast<std::size_t>(fault::email_unverified)].load() == 1u);
}

// ---------------------------------------------------------------- what Google publishes

BOOST_AUTO_TEST_CASE(endpoints_and_keys_are_fetched_once_for_all_who_wait_and_kept) {
  std::vector<browser> crowd(20, browser{house});
  std::vector<answered_once<actors::begun_sign_in>> begun(crowd.size());
  for (std::size_t i = 0; i < crowd.size(); ++i)
    house.sign_in().begin(std::nullopt, "/", begun[i].reply());
  house.advance(1s);
  for (std::size_t i = 0; i < crowd.size(); ++i) {
    BOOST_REQUIRE(begun[i].ok());
    crowd[i].location = begun[i].value().location;
    crowd[i].cookie = begun[i].value().cookie->token;
  }
  BOOST_TEST(google.discoveries == 1);

  std::vector<answered_once<actors::finished_sign_in>> arrived;
  for (auto& b : crowd)
    arrived.push_back(b.arrive_later(b.back(google.agree(b.location))));
  house.advance(1s);
  for (auto& one : arrived)
    BOOST_TEST(one.ok());
  BOOST_TEST(google.key_fetches == 1);
  signed_in();
  BOOST_TEST(google.discoveries == 1);
  BOOST_TEST(google.key_fetches == 1);
}

BOOST_AUTO_TEST_CASE(a_rotated_key_is_fetched_when_a_token_names_it) {
  signed_in();
  google.key_id = google.published_key_id = "k2";
  house.advance(1min);
  signed_in({"2", "bob@example.com", "Bob"});
  BOOST_TEST(google.key_fetches == 2);
}

BOOST_AUTO_TEST_CASE(a_flood_of_unknown_keys_causes_one_fetch_each_cool_down) {
  signed_in();
  google.key_id = "unknown";
  house.advance(1min);
  const int before = google.key_fetches;
  for (int i = 0; i < 5; ++i) {
    browser b{house};
    BOOST_REQUIRE(b.begin().ok());
    BOOST_TEST(b.arrive(b.back(google.agree(b.location))).step() == step::token_refused);
  }
  BOOST_TEST(google.key_fetches == before + 1);
}

BOOST_AUTO_TEST_CASE(when_keys_cannot_be_had_nobody_is_let_in_and_known_ones_serve_for_their_grace) {
  google.fetching_keys = [] { return turn{20ms, failure_of(policies::failure_class::unavailable)}; };
  browser b{house};
  BOOST_REQUIRE(b.begin().ok());
  BOOST_TEST(b.arrive(b.back(google.agree(b.location))).step() == step::google_away);

  google.fetching_keys = [] { return turn{}; };
  house.advance(1min);
  signed_in();
  google.fetching_keys = [] { return turn{20ms, failure_of(policies::failure_class::unavailable)}; };
  google.discovering = google.fetching_keys;
  house.advance(90min); // an hour fresh, an hour of grace
  signed_in();
  house.advance(40min);
  BOOST_TEST(browser{house}.begin().step() == step::google_away);
}

BOOST_AUTO_TEST_CASE(each_failure_of_google_has_its_own_end) {
  using policies::failure_class;
  const std::vector<std::pair<failure_class, step>> cases{
    {failure_class::refused, step::refused},           {failure_class::our_account, step::misconfigured},
    {failure_class::our_request, step::misconfigured}, {failure_class::unavailable, step::google_away},
    {failure_class::timed_out, step::google_away},     {failure_class::ambiguous, step::google_away},
  };
  for (const auto& [failure, expected] : cases) {
    google.exchanging = [failure] { return turn{20ms, failure_of(failure)}; };
    browser b{house};
    BOOST_REQUIRE(b.begin().ok());
    BOOST_TEST(b.arrive(b.back(google.agree(b.location))).step() == expected);
  }
  BOOST_TEST(google.exchanges == static_cast<int>(cases.size())); // no code is sent twice
}

// ---------------------------------------------------------------- bounds and crashes

BOOST_AUTO_TEST_CASE(as_many_steps_as_may_be_are_under_way_and_the_next_is_told_at_once) {
  google.discovering = [] { return turn{4s, {}}; };
  const auto most = calm_settings().sign_in.under_way;
  std::vector<answered_once<actors::begun_sign_in>> waiting(static_cast<std::size_t>(most));
  for (auto& one : waiting)
    house.sign_in().begin(std::nullopt, "/", one.reply());
  answered_once<actors::begun_sign_in> late;
  house.sign_in().begin(std::nullopt, "/", late.reply());
  BOOST_REQUIRE(late.times() == 1);
  BOOST_TEST(late.step() == step::overloaded);
  house.advance(10s);
  for (auto& one : waiting)
    BOOST_TEST(one.ok());
  BOOST_TEST(house.counts().signing_in.load() == 0);
}

struct two_sign_ins : sign_in_fixture {
  two_sign_ins() : sign_in_fixture(policies::identity_limits{}.session_idle, 2) {}
};

BOOST_FIXTURE_TEST_CASE(who_was_displaced_by_newcomers_is_told_to_begin_again_and_can, two_sign_ins) {
  browser early{house};
  browser second{house};
  browser late{house};
  for (auto* one : {&early, &second, &late})
    BOOST_REQUIRE(one->begin().ok());
  BOOST_TEST(house.counts().sign_ins_displaced.load() == 1u);
  BOOST_TEST(actors::render_metrics({}, house.counts()).find("easel_sign_ins_displaced_total 1\n")
             != std::string::npos);
  BOOST_TEST(early.arrive(early.back(google.agree(early.location))).step() == step::lapsed);
  BOOST_TEST(google.exchanges == 0);
  BOOST_TEST(late.arrive(late.back(google.agree(late.location))).ok());
  BOOST_REQUIRE(early.begin().ok());
  BOOST_TEST(early.arrive(early.back(google.agree(early.location))).ok());
  BOOST_TEST(count(step::overloaded) == 0u);
}

BOOST_AUTO_TEST_CASE(a_killed_sign_in_actor_answers_whoever_waited_and_is_replaced) {
  google.exchanging = [] { return turn{2s, {}}; };
  browser b{house};
  BOOST_REQUIRE(b.begin().ok());
  auto arrived = b.arrive_later(b.back(google.agree(b.location)));
  house.advance(500ms);
  BOOST_TEST(arrived.times() == 0);
  BOOST_REQUIRE(house.kill("sign-in", first));
  house.run();
  BOOST_REQUIRE(arrived.times() == 1);
  BOOST_TEST(arrived.step() == step::unavailable);
  BOOST_TEST(browser{house}.begin().step() == step::unavailable);
  house.advance(5s);
  BOOST_TEST(arrived.times() == 1);
  BOOST_TEST(house.live("sign-in") == 1);
  BOOST_TEST(house.live("router") == 1);
  google.exchanging = [] { return turn{}; };
  signed_in();
}

BOOST_AUTO_TEST_CASE(who_is_signed_in_goes_on_while_the_sign_in_actor_is_away) {
  const auto b = signed_in();
  BOOST_REQUIRE(house.kill("sign-in", first));
  house.run();
  BOOST_TEST(house.ask(caller(b), actors::find_account{}).has_value());
}

BOOST_AUTO_TEST_CASE(nothing_of_signing_in_lives_after_the_house_was_shut_down) {
  signed_in();
  house.shut_down();
  house.advance(5s);
  BOOST_TEST(house.finished());
  BOOST_TEST(house.live("sign-in") == 0);
  answered_once<actors::begun_sign_in> late;
  house.sign_in().begin(std::nullopt, "/", late.reply());
  BOOST_REQUIRE(late.times() == 1);
  BOOST_TEST(late.step() == step::unavailable);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_told_apart_from_google) {
  world.faults = [](std::string_view operation, bool before) -> std::optional<persistence::store_error> {
    if (operation == "begin_sign_in" && before)
      return persistence::store_error{persistence::store_error::kind::unavailable, "begin_sign_in", ""};
    return std::nullopt;
  };
  BOOST_TEST(browser{house}.begin().step() == step::unavailable);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(without_google)

BOOST_AUTO_TEST_CASE(nobody_can_sign_in_and_the_rest_works) {
  virtual_world world;
  virtual_house house{world, calm_settings()};
  browser b{house};
  BOOST_TEST(b.begin().step() == step::not_configured);
  BOOST_TEST(b.arrive(b.back("code")).step() == step::not_configured);
  b.cookie = secret_text(std::string(43, 'A'));
  BOOST_TEST(b.sign_out().ok());
  const auto someone = world.newcomer(tier::free);
  BOOST_TEST(house.ask(someone, actors::find_account{}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
