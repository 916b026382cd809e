#include "policies/export_volumes.hpp"

#include "persistence/postgres/export_images.hpp"
#include "persistence/postgres/rights.hpp"
#include "persistence/postgres/rows.hpp"

/// The files of an export, from the sizes of its images (RIGHT-1).
namespace easel::persistence::postgres {

namespace {

using policies::image_weight;

constexpr int generations_a_page = 2000; ///< three numbers each

struct weighed {
  generation_id generation;
  image_weight images;
};

image_weight weight_of(const generation_id& generation, columns& from) {
  const std::chrono::year_month_day date{day_of(minted_at(generation.value))};
  image_weight out{date.year() / date.month(), 0, 0};
  out.bytes = from.number();
  out.images = from.number();
  return out;
}

std::vector<weighed> page_after(soci::session& sql, const std::string& account, const std::string& after,
                                instant made_at) {
  const long long at = made_at.time_since_epoch().count();
  std::vector<weighed> found;
  const soci::rowset<soci::row> rows =
    (sql.prepare << "select g.id::text, s.bytes, s.images"
                    " from (select id from easel.every_generation where account_id = :account::uuid"
                    " and id > :after::uuid and expires_at > easel.now() order by id limit :most) g,"
                    " lateral (select coalesce(sum(i.size), 0)::bigint as bytes, count(*) as images"
                    " from easel.image i where i.generation_id = g.id and i.day = easel.day_of(g.id)"
                    " and i.account_id = :account::uuid and i.expires_at > easel.now()"
                    " and i.created_at <= 'epoch'::timestamptz + :at::bigint * interval '1 us') s order by g.id",
     soci::use(account, "account"), soci::use(after, "after"), soci::use(generations_a_page, "most"),
     soci::use(at, "at"));
  for (const auto& row : rows) {
    columns from(row);
    const auto id = from.id<generation_id>();
    found.push_back({id, weight_of(id, from)});
  }
  return found;
}

/// Calls `take` with each generation, in their order; nothing when that was all.
template <class Take>
std::optional<store_error> weigh(rights_scope& s, account_id who, instant made_at, Take take) {
  auto after = first_generation;
  for (;;) {
    const auto page = guarded(s.at.to, "weigh_images",
                              [&](soci::session& sql) { return page_after(sql, text_of(who), after, made_at); });
    if (!page)
      return page.error();
    for (const auto& each : *page)
      take(each);
    if (page->size() < generations_a_page)
      return std::nullopt;
    after = text_of(page->back().generation);
  }
}

/// Everything as one file.
struct sums {
  std::vector<image_weight> months;
  export_volume all;

  void add(const weighed& each) {
    if (each.images.images == 0)
      return;
    if (months.empty() || months.back().month != each.images.month)
      months.push_back({each.images.month, 0, 0});
    for (auto* sum : {&months.back().bytes, &all.bytes})
      *sum += each.images.bytes;
    for (auto* sum : {&months.back().images, &all.images})
      *sum += each.images.images;
    all.first = months.front().month;
    all.last = months.back().month;
    all.until = each.generation;
  }
};

export_volume volume_of(const policies::image_volume& planned, generation_id until) {
  return {planned.images, planned.bytes, planned.first, planned.last, until};
}

} // namespace

answer<std::vector<export_volume>> plan_volumes(rights_scope& s, account_id who, instant made_at) {
  const auto bound = s.settings.export_volume;
  sums found;
  if (const auto failed = weigh(s, who, made_at, [&](const weighed& each) { found.add(each); }))
    return unexpected(*failed);
  if (policies::fits_one_file(found.months, bound))
    return std::vector{found.all};
  policies::volume_planner planner(bound, found.months);
  std::vector<generation_id> last; // of each volume
  const auto failed = weigh(s, who, made_at, [&](const weighed& each) {
    if (const auto place = planner.add(each.images)) {
      last.resize(*place + 1);
      last[*place] = each.generation;
    }
  });
  if (failed)
    return unexpected(*failed);
  std::vector<export_volume> volumes(1); // the documents
  for (std::size_t i = 0; i < last.size(); ++i)
    volumes.push_back(volume_of(planner.volumes()[i], last[i]));
  return volumes;
}

} // namespace easel::persistence::postgres
