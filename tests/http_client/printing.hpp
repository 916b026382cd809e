#pragma once

#include "http/client/transport.hpp"
#include "policies/upstream_failure.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>

/// How Boost.Test shows the enumerations of this layer.
namespace easel::client {
inline std::ostream& operator<<(std::ostream& out, wire_end end) { return out << "wire_end " << static_cast<int>(end); }
} // namespace easel::client

namespace easel::policies {
inline std::ostream& operator<<(std::ostream& out, failure_class what) { return out << to_string(what); }
} // namespace easel::policies
