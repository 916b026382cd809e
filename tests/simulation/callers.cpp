#include "tests/simulation/town.hpp"

namespace easel::simulation {

using namespace std::chrono_literals;

using actors::refusal;

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
    fair = c.stranger || who.closed
           || judge_.may_be_gone(c.watches ? *c.watches : c.record->id.value_or(generation_id{}))
           || (c.of && wishes_[*c.of].may_be_gone);
    break;
  case refusal::why::internal:
    fair = outside_.store_has_refused() || who.changed_tier;
    break;
  case refusal::why::key_capped:
    fair = c.of && who.key_cap;
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
  const auto row = world_.store().find_generation(c.who->person.account, end.id).value();
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
  // In memory a node that is awake has heard of it after a second, or remembers nobody; elsewhere it hears nothing.
  const auto news_take = world_.database->is_quick() ? duration(1s) : settings_.key_cache + 1s;
  if (const auto ended = q.who->ended_at;
      ended && q.asked_at > std::max(*ended, homes_[q.home].asleep_until) + news_take)
    violated("whose key or account had ended got an answer");
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

} // namespace easel::simulation
