#include "tests/persistence/contract/world.hpp"

namespace easel::persistence::contract {

namespace {

account_id nobody(world& w) { return {w.new_generation_id().value}; }

void new_account(world& w) {
  for (const auto of : all_tiers) {
    const auto p = w.newcomer(of);
    const auto row = w.account_of(p);
    BOOST_TEST(row.id == p.account);
    BOOST_TEST(row.of_tier == of);
    BOOST_TEST(row.state == account_state::active);
    BOOST_TEST(!row.restricted);
    BOOST_TEST(!row.cooldown_until.has_value());
    BOOST_TEST(w.balance_of(p).available.value() == 0);
    BOOST_TEST(w.balance_of(p).grants.empty());
  }
}

void change_of_tier(world& w) {
  const auto p = w.newcomer(tier::free);
  BOOST_TEST(w.db->set_tier(p.account, tier::paid, "contract", "bought").value());
  BOOST_TEST(w.account_of(p).of_tier == tier::paid);
  BOOST_TEST(w.db->set_tier(p.account, tier::free, "contract", "went back").value());
  BOOST_TEST(w.account_of(p).of_tier == tier::free);
}

void gift_keeps_tier(world& w) {
  const auto p = w.newcomer(tier::free);
  const auto until = w.now() + std::chrono::hours(24);
  w.give(p, 50, until);
  BOOST_TEST(w.account_of(p).of_tier == tier::free);
  const auto grants = w.balance_of(p).grants;
  BOOST_REQUIRE(grants.size() == 1u);
  BOOST_TEST((grants[0].kind == grant_kind::gift));
  BOOST_TEST(grants[0].amount.value() == 50);
  BOOST_TEST(grants[0].remaining.value() == 50);
  BOOST_TEST((grants[0].expires_at == until));
}

void unknown_accounts(world& w) {
  const auto id = nobody(w);
  BOOST_TEST(!w.db->set_tier(id, tier::paid, "contract", "why").value());
  BOOST_TEST(!w.db->lift_suspension(id, "contract", "why").value());
  BOOST_TEST(!w.db->gift(id, amount(5), std::nullopt, "contract", "why").value());
  BOOST_TEST(!w.db->revoke_key(id, {id.value}, "contract").value());
  BOOST_TEST(w.db->list_keys(id).value().empty());
  const auto key = w.db->create_key(id, "laptop", w.new_digest(), "abcd", "contract");
  BOOST_REQUIRE(!key.has_value());
  BOOST_TEST((key.error().what == store_error::kind::refused));
}

void key_is_found_by_hash(world& w) {
  const auto p = w.newcomer();
  const auto hash = w.new_digest();
  const auto made = w.db->create_key(p.account, "phone", hash, "wxyz", "contract").value();
  BOOST_TEST(made.name == "phone");
  BOOST_TEST(made.hint == "wxyz");
  BOOST_TEST(!made.revoked_at.has_value());
  const auto found = w.db->find_key(hash).value();
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->id == made.id);
  BOOST_TEST(found->account == p.account);
  BOOST_TEST(found->name == "phone");
  BOOST_TEST(!w.db->find_key(w.new_digest()).value().has_value());
}

void revoked_key_is_not_found(world& w) {
  const auto p = w.newcomer();
  const auto hash = w.new_digest();
  const auto made = w.db->create_key(p.account, "phone", hash, "wxyz", "contract").value();
  BOOST_TEST(!w.db->revoke_key(w.newcomer().account, made.id, "contract").value()); // not theirs
  BOOST_TEST(w.db->find_key(hash).value().has_value());
  BOOST_TEST(w.db->revoke_key(p.account, made.id, "contract").value());
  BOOST_TEST(!w.db->find_key(hash).value().has_value());
  const auto keys = w.db->list_keys(p.account).value();
  BOOST_REQUIRE(keys.size() == 2u); // a revoked key is still shown as such
  for (const auto& key : keys)
    BOOST_TEST(key.revoked_at.has_value() == (key.id == made.id));
}

void closed_accounts_key_is_not_found(world& w) {
  const auto p = w.newcomer();
  const auto hash = w.new_digest();
  BOOST_REQUIRE(w.db->create_key(p.account, "phone", hash, "wxyz", "contract").has_value());
  w.under.close_account(p.account);
  BOOST_TEST(!w.db->find_key(hash).value().has_value());
}

void one_key_per_hash(world& w) {
  const auto p = w.newcomer();
  const auto hash = w.new_digest();
  BOOST_REQUIRE(w.db->create_key(p.account, "one", hash, "wxyz", "contract").has_value());
  const auto second = w.db->create_key(w.newcomer().account, "two", hash, "wxyz", "contract");
  BOOST_REQUIRE(!second.has_value());
  BOOST_TEST((second.error().what == store_error::kind::refused));
}

void everything_is_audited(world& w) {
  const auto before = w.under.count_audit_rows();
  const auto p = w.newcomer(); // an account and a key
  BOOST_TEST(w.under.count_audit_rows() == before + 2);
  w.give(p, 5);
  BOOST_REQUIRE(w.db->set_tier(p.account, tier::paid, "contract", "why").value());
  BOOST_REQUIRE(w.db->revoke_key(p.account, p.key, "contract").value());
  BOOST_TEST(w.under.count_audit_rows() == before + 5);
}

void what_did_not_happen_is_not_audited(world& w) {
  const auto p = w.newcomer();
  const auto before = w.under.count_audit_rows();
  (void)w.db->set_tier(nobody(w), tier::paid, "contract", "why");
  (void)w.db->set_tier(p.account, tier::paid, "contract", nul);
  (void)w.db->gift(p.account, amount(5), std::nullopt, nul, "why");
  (void)w.db->create_account(tier::free, "contract", nul);
  BOOST_TEST(w.under.count_audit_rows() == before);
  BOOST_TEST(w.account_of(p).of_tier == tier::free);
  BOOST_TEST(w.balance_of(p).available.value() == 0);
}

void nul_is_refused(world& w) {
  const auto p = w.newcomer();
  const auto is_refused = [](const auto& outcome) {
    return !outcome.has_value() && outcome.error().what == store_error::kind::refused;
  };
  BOOST_TEST(is_refused(w.db->create_account(tier::free, nul, "why")));
  BOOST_TEST(is_refused(w.db->set_tier(p.account, tier::paid, "contract", nul)));
  BOOST_TEST(is_refused(w.db->lift_suspension(p.account, "contract", nul)));
  BOOST_TEST(is_refused(w.db->gift(p.account, amount(5), std::nullopt, "contract", nul)));
  BOOST_TEST(is_refused(w.db->create_key(p.account, nul, w.new_digest(), "abcd", "contract")));
  BOOST_TEST(is_refused(w.db->revoke_key(p.account, p.key, nul)));
}

void partitions_once(world& w) {
  BOOST_TEST(w.db->ensure_partitions(5).value() > 0);
  BOOST_TEST(w.db->ensure_partitions(5).value() == 0);
  BOOST_TEST(w.db->ensure_partitions(3).value() == 0);
  w.under.advance_clock(std::chrono::hours(24));
  BOOST_TEST(w.db->ensure_partitions(5).value() > 0);
}

} // namespace

std::vector<contract_case> operator_cases() {
  return {
    {"a_new_account_is_active_and_has_nothing", new_account},
    {"an_operator_changes_the_tier", change_of_tier},
    {"a_gift_is_a_grant_and_leaves_the_tier", gift_keeps_tier},
    {"nothing_happens_to_unknown_accounts", unknown_accounts},
    {"a_key_is_found_by_its_hash", key_is_found_by_hash},
    {"a_revoked_key_is_not_found_but_listed", revoked_key_is_not_found},
    {"a_key_of_a_closed_account_is_not_found", closed_accounts_key_is_not_found},
    {"one_hash_is_one_key", one_key_per_hash},
    {"what_operators_do_is_audited", everything_is_audited},
    {"what_did_not_happen_is_not_audited", what_did_not_happen_is_not_audited},
    {"a_nul_from_an_operator_is_refused", nul_is_refused},
    {"partitions_are_made_once", partitions_once},
  };
}

} // namespace easel::persistence::contract
