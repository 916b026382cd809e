#pragma once

#include "persistence/postgres/rights.hpp"

#include <string>
#include <string_view>
#include <vector>

/// How an export walks an account's generations, and the images of them (RIGHT-1).
namespace easel::persistence::postgres {

inline constexpr std::string_view images_folder = "images/";

/// No generation comes before, or after, these. PostgreSQL compares UUIDs as C++ does: byte by byte.
inline const std::string first_generation = "00000000-0000-0000-0000-000000000000";
inline const std::string last_generation = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// Behind `after`, and up to `until`.
struct generation_range {
  const std::string& after;
  const std::string& until;
};

/// At most `most`, in their order; none that has expired.
[[nodiscard]] std::vector<generation_id> next_generations(soci::session& sql, const std::string& account,
                                                          generation_range which, int most);

/// The portion of the image at `cursor`; an empty one after the last, and the cursor is at the next step.
[[nodiscard]] answer<export_portion> image_after(rights_scope& s, account_id who, export_cursor& cursor);

/// The statements of it for nobody.
void try_images(soci::session& sql);

/// Whatever comes next begins at its beginning.
inline void next_step(export_cursor& cursor) {
  ++cursor.step;
  cursor.after.clear();
}

} // namespace easel::persistence::postgres
