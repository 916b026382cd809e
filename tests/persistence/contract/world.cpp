#include "tests/persistence/contract/world.hpp"

#include <atomic>

namespace easel::persistence {

std::ostream& operator<<(std::ostream& out, admission a) {
  static constexpr std::string_view names[] = {
    "admitted",   "attached",  "key_reused",   "account_gone",         "key_gone",
    "restricted", "suspended", "tier_changed", "insufficient_credits", "too_many_active",
  };
  return out << names[static_cast<int>(a)];
}

std::ostream& operator<<(std::ostream& out, fenced f) {
  static constexpr std::string_view names[] = {"done", "stale", "not_in_state", "account_closed"};
  return out << names[static_cast<int>(f)];
}

std::ostream& operator<<(std::ostream& out, account_state s) {
  static constexpr std::string_view names[] = {"active", "suspended", "closed"};
  return out << names[static_cast<int>(s)];
}

} // namespace easel::persistence

namespace easel::persistence::contract {

namespace {

/// Random in front, counting at the end: ids of one run sort in the order in which they were made.
std::array<std::uint8_t, 10> next_random() {
  static const auto prefix = [] {
    std::array<std::uint8_t, 2> bytes;
    fill_random(bytes.data(), bytes.size());
    return bytes;
  }();
  static std::atomic<std::uint32_t> counter{0};
  std::array<std::uint8_t, 10> random{prefix[0], prefix[1]};
  const std::uint32_t n = ++counter;
  for (int i = 0; i < 4; ++i)
    random[static_cast<std::size_t>(6 + i)] = static_cast<std::uint8_t>(n >> (24 - 8 * i));
  return random;
}

template <class T>
T value_of(answer<T> got) {
  if (!got)
    BOOST_FAIL("the store failed in " << got.error().operation << " (" << got.error().sqlstate << ")");
  return std::move(*got);
}

} // namespace

world::world(store_under_test u) : under(std::move(u)), db(under.open()) {
  value_of(db->ensure_partitions(2));
  node = new_node();
}

instant world::now() {
  // join() answers with the database's time; a node that only asks for it owns nothing.
  static const node_id watch{make_uuid_v7(instant{}, next_random())};
  return value_of(db->join(watch));
}

void world::advance(duration span) {
  under.advance_clock(span);
  value_of(db->ensure_partitions(2));
}

generation_id world::new_generation_id() { return {make_uuid_v7(now(), next_random())}; }

node_id world::new_node(bool joined) {
  const node_id id{make_uuid_v7(now(), next_random())};
  if (joined)
    value_of(db->join(id));
  return id;
}

digest world::new_digest() {
  digest d;
  fill_random(d.data(), d.size());
  return d;
}

person world::newcomer(tier of, std::int64_t gifted) {
  person p;
  p.account = value_of(db->create_account(of, "contract", "a case needs somebody"));
  p.key = value_of(db->create_key(p.account, "laptop", new_digest(), "abcd", "contract")).id;
  if (gifted > 0)
    give(p, gifted);
  return p;
}

void world::give(const person& to, std::int64_t sum, std::optional<instant> expires_at) {
  BOOST_REQUIRE(value_of(db->gift(to.account, amount(sum), expires_at, "contract", "a case needs credits")));
}

balance world::balance_of(const person& who) { return value_of(db->find_balance(who.account)); }

std::vector<entry_row> world::entries_of(const person& who) {
  std::vector<entry_row> all;
  std::optional<transfer_id> before;
  for (bool more = true; more;) {
    auto part = value_of(db->list_entries(who.account, before, 50));
    all.insert(all.end(), part.rows.begin(), part.rows.end());
    more = part.more;
    BOOST_REQUIRE((!more || !part.rows.empty()));
    if (more)
      before = part.rows.back().id;
  }
  return all;
}

account_row world::account_of(const person& who) {
  const auto found = value_of(db->find_account(who.account));
  BOOST_REQUIRE(found.has_value());
  return *found;
}

admit world::order(const person& by, std::int64_t price_each, int images) {
  admit a;
  a.id = new_generation_id();
  a.account = by.account;
  a.key = by.key;
  a.tier_seen = account_of(by).of_tier;
  a.plan.model = "gpt-image-1";
  a.plan.slug = "upstream/gpt-image-1";
  a.plan.size = "1024x1024";
  a.plan.quality = "high";
  a.plan.background = "opaque";
  a.plan.images = images;
  a.plan.price_each = amount(price_each);
  a.prompt = secret_text("a lighthouse in the rain");
  a.fingerprint_source = R"({"prompt":"a lighthouse in the rain"})";
  a.node = node;
  a.max_active = 100;
  return a;
}

dispatch world::sending(const work& w, tier of) {
  return {w.id, w.owner, clean_verdict(), of == tier::free ? recipient::sub2api : recipient::kie, "first"};
}

store_image world::picture(const work& w, std::int16_t index, bool last, std::string bytes) {
  store_image s;
  s.id = w.id;
  s.owner = w.owner;
  s.index = index;
  s.image = {make_uuid_v7(now(), next_random())};
  s.width = 1024;
  s.height = 512;
  s.bytes = make_blob(std::move(bytes));
  s.last = last;
  return s;
}

answer<write_outcome> world::write_one(write command) {
  auto outcomes = db->apply({&command, 1});
  BOOST_REQUIRE(outcomes.size() == 1u);
  return std::move(outcomes.front());
}

admitted world::try_admit(const admit& command) { return std::get<admitted>(value_of(write_one(command))); }

fenced world::try_write(write command) { return std::get<fenced>(value_of(write_one(std::move(command)))); }

finished world::try_end(write command) { return std::get<finished>(value_of(write_one(std::move(command)))); }

work world::accepted(const admit& command) {
  const auto outcome = try_admit(command);
  BOOST_REQUIRE(outcome.result == admission::admitted);
  return {outcome.id, {command.node, 1}};
}

work world::accepted(const person& by, std::int64_t price_each, int images) {
  return accepted(order(by, price_each, images));
}

work world::dispatched(const person& by, std::int64_t price_each, int images) {
  const auto w = accepted(by, price_each, images);
  BOOST_REQUIRE(try_write(sending(w, account_of(by).of_tier)) == fenced::done);
  return w;
}

generation_id world::completed(const person& by, std::int64_t price_each, int images) {
  const auto w = dispatched(by, price_each, images);
  for (int i = 0; i < images; ++i) {
    const auto outcome = try_end(picture(w, static_cast<std::int16_t>(i), i + 1 == images));
    BOOST_REQUIRE(outcome.result == fenced::done);
  }
  return w.id;
}

void world::strike(const person& by) {
  const auto w = accepted(by, 0);
  BOOST_REQUIRE(try_write(block{w.id, w.owner, blocking_verdict()}) == fenced::done);
}

generation_row world::row_of(const person& who, generation_id id) {
  auto found = value_of(db->find_generation(who.account, id));
  BOOST_REQUIRE(found.has_value());
  return std::move(*found);
}

void world::check_invariants() {
  const auto found = value_of(db->check_invariants());
  BOOST_TEST(found.completed_without_images == 0);
  BOOST_TEST(found.dispatched_without_verdict == 0);
  BOOST_TEST(found.cross_tier_disclosures == 0);
  BOOST_TEST(found.calls_without_disclosure == 0);
  BOOST_TEST(found.images_settled_twice == 0);
  BOOST_TEST(found.balances_off == 0);
  BOOST_TEST(found.holds_without_work == 0);
  BOOST_TEST(found.overdrawn_grants == 0);
}

policies::verdict clean_verdict() {
  policies::verdict v;
  v.rule = "clean";
  v.moderated.fill(7);
  return v;
}

policies::verdict blocking_verdict() {
  policies::verdict v;
  v.blocked = true;
  v.categories = {"violence", "hate/threatening"};
  v.rule = "threshold";
  v.moderated.fill(9);
  return v;
}

} // namespace easel::persistence::contract
