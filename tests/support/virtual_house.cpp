#include "tests/support/virtual_house.hpp"

#include "actors/access_log.hpp"
#include "actors/observed.hpp"
#include "policies/api_key.hpp"

#include <stdexcept>

namespace easel::testing {

namespace {

struct later {
  std::function<void()> what;
};

} // namespace

} // namespace easel::testing

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(easel::testing::later)

namespace easel::testing {

// ---------------------------------------------------------------- the caller

recording_watcher::~recording_watcher() {
  if (into_->ends == 0 && !into_->left)
    into_->dropped = true;
}

void recording_watcher::refused(const actors::refusal& why) {
  expect(into_->accepted == 0);
  ++into_->ends;
  into_->refused = why;
}

bool recording_watcher::accepted(const actors::generation_view& view, bool attached) {
  expect(into_->accepted == 0);
  ++into_->accepted;
  into_->attached = attached;
  into_->id = view.row.id;
  into_->states.push_back(view.row.state);
  into_->left = leave_;
  return !leave_;
}

bool recording_watcher::event(const actors::generation_event& event) {
  using actors::generation_event;
  expect(into_->accepted == 1);
  if (const auto* change = std::get_if<generation_event::state_changed>(&event.what)) {
    into_->states.push_back(change->now.row.state);
  } else if (std::holds_alternative<generation_event::partial>(event.what)) {
    ++into_->partials;
  } else if (const auto* end = std::get_if<generation_event::ended>(&event.what)) {
    ++into_->ends;
    into_->final = end->final;
    into_->images = end->images;
    into_->states.push_back(end->final.row.state);
  }
  return true;
}

void recording_watcher::expired(const actors::generation_view&) {
  expect(into_->accepted == 1);
  ++into_->ends;
  into_->expired = true;
}

// ---------------------------------------------------------------- the world

policies::catalogue small_catalogue() {
  policies::offer offer;
  offer.slug = "small";
  offer.sizes = {"1024x1024"};
  offer.qualities = {"medium"};
  offer.formats = {image_format::png};
  offer.partial_images = true;
  offer.prompt_limit = 1000;
  offer.prices[{"1024x1024", "medium"}] = credits::unchecked(2);
  policies::model_entry model;
  model.name = "gpt-image-2";
  model.offers[tier::free] = offer;
  offer.prices[{"1024x1024", "medium"}] = credits::unchecked(5);
  model.offers[tier::paid] = offer;
  policies::catalogue all;
  all.models = {model};
  all.max_images = 4;
  return all;
}

actors::house_settings calm_settings() {
  actors::house_settings s;
  s.detached_stores = false;
  s.catalogue = small_catalogue();
  s.account_rates = s.key_rates = {{1'000'000, 1'000'000}, {1'000'000, 1'000'000}};
  s.free_tier.max_active_per_account = 100;
  s.paid_tier.max_active_per_account = 100;
  s.callback_base_url = "https://easel.example";
  return s;
}

virtual_world::virtual_world(std::uint64_t seed, const make_virtual_database& make) : chance(seed) {
  keys =
    std::make_shared<const persistence::keyring>(*persistence::keyring::from_master(secret_text(std::string(64, 'a'))));
  database = make([this] { return now(); }, keys);
  upstreams = std::make_shared<fake_upstreams>();
  upstreams->now = [this] { return now(); };
}

actors::open_store virtual_world::node() {
  return [this, open = database->node(store_settings)] {
    return interpose(open(), [this](auto operation, bool before) -> std::optional<persistence::store_error> {
      return faults ? faults(operation, before) : std::nullopt;
    });
  };
}

namespace {

class interruptible final : public persistence::revocation_source {
public:
  interruptible(std::unique_ptr<persistence::revocation_source> within, const std::function<bool()>& broken)
      : within_(std::move(within)), broken_(broken) {}
  bool listen() override { return !is_broken() && within_->listen(); }
  std::optional<std::vector<persistence::revocation>> hear(duration limit) override {
    return is_broken() ? std::nullopt : within_->hear(limit);
  }

private:
  std::unique_ptr<persistence::revocation_source> within_;
  [[nodiscard]] bool is_broken() const { return broken_ && broken_(); }
  const std::function<bool()>& broken_;
};

} // namespace

actors::open_revocations virtual_world::revocations() {
  return [this, open = database->revocations()] { return std::make_unique<interruptible>(open(), deaf); };
}

persistence::store& virtual_world::store() {
  if (!store_)
    store_ = node()();
  return *store_;
}

person virtual_world::newcomer(tier t, std::int64_t gift, std::optional<credits> key_cap) {
  auto& db = store();
  person p;
  p.account = database->make_repeatable(db.create_account(t, "test", "newcomer").value(), chance);
  if (gift > 0)
    db.gift(p.account, credits::unchecked(gift), std::nullopt, "test", "a gift").value();
  std::array<std::uint8_t, 32> random{};
  for (auto& byte : random)
    byte = static_cast<std::uint8_t>(chance());
  const auto key = policies::make_api_key(random);
  p.hash = keys->keyed_hash(persistence::hash_purpose::api_key, key.reveal());
  p.key = db.create_key(p.account, "key", p.hash, policies::api_key_hint(key), "test", key_cap).value().id;
  return p;
}

// ---------------------------------------------------------------- the house

virtual_house::virtual_house(virtual_world& world, actors::house_settings settings, bool shuffle)
    : world_(world), shuffle_(shuffle), born_(world.passed) {
  clock_at_birth_ = system_.clock().now();
  context_ = std::make_shared<actors::house_context>();
  context_->settings = std::move(settings);
  context_->keys = world.keys;
  context_->wall_clock = [&world] { return world.now(); };
  context_->random = [&world](std::uint8_t* out, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      out[i] = static_cast<std::uint8_t>(world.chance());
  };
  context_->chance = [&world] { return std::uniform_real_distribution<double>(0.0, 1.0)(world.chance); };
  // An actor stands for the transport's thread: what is posted runs when its alarm is due.
  auto thread = transport_thread_ =
    system_.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const later& l) { l.what(); }}; });
  post_ = [this, thread](duration after, std::function<void()> what) {
    auto& clock = system_.clock();
    clock.schedule_message(clock.now() + std::chrono::duration_cast<caf::actor_clock::duration_type>(after),
                           caf::actor_cast<caf::strong_actor_ptr>(thread),
                           caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, later{std::move(what)}));
  };
  auto alone = world.alone;
  if (world.rights)
    alone.push_back(actors::make_rights(context_, world.rights, way_));
  root_ = actors::spawn_root(system_, context_, world.node(), world.revocations(),
                             world.upstreams->clients(post_, world.concurrency, world.starts_per_window),
                             world.google ? world.google(post_) : actors::google_parts{}, way_, std::move(alone));
  sign_in_ = actors::make_sign_in_door(context_, way_);
  rights_ = actors::make_rights_door(context_, way_);
  run();
}

virtual_house::~virtual_house() {
  post_ = nullptr;
  // A house that is left hard, as by kill -9: everything ends where it stands.
  config_.live.for_each([](const actors::vitals& v) { v.kill(); });
  caf::anon_send_exit(std::exchange(transport_thread_, nullptr), caf::exit_reason::kill);
  root_ = nullptr;
  way_->finished(); // it holds whom it leads to, who hold it
  run();
  for (auto& clock = scheduler().clock(); clock.has_pending_timeout();) {
    clock.trigger_timeout();
    run();
  }
}

caf::scheduler::test_coordinator& virtual_house::scheduler() {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
}

bool virtual_house::run_one() {
  auto& jobs = scheduler().jobs;
  if (jobs.empty())
    return false;
  if (shuffle_ && jobs.size() > 1)
    std::swap(jobs.front(), jobs[world_.chance() % jobs.size()]);
  scheduler().run_once();
  return true;
}

void virtual_house::run() {
  while (run_one()) {
  }
}

std::optional<duration> virtual_house::next_alarm() {
  auto& clock = scheduler().clock();
  if (!clock.has_pending_timeout())
    return std::nullopt;
  return born_ + std::chrono::ceil<duration>(clock.schedule().begin()->first - clock_at_birth_);
}

void virtual_house::ring() {
  auto& clock = scheduler().clock();
  const auto behind = clock_at_birth_ + (world_.passed - born_) - clock.now();
  clock.advance_time(std::max(std::chrono::duration_cast<caf::timespan>(behind), caf::timespan{0}));
}

std::uint64_t virtual_house::life() const {
  const auto router = way_->router();
  return router ? router->id() : 0;
}

void virtual_house::advance(duration span) {
  auto& clock = scheduler().clock();
  const auto begun = world_.passed;
  const auto start = clock.now();
  const auto end = start + span;
  const auto pass = [&](caf::actor_clock::time_point to) {
    if (to > clock.now()) {
      world_.passed = begun + std::chrono::duration_cast<duration>(to - start);
      clock.advance_time(to - clock.now());
    } else {
      clock.advance_time(caf::timespan{0});
    }
  };
  for (run(); clock.has_pending_timeout(); run()) {
    const auto due = clock.schedule().begin()->first;
    if (due > end)
      break;
    pass(due);
  }
  pass(end);
  world_.passed = begun + span;
  run();
}

void virtual_house::knock(const person& who, actors::any_call what) {
  auto router = way_->router();
  if (!router) {
    actors::refuse(what, actors::refusal::why::overloaded);
    return;
  }
  caf::anon_send(router, actors::knock{who.hash, who.is, std::move(what), nullptr});
}

record_ptr virtual_house::create(const person& who, std::string prompt, int n, bool synchronous) {
  actors::create_request request;
  request.request.n = n;
  request.fingerprint_source = prompt;
  request.request.prompt = secret_text(std::move(prompt));
  request.synchronous = synchronous;
  return create(who, std::move(request));
}

record_ptr virtual_house::create(const person& who, actors::create_request request, actors::watch_options how,
                                 bool leaves) {
  auto record = std::make_shared<recording_watcher::record>();
  knock(who, actors::create_call{std::make_shared<const actors::create_request>(std::move(request)), how,
                                 std::make_shared<recording_watcher>(record, leaves)});
  return record;
}

record_ptr virtual_house::watch(const person& who, generation_id id, actors::watch_options how) {
  auto record = std::make_shared<recording_watcher::record>();
  knock(who, actors::watch_call{id, how, std::make_shared<recording_watcher>(record)});
  return record;
}

asked_ptr virtual_house::ask_later(const person& who, actors::query what) {
  auto question = std::make_shared<asked>();
  knock(who, actors::ask_call{std::move(what), std::make_shared<actors::pending_reply>([question](auto given) {
                                ++question->answers;
                                question->answer.emplace(std::move(given));
                              })});
  return question;
}

expected<actors::query_answer, actors::refusal> virtual_house::ask(const person& who, actors::query what) {
  const auto question = ask_later(who, std::move(what));
  run();
  if (!question->answer)
    throw std::logic_error("a question was not answered");
  return *question->answer;
}

void virtual_house::answered(generation_id id) {
  if (auto router = way_->router())
    caf::anon_send(router, actors::answer_written{id});
}

void virtual_house::provider_called(std::string token, std::string task, std::vector<std::string> senders) {
  if (auto router = way_->router())
    caf::anon_send(router, actors::kie_called{std::move(token), std::move(task), std::move(senders)});
}

bool virtual_house::kill(std::string_view kind, const std::function<std::size_t(std::size_t)>& pick) {
  std::vector<std::function<void()>> found;
  std::vector<std::uint64_t> ids;
  config_.live.for_each([&](const actors::vitals& v) {
    if (v.kind == kind) {
      ids.push_back(v.id);
      found.push_back(v.kill);
    }
  });
  if (found.empty())
    return false;
  // The directory is a hash table: its order is no order to choose from.
  std::vector<std::size_t> order(ids.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return ids[a] < ids[b]; });
  found[order[pick(found.size())]]();
  return true;
}

int virtual_house::live(std::string_view kind) const {
  int count = 0;
  config_.live.for_each([&](const actors::vitals& v) { count += v.kind == kind ? 1 : 0; });
  return count;
}

void virtual_house::log_access(persistence::access_record line) {
  if (!context_->access->put(std::move(line), context_->settings.access_log))
    context_->counts->access_dropped.fetch_add(1);
}

void virtual_house::close_access_log() {
  caf::anon_send(root_, actors::close_access_log{});
  run();
}

void virtual_house::shut_down() {
  caf::anon_send(root_, actors::close_house{});
  run();
}

bool virtual_house::finished() const { return way_->wait_finished(duration{0}); }

} // namespace easel::testing
