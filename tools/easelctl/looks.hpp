#pragma once

#include "tools/easelctl/command_line.hpp"
#include "tools/easelctl/operator_client.hpp"

#include <iosfwd>
#include <string>

namespace easel::easelctl {

struct look_options {
  bool json = false;     ///< the server's document, on one line
  std::size_t width = 0; ///< columns; 0: as wide as it gets
};

/// Where the API has what the look asks for: "/api/actors?view=tree&sort=mailbox".
[[nodiscard]] std::string target_of(const look& what);

/// What the API answered, for people to read.
[[nodiscard]] std::string text_of(const look& what, const nlohmann::json& answer);

/// The overview and the actors with the most of what `what` sorts by: a page of top. At most `rows` lines, 0: all.
[[nodiscard]] expected<std::string, std::string> top_page(const look& what, const operator_client& client,
                                                          std::size_t rows);

/// Prints one look; the exit code: 0 done, 1 not done.
[[nodiscard]] int show(const look& what, const operator_client& client, const look_options& how, std::ostream& out,
                       std::ostream& err);

} // namespace easel::easelctl
