#pragma once

#include "actors/console_door.hpp"
#include "fake_panels_door.hpp"
#include "fake_traces_door.hpp"

#include <vector>

namespace easel::tests {

/// A console of two actors and one sample; what it is asked for is remembered.
class fake_console_door final : public actors::console_door {
public:
  actors::sample_ptr now = sample_of(1);
  bool full = false;
  std::optional<actors::console_fault> fault;
  fake_panels_door panels_;
  fake_traces_door traces_;
  mutable std::vector<actors::actor_question> questions;
  std::vector<std::shared_ptr<actors::console_watcher>> watchers;

  static actors::sample_ptr sample_of(std::uint64_t sessions) {
    auto out = std::make_shared<actors::console_sample>();
    out->at = instant(std::chrono::seconds(1'795'000'000));
    out->ready = true;
    out->values.fill(1.5F);
    out->values.back() = std::numeric_limits<float>::quiet_NaN();
    out->kinds = {{"session", sessions, 2, 3, 0.5, 7, 0, 1, 0}, {"router", 1, 0, 0, 0, 9, 0, 0, 0}};
    actors::upstream_view upstream;
    upstream.to = "sub2api";
    upstream.label = "relay-1";
    upstream.breaker = "closed";
    upstream.failures = {{"busy", 3}};
    out->upstreams = {upstream};
    out->queues = {{"free tier: images waiting for a slot", 4, 10'000, std::nullopt, false}};
    out->concerns = {
      {policies::lint::queue_stalled, "free tier", "Nothing leaves a queue", "evidence", "#/upstreams", out->at}};
    out->findings[static_cast<std::size_t>(policies::lint::queue_stalled)] = 2; // one more than is told
    return out;
  }

  static actors::actor_view actor(std::uint64_t id) {
    actors::actor_view out;
    out.id = id;
    out.kind = "session";
    out.state = "idle";
    out.last = actors::message_view{"enter", std::chrono::milliseconds(12), std::chrono::microseconds(34), false};
    return out;
  }

  [[nodiscard]] actors::panels_door& panels() override { return panels_; }
  [[nodiscard]] actors::traces_door& traces() override { return traces_; }
  [[nodiscard]] actors::sample_ptr latest() const override { return now; }
  [[nodiscard]] std::vector<actors::history_point> history(actors::history_span span) const override {
    return std::vector<actors::history_point>(span == actors::history_span::minutes ? 2 : 1);
  }
  /// One moment at `kept`, and none before it.
  static constexpr instant kept{std::chrono::seconds(1'795'000'000) - std::chrono::minutes(10)};
  [[nodiscard]] std::optional<actors::console_moment> moment(instant wanted) const override {
    if (wanted < kept)
      return std::nullopt;
    actors::console_moment out;
    out.at = out.oldest = kept;
    out.values.fill(2.5F);
    out.types = {{"session", {9, 4, 1.25F, 0.5F, 1}}};
    out.events = {{kept, policies::console_event_kind::actor_failed, "session #7", "killed", 7, 3}};
    out.types_left_out = 5;
    out.events_dropped = 6;
    return out;
  }
  [[nodiscard]] bool watch(std::shared_ptr<actors::console_watcher> watcher) override {
    if (!full)
      watchers.push_back(std::move(watcher));
    return !full;
  }
  [[nodiscard]] actors::actor_page find_actors(const actors::actor_question& q) const override {
    questions.push_back(q);
    return {{actor(1), actor(2)}, 2, 5};
  }
  [[nodiscard]] std::vector<actors::tree_group> tree(actors::actor_order) const override {
    actors::tree_group group;
    group.kind = "session";
    group.count = 40;
    group.shown = {{actor(1), {}}};
    return {group};
  }
  [[nodiscard]] std::vector<actors::tier_line> lines() const override {
    return {
      {tier::free, 12, std::chrono::seconds(3), {{7, 40, 8, 5, std::chrono::seconds(9), std::chrono::seconds(2)}}},
      {tier::paid, 0, {}, {}}};
  }
  [[nodiscard]] std::optional<actors::actor_detail> find_actor(std::uint64_t id) const override {
    if (id != 1)
      return std::nullopt;
    actors::actor_detail out;
    out.actor = actor(1);
    out.messages = {*out.actor.last};
    return out;
  }
  [[nodiscard]] std::vector<actors::grave_view> graveyard(std::string_view kind) const override {
    actors::grave_view one;
    one.kind = kind.empty() ? "session" : "generation";
    one.reason = "killed";
    one.failed = true;
    return {one};
  }
  mutable actors::log_question log_asked;
  [[nodiscard]] actors::log_page log(const actors::log_question& q) const override {
    log_asked = q;
    return {{{7, instant{}, "error", "The journal cannot be written"}}, 7, 5};
  }
  std::function<void(persistence::generation_story&)> retouch; ///< of what is told of a generation
  void generation(generation_id id, actors::console_reply<std::optional<persistence::generation_story>> done) override {
    if (fault)
      return done(unexpected(*fault));
    persistence::generation_story story;
    story.line.id = id;
    story.line.credential = "relay-1";
    story.line.created_at = instant(std::chrono::seconds(1'795'000'000));
    story.line.dispatched_at = story.line.created_at + std::chrono::seconds(1);
    story.line.ended_at = story.line.created_at + std::chrono::seconds(5);
    story.line.state = generation_state::completed;
    story.images = {{0, story.line.created_at + std::chrono::seconds(4)}};
    if (id == generation_id{})
      return done(std::nullopt);
    if (retouch)
      retouch(story);
    done(story);
  }
  void generations(bool, int limit, actors::console_reply<std::vector<persistence::generation_line>> done) override {
    if (fault)
      return done(unexpected(*fault));
    done(std::vector<persistence::generation_line>(static_cast<std::size_t>(limit)));
  }

  // Operators: ada with her password is an operator of `role`; her session's token is `cookie`.
  policies::operator_role role = policies::operator_role::keeper;
  std::string cookie = std::string(43, 'a');
  actors::action_outcome outcome{actors::action_outcome::result::previewed, {"It would do this."}, "stamp"};
  std::vector<actors::action_request> acts;
  std::vector<actors::operator_sign_in> attempts;
  int signed_out = 0;
  bool forgets = false; ///< ada's session is over once it was asked for the first time
  int asked_who = 0;

  void sign_in(actors::operator_sign_in what, actors::console_reply<actors::entered_operator> done) override {
    using result = persistence::operator_entry::result;
    attempts.push_back(what);
    if (fault)
      return done(unexpected(*fault));
    actors::entered_operator out;
    if (what.name == "locked") {
      out.entry.how = result::locked;
      out.entry.wait = std::chrono::minutes(2);
    } else if (what.name == "ada" && what.password.reveal() == "a long password") {
      out.entry = {result::signed_in, persistence::operator_identity{"ada", role, {}}, {}};
      out.token = secret_text(cookie);
      out.longest = std::chrono::hours(8);
    }
    done(std::move(out));
  }
  void who(secret_text token, actors::console_reply<std::optional<actors::operator_caller>> done) override {
    if (fault)
      return done(unexpected(*fault));
    if (token.reveal() == cookie && !(forgets && asked_who++ > 0))
      return done(actors::operator_caller{"operator:ada", role});
    done(std::nullopt);
  }
  void sign_out(secret_text, actors::console_reply<bool> done) override {
    ++signed_out;
    if (fault)
      return done(unexpected(*fault));
    done(true);
  }
  void act(actors::action_request what, actors::console_reply<actors::action_outcome> done) override {
    acts.push_back(what);
    if (fault)
      return done(unexpected(*fault));
    auto out = outcome;
    if (!what.stamp.empty() && out.how == actors::action_outcome::result::previewed)
      out.how = actors::action_outcome::result::done;
    done(std::move(out));
  }
  void audit(int limit, actors::console_reply<std::vector<persistence::audit_row>> done) override {
    persistence::audit_row row;
    row.actor = "operator:ada";
    row.action = "upstream.pause sub2api/relay-1 for 15 min";
    done(std::vector<persistence::audit_row>(static_cast<std::size_t>(limit), row));
  }
};

} // namespace easel::tests
