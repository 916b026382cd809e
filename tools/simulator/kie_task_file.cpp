#include "tools/simulator/kie_task_file.hpp"

#include <stdexcept>

namespace easel::simulator {
namespace {

constexpr std::int64_t kept_ms = 24 * 3'600'000;
constexpr std::size_t most_kept = 1'000;

std::string line_of(const kept_task& t) {
  return json{{"id", t.id}, {"created_ms", t.created_ms}, {"body", t.body}}.dump() + '\n';
}

/// A line that was cut off in the middle, by the end of the program, is none.
bool read_line(const std::string& line, kept_task& t) {
  const auto parsed = json::parse(line, nullptr, false);
  if (!parsed.is_object())
    return false;
  t.id = parsed.value("id", "");
  t.created_ms = parsed.value("created_ms", std::int64_t{0});
  t.body = parsed.value("body", json());
  return !t.id.empty() && t.body.is_object();
}

} // namespace

std::vector<kept_task> kie_task_file::open(std::int64_t now_ms) {
  std::vector<kept_task> tasks;
  if (name_.empty())
    return tasks;
  std::ifstream in(name_);
  kept_task task;
  for (std::string line; std::getline(in, line);)
    if (read_line(line, task) && task.created_ms > now_ms - kept_ms)
      tasks.push_back(std::move(task));
  if (tasks.size() > most_kept)
    tasks.erase(tasks.begin(), tasks.end() - most_kept);
  out_.open(name_, std::ios::trunc);
  for (const auto& t : tasks)
    out_ << line_of(t);
  if (!out_.flush())
    throw std::runtime_error("cannot write " + name_);
  return tasks;
}

void kie_task_file::keep(const kept_task& t) {
  if (name_.empty())
    return;
  std::lock_guard lock(mutex_);
  out_ << line_of(t) << std::flush;
}

} // namespace easel::simulator
