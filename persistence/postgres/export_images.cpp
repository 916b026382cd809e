#include "persistence/postgres/export_images.hpp"

#include "persistence/postgres/rows.hpp"

#include <limits>
#include <optional>

namespace easel::persistence::postgres {

namespace {

constexpr int past_all = std::numeric_limits<std::int16_t>::max(); ///< an index that no image of a generation has
/// Younger than any image, and no more than PostgreSQL's interval of microseconds holds exactly.
constexpr instant end_of_time{std::chrono::sys_days{std::chrono::year(2200) / 1 / 1}};

struct image_place {
  generation_id generation;
  std::int16_t index = 0;
  image_format format = image_format::png;
  instant made_at;
};

/// Where to look: behind (generation, index), up to the generation `until`, for what was there at `made_at`.
struct image_search {
  std::string generation;
  int index = past_all;
  std::string until;
  instant made_at;
};

image_search search_at(const export_cursor& cursor) {
  image_search out;
  const auto space = cursor.after.find(' ');
  out.generation =
    cursor.after.empty() ? cursor.since ? text_of(*cursor.since) : first_generation : cursor.after.substr(0, space);
  out.index = cursor.after.empty() ? past_all : std::stoi(cursor.after.substr(space + 1));
  out.until = cursor.until ? text_of(*cursor.until) : last_generation;
  out.made_at = cursor.made_at.value_or(end_of_time);
  return out;
}

std::optional<image_place> next_image(soci::session& sql, const std::string& account, image_search search) {
  const long long made_at = search.made_at.time_since_epoch().count();
  for (;;) {
    soci::row row;
    sql << "select i.index, i.format, easel.micros(i.created_at) from easel.image i"
           " where i.generation_id = :id::uuid and i.day = easel.day_of(:id::uuid) and i.index > :index"
           " and i.account_id = :account::uuid and i.expires_at > easel.now()"
           " and i.created_at <= 'epoch'::timestamptz + :at::bigint * interval '1 us' order by i.index limit 1",
      soci::use(search.generation, "id"), soci::use(search.index, "index"), soci::use(account, "account"),
      soci::use(made_at, "at"), soci::into(row);
    if (sql.got_data()) {
      columns from(row);
      image_place found;
      found.generation = generation_id{parse_uuid(search.generation).value_or(uuid{})};
      found.index = static_cast<std::int16_t>(from.number());
      found.format = static_cast<image_format>(from.number());
      found.made_at = from.time();
      return found;
    }
    const auto next = next_generations(sql, account, {search.generation, search.until}, 1);
    if (next.empty())
      return std::nullopt;
    search.generation = text_of(next.front());
    search.index = -1;
  }
}

std::string file_name(const image_place& place) {
  const auto day = easel::to_string(place.made_at).substr(0, 10);
  return day + '_' + to_string(place.generation) + '_' + std::to_string(place.index + 1) + '.'
         + std::string(to_string(place.format));
}

} // namespace

std::vector<generation_id> next_generations(soci::session& sql, const std::string& account, generation_range which,
                                            int most) {
  std::vector<generation_id> found;
  const soci::rowset<soci::row> rows =
    (sql.prepare << "select g.id::text from easel.every_generation g where g.account_id = :account::uuid"
                    " and g.id > :after::uuid and g.id <= :until::uuid and g.expires_at > easel.now()"
                    " order by g.id limit :most",
     soci::use(account, "account"), soci::use(which.after, "after"), soci::use(which.until, "until"),
     soci::use(most, "most"));
  for (const auto& row : rows)
    found.push_back(columns(row).id<generation_id>());
  return found;
}

answer<export_portion> image_after(rights_scope& s, account_id who, export_cursor& cursor) {
  for (;;) {
    const auto place = guarded(s.at.to, "next_image",
                               [&](soci::session& sql) { return next_image(sql, text_of(who), search_at(cursor)); });
    if (!place)
      return unexpected(place.error());
    if (!*place) {
      next_step(cursor);
      return export_portion{};
    }
    auto bytes = find_image(s.at, who, (*place)->generation, (*place)->index);
    if (!bytes)
      return unexpected(bytes.error());
    cursor.after = text_of((*place)->generation) + ' ' + std::to_string((*place)->index);
    if (!*bytes)
      continue; // deleted meanwhile
    export_portion out;
    out.document = images_folder;
    out.file = file_name(**place);
    out.bytes = *std::move(bytes);
    out.made_at = (*place)->made_at;
    return out;
  }
}

void try_images(soci::session& sql) { (void)next_image(sql, text_of(account_id{}), search_at({})); }

} // namespace easel::persistence::postgres
