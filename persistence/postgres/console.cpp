#include "persistence/console.hpp"

#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/panels.hpp"
#include "persistence/postgres/rows.hpp"

namespace easel::persistence {

namespace {

using postgres::columns;
using postgres::text_of;

/// Of easel.every_generation g or one of its two tables: what `read_line` reads.
constexpr const char* line_columns =
  " g.id::text, g.tier::int, g.state::int, g.reason::int, g.stored, g.credential, easel.micros(g.created_at),"
  " easel.micros(g.dispatched_at), easel.micros(g.ended_at) ";

generation_line read_line(columns& from) {
  generation_line line;
  line.id = from.id<generation_id>();
  line.of_tier = static_cast<tier>(from.number());
  line.state = static_cast<generation_state>(from.number());
  line.reason = static_cast<failure>(from.number());
  line.images_stored = __builtin_popcountll(static_cast<unsigned long long>(from.number()));
  line.credential = from.text();
  line.created_at = from.time();
  line.dispatched_at = from.maybe_time();
  line.ended_at = from.maybe_time();
  return line;
}

class postgres_console final : public console_store {
public:
  postgres_console(store_settings settings, duration clock_shift)
      : shift_(std::make_shared<std::atomic<std::int64_t>>(clock_shift.count())),
        to_({settings.database_url, settings.connect_timeout, settings.statement_timeout, settings.lock_timeout},
            shift_) {}

  answer<std::optional<generation_story>> find_story(generation_id id) override {
    return postgres::guarded(to_, "find_story", [&](soci::session& sql) -> std::optional<generation_story> {
      const auto which = text_of(id);
      soci::row row;
      sql << std::string("select") + line_columns
               + ", g.owner_node::text, g.fence, coalesce(w.restarts, 0), coalesce(w.cancel_requested, false)::int"
                 " from easel.every_generation g left join easel.generation_in_work w on w.id = g.id"
                 " where g.id = :id::uuid and g.day = easel.day_of(:id::uuid) and g.expires_at > easel.now()",
        soci::use(which, "id"), soci::into(row);
      if (!sql.got_data())
        return std::nullopt;
      columns from(row);
      generation_story story;
      story.line = read_line(from);
      story.node = from.id<node_id>();
      story.fence = static_cast<std::int32_t>(from.number());
      story.restarts = static_cast<int>(from.number());
      story.cancel_requested = from.flag();
      add_disclosures(sql, which, story);
      add_calls(sql, which, story);
      add_images(sql, which, story);
      return story;
    });
  }

  answer<std::vector<generation_line>> list_lines(bool in_work, int limit) override {
    return postgres::guarded(to_, "list_lines", [&](soci::session& sql) {
      std::vector<generation_line> lines;
      const std::string of = in_work ? "from easel.generation_in_work g where g.expires_at > easel.now()"
                                     : "from easel.generation g where g.expires_at > easel.now()"
                                       " and g.day >= (easel.now() at time zone 'UTC')::date - 1";
      const soci::rowset<soci::row> rows =
        (sql.prepare << std::string("select") + line_columns + of + " order by g.id desc limit :limit",
         soci::use(limit, "limit"));
      for (const auto& row : rows) {
        columns from(row);
        lines.push_back(read_line(from));
      }
      return lines;
    });
  }

  answer<ledger_state> read_ledger() override { return postgres::read_ledger(to_); }
  answer<billing_state> read_billing() override { return postgres::read_billing(to_); }
  answer<retention_state> read_retention() override { return postgres::read_retention(to_); }
  answer<cluster_state> read_cluster() override { return postgres::read_cluster(to_); }

private:
  static void add_disclosures(soci::session& sql, const std::string& which, generation_story& to) {
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select d.recipient::int, easel.micros(d.at) from easel.disclosure d"
                      " where d.generation_id = :id::uuid and d.day = easel.day_of(:id::uuid) order by d.at limit 64",
       soci::use(which, "id"));
    for (const auto& row : rows) {
      columns from(row);
      const auto recipient_number = from.number();
      to.disclosures.push_back({static_cast<recipient>(recipient_number), from.time()});
    }
  }

  static void add_calls(soci::session& sql, const std::string& which, generation_story& to) {
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select c.index::int, c.credential, (c.task is not null)::int, easel.micros(c.begun_at)"
                      " from easel.provider_call c where c.generation_id = :id::uuid order by c.index",
       soci::use(which, "id"));
    for (const auto& row : rows) {
      columns from(row);
      call_story call;
      call.index = static_cast<std::int16_t>(from.number());
      call.credential = from.text();
      call.task_known = from.flag();
      call.begun_at = from.time();
      to.calls.push_back(std::move(call));
    }
  }

  static void add_images(soci::session& sql, const std::string& which, generation_story& to) {
    const soci::rowset<soci::row> rows =
      (sql.prepare << "select i.index::int, easel.micros(i.created_at) from easel.image i"
                      " where i.generation_id = :id::uuid and i.day = easel.day_of(:id::uuid) order by i.index",
       soci::use(which, "id"));
    for (const auto& row : rows) {
      columns from(row);
      const auto index = static_cast<std::int16_t>(from.number());
      to.images.push_back({index, from.time()});
    }
  }

  std::shared_ptr<std::atomic<std::int64_t>> shift_;
  postgres::connection to_;
};

} // namespace

std::unique_ptr<console_store> make_console_store(store_settings settings, duration clock_shift) {
  return std::make_unique<postgres_console>(std::move(settings), clock_shift);
}

} // namespace easel::persistence
