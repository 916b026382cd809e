// What one small generation costs in the database and in front of it: N generations through postgres_store::apply on
// one connection, and the processor time of the writing backend and of this program for each. Prints JSON.
//
//   bench_store DATABASE_URL COUNT [BATCH...]
//
// The role must be able to create databases. BATCH is how many generations are in each of their stages (admit,
// dispatch, store, answered) in one call of `apply`; 0 means that every command is a call of its own.

#include "persistence/keyring.hpp"
#include "persistence/postgres_store.hpp"
#include "tests/support/private_postgres.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace easel::persistence {

namespace {

constexpr std::size_t people = 32;

uuid mint() {
  std::array<std::uint8_t, 10> random{};
  fill_random(random.data(), random.size());
  return make_uuid_v7(std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()), random);
}

double microseconds_of_this_process() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

/// The scheduler counts in nanoseconds; /proc/PID/stat only in hundredths of a second.
double microseconds_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/schedstat");
  double nanoseconds = 0;
  if (!(file >> nanoseconds))
    throw std::runtime_error("cannot read the processor time of the backend");
  return nanoseconds / 1e3;
}

template <class T>
T value_of(answer<T> got) {
  if (!got)
    throw std::runtime_error("the store failed in " + got.error().operation + " (" + got.error().sqlstate + ")");
  return std::move(*got);
}

/// One empty database, its people, and the commands of their generations.
class bench {
public:
  explicit bench(const std::string& cluster) : database_(cluster) {
    const auto keys = std::make_shared<const keyring>(
      keyring::from_master(secret_text("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")).value());
    store_settings settings;
    settings.database_url = database_.url();
    store_ = make_postgres_store(settings, keys);
    node_ = {mint()};
    value_of(store_->join(node_));
    value_of(store_->ensure_partitions(2));
    for (std::size_t i = 0; i < people; ++i) {
      const auto account = value_of(store_->create_account(tier::free, "bench", "bench"));
      value_of(store_->gift(account, credits::unchecked(1'000'000'000), {}, "bench", "bench"));
      digest hash{};
      fill_random(hash.data(), hash.size());
      accounts_.push_back(account);
      keys_.push_back(value_of(store_->create_key(account, "bench", hash, "abcd", "bench")).id);
    }
    backend_ = database_.value("select pid from pg_stat_activity where datname = current_database()"
                               " and application_name like 'easel %'");
  }

  nlohmann::json run(std::size_t count, std::size_t batch) {
    (void)drive(std::min<std::size_t>(count, 1000), batch);
    const auto backend = microseconds_of(backend_);
    const auto client = microseconds_of_this_process();
    const auto since = std::chrono::steady_clock::now();
    const auto done = static_cast<double>(drive(count, batch));
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - since;
    const auto each = [&](double total) { return std::round(10 * total / done) / 10; };
    return {{"batch", batch},
            {"backend_us", each(microseconds_of(backend_) - backend)},
            {"client_us", each(microseconds_of_this_process() - client)},
            {"wall_us", each(took.count())}};
  }

  void check() {
    const auto found = value_of(store_->check_invariants());
    if (found.balances_off + found.holds_without_work + found.completed_without_images + found.overdrawn_grants != 0)
      throw std::runtime_error("the invariants do not hold");
  }

private:
  using ids = std::vector<generation_id>;

  std::size_t drive(std::size_t count, std::size_t batch) {
    const auto at_once = std::max<std::size_t>(batch, 1);
    std::size_t made = 0;
    std::size_t done = 0;
    ids accepted;
    ids dispatched;
    ids stored;
    while (done < count) {
      std::vector<write> commands;
      ids fresh;
      while (made < count && fresh.size() < at_once) {
        fresh.push_back({mint()});
        commands.emplace_back(order(fresh.back(), made++ % people));
      }
      for (const auto& id : accepted)
        commands.emplace_back(sending(id));
      for (const auto& id : dispatched)
        commands.emplace_back(picture(id));
      done += dispatched.size();
      if (!stored.empty())
        commands.emplace_back(mark_answered{stored});
      batch == 0 ? apply_one_by_one(commands) : apply(commands);
      stored = std::move(dispatched);
      dispatched = std::move(accepted);
      accepted = std::move(fresh);
    }
    return done;
  }

  void apply_one_by_one(std::span<const write> commands) {
    for (std::size_t i = 0; i < commands.size(); ++i)
      apply(commands.subspan(i, 1));
  }

  void apply(std::span<const write> commands) {
    for (auto& outcome : store_->apply(commands)) {
      const auto got = value_of(std::move(outcome));
      const auto* a = std::get_if<admitted>(&got);
      const auto* f = std::get_if<finished>(&got);
      const auto* d = std::get_if<fenced>(&got);
      if ((a != nullptr && a->result != admission::admitted) || (f != nullptr && f->result != fenced::done)
          || (d != nullptr && *d != fenced::done))
        throw std::runtime_error("a command was refused");
    }
  }

  admit order(generation_id id, std::size_t person) {
    admit a;
    a.id = id;
    a.account = accounts_[person];
    a.key = keys_[person];
    a.plan.model = "gpt-image-1";
    a.plan.slug = "gpt-image-1";
    a.plan.size = "1024x1024";
    a.plan.quality = "high";
    a.plan.background = "opaque";
    a.plan.images = 1;
    a.plan.price_each = credits::unchecked(5);
    a.prompt = secret_text("a lighthouse in the rain, seen from a small boat, in the style of an old postcard");
    a.fingerprint_source = R"({"prompt":"a lighthouse in the rain, seen from a small boat"})";
    a.awaits_answer = true;
    a.daily_allowance = credits::unchecked(10);
    a.node = node_;
    a.max_active = 1000;
    return a;
  }

  dispatch sending(generation_id id) {
    policies::verdict verdict;
    verdict.rule = "clean";
    verdict.moderated.fill(7);
    return {id, {node_, 1}, verdict, recipient::sub2api, "first"};
  }

  store_image picture(generation_id id) {
    store_image s;
    s.id = id;
    s.owner = {node_, 1};
    s.image = {mint()};
    s.width = 1024;
    s.height = 1024;
    s.bytes = image_;
    s.last = true;
    return s;
  }

  tests::fresh_database database_;
  std::unique_ptr<store> store_;
  node_id node_;
  std::vector<account_id> accounts_;
  std::vector<key_id> keys_;
  blob image_ = make_blob(std::string(1024, 'x'));
  std::string backend_;
};

int run(const std::vector<std::string>& words) {
  if (words.size() < 2)
    throw std::runtime_error("usage: bench_store DATABASE_URL COUNT [BATCH...]");
  std::vector<std::size_t> batches{0, 1, 4, 8, 32};
  if (words.size() > 2) {
    batches.clear();
    for (auto word = words.begin() + 2; word != words.end(); ++word)
      batches.push_back(std::stoul(*word));
  }
  bench b(words[0]);
  for (const auto batch : batches)
    std::cout << b.run(std::stoul(words[1]), batch) << std::endl;
  b.check();
  return 0;
}

} // namespace

} // namespace easel::persistence

int main(int argc, char** argv) try {
  return easel::persistence::run({argv + 1, argv + argc});
} catch (const std::exception& e) {
  std::cerr << "bench_store: " << e.what() << '\n';
  return 1;
}
