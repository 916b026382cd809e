#include "persistence/postgres/key_wiping.hpp"

#include "persistence/postgres/rows.hpp"

#include <sstream>

namespace easel::persistence::postgres {

namespace {

/// Segments that one attempt may fill: the log has to get past files that were kept for later use before wal_recycle
/// was switched off. 16 MB each as a rule.
constexpr int most_switches = 8;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream from(text);
  std::vector<std::string> words;
  for (std::string word; from >> word;)
    words.push_back(word);
  return words;
}

/// VACUUM FULL copies what is alive, and what some transaction may still see, into a new file. The old one is cut to
/// nothing when it commits, and unlinked at the next checkpoint. The setting is where keys are kept that outlive their
/// master key.
bool rewrite_tables(soci::session& sql) {
  std::string ids;
  sql << "select coalesce(array_agg(d.id), '{}')::text from easel.destroyed_key d, (select easel.oldest_view_age())"
         " v (age) where d.rewritten_at is null and age(d.xmin) > v.age",
    soci::into(ids);
  if (ids == "{}")
    return false;
  sql << "vacuum (full) easel.account_key";
  sql << "vacuum (full) easel.setting";
  sql << "select easel.note_rewritten(:ids::bigint[])", soci::use(ids, "ids");
  return true;
}

/// Segments before the checkpoint's own are unlinked by it: with wal_recycle off none of them comes back under another
/// name.
bool recycle_log(soci::session& sql) {
  sql << "select easel.mark_log()";
  for (int i = 0; i < most_switches; ++i) {
    sql << "select pg_switch_wal()";
    sql << "checkpoint";
    long long left_over = 0;
    int is_behind = 0;
    sql << "select left_over, is_behind::int from easel.forget_wiped_keys()", soci::into(left_over),
      soci::into(is_behind);
    if (left_over == 0)
      return true;
    if (is_behind == 0)
      return false;
  }
  return false;
}

} // namespace

answer<policies::key_remains> find_key_remains(connection& to) {
  return guarded(to, "find_key_remains", [](soci::session& sql) {
    soci::row row;
    sql << "select easel.micros(easel.now()), keys, easel.micros(oldest), easel.micros(oldest_in_table), replaced::int,"
           " easel.micros(oldest_in_log), missing from easel.key_remains()",
      soci::into(row);
    columns from(row);
    policies::key_remains found;
    found.now = from.time();
    found.keys = from.number();
    found.oldest = from.maybe_time();
    found.oldest_in_table = from.maybe_time();
    found.replaced = from.flag();
    found.oldest_in_log = from.maybe_time();
    found.missing = words_of(from.text());
    return found;
  });
}

answer<std::optional<policies::key_wipe>> last_key_wipe(connection& to) {
  return guarded(to, "last_key_wipe", [](soci::session& sql) -> std::optional<policies::key_wipe> {
    soci::row row;
    sql << "select easel.micros(at), keys, easel.micros(oldest_at) from easel.key_wipe", soci::into(row);
    if (!sql.got_data())
      return std::nullopt;
    columns from(row);
    policies::key_wipe found;
    found.at = from.time();
    found.keys = from.number();
    found.oldest = from.time();
    return found;
  });
}

answer<bool> wipe_keys(connection& to, policies::wipe_step step) {
  return guarded(to, "wipe_keys", [&](soci::session& sql) {
    switch (step) {
    case policies::wipe_step::rewrite_tables:
      return rewrite_tables(sql);
    case policies::wipe_step::recycle_log:
      return recycle_log(sql);
    case policies::wipe_step::none:
      break;
    }
    return true;
  });
}

} // namespace easel::persistence::postgres
