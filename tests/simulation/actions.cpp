#include "tests/simulation/town.hpp"

#include <algorithm>
#include <array>

namespace easel::simulation {

using namespace std::chrono_literals;

void town::act() {
  const int what = chance_.between(1, 100);
  if (what <= 38)
    send_new();
  else if (what <= 48)
    retry_as_an_sdk();
  else if (what <= 56)
    repeat_with_key();
  else if (what <= 64)
    watch_something();
  else if (what <= 70)
    ask_something();
  else if (what <= 78)
    cancel_something();
  else if (what <= 83)
    call_back();
  else if (what <= 86)
    do_something_to_an_account();
  else if (!faults_)
    send_new();
  else if (what <= 95)
    kill_something();
  else
    trouble_the_store();
}

// ---------------------------------------------------------------- sending

resident& town::somebody() { return *residents_[chance_.below(residents_.size())]; }

actors::watch_options town::some_patience() {
  actors::watch_options how;
  if (chance_.one_in(2))
    how.wait = chance_.between<std::int64_t>(0, 40) * duration(1s);
  how.wants_partials = chance_.one_in(4);
  return how;
}

void town::send_new() {
  wish w;
  w.who = &somebody();
  w.prompt = "wish " + std::to_string(wishes_.size() + 1);
  if (chance_.one_in(8))
    w.prompt += " with violence";
  w.images = chance_.between(1, 3);
  w.synchronous = chance_.percent(60);
  if (chance_.percent(35))
    w.idempotency_key = "key " + std::to_string(wishes_.size() + 1);
  w.begun = world_.passed;
  judge_.expect(w.prompt, w.who);
  wishes_.push_back(std::move(w));
  send(wishes_.size() - 1, false);
}

void town::send(std::size_t which, bool again) {
  const auto at = some_home();
  if (!at)
    return;
  auto& w = wishes_[which];
  if (again)
    judge_.may_come_again(w.prompt);
  actors::create_request request;
  request.request.prompt = secret_text(w.prompt);
  request.request.n = w.images;
  if (chance_.one_in(4))
    request.request.partial_images = 2;
  request.idempotency_key = w.idempotency_key;
  request.fingerprint_source = w.prompt;
  request.retry_count = w.retries;
  request.synchronous = w.synchronous;
  if (again)
    w.across_nodes = w.across_nodes || w.first_home != *at;
  else
    w.first_home = *at;
  auto& h = homes_[*at];
  caller c;
  c.who = w.who;
  c.home = *at;
  c.of = which;
  c.falls_before = h.falls;
  c.store_troubles_before = h.store_troubles;
  auto how = w.synchronous ? some_patience() : actors::watch_options{};
  c.record = h.house->create(w.who->person, std::move(request), how, !w.synchronous);
  w.last_caller = callers_.size();
  note(again ? "sends again" : "sends", w.prompt);
  waiting_.push_back(callers_.size());
  callers_.push_back(std::move(c));
}

// An SDK sends again what had no answer: after a refusal that may pass, a lost connection, or "in progress".
void town::retry_as_an_sdk() {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < wishes_.size(); ++i) {
    const auto& w = wishes_[i];
    if (!w.last_caller || !w.synchronous || w.retries >= 3 || w.answered || w.may_be_gone)
      continue;
    const auto& last = callers_[*w.last_caller];
    if (!last.settled)
      continue;
    const auto& r = *last.record;
    const bool may_pass = r.refused
                          && (r.refused->reason == actors::refusal::why::store_unavailable
                              || r.refused->reason == actors::refusal::why::overloaded);
    if (r.expired || r.dropped || may_pass)
      open.push_back(i);
  }
  if (open.empty())
    return;
  const auto which = open[chance_.below(open.size())];
  ++wishes_[which].retries;
  log_.count("retries as of an SDK");
  send(which, true);
}

// The same key once more, with the same body or another.
void town::repeat_with_key() {
  std::vector<std::size_t> keyed;
  for (std::size_t i = 0; i < wishes_.size(); ++i)
    if (wishes_[i].idempotency_key)
      keyed.push_back(i);
  if (keyed.empty())
    return;
  const auto which = keyed[chance_.below(keyed.size())];
  if (!chance_.one_in(3)) {
    send(which, true);
    return;
  }
  auto other = wish{};
  other.who = wishes_[which].who;
  other.idempotency_key = wishes_[which].idempotency_key;
  other.prompt = "wish " + std::to_string(wishes_.size() + 1) + " under a used key";
  other.begun = world_.passed;
  judge_.expect(other.prompt, other.who);
  wishes_.push_back(std::move(other));
  send(wishes_.size() - 1, false);
}

// ---------------------------------------------------------------- looking and cancelling

void town::remember(resident* who, generation_id id) {
  known_.emplace_back(id, who);
  judge_.accepted(id);
  log_.count("generations accepted");
}

resident* town::owner_of(generation_id id) const {
  const auto it = std::find_if(known_.begin(), known_.end(), [&](const auto& k) { return k.first == id; });
  return it == known_.end() ? nullptr : it->second;
}

void town::watch_something() {
  const auto at = some_home();
  if (!at || known_.empty())
    return;
  const auto& [id, owner] = known_[chance_.below(known_.size())];
  auto& who = chance_.one_in(5) ? somebody() : *owner;
  auto& h = homes_[*at];
  caller c;
  c.who = &who;
  c.home = *at;
  c.watches = id;
  c.stranger = &who != owner;
  c.falls_before = h.falls;
  c.store_troubles_before = h.store_troubles;
  c.record = h.house->watch(who.person, id, some_patience());
  note("watches", to_string(id));
  waiting_.push_back(callers_.size());
  callers_.push_back(std::move(c));
  if (chance_.one_in(3)) {
    h.house->answered(id);
    for (auto& w : wishes_)
      w.answered = w.answered || w.accepted_as.contains(id);
  }
}

void town::ask_something() {
  const auto at = some_home();
  if (!at || known_.empty())
    return;
  const auto& [id, owner] = known_[chance_.below(known_.size())];
  auto& who = chance_.one_in(5) ? somebody() : *owner;
  const bool stranger = &who != owner;
  const std::array<actors::query, 6> queries{
    actors::find_generation{id}, actors::find_image{id, 0},   actors::list_generations{std::nullopt, 3},
    actors::find_account{},      actors::find_credits{{}, 5}, actors::list_models{}};
  const auto which = chance_.below(queries.size());
  questions_.push_back({homes_[*at].house->ask_later(who.person, queries[which]), &who, *at, std::nullopt,
                        stranger && which < 2, homes_[*at].falls, world_.passed});
}

void town::cancel_something() {
  const auto at = some_home();
  if (!at || known_.empty())
    return;
  const auto& [id, owner] = known_[chance_.below(known_.size())];
  auto& who = chance_.one_in(6) ? somebody() : *owner;
  note("cancels", to_string(id));
  if (&who == owner) {
    judge_.may_go(id);
    for (auto& w : wishes_)
      if (w.accepted_as.contains(id)) {
        judge_.may_come_again(w.prompt);
        judge_.may_vanish(w.prompt);
        w.may_be_gone = true;
      }
  }
  questions_.push_back({homes_[*at].house->ask_later(who.person, actors::cancel_generation{id}), &who, *at, id,
                        &who != owner, homes_[*at].falls, world_.passed});
}

// ---------------------------------------------------------------- the provider, operators, fate

// kie.ai says that a task has ended: to any node, perhaps twice, perhaps too early.
void town::call_back() {
  const auto at = some_home();
  const auto& tasks = world_.upstreams->callback_of;
  if (!at || tasks.empty())
    return;
  const auto& [task, url] = *std::next(tasks.begin(), static_cast<std::ptrdiff_t>(chance_.below(tasks.size())));
  note("calls back", task);
  log_.count("callbacks");
  for (int i = chance_.between(1, 2); i > 0; --i)
    homes_[*at].house->provider_called(url.substr(url.rfind('/') + 1), task);
}

void town::do_something_to_an_account() {
  const weather::shelter quiet(outside_);
  auto& who = somebody();
  auto& db = world_.store();
  const auto account = who.person.account;
  switch (chance_.between(1, 6)) {
  case 1:
    note("closed", to_string(account));
    world_.database->close_account(account);
    who.closed = true;
    who.ended_at = who.ended_at.value_or(world_.passed);
    break;
  case 2:
    note("restricted", to_string(account));
    world_.database->restrict_account(account);
    who.restricted = true;
    break;
  case 3:
    note("tier changed", to_string(account));
    if (const auto row = db.find_account(account).value(); row && !who.closed) {
      who.changed_tier = true;
      db.set_tier(account, row->of_tier == tier::free ? tier::paid : tier::free, "test", "simulated").value();
    }
    break;
  case 4:
    note("key revoked", to_string(account));
    db.revoke_key(account, who.person.key, "test").value();
    who.revoked = true;
    who.ended_at = who.ended_at.value_or(world_.passed);
    break;
  default:
    note("gift", to_string(account));
    if (db.gift(account, credits::unchecked(15), std::nullopt, "test", "simulated").value())
      who.gifts += 15;
    break;
  }
}

void town::kill_something() {
  constexpr std::array kinds{"generation", "generation", "generation", "session",      "provider connection",
                             "router",     "node",       "store",      "store worker", "revocation listener"};
  const auto at = some_home();
  const auto gone = std::find_if(homes_.begin(), homes_.end(), [](const home& h) { return !h.house; });
  if (gone != homes_.end() && (!at || chance_.one_in(2))) {
    open_home(static_cast<std::size_t>(gone - homes_.begin()));
    return;
  }
  const int what = chance_.between(1, 12);
  if (what == 1)
    leave_hard(*at);
  else if (what == 2 && !homes_[*at].closing && is_awake(homes_[*at]))
    close_softly(*at);
  else
    planned_ = {chance_.one_of(kinds), *at, chance_.between(1, 60)};
}

// As a stopped process or a machine that is moved: it wakes up with all that happened meanwhile in its mailboxes, and
// may have been taken over without knowing.
void town::put_to_sleep(std::size_t which) {
  auto& h = homes_[which];
  note("a node sleeps:", std::to_string(which));
  log_.count("nodes that slept");
  h.asleep_until = world_.passed + chance_.between<std::int64_t>(1, 20) * duration(1s);
  h.may_fall = true;
}

void town::trouble_the_store() {
  const auto at = some_home();
  if (at && chance_.one_in(3)) {
    put_to_sleep(*at);
    return;
  }
  if (at && homes_.size() > 1 && chance_.one_in(2)) {
    note("a lease cannot be kept:", std::to_string(*at));
    log_.count("leases that could not be kept");
    outside_.lease_trouble(chance_.between<std::int64_t>(6, 20) * duration(1s), *at);
    return;
  }
  if (chance_.one_in(4)) {
    note("endings are not heard");
    log_.count("times without news of endings");
    outside_.silence(chance_.between<std::int64_t>(1, 40) * duration(1s));
    return;
  }
  note("the store is troubled");
  log_.count("troubles of the store");
  outside_.store_trouble(chance_.one_in(5) ? chance_.between<std::int64_t>(5, 40) * duration(1s)
                                           : chance_.between<std::int64_t>(50, 3000) * duration(1ms));
}

} // namespace easel::simulation
