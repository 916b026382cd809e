#include "tools/easelctl/postgres_programs.hpp"

#include "policies/retention_rules.hpp"
#include "tools/easelctl/child_process.hpp"

#include <algorithm>

namespace easel::easelctl {

namespace {

constexpr auto list_limit = std::chrono::minutes(5);

std::string milliseconds(duration d) { return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(d).count()); }

/// Why a program did not do it: nothing of what it printed but its first complaint, without values.
expected<void, std::string> judge(const child_end& end, const std::string& program) {
  if (!end.started)
    return unexpected(program + " cannot be run: is PostgreSQL's client installed, and backup.programs right?");
  if (!end.in_time)
    return unexpected(program + " did not end in time and was ended");
  if (end.code != 0)
    return unexpected(program + " failed: " + policies::first_complaint(end.errors));
  return {};
}

void leave_out(std::vector<std::string>& words, std::string_view table) {
  const auto days = policies::daily_tables();
  words.push_back("--exclude-table-data=easel." + std::string(table));
  if (std::find(days.begin(), days.end(), table) != days.end())
    words.push_back("--exclude-table-data=easel." + std::string(table) + "_[0-9]*"); // its days, attached or not
}

} // namespace

std::string postgres_programs::program(const char* name) const {
  return settings_.programs.empty() ? name : settings_.programs + '/' + name;
}

expected<void, std::string> postgres_programs::dump(std::vector<std::string> what,
                                                    const persistence::program_access& from,
                                                    const std::string& snapshot, const std::filesystem::path& to,
                                                    duration limit) const {
  // What is sealed cannot be compressed; the first level undoes that dumps hold bytes in hex.
  child_program run{{program("pg_dump"), "--format=custom", "--compress=1", "--no-owner", "--no-privileges",
                     "--no-password", "--snapshot=" + snapshot,
                     "--lock-wait-timeout=" + milliseconds(settings_.lock_wait), "--file=" + to.string(),
                     "--dbname=" + from.database},
                    from.environment,
                    limit};
  run.words.insert(run.words.end(), what.begin(), what.end());
  return judge(run_child(run), "pg_dump");
}

expected<void, std::string> postgres_programs::dump_data(const persistence::program_access& from,
                                                         const std::string& snapshot, const std::filesystem::path& to,
                                                         duration limit) const {
  std::vector<std::string> what{"--schema=easel"};
  const auto& plan = policies::plan_backup();
  for (const auto* tables : {&plan.apart, &plan.left_out})
    for (const auto table : *tables)
      leave_out(what, table);
  return dump(std::move(what), from, snapshot, to, limit);
}

expected<void, std::string> postgres_programs::dump_keys(const persistence::program_access& from,
                                                         const std::string& snapshot, const std::filesystem::path& to,
                                                         duration limit) const {
  std::vector<std::string> what{"--data-only"};
  for (const auto table : policies::plan_backup().apart)
    what.push_back("--table=easel." + std::string(table));
  return dump(std::move(what), from, snapshot, to, limit);
}

expected<void, std::string> postgres_programs::restore(const std::filesystem::path& from,
                                                       const persistence::program_access& to, duration limit) const {
  const child_program run{{program("pg_restore"), "--exit-on-error", "--no-owner", "--no-privileges", "--no-password",
                           "--dbname=" + to.database, from.string()},
                          to.environment,
                          limit};
  return judge(run_child(run), "pg_restore");
}

expected<std::string, std::string> postgres_programs::list(const std::filesystem::path& dump) const {
  auto end = run_child({{program("pg_restore"), "--list", dump.string()}, {}, list_limit});
  if (const auto good = judge(end, "pg_restore"); !good)
    return unexpected(good.error());
  return std::move(end.output);
}

} // namespace easel::easelctl
