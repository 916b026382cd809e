#define BOOST_TEST_MODULE simulation_postgres
#include <boost/test/unit_test.hpp>

#include "tests/support/private_postgres.hpp"

using private_postgres = easel::tests::private_postgres;
BOOST_TEST_GLOBAL_FIXTURE(private_postgres);
