#define BOOST_TEST_MODULE easelctl
#include <boost/test/unit_test.hpp>
