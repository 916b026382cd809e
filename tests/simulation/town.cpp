#include "tests/simulation/town.hpp"

#include <algorithm>
#include <array>

namespace easel::simulation {

using namespace std::chrono_literals;
using actors::refusal;

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

town::town(std::uint64_t seed, bool keeps_lines)
    : log_(keeps_lines),
      world_(seed),
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
    one->person = world_.newcomer(one->first_tier, one->gifts);
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
      ran = homes_[which].house && homes_[which].house->run_one();
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
        next = std::min(next, h.house->next_alarm().value_or(duration::max()));
    if (next > end)
      break;
    world_.passed = std::max(world_.passed, next);
    for (auto& h : homes_)
      if (h.house)
        h.house->ring();
    settle();
    look_at_lives();
  }
  world_.passed = end;
  for (auto& h : homes_)
    if (h.house)
      h.house->ring();
  inspect();
}

void town::strike() {
  const auto plan = *std::exchange(planned_, std::nullopt);
  auto& h = homes_[plan.home];
  if (!h.house || !h.house->kill(plan.kind, [this](std::size_t n) { return chance_.below(n); }))
    return;
  note("killed:", plan.kind);
  log_.count("killed: " + plan.kind);
  h.falls += is_among(kinds_that_take_callers, plan.kind);
  h.store_troubles += is_among(kinds_that_take_the_store, plan.kind);
  h.may_fall = h.may_fall || is_among(kinds_that_take_the_house, plan.kind);
}

// ---------------------------------------------------------------- what callers got

void town::look_at_lives() {
  for (auto& h : homes_) {
    if (!h.house || h.house->life() == h.life)
      continue;
    if (!h.may_fall && !outside_.store_was_troubled())
      violated("a node fell without a cause");
    h.life = h.house->life();
    ++h.falls;
    ++h.store_troubles;
    log_.count("a router came or went");
  }
}

void town::inspect() {
  look_at_lives();
  std::erase_if(waiting_, [this](std::size_t which) {
    look_at(callers_[which]);
    return callers_[which].settled;
  });
  std::erase_if(questions_, [this](const question& q) { return look_at(q); });
  for (std::size_t i = 0; i < homes_.size(); ++i)
    if (homes_[i].closing && homes_[i].house->finished()) {
      ++homes_[i].falls;
      homes_[i].house.reset();
      homes_[i].life = 0;
      homes_[i].closing = false;
      note("a node has stopped", std::to_string(i));
    }
}

void town::look_at(caller& c) {
  const auto& r = *c.record;
  if (r.ends > 1 || r.accepted > 1 || r.out_of_turn > 0)
    violated("a caller was told out of turn");
  if (c.of && r.id && wishes_[*c.of].accepted_as.insert(*r.id).second) {
    note(r.attached ? "attached:" : "accepted:", to_string(*r.id) + " for " + wishes_[*c.of].prompt);
    remember(c.who, *r.id);
  }
  if (r.ends == 0 && !r.dropped && !r.left)
    return;
  c.settled = true;
  if (r.dropped) {
    note("a caller was dropped");
    log_.count("callers dropped");
    if (homes_[c.home].falls == c.falls_before && !homes_[c.home].closing)
      violated("a caller was dropped, and nothing that held it had ended");
  }
  if (r.refused)
    look_at_refusal(c, r.refused->reason);
  if (c.stranger && r.accepted > 0)
    violated("a stranger could watch");
  if (r.attached)
    log_.count("attached to a generation");
  if (r.expired)
    log_.count("waits that ran out");
  if (r.final)
    look_at_end(c);
}

void town::look_at_refusal(const caller& c, refusal::why why) {
  const auto& h = homes_[c.home];
  const auto& who = *c.who;
  const bool disturbed = h.store_troubles != c.store_troubles_before;
  bool fair = false;
  switch (why) {
  case refusal::why::invalid_key:
    fair = who.closed || who.revoked;
    break;
  case refusal::why::restricted:
    fair = who.restricted;
    break;
  case refusal::why::store_unavailable:
    fair = disturbed || outside_.store_failures() > 0 || settings_.store_queue < 100;
    break;
  case refusal::why::overloaded:
    fair = disturbed || h.may_fall || h.life == 0 || outside_.store_failures() > 0
           || settings_.max_live_generations < 100 || settings_.store_queue < 100
           || std::min(settings_.free_tier.max_queued, settings_.paid_tier.max_queued) < 100;
    break;
  case refusal::why::too_many_active:
    fair = settings_.free_tier.max_active_per_account < 100 || settings_.paid_tier.max_active_per_account < 100;
    break;
  case refusal::why::too_many_streams:
    fair = settings_.max_watchers_per_account < 100;
    break;
  case refusal::why::key_reused:
    fair = c.of && wishes_[*c.of].idempotency_key;
    break;
  case refusal::why::not_found:
    fair = c.stranger || judge_.may_be_gone(c.watches ? *c.watches : c.record->id.value_or(generation_id{}))
           || (c.of && wishes_[*c.of].may_be_gone);
    break;
  case refusal::why::internal:
    fair = outside_.store_has_refused() || who.changed_tier;
    break;
  case refusal::why::insufficient_credits:
  case refusal::why::suspended:
  case refusal::why::cooling_down:
    fair = c.of.has_value();
    break;
  default:
    break;
  }
  const auto text = std::to_string(static_cast<int>(why));
  note("refused", text);
  log_.count("refused: " + text);
  if (!fair)
    violated("refused without a cause", text);
}

void town::look_at_end(const caller& c) {
  const auto& end = c.record->final->row;
  note(to_string(end.state), to_string(end.reason));
  log_.count("told: " + std::string(to_string(end.state)) + " " + std::string(to_string(end.reason)));
  const weather::shelter quiet(outside_);
  const auto row = world_.open()->find_generation(c.who->person.account, end.id).value();
  if (row && (row->state != end.state || row->charged != end.charged))
    violated("a caller was told another end than the row has", to_string(end.id));
  for (const auto& image : c.record->images)
    if (c.of && *image != *testing::fake_upstreams::picture_of(wishes_[*c.of].prompt))
      violated("a caller got another's image", to_string(end.id));
  const bool whole = c.record->images.size() == end.images.size();
  if (!whole || (end.state == generation_state::completed && end.images.empty() && row && !row->images.empty()))
    violated("a caller did not get all images", to_string(end.id));
}

bool town::look_at(const question& q) {
  if (q.record->answers == 0)
    return false;
  if (q.record->answers > 1)
    violated("a question was answered twice");
  const auto& answer = *q.record->answer;
  if (!answer) {
    const bool internal = answer.error().reason == refusal::why::internal;
    if (internal && homes_[q.home].falls == q.falls_before && !outside_.store_has_refused())
      violated("a question was dropped, and nothing that held it had ended");
    return true;
  }
  if (q.stranger)
    violated("a stranger got an answer");
  if (q.cancels) {
    const auto& cancelled = std::get<actors::cancel_answer>(*answer);
    // With one node, a wish that was confirmed reaches the work before the work's last write. Another node learns of it
    // with a later beat, and what was stored until then stays.
    if (cancelled.deleted || (homes_.size() == 1 && !is_terminal(cancelled.view.row.state)))
      judge_.gone(*q.cancels);
    log_.count(cancelled.deleted ? "deleted" : "asked to cancel");
    note(cancelled.deleted ? "deleted" : "will be cancelled", to_string(*q.cancels));
  }
  return true;
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
  try_all_places();
}

// Past every wait that a setting names, several times over: rows may be started again from their beginning.
void town::come_to_rest() {
  const auto& l = settings_.limits;
  const auto longest = l.moderation + l.queue * 2 + l.drawing + l.task + l.unknown + l.store;
  const auto patience = world_.passed + longest * (settings_.max_restarts + 1) + 5min;
  const auto busy = [this] {
    for (const auto& h : homes_)
      if (h.house && (h.house->counts().live != 0 || h.house->live("generation") > 0 || h.house->live("session") > 0))
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
  const auto db = world_.open();
  std::map<std::pair<resident*, std::string>, std::set<generation_id>> by_key;
  std::map<std::string, std::set<generation_id>> by_prompt;
  std::map<std::string, int> completed;
  for (const auto& one : residents_) {
    const auto found = db->list_generations(one->person.account, std::nullopt, 10'000).value();
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
