#include "tests/billing/billing_world.hpp"

namespace easel::tests {

policies::billing_settings billing_world::shop() {
  policies::billing_settings s;
  s.instance = "here";
  const auto plan = [](const char* id, std::int64_t amount, std::int64_t monthly, policies::plan_interval every) {
    policies::billing_plan p;
    p.id = id;
    p.name = id;
    p.price = std::string("price_") + id;
    p.amount = amount;
    p.currency = "eur";
    p.interval = every;
    p.monthly = credits::unchecked(monthly);
    p.trial = credits::unchecked(40);
    return p;
  };
  s.catalogue.plans = {plan("small", 1000, 300, policies::plan_interval::month),
                       plan("large", 3000, 1200, policies::plan_interval::month),
                       plan("year", 9000, 250, policies::plan_interval::year)};
  policies::billing_pack pack;
  pack.id = pack.name = "pack";
  pack.price = "price_pack";
  pack.amount = 700;
  pack.currency = "eur";
  pack.amount_of_credits = credits::unchecked(1000);
  s.catalogue.packs = {pack};
  return s;
}

std::string billing_world::start(account_id who, const std::string& item) {
  const auto url = desk.checkout(who, {item, "https://here/back?session={CHECKOUT_SESSION_ID}", "https://here/", ""});
  BOOST_REQUIRE_MESSAGE(url.has_value(), "checkout was refused");
  return url->substr(url->rfind('/') + 1);
}

std::size_t billing_world::deliver(std::size_t from) {
  const std::span all(stripe->events);
  BOOST_REQUIRE(real_books->keep(all.subspan(from), false).has_value());
  return all.size();
}

int billing_world::work_inbox() {
  const auto worked_on = [&] { return counts.applied + counts.ignored + counts.put_off; };
  const auto before = worked_on();
  actors::billing_dispatcher dispatcher(settings, books, counts);
  while (const auto look = dispatcher.next({})) {
    const auto outcome = clerk.look_in_line(*look);
    BOOST_REQUIRE((outcome.what != actors::look_outcome::kind::no_database));
    dispatcher.ended(*look, outcome, {});
  }
  return static_cast<int>(worked_on() - before);
}

void billing_world::work() {
  for (int turns = 0; turns < 1000; ++turns)
    if (work_inbox() == 0)
      return;
  BOOST_FAIL("the inbox does not come to an end");
}

void billing_world::catch_up() {
  delivered_ = deliver(delivered_);
  work();
}

long long billing_world::balance(account_id who) const {
  return real_books->overview(who, 1).value().value().available.value();
}

void billing_world::spend(account_id who, long long amount) const {
  const auto id = to_string(who.value);
  postgres.database->execute(
    "do $$ declare g record; due bigint := " + std::to_string(amount)
    + "; part bigint; begin perform from easel.account where id = '" + id
    + "' for update; for g in select id, remaining from easel.credit_grant where account_id = '" + id
    + "' and not closed and remaining > 0 order by expires_at nulls last, id loop part := least(due, g.remaining);"
      " exit when part = 0; due := due - part; update easel.credit_grant set remaining = remaining - part"
      " where id = g.id; perform easel.move_one('"
    + id
    + "', g.id, 1::smallint, 3::smallint, part, easel.now()); end loop; if due > 0 then raise 'too much'; end if;"
      " end $$");
}

persistence::admitted billing_world::try_admit(account_id who) {
  const auto fresh_id = [this] {
    std::array<std::uint8_t, 10> bits{};
    persistence::fill_random(bits.data(), bits.size());
    return make_uuid_v7(real_books->now().value(), bits);
  };
  persistence::admit a;
  a.id = generation_id{fresh_id()};
  a.account = who;
  a.tier_seen = tier::paid;
  a.plan.model = a.plan.slug = "model";
  a.plan.size = "1024x1024";
  a.plan.quality = "high";
  a.plan.background = "opaque";
  a.plan.price_each = credits::unchecked(5);
  a.prompt = secret_text("a lighthouse");
  a.fingerprint_source = "a lighthouse";
  a.node = node_id{fresh_id()};
  a.max_active = 100;
  BOOST_REQUIRE(accounts->ensure_partitions(1).has_value());
  const persistence::write command = a;
  const auto outcomes = accounts->apply(std::span(&command, 1));
  return std::get<persistence::admitted>(outcomes.front().value());
}

bool billing_world::is_paid(account_id who) const {
  return value("select tier from easel.account where id = '" + to_string(who.value) + "'") == "1";
}

bool billing_world::is_blocked(account_id who) const {
  return value("select blocked from easel.account where id = '" + to_string(who.value) + "'") == "t";
}

void billing_world::check_ledger() const {
  const auto found = accounts->check_invariants().value();
  BOOST_TEST(found.balances_off == 0);
  BOOST_TEST(found.overdrawn_grants == 0);
  BOOST_TEST(found.holds_without_work == 0);
}

} // namespace easel::tests
