#include "tools/easelctl/panel_looks.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(panel_looks)

using namespace easel::easelctl;
using nlohmann::json;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

json ledger() {
  return json::parse(R"({
    "balance": {"books": [{"book": "available", "credits": 70}], "sum": 0, "balanced": true,
                "drift": {"available": 0, "held": 0}},
    "entries": [{"kind": "granted", "from": "issued", "to": "available", "today": {"entries": 1, "credits": 40},
                 "month": {"entries": 2, "credits": 100}, "ever": {"entries": 2, "credits": 100}}],
    "holds": [{"age": "under a minute", "count": 1, "credits": 10}], "oldest_hold_ms": 5000})");
}

} // namespace

BOOST_AUTO_TEST_CASE(books_that_do_not_balance_are_said_in_capitals) {
  auto answer = ledger();
  for (const auto* part : {"the books balance: sum 0", "granted", "40 in 1", "100 in 2", "under a minute", "5.0 s"})
    BOOST_TEST(has(ledger_text(answer), part), part);
  answer["balance"]["balanced"] = false;
  answer["balance"]["drift"]["held"] = -2;
  BOOST_TEST(has(ledger_text(answer), "THE BOOKS DO NOT BALANCE: sum 0, grants off by 0, accounts off by -2"));
  answer["balance"] = nullptr;
  BOOST_TEST(has(ledger_text(answer), "easelctl ledger check"));
}

BOOST_AUTO_TEST_CASE(billing_says_what_is_open_and_for_how_long) {
  const auto answer = json::parse(R"({
    "sells": true, "leads": false, "price_faults": 2,
    "inbox": [{"state": "parked", "count": 3, "oldest_ms": 120000, "ages": [{"age": "under an hour", "count": 3}]}],
    "parked": [{"reason": "wrong_amount", "count": 3, "oldest_ms": 120000}],
    "sweeps": [{"name": "events", "ago_ms": 9000, "took_ms": null, "looked_at": 12, "found": 1}],
    "differences": [{"event": "evt_1", "type": "invoice.paid", "object_id": "in_1", "reason": "wrong_amount",
                     "age_ms": 120000, "attempts": 4}],
    "endings": {"count": 0, "oldest_ms": null}})");
  const auto text = billing_text(answer);
  for (const auto* part : {"another node applies events", "2 items differ", "3 under an hour", "wrong_amount", "evt_1",
                           "in_1", "2 min 0 s", "9.0 s"})
    BOOST_TEST(has(text, part), part);
  BOOST_TEST(has(billing_text(json::object()), "no open differences"));
}

BOOST_AUTO_TEST_CASE(a_proof_that_is_too_old_is_not_passed_off_as_kept) {
  auto answer = json::parse(R"({
    "audit": {"age_ms": 30000, "past_due": 0, "longest_overdue_ms": 0, "days_ahead": 14,
              "clauses": [{"clause": "RET-1", "finding": "kept", "kept": false, "age_ms": 180000,
                           "figures": [{"name": "relations", "value": "12"}], "complaints": ["something is late."]}]},
    "retention": {"clock": {"believed": false, "halted_at": "2026-11-26T13:00:00.000Z", "why": "leapt"},
                  "last": {"ago_ms": 1000, "took_ms": 20, "rows": 9, "days": 1, "by_table": {"image": 9, "none": 0}},
                  "day": {"rounds": 4, "rows": 20, "days": 2, "by_table": {"image": 20}}}})");
  const auto text = privacy_text(answer);
  for (const auto* part :
       {"RET-1       kept, but the proof is too old, 3 min 0 s ago", "relations: 12", "! something is late.",
        "STOPPED at 2026-11-26T13:00:00.000Z: leapt", "(image 9)", "4 rounds: 20 rows"})
    BOOST_TEST(has(text, part), part);
  answer["audit"] = nullptr;
  BOOST_TEST(has(privacy_text(answer), "no proof on this node"));
}

BOOST_AUTO_TEST_CASE(nodes_say_who_does_what_is_done_once) {
  const auto text = nodes_text(json::parse(R"({
    "nodes": [{"id": "node_1", "state": "alive", "this": true, "process": "easel house:7", "version": "0.1.0",
               "heartbeat_ms": 400, "joined_ms": 61000, "in_work": 3}],
    "singletons": [{"what": "reaper", "process": "easel house:7", "this": true, "since_ms": 61000},
                   {"what": "billing clerk", "process": null, "this": false, "since_ms": null}],
    "lease": {"left_ms": 9000, "of_ms": 10000},
    "process": {"name": "easel house:7", "version": "0.1.0", "resident_bytes": 104857600, "threads": 20,
                "open_files": 40, "most_files": 1024, "cpu_user_ms": 1500, "cpu_system_ms": 250}})"));
  for (const auto* part : {"alive (this one)", "400 ms", "easel house:7 (this one)", "nobody", "100 MiB, 20 threads",
                           "40 of 1024 files", "9.0 s of 10 s"})
    BOOST_TEST(has(text, part), part);
}

BOOST_AUTO_TEST_CASE(the_configuration_says_what_was_changed) {
  const auto text = configuration_text(json::parse(R"({"settings": [
    {"key": "operator.token", "value": "set", "secret": true, "default": false},
    {"key": "server.port", "value": "8080", "secret": false, "default": true}]})"));
  BOOST_TEST(has(text, "operator.token  set    changed\n"));
  BOOST_TEST(has(text, "server.port     8080\n"));
}

BOOST_AUTO_TEST_SUITE_END()
