#include "tests/persistence/contract/world.hpp"

namespace easel::persistence::contract {

namespace {

ownership stale_owner(world& w, const work& of) { return {w.new_node(), of.owner.fence}; }

// ---------------------------------------------------------------- dispatch

void dispatch_records_all(world& w) {
  for (const auto of : all_tiers) {
    const auto p = w.newcomer(of, 100);
    const auto g = w.accepted(p);
    auto command = w.sending(g, of);
    command.verdict.categories = {"violence"}; // scored, and below its threshold
    BOOST_TEST(w.try_write(command) == fenced::done);
    const auto row = w.row_of(p, g.id);
    BOOST_TEST(row.state == generation_state::dispatched);
    BOOST_REQUIRE((row.verdict.has_value() && row.dispatched_to.has_value() && row.dispatched_at.has_value()));
    BOOST_TEST((*row.verdict == command.verdict));
    BOOST_TEST(*row.dispatched_to == command.to);
    BOOST_REQUIRE(row.disclosures.size() == 2u);
    BOOST_TEST(row.disclosures[1].to == command.to);
    BOOST_TEST(w.balance_of(p).held.value() == 5);
  }
}

void dispatch_of_another_node(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  auto command = w.sending(g);
  command.owner = stale_owner(w, g);
  BOOST_TEST(w.try_write(command) == fenced::stale);
  command.owner = {w.node, g.owner.fence + 1};
  BOOST_TEST(w.try_write(command) == fenced::stale);
  BOOST_TEST(w.row_of(p, g.id).state == generation_state::accepted);
  BOOST_TEST(w.row_of(p, g.id).disclosures.size() == 1u);
}

void dispatch_twice(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p);
  BOOST_TEST(w.try_write(w.sending(g)) == fenced::not_in_state);
  BOOST_TEST(w.row_of(p, g.id).disclosures.size() == 2u);
}

void dispatch_of_ended(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  BOOST_REQUIRE(w.try_end(finish{g.id, g.owner, generation_state::cancelled, failure::cancelled}).result
                == fenced::done);
  BOOST_TEST(w.try_write(w.sending(g)) == fenced::not_in_state);
}

void dispatch_of_unknown(world& w) {
  const work nobody{w.new_generation_id(), {w.node, 1}};
  BOOST_TEST(w.try_write(w.sending(nobody)) == fenced::not_in_state);
}

void dispatch_across_tiers(world& w) {
  for (const auto of : all_tiers) {
    const auto p = w.newcomer(of, 100);
    const auto g = w.accepted(p);
    for (const auto wrong : {of == tier::free ? recipient::kie : recipient::sub2api, recipient::openai_moderation,
                             recipient::google, recipient::stripe}) {
      auto command = w.sending(g, of);
      command.to = wrong;
      const auto outcome = w.write_one(command);
      BOOST_REQUIRE(!outcome.has_value());
      BOOST_TEST((outcome.error().what == store_error::kind::refused));
    }
    BOOST_TEST(w.row_of(p, g.id).state == generation_state::accepted);
    BOOST_TEST(w.row_of(p, g.id).disclosures.size() == 1u);
  }
}

void dispatch_without_clean_verdict(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  auto command = w.sending(g);
  command.verdict = blocking_verdict();
  const auto outcome = w.write_one(command);
  BOOST_TEST((!outcome.has_value() || std::get<fenced>(*outcome) != fenced::done));
  BOOST_TEST(w.row_of(p, g.id).state == generation_state::accepted);
  BOOST_TEST(w.row_of(p, g.id).disclosures.size() == 1u);
}

void dispatch_for_restricted(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  w.under.restrict_account(p.account, true);
  BOOST_TEST(w.try_write(w.sending(g)) == fenced::account_closed);
  BOOST_TEST(w.row_of(p, g.id).state == generation_state::accepted);
  BOOST_TEST(w.row_of(p, g.id).disclosures.size() == 1u);
}

void dispatch_for_closed(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  w.under.close_account(p.account);
  BOOST_TEST(w.try_write(w.sending(g)) == fenced::account_closed);
}

void dispatch_after_tier_change(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  BOOST_REQUIRE(w.db->set_tier(p.account, tier::paid, "contract", "bought a pack").value());
  BOOST_TEST(w.try_write(w.sending(g, tier::free)) == fenced::account_closed);
  BOOST_TEST(!w.write_one(w.sending(g, tier::paid)).has_value()); // nor to the new tier's provider
  BOOST_TEST(w.row_of(p, g.id).disclosures.size() == 1u);
}

void dispatch_nul(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  const auto other = w.accepted(p);
  auto bad = w.sending(g);
  bad.credential = std::string("a\0b", 3);
  const std::vector<write> batch{bad, w.sending(other)};
  const auto outcomes = w.db->apply(batch);
  BOOST_REQUIRE(outcomes.size() == 2u);
  BOOST_TEST(!outcomes[0].has_value());
  BOOST_TEST(outcomes[1].has_value());
  BOOST_TEST(w.row_of(p, g.id).state == generation_state::accepted);
  BOOST_TEST(w.row_of(p, other.id).state == generation_state::dispatched);
}

// ---------------------------------------------------------------- paid calls

begin_call calling(world& w, const work& g, std::int16_t index = 0) {
  return {g.id, g.owner, index, "first", w.new_digest()};
}

void call_and_task(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p, 5, 2);
  const auto first = calling(w, g, 0);
  const auto second = calling(w, g, 1);
  BOOST_TEST(w.try_write(first) == fenced::done);
  BOOST_TEST(w.try_write(second) == fenced::done);
  BOOST_TEST(w.try_write(record_task{g.id, g.owner, 1, "task-b"}) == fenced::done);
  const auto resumed = w.db->resume(w.node, g.id).value();
  BOOST_REQUIRE(resumed.has_value());
  BOOST_REQUIRE(resumed->tasks.size() == 2u);
  const bool in_order = resumed->tasks[0].index == 0;
  const auto& a = resumed->tasks[in_order ? 0 : 1];
  const auto& b = resumed->tasks[in_order ? 1 : 0];
  BOOST_TEST(a.task == "");
  BOOST_TEST(a.credential == "first");
  BOOST_TEST((a.callback == first.callback));
  BOOST_TEST(b.index == 1);
  BOOST_TEST(b.task == "task-b");
}

void call_twice(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  BOOST_TEST(w.try_write(calling(w, g)) == fenced::done);
  // Its beginner knows that nothing was started, and may begin anew elsewhere.
  auto elsewhere = calling(w, g);
  elsewhere.credential = "another";
  BOOST_TEST(w.try_write(elsewhere) == fenced::done);
  BOOST_TEST(w.try_write(record_task{g.id, g.owner, 0, "task_1"}) == fenced::done);
  BOOST_TEST(w.try_write(calling(w, g)) == fenced::not_in_state);
}

void call_after_takeover(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  BOOST_TEST(w.try_write(calling(w, g)) == fenced::done);
  BOOST_REQUIRE(w.db->leave(w.node));
  const auto heir = w.new_node();
  const auto found = w.db->take_over(heir, std::chrono::seconds(5), 10).value();
  BOOST_REQUIRE(found.size() == 1u);
  // The heir does not know whether the create left: it must not begin another.
  BOOST_TEST(w.try_write(calling(w, {g.id, found[0].owner})) == fenced::not_in_state);
}

void call_too_early(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  BOOST_TEST(w.try_write(calling(w, w.accepted(p))) == fenced::not_in_state);
}

void call_after_end(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  BOOST_REQUIRE(w.try_write(calling(w, g)) == fenced::done);
  BOOST_REQUIRE(w.try_end(finish{g.id, g.owner}).result == fenced::done);
  BOOST_TEST(w.try_write(calling(w, g)) == fenced::not_in_state);
  BOOST_TEST(w.try_write(record_task{g.id, g.owner, 0, "late"}) == fenced::not_in_state);
}

void call_of_another_node(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  auto call = calling(w, g);
  call.owner = stale_owner(w, g);
  BOOST_TEST(w.try_write(call) == fenced::stale);
  BOOST_REQUIRE(w.try_write(calling(w, g)) == fenced::done);
  BOOST_TEST(w.try_write(record_task{g.id, call.owner, 0, "task"}) == fenced::stale);
}

void task_without_call(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  BOOST_TEST(w.try_write(record_task{g.id, g.owner, 0, "task"}) == fenced::not_in_state);
}

void task_twice(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  BOOST_REQUIRE(w.try_write(calling(w, g)) == fenced::done);
  BOOST_TEST(w.try_write(record_task{g.id, g.owner, 0, "task-a"}) == fenced::done);
  BOOST_TEST(w.try_write(record_task{g.id, g.owner, 0, "task-b"}) == fenced::not_in_state);
  BOOST_TEST(w.db->resume(w.node, g.id).value()->tasks.at(0).task == "task-a");
}

void callback_is_found(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p, 5, 3);
  const auto call = calling(w, g, 2);
  BOOST_REQUIRE(w.try_write(call) == fenced::done);
  const auto found = w.db->keep_hint(call.callback, "task", {"first"}).value();
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->first == g.id);
  BOOST_TEST(found->second == 2);
  BOOST_TEST(!w.db->keep_hint(w.new_digest(), "task", {"first"}).value().has_value());
}

void callback_of_another_account(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  const auto call = calling(w, g);
  BOOST_REQUIRE(w.try_write(call) == fenced::done);
  const std::vector<std::vector<std::string>> not_its_own{{}, {"second"}, {"firs", "first2", "FIRST"}, {"", "{first}"}};
  for (const auto& others : not_its_own)
    BOOST_TEST(!w.db->keep_hint(call.callback, "task", others).value().has_value());
  BOOST_TEST(w.db->task_hints(w.node).value().empty());
  BOOST_TEST(w.db->keep_hint(call.callback, "task", {"second", "first"}).value().has_value());
  BOOST_TEST(w.db->task_hints(w.node).value().size() == 1u);
}

void hint_waits_for_the_owner(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p, 5, 3);
  const auto call = calling(w, g, 2);
  BOOST_REQUIRE(w.try_write(call) == fenced::done);
  BOOST_TEST(w.db->task_hints(w.node).value().empty());
  BOOST_REQUIRE(w.db->keep_hint(call.callback, "task", {"first"}).value().has_value());
  const std::vector<task_hint> kept{{g.id, 2, "task"}};
  BOOST_TEST((w.db->task_hints(w.node).value() == kept));
  BOOST_TEST((w.db->task_hints(w.node).value() == kept)); // reading takes nothing away
  BOOST_TEST(w.db->task_hints(w.new_node()).value().empty());
  BOOST_REQUIRE(w.try_write(record_task{g.id, call.owner, 2, "task"}) == fenced::done);
  BOOST_TEST(w.db->task_hints(w.node).value().empty());
}

void hint_goes_with_its_call(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  const auto first = calling(w, g);
  BOOST_REQUIRE(w.try_write(first) == fenced::done);
  BOOST_REQUIRE(w.db->keep_hint(first.callback, "of the first", {"first"}).value().has_value());
  BOOST_REQUIRE(w.try_write(calling(w, g)) == fenced::done);
  BOOST_TEST(w.db->task_hints(w.node).value().empty());
}

void known_task_keeps_no_hint(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  const auto g = w.dispatched(p);
  const auto call = calling(w, g);
  BOOST_REQUIRE(w.try_write(call) == fenced::done);
  BOOST_REQUIRE(w.try_write(record_task{g.id, call.owner, 0, "task"}) == fenced::done);
  BOOST_TEST(w.db->keep_hint(call.callback, "another", {"first"}).value().has_value());
  BOOST_TEST(w.db->task_hints(w.node).value().empty());
  BOOST_TEST(w.db->resume(w.node, g.id).value()->tasks.at(0).task == "task");
}

void callback_of_what_is_gone(world& w) {
  const auto p = w.newcomer(tier::paid, 100);
  for (const bool deleted : {true, false}) {
    const auto g = w.dispatched(p);
    const auto call = calling(w, g, 0);
    BOOST_REQUIRE(w.try_write(call) == fenced::done);
    BOOST_REQUIRE(w.try_end(w.picture(g, 0, true)).result == fenced::done);
    BOOST_TEST(w.db->keep_hint(call.callback, "task", {"first"}).value().has_value());
    if (deleted)
      BOOST_REQUIRE(w.db->delete_generation(p.account, g.id).value());
    else
      w.advance(w.under.settings.retention.content + std::chrono::minutes(1));
    BOOST_TEST(!w.db->keep_hint(call.callback, "task", {"first"}).value().has_value());
  }
}

// ---------------------------------------------------------------- images

void image_settles_share(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 3);
  const auto outcome = w.try_end(w.picture(g, 1));
  BOOST_TEST(outcome.result == fenced::done);
  BOOST_TEST(outcome.state == generation_state::dispatched);
  BOOST_TEST(outcome.charged.value() == 7);
  BOOST_TEST(outcome.balance.value() == 79);
  const auto after = w.balance_of(p);
  BOOST_TEST(after.held.value() == 14);
  BOOST_TEST(after.available.value() == 79);
  BOOST_TEST(w.row_of(p, g.id).charged.value() == 7);
}

void last_image_completes(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 3);
  BOOST_REQUIRE(w.try_end(w.picture(g, 2)).result == fenced::done);
  const auto outcome = w.try_end(w.picture(g, 0, true)); // index 1 never came
  BOOST_TEST(outcome.result == fenced::done);
  BOOST_TEST(outcome.state == generation_state::completed);
  BOOST_TEST(outcome.charged.value() == 14);
  BOOST_TEST(outcome.balance.value() == 86);
  const auto row = w.row_of(p, g.id);
  BOOST_TEST(row.state == generation_state::completed);
  BOOST_TEST(row.ended_at.has_value());
  BOOST_REQUIRE(row.images.size() == 2u);
  BOOST_TEST(row.images[0].index == 0);
  BOOST_TEST(row.images[1].index == 2);
  BOOST_TEST(w.balance_of(p).held.value() == 0);
}

void image_twice(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 2);
  BOOST_REQUIRE(w.try_end(w.picture(g, 0, false, "first")).result == fenced::done);
  BOOST_TEST(w.try_end(w.picture(g, 0, true, "second")).result == fenced::not_in_state);
  BOOST_TEST(*w.db->find_image(p.account, g.id, 0).value() == "first");
  const auto row = w.row_of(p, g.id);
  BOOST_TEST(row.charged.value() == 7);
  BOOST_TEST(row.state == generation_state::dispatched);
  BOOST_TEST(w.balance_of(p).held.value() == 7);
}

void image_twice_in_one_batch(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 2);
  const std::vector<write> batch{w.picture(g, 0), w.picture(g, 0)};
  const auto outcomes = w.db->apply(batch);
  BOOST_REQUIRE((outcomes.size() == 2u && outcomes[0] && outcomes[1]));
  const auto a = std::get<finished>(*outcomes[0]).result;
  const auto b = std::get<finished>(*outcomes[1]).result;
  BOOST_TEST((a == fenced::done) != (b == fenced::done));
  BOOST_TEST(w.row_of(p, g.id).charged.value() == 7);
}

void image_of_another_node(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p);
  auto late = w.picture(g, 0, true);
  late.owner = stale_owner(w, g);
  BOOST_TEST(w.try_end(late).result == fenced::stale);
  BOOST_TEST(w.row_of(p, g.id).images.empty());
  BOOST_TEST(w.balance_of(p).held.value() == 5);
  BOOST_TEST((w.db->find_image(p.account, g.id, 0).value() == nullptr));
}

void image_too_early(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.accepted(p);
  BOOST_TEST(w.try_end(w.picture(g, 0, true)).result == fenced::not_in_state);
  BOOST_TEST(w.row_of(p, g.id).state == generation_state::accepted);
}

void image_after_end(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 2);
  BOOST_REQUIRE(w.try_end(w.picture(g, 0, true)).result == fenced::done);
  BOOST_TEST(w.try_end(w.picture(g, 1, true)).result == fenced::not_in_state);
  BOOST_TEST(w.balance_of(p).available.value() == 93);
}

void image_outside_the_plan(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p, 7, 2);
  for (const std::int16_t index : {-1, 2, 30, 32767}) {
    const auto outcome = w.write_one(w.picture(g, index));
    BOOST_TEST((!outcome.has_value() || std::get<finished>(*outcome).result == fenced::not_in_state));
  }
  BOOST_TEST(w.balance_of(p).held.value() == 14);
  BOOST_TEST(w.row_of(p, g.id).images.empty());
}

void image_comes_back(world& w) {
  const auto p = w.newcomer(tier::free, 100);
  const auto g = w.dispatched(p);
  std::string bytes(1'000'003, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 31 + i / 251);
  auto command = w.picture(g, 0, true, bytes);
  command.format = image_format::webp;
  BOOST_REQUIRE(w.try_end(command).result == fenced::done);
  const auto found = w.db->find_image(p.account, g.id, 0).value();
  BOOST_REQUIRE(found != nullptr);
  BOOST_TEST((*found == bytes));
  const auto row = w.row_of(p, g.id).images.at(0);
  BOOST_TEST(row.id == command.image);
  BOOST_TEST((row.format == image_format::webp));
  BOOST_TEST(row.width == 1024);
  BOOST_TEST(row.height == 512);
  BOOST_TEST(row.bytes == 1'000'003);
}

} // namespace

std::vector<contract_case> progress_cases() {
  return {
    {"a_dispatch_records_verdict_recipient_and_disclosure", dispatch_records_all},
    {"a_dispatch_by_another_node_or_fence_changes_nothing", dispatch_of_another_node},
    {"a_second_dispatch_of_one_owner_has_no_edge", dispatch_twice},
    {"an_ended_generation_is_not_dispatched", dispatch_of_ended},
    {"an_unknown_generation_is_not_dispatched", dispatch_of_unknown},
    {"a_dispatch_across_tiers_is_refused", dispatch_across_tiers},
    {"a_dispatch_without_a_clean_verdict_does_nothing", dispatch_without_clean_verdict},
    {"a_restricted_accounts_prompt_is_not_dispatched", dispatch_for_restricted},
    {"a_closed_accounts_prompt_is_not_dispatched", dispatch_for_closed},
    {"a_prompt_is_not_dispatched_after_its_account_changed_tier", dispatch_after_tier_change},
    {"a_nul_in_a_dispatch_refuses_that_command_alone", dispatch_nul},
    {"a_call_and_its_task_are_there_on_resumption", call_and_task},
    {"a_call_is_begun_anew_only_until_its_task_is_known", call_twice},
    {"a_call_that_was_begun_is_never_begun_by_an_heir", call_after_takeover},
    {"a_call_does_not_begin_before_dispatch", call_too_early},
    {"a_call_does_not_begin_after_the_end", call_after_end},
    {"a_call_of_another_node_is_stale", call_of_another_node},
    {"a_task_needs_its_call", task_without_call},
    {"a_task_is_recorded_once", task_twice},
    {"a_callback_leads_to_its_image", callback_is_found},
    {"a_callback_of_another_account_leads_nowhere", callback_of_another_account},
    {"a_hint_waits_for_the_owner_until_the_task_is_recorded", hint_waits_for_the_owner},
    {"a_hint_goes_with_the_call_that_is_begun_anew", hint_goes_with_its_call},
    {"a_task_that_is_known_keeps_no_hint", known_task_keeps_no_hint},
    {"a_callback_of_what_was_deleted_or_has_expired_leads_nowhere", callback_of_what_is_gone},
    {"an_image_settles_its_share_of_the_hold", image_settles_share},
    {"the_last_image_completes_and_releases_the_rest", last_image_completes},
    {"an_image_is_stored_and_charged_once", image_twice},
    {"an_image_twice_in_one_batch_is_charged_once", image_twice_in_one_batch},
    {"an_image_of_another_node_is_stale", image_of_another_node},
    {"an_image_before_dispatch_has_no_edge", image_too_early},
    {"an_image_after_the_end_has_no_edge", image_after_end},
    {"an_image_outside_the_plan_is_not_charged", image_outside_the_plan},
    {"an_image_comes_back_byte_for_byte", image_comes_back},
  };
}

} // namespace easel::persistence::contract
