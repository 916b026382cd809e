#include "tests/simulation/oracle.hpp"

#include <algorithm>

namespace easel::simulation {

using testing::fake_upstreams;
using testing::turn;

oracle::oracle(testing::virtual_world& world, weather& outside, history& log)
    : world_(world), outside_(outside), log_(log) {}

// ---------------------------------------------------------------- at each call

void oracle::watch_upstreams() {
  auto& up = *world_.upstreams;
  up.moderation = [this](const auto& prompt) {
    const auto t = outside_.moderation();
    before_moderation(prompt, t);
    return t;
  };
  up.drawing = [this](const auto& prompt) {
    before_generation(prompt, recipient::sub2api);
    return outside_.drawing();
  };
  up.creating = [this](const auto& prompt) {
    before_generation(prompt, recipient::kie);
    auto t = outside_.creating();
    if (t.fails && t.fails->what == policies::failure_class::ambiguous)
      log_.count("creates with a lost answer");
    return t;
  };
  up.polling = [this](const auto&) { return outside_.polling(); };
  up.downloading = [this](const auto&) { return outside_.downloading(); };
  up.task = [this](const auto&) { return outside_.task(); };
}

void oracle::before_moderation(const std::string& prompt, const turn& t) {
  log_.note(world_.passed, "moderate", prompt);
  if (!wisher_.contains(prompt))
    violated("a prompt was moderated that nobody sent", prompt);
  const auto at = world_.passed + t.after;
  if (!t.fails && !world_.upstreams->flags(prompt))
    if (const auto [it, is_new] = judged_at_.try_emplace(prompt, at); !is_new)
      it->second = std::min(it->second, at);
}

// What leaves must have been moderated and passed, and its disclosure must be durable before the call.
void oracle::before_generation(const std::string& prompt, recipient to) {
  log_.note(world_.passed, to == recipient::kie ? "create" : "draw", prompt);
  const weather::shelter quiet(outside_);
  const auto judged = judged_at_.find(prompt);
  if (judged == judged_at_.end() || judged->second > world_.passed)
    violated("a prompt left without a clean verdict", prompt);
  const auto wisher = wisher_.find(prompt);
  if (wisher == wisher_.end()) {
    violated("a prompt left that nobody sent", prompt);
    return;
  }
  const auto& one = *wisher->second;
  if (!one.changed_tier && (one.first_tier == tier::free) != (to == recipient::sub2api))
    violated("a prompt left to the other tier's provider", prompt);
  const auto rows = rows_of(one);
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.prompt.reveal() == prompt; });
  if (row == rows.end()) {
    violated("a prompt left without a row", prompt);
    return;
  }
  if ((row->of_tier == tier::free) != (to == recipient::sub2api))
    violated("a call crosses tiers", prompt);
  if (std::none_of(row->disclosures.begin(), row->disclosures.end(), [&](const auto& d) { return d.to == to; }))
    violated("a call without a durable disclosure", prompt);
  if (!row->verdict || row->verdict->blocked || !row->dispatched_at)
    violated("a call without a durable verdict", prompt);
}

// ---------------------------------------------------------------- at any moment

void oracle::check_books(bool at_rest) {
  const weather::shelter quiet(outside_);
  const auto found = world_.store().check_invariants().value();
  const auto must_be_zero = [&](std::int64_t count, std::string_view what) {
    if (count != 0)
      violated(what, std::to_string(count));
  };
  must_be_zero(found.completed_without_images, "completed without images");
  must_be_zero(found.dispatched_without_verdict, "dispatched without a verdict");
  must_be_zero(found.cross_tier_disclosures, "disclosed across tiers");
  must_be_zero(found.calls_without_disclosure, "called without a disclosure");
  must_be_zero(found.images_settled_twice, "images settled twice");
  must_be_zero(found.balances_off, "balances off");
  must_be_zero(found.holds_without_work, "holds without work");
  must_be_zero(found.overdrawn_grants, "overdrawn grants");
  check_tables(at_rest);
}

void oracle::check_tables(bool at_rest) {
  testing::virtual_database::moment now{at_rest, {}};
  std::set_difference(accepted_.begin(), accepted_.end(), may_go_.begin(), may_go_.end(),
                      std::back_inserter(now.accepted));
  for (const auto& offence : world_.database->offences(now))
    violated(offence);
}

std::vector<persistence::generation_row> oracle::rows_of(const resident& one) {
  return world_.store().list_generations(one.person.account, std::nullopt, 10'000).value().rows;
}

std::vector<persistence::entry_row> oracle::entries_of(const resident& one) {
  return world_.store().list_entries(one.person.account, std::nullopt, 100'000).value().rows;
}

bool oracle::anything_in_work() {
  const weather::shelter quiet(outside_);
  for (const auto* one : residents_)
    for (const auto& row : rows_of(*one))
      if (!is_terminal(row.state))
        return true;
  return false;
}

// ---------------------------------------------------------------- at the end

void oracle::check_everything() {
  const weather::shelter quiet(outside_);
  check_books(true);
  check_tasks();
  for (const auto* one : residents_)
    check_account(*one);
  for (const auto& [prompt, of] : wisher_) {
    const bool drawn = world_.upstreams->count(world_.upstreams->drawn, prompt) > 0;
    const bool created = world_.upstreams->count(world_.upstreams->created, prompt) > 0;
    if (drawn && created && !of->changed_tier)
      violated("a prompt went to both providers", prompt);
    if ((drawn || created) && world_.upstreams->flags(prompt))
      violated("a flagged prompt left", prompt);
  }
}

// The place in the table of calls follows from the unguessable part of the callback's address. A task that exists
// upstream is the only one of its image, or somebody pays twice.
void oracle::check_tasks() {
  std::set<std::pair<generation_id, std::int16_t>> seen;
  for (const auto& [task, url] : world_.upstreams->callback_of) {
    const auto token = url.substr(url.rfind('/') + 1);
    const auto place =
      world_.store()
        .keep_hint(world_.keys->keyed_hash(persistence::hash_purpose::callback, token), task, testing::task_accounts())
        .value();
    if (!place && !may_vanish_.contains(world_.upstreams->prompt_of.at(task)))
      violated("a task is in no row: its call was begun anew", task);
    else if (place && !seen.insert(*place).second)
      violated("two tasks for one image", task);
  }
}

void oracle::check_calls(const resident& one, const persistence::generation_row& row) {
  const auto prompt = row.prompt.reveal();
  if (prompt.empty())
    return; // discarded
  const auto& up = *world_.upstreams;
  const auto to_provider = std::count_if(row.disclosures.begin(), row.disclosures.end(), [](const auto& d) {
    return d.to == recipient::sub2api || d.to == recipient::kie;
  });
  // Each start of a free generation has a disclosure of its own; within one, each image has its attempts.
  const auto most = policies::retry_policy{}.busy_attempts * row.plan.images * to_provider;
  if (up.count(up.drawn, prompt) > most && !sent_anew_.contains(prompt))
    violated("more calls than disclosures allow", prompt);
  if (!one.changed_tier && row.of_tier != one.first_tier)
    violated("a generation of the wrong tier", prompt);
}

void oracle::check_row(const resident& one, const persistence::generation_row& row) {
  const auto id = to_string(row.id);
  check_calls(one, row);
  if (!is_terminal(row.state))
    violated("still in work when all is quiet", id);
  if (row.state == generation_state::completed && !row.images.empty()
      && row.charged != row.plan.price_each * static_cast<int>(row.images.size()))
    violated("charged for other than its images", id);
  if (row.state != generation_state::completed && (row.charged != credits{} || !row.images.empty()))
    violated("charged, though it did not complete", id);
  if (gone_.contains(row.id) && !row.images.empty())
    violated("images left after its owner cancelled it", id);
  for (const auto& image : row.images) {
    const auto bytes = world_.store().find_image(one.person.account, row.id, image.index).value();
    if (one.closed ? bytes != nullptr : !bytes || *bytes != *fake_upstreams::picture_of(row.prompt.reveal()))
      violated("an image of something else", id);
  }
  if (row.prompt.reveal().empty() && !may_go_.contains(row.id))
    violated("discarded on nobody's wish", id);
}

void oracle::check_account(const resident& one) {
  using persistence::book;
  const auto who = to_string(one.person.account);
  std::map<generation_id, credits> charged;
  std::set<std::pair<generation_id, std::int16_t>> settled;
  std::int64_t issued = 0;
  std::int64_t spent = 0;
  std::int64_t expired = 0;
  for (const auto& entry : entries_of(one)) {
    const auto amount = entry.amount.value();
    if (entry.from == book::issued)
      issued += amount;
    if (entry.to == book::expired)
      expired += amount;
    if (entry.to != book::spent)
      continue;
    spent += amount;
    charged[*entry.generation] += entry.amount;
    settled.insert({*entry.generation, entry.image.value_or(-1)});
  }
  for (const auto& row : rows_of(one)) {
    check_row(one, row);
    if (row.charged != charged[row.id])
      violated("the row's charge is not what was spent", to_string(row.id));
    const auto images = std::count_if(settled.begin(), settled.end(), [&](const auto& s) { return s.first == row.id; });
    if (row.charged != row.plan.price_each * static_cast<int>(images))
      violated("an image was settled at another price", to_string(row.id));
  }
  const auto balance = world_.store().find_balance(one.person.account).value();
  if (balance.held.value() != 0)
    violated("credits held when all is quiet", who);
  if (balance.available.value() < 0)
    violated("overdrawn", who);
  // What has expired and was not moved yet is in no grant that counts.
  const auto left = issued - spent - expired;
  const bool one_day = day_of(world_.begun) == day_of(world_.now());
  if (one_day ? balance.available.value() != left : balance.available.value() > left)
    violated("the balance is not what was issued less what was spent", who);
  if (issued < one.gifts || (one.first_tier == tier::paid && !one.changed_tier && issued != one.gifts))
    violated("issued is not what was given", who);
}

} // namespace easel::simulation
