#include "tools/easelctl/terminal.hpp"

#include "tools/easelctl/text_table.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <ostream>
#include <string>
#include <string_view>

namespace easel::easelctl {

namespace {

volatile std::sig_atomic_t interrupted = 0;

struct size {
  std::size_t rows = 24;
  std::size_t columns = 80;
};

size screen_size() {
  winsize found{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) != 0 || found.ws_row == 0 || found.ws_col == 0)
    return {};
  return {found.ws_row, found.ws_col};
}

void put(std::string_view text) {
  while (!text.empty()) {
    const auto written = write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0)
      return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Keys come at once and unseen, and the page has the screen for itself, as long as one lives.
class whole_screen {
public:
  whole_screen() {
    tcgetattr(STDIN_FILENO, &before_);
    auto raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    put("\x1b[?1049h\x1b[?25l");
  }
  whole_screen(const whole_screen&) = delete;
  whole_screen& operator=(const whole_screen&) = delete;
  ~whole_screen() {
    put("\x1b[?25h\x1b[?1049l");
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

private:
  termios before_{};
};

/// Each line cut to the screen and ended there, so that nothing of the page before shines through.
void draw(std::string_view page, const size& screen) {
  std::string out = "\x1b[H";
  std::size_t row = 0;
  while (!page.empty() && row + 1 < screen.rows) {
    const auto end = page.find('\n');
    const auto line = page.substr(0, end);
    const bool is_head = line.starts_with("TYPE") || line.starts_with("ACTOR");
    const bool is_alarm = line.starts_with("! ") || line.starts_with("NOT READY");
    out += is_head ? "\x1b[7m" : is_alarm ? "\x1b[1;31m" : "";
    out += cut(line, screen.columns) + (is_head || is_alarm ? "\x1b[0m" : "") + "\x1b[K\r\n";
    page = end == std::string_view::npos ? std::string_view{} : page.substr(end + 1);
    ++row;
  }
  out += "\x1b[J";
  constexpr std::string_view help =
    "sort: m mailbox  r rate  b busy  s stalled  f failures  a age  h handled    q quit";
  out += "\x1b[" + std::to_string(screen.rows) + ";1H\x1b[2m" + cut(help, screen.columns) + "\x1b[0m";
  put(out);
}

/// A key that came within a second, or 0.
char next_key() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  char key = 0;
  if (poll(&input, 1, 1000) <= 0)
    return 0;
  return read(STDIN_FILENO, &key, 1) == 1 ? key : 'q'; // the terminal is gone
}

std::string_view order_for(char key) {
  constexpr std::array<std::pair<char, std::string_view>, 7> keys{{{'m', "mailbox"},
                                                                   {'r', "rate"},
                                                                   {'b', "busy"},
                                                                   {'s', "stalled"},
                                                                   {'f', "failures"},
                                                                   {'a', "age"},
                                                                   {'h', "handled"}}};
  for (const auto& [letter, order] : keys)
    if (letter == key)
      return order;
  return {};
}

} // namespace

bool is_terminal() { return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1; }

namespace {

/// One line of standard input, byte by byte: what follows it is not ours.
std::optional<std::string> read_line() {
  std::string line;
  char c = 0;
  while (read(STDIN_FILENO, &c, 1) == 1) {
    if (c == '\n')
      return line;
    line += c;
  }
  return line.empty() ? std::nullopt : std::optional(line);
}

std::optional<std::string> read_unseen(std::string_view prompt) {
  termios before{};
  tcgetattr(STDIN_FILENO, &before);
  auto silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  put(prompt);
  auto line = read_line();
  put("\n");
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  return line;
}

} // namespace

std::optional<secret_text> ask_password() {
  if (!is_terminal()) {
    auto line = read_line();
    return line ? std::optional(secret_text(std::move(*line))) : std::nullopt;
  }
  auto once = read_unseen("password: ");
  const auto twice = once ? read_unseen("once more: ") : std::nullopt;
  return once && once == twice ? std::optional(secret_text(std::move(*once))) : std::nullopt;
}

void show_for_a_while(const std::string& text, std::chrono::milliseconds span) {
  heed_interrupts();
  const whole_screen screen;
  put("\x1b[H\x1b[J" + text + "\n\nany key hides it\n");
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, static_cast<int>(span.count())) <= 0)
    return;
  char key = 0;
  (void)!read(STDIN_FILENO, &key, 1);
}

void heed_interrupts() {
  struct sigaction stop {};
  stop.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &stop, nullptr);
  sigaction(SIGTERM, &stop, nullptr);
}

bool rest(std::chrono::milliseconds span) {
  if (interrupted == 0)
    poll(nullptr, 0, static_cast<int>(span.count())); // a signal ends it
  return interrupted == 0;
}

int watch_top(look what, const operator_client& client, std::ostream& err) {
  std::string failed;
  heed_interrupts();
  {
    const whole_screen screen;
    while (interrupted == 0) {
      const auto now = screen_size();
      const auto page = top_page(what, client, now.rows);
      failed = page ? std::string() : page.error();
      draw(page ? *page : "NOT READY: " + page.error(), now);
      const char key = next_key();
      if (key == 'q')
        break;
      if (const auto order = order_for(key); !order.empty())
        what.sort = order;
    }
  }
  if (failed.empty())
    return 0;
  err << "easelctl: " << failed << '\n';
  return 1;
}

} // namespace easel::easelctl
