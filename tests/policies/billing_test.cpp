#include "policies/billing.hpp"
#include "tests/policies/seeds.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

BOOST_AUTO_TEST_SUITE(billing)

using namespace easel;
using namespace easel::policies;
using namespace std::chrono_literals;

namespace {

constexpr auto some_day = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31);

billing_plan plan(std::string id, std::string price, std::int64_t amount, std::int64_t monthly,
                  plan_interval every = plan_interval::month) {
  billing_plan p;
  p.id = std::move(id);
  p.price = std::move(price);
  p.amount = amount;
  p.currency = "eur";
  p.interval = every;
  p.monthly = credits::unchecked(monthly);
  return p;
}

billing_settings shop() {
  billing_settings s;
  s.instance = "here";
  s.catalogue.plans = {plan("small", "price_s", 1000, 300), plan("large", "price_l", 3000, 1200),
                       plan("year", "price_y", 10000, 300, plan_interval::year)};
  s.catalogue.plans[0].trial = credits::unchecked(50);
  return s;
}

stripe::invoice_line line(std::string price, std::int64_t amount, instant from, instant to) {
  stripe::invoice_line l;
  l.id = "il_1";
  l.price = std::move(price);
  l.subscription = "sub_1";
  l.amount = amount;
  l.period_start = from;
  l.period_end = to;
  return l;
}

stripe::invoice paid(std::vector<stripe::invoice_line> lines) {
  stripe::invoice i;
  i.id = "in_1";
  i.customer = "cus_1";
  i.subscription = "sub_1";
  i.status = "paid";
  i.billing_reason = "subscription_cycle";
  i.currency = "eur";
  i.created = some_day;
  for (const auto& l : lines)
    i.total += l.amount;
  i.amount_paid = std::max<std::int64_t>(i.total, 0);
  i.lines = std::move(lines);
  i.payments = {{"pi_1", "ch_1", "paid", i.amount_paid}};
  return i;
}

std::vector<sale_grant> grants_of(const stripe::invoice& invoice) {
  const auto found = sale_of(invoice, shop());
  BOOST_REQUIRE(found.has_value());
  BOOST_REQUIRE(found->has_value());
  return (*found)->grants;
}

std::string reason_of(const sale_or_reason& outcome) {
  return outcome ? (*outcome ? "a sale" : "nothing") : std::string(to_string(outcome.error()));
}

stripe::refund refund(std::int64_t amount, std::string status) {
  return {"re_1", "pi_1", "ch_1", std::move(status), amount, "eur", some_day};
}

stripe::dispute dispute(std::int64_t amount, std::string status) {
  return {"dp_1", "pi_1", "ch_1", std::move(status), amount, "eur", some_day};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_month_is_granted_by_subscription_price_and_period) {
  const auto end = some_day + std::chrono::days(28);
  const auto grants = grants_of(paid({line("price_s", 1000, some_day, end)}));
  BOOST_TEST_REQUIRE(grants.size() == 1);
  BOOST_TEST(grants[0].key == "sub:sub_1:price_s:1769817600");
  BOOST_TEST(grants[0].amount.value() == 300);
  BOOST_TEST((grants[0].expires_at == end + 72h));
}

BOOST_AUTO_TEST_CASE(a_coupon_for_all_of_it_grants_in_full_and_a_trial_grants_its_own) {
  auto free_of_charge = paid({line("price_s", 1000, some_day, some_day + std::chrono::days(28))});
  free_of_charge.total = free_of_charge.amount_paid = 0;
  BOOST_TEST(grants_of(free_of_charge)[0].amount.value() == 300);
  const auto trial = grants_of(paid({line("price_s", 0, some_day, some_day + std::chrono::days(7))}));
  BOOST_TEST_REQUIRE(trial.size() == 1);
  BOOST_TEST(trial[0].key == "trial:sub_1");
  BOOST_TEST(trial[0].amount.value() == 50);
  BOOST_TEST(grants_of(paid({line("price_l", 0, some_day, some_day + std::chrono::days(7))})).empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_granted_before_it_is_paid_or_for_what_nobody_ordered) {
  auto invoice = paid({line("price_s", 1000, some_day, some_day + std::chrono::days(28))});
  for (const auto* status : {"draft", "open", "void", "uncollectible", "something_new"}) {
    invoice.status = status;
    BOOST_TEST(reason_of(sale_of(invoice, shop())) == "nothing");
  }
  invoice.status = "paid";
  for (const auto* reason : {"manual", "subscription_threshold", "quote_accept", "something_new"}) {
    invoice.billing_reason = reason;
    BOOST_TEST(grants_of(invoice).empty(), reason);
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_the_catalogue_is_parked) {
  const auto end = some_day + std::chrono::days(28);
  BOOST_TEST(reason_of(sale_of(paid({line("price_x", 1000, some_day, end)}), shop())) == "unknown_price");
  BOOST_TEST(reason_of(sale_of(paid({line("price_s", 999, some_day, end)}), shop())) == "wrong_amount");
  auto dollars = paid({line("price_s", 1000, some_day, end)});
  dollars.currency = "usd";
  BOOST_TEST(reason_of(sale_of(dollars, shop())) == "wrong_amount");
}

BOOST_AUTO_TEST_CASE(amounts_out_of_bounds_are_parked_and_never_applied) {
  const auto end = some_day + std::chrono::days(28);
  const auto with = [&](auto change) {
    auto invoice = paid({line("price_s", 1000, some_day, end)});
    change(invoice);
    return reason_of(sale_of(invoice, shop()));
  };
  using invoice = stripe::invoice;
  BOOST_TEST(with([](invoice& i) { i.amount_paid = -1; }) == "out_of_bounds");
  BOOST_TEST(with([](invoice& i) { i.amount_paid = INT64_MAX; }) == "out_of_bounds");
  BOOST_TEST(with([](invoice& i) { i.currency = "EURO"; }) == "out_of_bounds");
  BOOST_TEST(with([](invoice& i) { i.lines[0].amount = INT64_MIN; }) == "out_of_bounds");
  BOOST_TEST(with([](invoice& i) { i.lines[0].quantity = 1001; }) == "out_of_bounds");
  BOOST_TEST(with([](invoice& i) { i.lines[0].quantity = -1; }) == "out_of_bounds");
  BOOST_TEST(with([](invoice& i) { i.lines[0].period_end = i.lines[0].period_start - 1s; }) == "out_of_bounds");
  BOOST_TEST(with([](invoice& i) { i.lines[0].period_end += std::chrono::days(400); }) == "out_of_bounds");
  BOOST_TEST(with([](invoice& i) { i.lines.resize(stripe::most_lines + 1, i.lines[0]); }) == "out_of_bounds");
}

BOOST_AUTO_TEST_CASE(an_upgrade_in_mid_period_tops_up_by_the_share_that_is_left) {
  // June has 30 days, 10 of them are left: a third of (1200 - 300).
  const instant end = std::chrono::sys_days(std::chrono::year(2026) / 7 / 1);
  auto gone = line("price_s", -333, end - std::chrono::days(10), end);
  auto come = line("price_l", 1000, end - std::chrono::days(10), end);
  gone.proration = come.proration = true;
  auto invoice = paid({gone, come});
  invoice.billing_reason = "subscription_update";
  const auto up = grants_of(invoice);
  BOOST_TEST_REQUIRE(up.size() == 1);
  BOOST_TEST(up[0].key == "subup:in_1");
  BOOST_TEST(up[0].amount.value() == 300);
  std::swap(invoice.lines[0].price, invoice.lines[1].price); // a downgrade takes nothing away
  BOOST_TEST(grants_of(invoice).empty());
}

BOOST_AUTO_TEST_CASE(an_upgrade_from_now_on_is_a_new_period) {
  const instant end = std::chrono::sys_days(std::chrono::year(2026) / 7 / 1);
  auto gone = line("price_s", -333, end - std::chrono::days(10), end);
  gone.proration = true;
  auto invoice = paid({gone, line("price_l", 3000, end - std::chrono::days(10), end + std::chrono::days(20))});
  invoice.billing_reason = "subscription_update";
  const auto grants = grants_of(invoice);
  BOOST_TEST_REQUIRE(grants.size() == 1);
  BOOST_TEST(grants[0].amount.value() == 1200);
  BOOST_TEST(grants[0].key.starts_with("sub:sub_1:price_l:"));
}

BOOST_AUTO_TEST_CASE(a_year_is_granted_month_by_month) {
  const auto found =
    sale_of(paid({line("price_y", 10000, some_day, some_day + std::chrono::days(365))}), shop()).value().value();
  BOOST_TEST_REQUIRE(found.grants.size() == 1);
  BOOST_TEST_REQUIRE(found.drips.size() == 1);
  const auto& drip = found.drips[0];
  BOOST_TEST(found.grants[0].key == drip.key);
  instant before = drip.begins_at;
  for (int granted = 1; granted < 12; ++granted) {
    const auto month = month_of(drip, granted, 72h);
    BOOST_TEST_REQUIRE(month.has_value());
    BOOST_TEST(month->key == drip.key + ':' + std::to_string(granted));
    BOOST_TEST(month->amount.value() == 300);
    BOOST_TEST((due_at(drip, granted) > before));
    before = due_at(drip, granted);
  }
  BOOST_TEST(!month_of(drip, 12, 72h).has_value());
  BOOST_TEST(!month_of(drip, 0, 72h).has_value());
}

BOOST_AUTO_TEST_CASE(who_pays_after_the_period_has_it_from_then_on) {
  const auto end = some_day + std::chrono::days(28);
  auto month = paid({line("price_s", 1000, some_day, end)});
  const auto until = [&](instant paid_at) {
    month.paid_at = paid_at;
    return grants_of(month)[0].expires_at.value() - 72h;
  };
  BOOST_TEST((until(some_day) == end));
  BOOST_TEST((until(end - 1s) == end));
  BOOST_TEST((until(end) == end + std::chrono::days(28)));
  BOOST_TEST((until(end + std::chrono::days(40)) == end + std::chrono::days(68)));

  auto year = paid({line("price_y", 10000, some_day, some_day + std::chrono::days(365))});
  const auto begins = [&](instant paid_at) {
    year.paid_at = paid_at;
    const auto found = sale_of(year, shop()).value().value();
    BOOST_TEST((found.grants.at(0).expires_at == add_months(found.drips.at(0).begins_at, 1) + 72h));
    BOOST_TEST(found.drips.at(0).key == "sub:sub_1:price_y:1769817600"); // whenever it is paid
    return found.drips.at(0).begins_at;
  };
  BOOST_TEST((begins(some_day + std::chrono::days(27)) == some_day));
  BOOST_TEST((begins(some_day + std::chrono::days(28)) == some_day + std::chrono::days(28)));

  auto top_up = paid({line("price_l", 3000, some_day, end)});
  top_up.billing_reason = "subscription_update";
  top_up.lines[0].proration = true;
  top_up.paid_at = end + std::chrono::days(2);
  BOOST_TEST((grants_of(top_up).at(0).expires_at == *top_up.paid_at + 72h));
}

BOOST_AUTO_TEST_CASE(months_end_where_the_calendar_lets_them) {
  BOOST_TEST(to_string(add_months(some_day + 5h, 1)) == "2026-02-28T05:00:00.000Z");
  BOOST_TEST(to_string(add_months(some_day, 2)) == "2026-03-31T00:00:00.000Z");
  BOOST_TEST(to_string(add_months(some_day, 25)) == "2028-02-29T00:00:00.000Z");
  BOOST_TEST(to_string(add_months(some_day, -2)) == "2025-11-30T00:00:00.000Z");
}

// ---------------------------------------------------------------- packs

BOOST_AUTO_TEST_CASE(a_pack_is_granted_by_our_purchase_once_it_is_paid) {
  const purchase_terms terms{false, 500, "eur", credits::unchecked(1000), purchase_state::open};
  stripe::checkout_session session;
  session.id = "cs_1";
  session.mode = "payment";
  session.status = "complete";
  session.payment_status = "unpaid";
  session.payment_intent = "pi_1";
  session.amount_subtotal = session.amount_total = 500;
  session.currency = "eur";
  BOOST_TEST(reason_of(sale_of(session, terms)) == "nothing"); // a delayed method
  session.payment_status = "paid";
  const auto pack = sale_of(session, terms).value().value();
  BOOST_TEST_REQUIRE(pack.grants.size() == 1);
  BOOST_TEST(pack.grants[0].key == "pack:cs_1");
  BOOST_TEST(pack.grants[0].amount.value() == 1000);
  BOOST_TEST(!pack.grants[0].expires_at.has_value());
  session.amount_subtotal = 499;
  BOOST_TEST(reason_of(sale_of(session, terms)) == "wrong_amount");
  session.amount_subtotal = 500;
  session.currency = "usd";
  BOOST_TEST(reason_of(sale_of(session, terms)) == "wrong_amount");
}

BOOST_AUTO_TEST_CASE(a_purchase_never_goes_back_whatever_it_is_told) {
  using enum purchase_state;
  const auto all = {created, open, awaiting_funds, paid, expired, failed};
  for (const auto now : all)
    for (const auto wanted : all) {
      const auto next = settle_state(now, wanted);
      BOOST_TEST_INFO(to_string(now) << " to " << to_string(wanted) << " is " << to_string(next));
      if (now == paid || wanted == paid)
        BOOST_TEST((next == paid)); // money that came in always wins
      else if (now == expired || now == failed)
        BOOST_TEST((next == now));
      else
        BOOST_TEST((next >= now));
    }
}

BOOST_AUTO_TEST_CASE(a_session_says_where_its_purchase_is) {
  using enum purchase_state;
  stripe::checkout_session s;
  const auto next = [&](const char* status, const char* payment_status, const char* payment) {
    s.status = status;
    s.payment_status = payment_status;
    return next_state(open, s, payment);
  };
  BOOST_TEST((next("open", "unpaid", "") == open));
  BOOST_TEST((next("complete", "paid", "") == paid));
  BOOST_TEST((next("complete", "no_payment_required", "") == paid));
  BOOST_TEST((next("complete", "unpaid", "processing") == awaiting_funds));
  BOOST_TEST((next("complete", "unpaid", "requires_payment_method") == failed));
  BOOST_TEST((next("complete", "unpaid", "canceled") == failed));
  BOOST_TEST((next("expired", "unpaid", "") == expired));
  BOOST_TEST((next("something_new", "unpaid", "") == open));
}

// ---------------------------------------------------------------- money that went back

BOOST_AUTO_TEST_CASE(each_status_of_refunds_and_disputes_counts_as_it_should) {
  sale s;
  s.charged = 1000;
  s.currency = "eur";
  const auto refunded = [&](const char* status) {
    const std::vector refunds{refund(400, status)};
    return money_back_of(s, refunds, {}, false).value().refunded;
  };
  for (const auto* status : {"pending", "requires_action", "succeeded", "something_new"})
    BOOST_TEST(refunded(status) == 400, status);
  for (const auto* status : {"failed", "canceled"})
    BOOST_TEST(refunded(status) == 0, status);

  const auto disputed = [&](const char* status, bool inquiry_blocks) {
    const std::vector disputes{dispute(1000, status)};
    return money_back_of(s, {}, disputes, inquiry_blocks).value();
  };
  for (const auto* status :
       {"needs_response", "under_review", "appeal_needs_response", "appeal_under_review", "something_new"})
    BOOST_TEST((disputed(status, false) == money_back{0, 0, true}), status);
  for (const auto* status : {"won", "warning_closed", "prevented"})
    BOOST_TEST((disputed(status, true) == money_back{}), status);
  for (const auto* status : {"warning_needs_response", "warning_under_review"}) {
    BOOST_TEST((disputed(status, false) == money_back{}), status);
    BOOST_TEST((disputed(status, true) == money_back{0, 0, true}), status);
  }
  BOOST_TEST((disputed("lost", false) == money_back{0, 1000, false}));

  auto dollars = refund(1, "succeeded");
  dollars.currency = "usd";
  const std::vector foreign{dollars};
  BOOST_TEST((money_back_of(s, foreign, {}, false).error() == parked::out_of_bounds));
  const std::vector negative{refund(-1, "succeeded")};
  BOOST_TEST((money_back_of(s, negative, {}, false).error() == parked::out_of_bounds));
}

BOOST_AUTO_TEST_CASE(a_claw_back_is_a_level) {
  const auto target = [](std::int64_t granted, std::int64_t charged, std::int64_t refunded, std::int64_t lost) {
    return claw_target(credits::unchecked(granted), charged, {refunded, lost, false}).value();
  };
  BOOST_TEST(target(1000, 500, 0, 0) == 0);
  BOOST_TEST(target(1000, 500, 250, 0) == 500);
  BOOST_TEST(target(1000, 300, 100, 0) == 333);
  BOOST_TEST(target(1000, 500, 500, 500) == 1000); // a dispute after a refund takes no more than there was
  BOOST_TEST(target(1000, 0, 0, 0) == 0);
  BOOST_TEST(target(credits::bound, 1'000'000'000'000, 999'999'999'999, 0) == 999'999'999'999); // no overflow
}

BOOST_AUTO_TEST_CASE(whatever_is_seen_in_between_the_last_look_decides) {
  easel::test::for_seeds(300, [](easel::test::seeded& random) {
    sale s;
    s.reference = "in_1";
    s.currency = "eur";
    s.charged = random.between<std::int64_t>(0, 5000);
    for (int i = random.between(1, 3); i > 0; --i)
      s.grants.push_back({"key" + std::to_string(i), credits::unchecked(random.between<std::int64_t>(1, 2000)), {}});
    std::vector<posted_grant> posted;
    money_back back;
    for (int look = random.between(1, 12); look > 0; --look) {
      back.refunded = random.between<std::int64_t>(0, 6000);
      back.lost = random.one_in(3) ? random.between<std::int64_t>(0, 6000) : 0;
      const auto moves = moves_of(s, back, posted);
      for (const auto& grant : moves.grants)
        posted.push_back({grant.key, grant.amount, {}});
      for (const auto& claw : moves.claws)
        for (auto& grant : posted)
          if (grant.key == claw.key)
            grant.clawed += claw.delta;
      BOOST_TEST(moves_of(s, back, posted).grants.empty()); // a repeat changes nothing
      BOOST_TEST(moves_of(s, back, posted).claws.empty());
    }
    BOOST_TEST(posted.size() == s.grants.size());
    for (const auto& grant : posted)
      BOOST_TEST((grant.clawed == claw_target(grant.amount, s.charged, back)));
  });
}

// ---------------------------------------------------------------- events

BOOST_AUTO_TEST_CASE(an_event_names_the_object_to_look_at) {
  stripe::event e;
  e.id = "evt_1";
  const auto look = [&](const char* type, const char* object) {
    e.type = type;
    e.object = object;
    return object_of(e, shop());
  };
  e.object_id = "x_1";
  e.invoice = "in_1";
  e.charge = "ch_1";
  using kind = stripe_kind;
  BOOST_TEST((look("checkout.session.completed", "checkout.session") == stripe_reference{kind::session, "x_1"}));
  BOOST_TEST((look("invoice.paid", "invoice") == stripe_reference{kind::invoice, "x_1"}));
  BOOST_TEST((look("invoice_payment.paid", "invoice_payment") == stripe_reference{kind::invoice, "in_1"}));
  BOOST_TEST((look("customer.subscription.deleted", "subscription") == stripe_reference{kind::subscription, "x_1"}));
  BOOST_TEST((look("charge.refunded", "charge") == stripe_reference{kind::charge, "x_1"}));
  BOOST_TEST((look("refund.failed", "refund") == stripe_reference{kind::charge, "ch_1"}));
  BOOST_TEST((look("customer.deleted", "customer") == stripe_reference{kind::customer, "x_1"}));
  e.payment_intent = "pi_1";
  for (const auto* object : {"charge", "refund", "dispute", "radar.early_fraud_warning"})
    BOOST_TEST((look("some.thing", object) == stripe_reference{kind::payment, "pi_1"}), object);

  BOOST_TEST((look("customer.updated", "customer").error() == ignored::of_no_concern));
  BOOST_TEST((look("payout.paid", "payout").error() == ignored::of_no_concern));
  e.object_id.clear(); // an upcoming invoice
  BOOST_TEST((look("invoice.upcoming", "invoice").error() == ignored::of_no_concern));
  e.ours.instance = "elsewhere";
  BOOST_TEST((look("invoice.paid", "invoice").error() == ignored::other_instance));
  e.livemode = true;
  BOOST_TEST((look("invoice.paid", "invoice").error() == ignored::other_mode));
}

BOOST_AUTO_TEST_CASE(access_follows_the_status) {
  for (const auto* status : {"active", "trialing"})
    BOOST_TEST(gives_access(status, false), status);
  for (const auto* status : {"incomplete", "incomplete_expired", "unpaid", "canceled", "paused", "something_new"})
    BOOST_TEST(!gives_access(status, true), status);
  BOOST_TEST(gives_access("past_due", true));
  BOOST_TEST(!gives_access("past_due", false));
  BOOST_TEST(has_ended("canceled"));
  BOOST_TEST(has_ended("incomplete_expired"));
  BOOST_TEST(!has_ended("unpaid"));
}

BOOST_AUTO_TEST_CASE(a_version_is_ours_by_its_name_or_because_somebody_says_so) {
  auto s = shop();
  s.api_version = "2026-10-28.endive";
  s.other_versions = {"2031-01-01.novel"};
  const auto is_ours = [&](const char* version) {
    stripe::event e;
    e.api_version = version;
    return is_of_our_version(e, s);
  };
  for (const auto* version : {"2026-10-28.endive", "2026-09-30.endive", "2031-01-01.novel"})
    BOOST_TEST(is_ours(version), version);
  for (const auto* version :
       {"", "2019-12-03", "2026-03-25.dahlia", "2026-10-28", "endive.2026-10-28", "2031-02-01.novel"})
    BOOST_TEST(!is_ours(version), version);
}

BOOST_AUTO_TEST_CASE(pauses_double_up_to_the_longest) {
  const auto s = shop();
  BOOST_TEST((billing_backoff(s, 1) == s.first_backoff));
  BOOST_TEST((billing_backoff(s, 2) == s.first_backoff * 2));
  BOOST_TEST((billing_backoff(s, 1000) == s.longest_backoff));
}

BOOST_AUTO_TEST_CASE(RET_3_a_record_ends_years_after_the_end_of_its_year) {
  BOOST_TEST(to_string(record_ends_at(some_day, 7)) == "2034-01-01T00:00:00.000Z");
  for (const auto now : {record_ends_at(some_day, 7) - 1us, record_ends_at(some_day, 7)})
    BOOST_TEST((some_day < records_end_before(now, 7)) == (now >= record_ends_at(some_day, 7)));
}

BOOST_AUTO_TEST_CASE(a_price_that_differs_at_stripe_is_named) {
  const auto s = shop();
  const auto& small = s.catalogue.plans[0];
  stripe::price p{"price_s", true, false, "eur", 1000, "month", 1};
  BOOST_TEST(!check_price(small, p, false).has_value());
  const auto fault = [&](auto change) {
    auto other = p;
    change(other);
    const auto found = check_price(small, other, false);
    return found ? found->what : std::string();
  };
  BOOST_TEST(fault([](stripe::price& x) { x.active = false; }) == "the price is archived at Stripe");
  BOOST_TEST(fault([](stripe::price& x) { x.livemode = true; }) == "the price is one of Stripe's live mode");
  BOOST_TEST(fault([](stripe::price& x) { x.currency = "usd"; }) == "the currency at Stripe is usd, not eur");
  BOOST_TEST(fault([](stripe::price& x) { x.unit_amount = 999; }) == "the amount at Stripe is 999, not 1000");
  BOOST_TEST(fault([](stripe::price& x) { x.unit_amount.reset(); })
             == "the amount at Stripe is not a fixed one, not 1000");
  BOOST_TEST(fault([](stripe::price& x) { x.interval = "year"; }) == "the price at Stripe is not for one month");
  BOOST_TEST(fault([](stripe::price& x) { x.interval_count = 3; }) == "the price at Stripe is not for one month");
  BOOST_TEST(check_price(small, std::nullopt, false)->what == "Stripe does not know this price");
}

BOOST_AUTO_TEST_SUITE_END()
