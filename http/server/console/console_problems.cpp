#include "http/server/console/console_problems.hpp"

namespace easel::server {

problem console_away(actors::console_fault fault, std::string_view busy, std::string_view down) {
  auto p = fault == actors::console_fault::overloaded
             ? plain_problem(503, "overloaded", "Too many questions are under way. " + std::string(busy))
             : plain_problem(503, "service_unavailable", "The database does not answer, so " + std::string(down));
  p.retry_after = std::chrono::seconds(1);
  return p;
}

} // namespace easel::server
