#pragma once

#include <string_view>

namespace easel::tools {

/// The commit that was checked out when this program was built, in full; "unknown" where it was built without its
/// history.
extern const std::string_view build_commit;

} // namespace easel::tools
