#include "tests/persistence/contract/contract.hpp"

#include "tests/persistence/contract/world.hpp"

#include <boost/test/unit_test.hpp>

namespace easel::persistence::contract {

bool register_contract(const std::string& suite, std::function<store_under_test()> fresh) {
  auto* const cases = BOOST_TEST_SUITE(suite);
  for (const auto& table :
       {admission_cases(), batch_cases(), repetition_cases(), progress_cases(), ending_cases(), ledger_cases(),
        lease_cases(), reading_cases(), operator_cases(), identity_cases(), acknowledgement_cases(), session_cases(),
        access_log_cases(), revocation_cases(), key_cap_cases(), property_cases()})
    for (const auto& [sentence, body] : table) {
      // The invariants hold after every case, whatever it was about.
      const auto run = [fresh, body = body] {
        world w(fresh());
        body(w);
        w.check_invariants();
      };
      cases->add(boost::unit_test::make_test_case(run, std::string(sentence), __FILE__, __LINE__));
    }
  boost::unit_test::framework::master_test_suite().add(cases);
  return true;
}

std::shared_ptr<const keyring> test_keys() {
  static const auto keys = std::make_shared<const keyring>(
    keyring::from_master(secret_text("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")).value());
  return keys;
}

} // namespace easel::persistence::contract
