#pragma once

#include "tools/easelctl/looks.hpp"

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>

namespace easel::easelctl {

/// Whether there is a person in front of both input and output.
[[nodiscard]] bool is_terminal();

/// A password from the terminal, unseen and typed twice, or the first line of a pipe. Nothing when the two differ or
/// the input has ended.
[[nodiscard]] std::optional<secret_text> ask_password();

/// Shows top once a second until `q` or Ctrl-C. Keys choose what the actors are sorted by; the screen is put back as it
/// was. Returns the exit code.
[[nodiscard]] int watch_top(look what, const operator_client& client, std::ostream& err);

/// From now on Ctrl-C and SIGTERM end what the program does, not the program: `rest` says so.
void heed_interrupts();

/// Waits; false once it was interrupted.
[[nodiscard]] bool rest(std::chrono::milliseconds span);

/// Shows a text on a screen of its own until a key is pressed or the time is over; then the screen is as it was, and
/// the text in no scroll-back.
void show_for_a_while(const std::string& text, std::chrono::milliseconds span);

} // namespace easel::easelctl
