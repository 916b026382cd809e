#include "persistence/postgres/serving.hpp"

#include "persistence/postgres/rows.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace easel::persistence {

std::vector<serving_statement> serving_statements() {
  return {{"a generation by its id", postgres::one_generation()},
          {"a list of generations", postgres::newest_generations()},
          {"an image", postgres::one_image}};
}

namespace postgres {

namespace {

/// What is asked for, and when it will be over.
struct specimen {
  std::string id;
  std::string account;
  std::int64_t index = 0; ///< of its first image
  std::int64_t expires_us = 0;
};

std::optional<specimen> newest_completed(soci::session& sql) {
  soci::row row;
  sql << "select g.id::text, g.account_id::text, i.index::int, easel.micros(greatest(g.expires_at, i.expires_at))"
         " from (select id, day, account_id, expires_at from easel.generation"
         "        where state = 3 and not content_deleted and expires_at > easel.now() order by id desc limit 1) g,"
         " lateral (select index, expires_at from easel.image i"
         "           where i.generation_id = g.id and i.day = g.day order by index limit 1) i",
    soci::into(row);
  if (!sql.got_data())
    return std::nullopt;
  columns from(row);
  specimen found;
  found.id = from.text();
  found.account = from.text();
  found.index = from.number();
  found.expires_us = from.number();
  return found;
}

void put(std::string& text, std::string_view place, const std::string& value) {
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size()))
    text.replace(at, place.size(), value);
}

/// With its values in the text: these are numbers and ids that the database gave, and nothing that anybody wrote.
std::string asking_for(const specimen& what, std::string text) {
  const auto id = '\'' + what.id + '\'';
  const auto account = '\'' + what.account + '\'';
  put(text, ":account", account);
  put(text, ":before::uuid", "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid");
  put(text, ":wanted", "1000"); // newer ones have not been completed, and are few
  put(text, ":id", id);
  put(text, "$1", id + "::uuid");
  put(text, "$2::timestamptz::date", "easel.day_of(" + id + ")");
  put(text, "$3", std::to_string(what.index));
  put(text, "$4", account + "::uuid");
  return text;
}

/// Somebody's list may hold others that live longer: rows of generations are told by their id.
bool gives(soci::session& sql, const specimen& what, const std::string& text) {
  const bool has_id = text.starts_with("select g.id");
  long long rows = 0;
  sql << "select count(*) from (" + asking_for(what, text) + ") served"
           + (has_id ? " where served.id = '" + what.id + '\'' : std::string()),
    soci::into(rows);
  return rows != 0;
}

void set_clock_to(soci::session& sql, std::int64_t at_us) {
  std::string set;
  sql << "select set_config('easel.clock_shift', (:at::bigint - easel.micros(transaction_timestamp()))::text"
         " || ' microseconds', true)",
    soci::use(static_cast<long long>(at_us), "at"), soci::into(set);
}

} // namespace

std::string one_generation() {
  return std::string("select") + generation_columns
         + "from easel.generation_of(:account::uuid, :id::uuid) g"
           " left join easel.account_key k on k.account_id = g.account_id";
}

std::string newest_generations() {
  return std::string("select") + generation_columns
         + "from easel.newest_generations(:account::uuid, :before::uuid, :wanted) g"
           " left join easel.account_key k on k.account_id = g.account_id order by g.id desc";
}

answer<policies::serving_facts> try_serving(connection& to, const std::vector<serving_statement>& statements) {
  return guarded(to, "try_serving", [&](soci::session& sql) {
    policies::serving_facts found;
    soci::transaction transaction(sql);
    sql << "set transaction read only";
    if (const auto what = newest_completed(sql)) {
      set_clock_to(sql, what->expires_us);
      for (const auto& each : statements) {
        ++found.tried;
        if (gives(sql, *what, each.text))
          found.give_expired.push_back(each.name);
      }
    }
    transaction.commit();
    return found;
  });
}

} // namespace postgres

} // namespace easel::persistence
