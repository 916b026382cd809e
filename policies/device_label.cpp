#include "policies/device_label.hpp"

#include <algorithm>
#include <array>

namespace easel::policies {

namespace {

struct mark {
  std::string_view token;
  std::string_view name;
};

// A browser names those that it wants to be taken for, too: whoever is copied stands below whoever copies.
constexpr std::array browsers{
  mark{"Edg/", "Edge"},        mark{"EdgA/", "Edge"},         mark{"EdgiOS/", "Edge"},
  mark{"OPR/", "Opera"},       mark{"OPT/", "Opera"},         mark{"SamsungBrowser/", "Samsung Internet"},
  mark{"Vivaldi/", "Vivaldi"}, mark{"Firefox/", "Firefox"},   mark{"FxiOS/", "Firefox"},
  mark{"CriOS/", "Chrome"},    mark{"Chromium/", "Chromium"}, mark{"Chrome/", "Chrome"},
  mark{"Safari/", "Safari"},
};

constexpr std::array systems{
  mark{"Android", "Android"}, mark{"iPhone", "iOS"},     mark{"iPad", "iPadOS"},     mark{"CrOS", "ChromeOS"},
  mark{"Windows", "Windows"}, mark{"Mac OS X", "macOS"}, mark{"Macintosh", "macOS"}, mark{"FreeBSD", "FreeBSD"},
  mark{"OpenBSD", "OpenBSD"}, mark{"Linux", "Linux"},
};

template <class Marks>
std::string_view first_in(const Marks& marks, std::string_view text) {
  const auto found =
    std::find_if(marks.begin(), marks.end(), [&](const mark& m) { return text.find(m.token) != text.npos; });
  return found == marks.end() ? std::string_view() : found->name;
}

} // namespace

std::string device_label(std::string_view user_agent) {
  user_agent = user_agent.substr(0, 512);
  const auto browser = first_in(browsers, user_agent);
  const auto system = first_in(systems, user_agent);
  if (system.empty())
    return browser.empty() ? "an unknown device" : std::string(browser);
  return std::string(browser.empty() ? "a browser" : browser).append(" on ").append(system);
}

} // namespace easel::policies
