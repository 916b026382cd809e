#include "tests/simulation/town.hpp"

#include <algorithm>
#include <array>

namespace easel::simulation {

using namespace std::chrono_literals;

namespace {

constexpr std::array kinds_that_take_callers{"session", "router", "node", "store"};
constexpr std::array kinds_that_take_the_store{"store worker", "store", "router", "node"};
constexpr std::array kinds_that_take_the_house{"store", "router", "node"};

template <class Kinds>
bool is_among(const Kinds& kinds, const std::string& kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

actors::house_settings settings_of(dice& chance) {
  auto s = testing::calm_settings();
  if (!chance.one_in(10)) { // shorter waits, so that more of them end within one seed
    s.limits.moderation = 10s;
    s.limits.queue = 30s;
    s.limits.drawing = 40s;
    s.limits.task = 60s;
    s.limits.unknown = 90s;
    s.limits.store = 8s;
  }
  s.sweep = chance.one_in(2) ? 250ms : 1s;
  s.dead_after = chance.between(3, 5) * duration(1s);
  s.session_idle = chance.between(5, 30) * duration(1s);
  s.drain = 10s;
  s.partitions_ahead = 2; // a seed sees two days at most
  s.key_cache = chance.one_in(3) ? duration{0} : duration{10s};
  s.store_writers = chance.between(1, 2);
  s.store_readers = chance.between(1, 2);
  s.store_batch = chance.one_of(std::array{1, 4, 128});
  s.store_queue = chance.one_in(10) ? 8 : 20'000;
  s.breaker.trip_after = chance.between(1, 5);
  s.max_restarts = chance.one_in(4) ? 1 : 3;
  s.max_live_generations = chance.one_in(10) ? 5 : 20'000;
  s.max_watchers_per_account = chance.one_in(10) ? 3 : 256;
  for (auto* t : {&s.free_tier, &s.paid_tier}) {
    t->max_active_per_account = chance.one_in(6) ? 2 : 100;
    t->max_queued = chance.one_in(10) ? 2 : 10'000;
  }
  return s;
}

} // namespace

town::town(std::uint64_t seed, bool keeps_lines, const testing::make_virtual_database& make)
    : log_(keeps_lines),
      world_(seed, make),
      chance_(world_.chance),
      outside_(world_, chance_),
      judge_(world_, outside_, log_),
      settings_(settings_of(chance_)) {
  found();
}

void town::found() {
  faults_ = !chance_.one_in(10);
  if (!faults_)
    outside_.clear_up();
  if (chance_.one_in(8)) // an evening: allowances of two days
    world_.begun += 14h + 50min;
  world_.concurrency = chance_.between(1, 2);
  world_.starts_per_window = chance_.one_in(2) ? 2 : 20;
  world_.upstreams->partials = chance_.between(0, 2);
  for (int i = chance_.between(3, 6); i > 0; --i) {
    auto one = std::make_unique<resident>();
    one->first_tier = chance_.one_in(2) ? tier::free : tier::paid;
    one->gifts = chance_.one_in(4) ? 0 : chance_.between(1, 60);
    if (chance_.one_in(4))
      one->key_cap = credits::unchecked(chance_.between(4, 30));
    one->person = world_.newcomer(one->first_tier, one->gifts, one->key_cap);
    judge_.add(one.get());
    residents_.push_back(std::move(one));
  }
  judge_.watch_upstreams();
  homes_.resize(chance_.between<std::size_t>(1, 2));
  for (std::size_t i = 0; i < homes_.size(); ++i)
    open_home(i);
}

// ---------------------------------------------------------------- nodes

void town::open_home(std::size_t which) {
  auto& h = homes_[which];
  h.house = std::make_unique<testing::virtual_house>(world_, settings_, true);
  h.life = h.house->life();
  h.may_fall = false;
  h.closing = false;
  h.asleep_until = duration{};
  note("a node starts", std::to_string(which));
}

void town::leave_hard(std::size_t which) {
  auto& h = homes_[which];
  note("a node is killed", std::to_string(which));
  log_.count("nodes killed");
  ++h.falls;
  ++h.store_troubles;
  h.house.reset();
  h.life = 0;
  h.closing = false;
}

void town::close_softly(std::size_t which) {
  auto& h = homes_[which];
  note("a node is stopped", std::to_string(which));
  log_.count("nodes stopped");
  h.may_fall = true;
  h.closing = true;
  h.house->shut_down();
}

std::optional<std::size_t> town::some_home() {
  std::vector<std::size_t> there;
  for (std::size_t i = 0; i < homes_.size(); ++i)
    if (homes_[i].house)
      there.push_back(i);
  if (there.empty())
    return std::nullopt;
  return there[chance_.below(there.size())];
}

// ---------------------------------------------------------------- time

// Message by message, on any node, in any order that the actors' own guarantees allow.
void town::settle() {
  for (;;) {
    const auto first = chance_.below(homes_.size());
    bool ran = false;
    for (std::size_t i = 0; i < homes_.size() && !ran; ++i) {
      const auto which = (first + i) % homes_.size();
      outside_.runs_on(which);
      ran = is_awake(homes_[which]) && homes_[which].house->run_one();
    }
    if (!ran)
      return;
    if (planned_ && --planned_->jobs <= 0)
      strike();
  }
}

void town::pass(duration span) {
  const auto end = world_.passed + span;
  settle();
  for (;;) {
    auto next = duration::max();
    for (auto& h : homes_)
      if (h.house)
        next = std::min(next, is_awake(h) ? h.house->next_alarm().value_or(duration::max()) : h.asleep_until);
    if (next > end)
      break;
    world_.passed = std::max(world_.passed, next);
    ring();
    settle();
    look_at_lives();
  }
  world_.passed = end;
  ring();
  inspect();
}

bool town::is_awake(const home& h) const { return h.house && world_.passed >= h.asleep_until; }

void town::ring() {
  for (auto& h : homes_)
    if (is_awake(h))
      h.house->ring();
}

void town::strike() {
  const auto plan = *std::exchange(planned_, std::nullopt);
  auto& h = homes_[plan.home];
  if (!is_awake(h) || !h.house->kill(plan.kind, [this](std::size_t n) { return chance_.below(n); }))
    return;
  note("killed:", plan.kind);
  log_.count("killed: " + plan.kind);
  h.falls += is_among(kinds_that_take_callers, plan.kind);
  h.store_troubles += is_among(kinds_that_take_the_store, plan.kind);
  h.may_fall = h.may_fall || is_among(kinds_that_take_the_house, plan.kind);
}

// ---------------------------------------------------------------- one life of the town

void town::live() {
  const int actions = chance_.between(10, 40);
  for (int i = 0; i < actions; ++i) {
    act();
    if (chance_.one_in(3))
      continue; // the next comes before anything of this has run
    pass(chance_.one_in(2) ? chance_.between<std::int64_t>(0, 500) * duration(1ms)
                           : chance_.between<std::int64_t>(0, 15) * duration(1s));
    if (chance_.one_in(4))
      judge_.check_books();
  }
  outside_.clear_up();
  planned_.reset();
  come_to_rest();
  what_is_left();
  judge_.check_everything();
  count_generations();
  if (world_.database->is_quick())
    try_all_places();
}

// Past every wait that a setting names, several times over: rows may be started again from their beginning.
void town::come_to_rest() {
  const auto& l = settings_.limits;
  const auto longest = l.moderation + l.queue * 2 + l.drawing + l.task + l.unknown + l.store;
  const auto patience = world_.passed + longest * (settings_.max_restarts + 1) + 5min;
  const auto busy = [this] {
    for (const auto& h : homes_)
      if (h.house
          && (!is_awake(h) || h.house->life() == 0 || h.house->counts().live != 0 || h.house->live("generation") > 0
              || h.house->live("session") > 0))
        return true;
    return !waiting_.empty() || !questions_.empty() || judge_.anything_in_work();
  };
  do {
    if (!some_home())
      open_home(0);
    pass(10s);
  } while ((busy() || !some_home()) && world_.passed < patience);
  note("quiet");
}

void town::what_is_left() {
  for (const auto& h : homes_) {
    if (!h.house)
      continue;
    if (h.house->counts().live != 0)
      violated("the gauge counts generations when all is quiet", std::to_string(h.house->counts().live.load()));
    for (const auto* kind : {"generation", "session"})
      if (h.house->live(kind) > 0)
        violated("actors left over:", kind);
    if (h.house->live("router") != 1 || h.house->live("node") != 1 || h.house->live("store") != 1)
      violated("a node is not whole");
    if (h.house->live("store worker") != settings_.store_writers + settings_.store_readers)
      violated("store workers left over or missing", std::to_string(h.house->live("store worker")));
    if (h.house->live("provider connection") != 5)
      violated("connections left over or missing", std::to_string(h.house->live("provider connection")));
    for (auto taken = h.house->counts().taken_over.load(); taken > 0; --taken)
      log_.count("rows taken over");
    for (auto resumed = h.house->counts().resumed.load(); resumed > 0; --resumed)
      log_.count("rows resumed");
  }
  if (!waiting_.empty())
    violated("callers that nobody answered", std::to_string(waiting_.size()));
  if (!questions_.empty())
    violated("questions that nobody answered", std::to_string(questions_.size()));
}

// One idempotency key, one generation. One wish of an SDK, one that completed: what was tried again after it had failed
// is another.
void town::count_generations() {
  const weather::shelter quiet(outside_);
  std::map<std::pair<resident*, std::string>, std::set<generation_id>> by_key;
  std::map<std::string, std::set<generation_id>> by_prompt;
  std::map<std::string, int> completed;
  for (const auto& one : residents_) {
    const auto found = world_.store().list_generations(one->person.account, std::nullopt, 10'000).value();
    for (const auto& row : found.rows) {
      by_prompt[row.prompt.reveal()].insert(row.id);
      completed[row.prompt.reveal()] += row.state == generation_state::completed;
    }
  }
  std::set<std::pair<resident*, std::string>> with_deletions;
  for (const auto& w : wishes_) {
    if (!w.idempotency_key) {
      if (completed[w.prompt] > 1 && !w.answered && !w.may_be_gone && !w.across_nodes)
        violated("one wish was granted several times", w.prompt);
      continue;
    }
    const std::pair key(w.who, *w.idempotency_key);
    by_key[key].insert(by_prompt[w.prompt].begin(), by_prompt[w.prompt].end());
    by_key[key].insert(w.accepted_as.begin(), w.accepted_as.end());
    if (w.may_be_gone)
      with_deletions.insert(key);
  }
  for (const auto& [key, ids] : by_key)
    if (ids.size() > 1 && !with_deletions.contains(key))
      violated("one idempotency key became several generations", key.second);
}

// ---------------------------------------------------------------- every place to call from is free again

void town::try_all_places() {
  pass(5min + 10s); // the longest that a breaker stays open
  auto& up = *world_.upstreams;
  up.moderation = [](const auto&) { return testing::turn{}; };
  up.polling = up.downloading = up.moderation;
  for (auto& h : homes_)
    if (h.house)
      for (auto t : all_tiers)
        try_places_of(*h.house, t);
}

void town::try_places_of(testing::virtual_house& house, tier of) {
  auto& up = *world_.upstreams;
  const auto places = static_cast<std::size_t>(2 * world_.concurrency);
  const auto& log = of == tier::free ? up.drawn : up.created;
  const testing::turn slow{8s, std::nullopt};
  up.drawing = [slow](const auto&) { return slow; };
  up.creating = [](const auto&) { return testing::turn{}; };
  up.task = [slow](const auto&) { return slow; };
  std::size_t at_once = 0;
  for (int round = 0; round < 3; ++round) { // the first ones are the probes of half-open breakers
    const auto before = log.size();
    std::vector<testing::record_ptr> answers;
    for (std::size_t i = 0; i < places; ++i)
      answers.push_back(house.create(world_.newcomer(of, 10), "a last wish"));
    pass(6s);
    at_once = log.size() - before;
    pass(60s);
    for (const auto& answer : answers)
      if (round == 2 && (!answer->final || answer->final->row.state != generation_state::completed))
        violated("a last wish was not granted", std::string(to_string(of)));
  }
  if (at_once != places)
    violated("places to call from were lost", std::to_string(at_once) + " of " + std::to_string(places));
}

} // namespace easel::simulation
