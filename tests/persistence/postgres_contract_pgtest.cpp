#include "tests/persistence/postgres_fixture.hpp"

namespace easel::persistence {

namespace {

const bool contract_registered =
  contract::register_contract("postgres_store_keeps_the_contract", [] { return postgres_fixture().under_test(); });

} // namespace

} // namespace easel::persistence
