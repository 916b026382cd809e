#pragma once

#include "policies/vocabulary/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace easel::simulation {

/// What happened in one seed: a digest to compare two runs by, counts that show what was reached, and, when asked
/// for, the lines to read.
class history {
public:
  explicit history(bool keeps_lines) : keeps_lines_(keeps_lines) {}

  void note(duration at, std::string_view what, std::string_view about = {}) {
    absorb(std::to_string(at.count()));
    absorb(what);
    absorb(about);
    if (keeps_lines_)
      lines_.push_back(seconds(at) + "  " + std::string(what) + " " + std::string(about));
  }
  void count(const std::string& what) { ++counts_[what]; }
  void violated(duration at, std::string_view what, std::string_view about = {}) {
    note(at, what, about);
    violations_.push_back(seconds(at) + "  " + std::string(what) + " " + std::string(about));
  }

  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  [[nodiscard]] const std::map<std::string, int>& counts() const { return counts_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

private:
  static std::string seconds(duration at) {
    auto text = std::to_string(at.count() / 1000);
    while (text.size() < 4)
      text.insert(text.begin(), '0');
    return text.insert(text.size() - 3, ".") + " s";
  }
  void absorb(std::string_view text) { // FNV-1a
    for (const char c : text)
      digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 1099511628211u;
    digest_ = (digest_ ^ 0xffu) * 1099511628211u;
  }

  bool keeps_lines_;
  std::uint64_t digest_ = 14695981039346656037u;
  std::map<std::string, int> counts_;
  std::vector<std::string> lines_;
  std::vector<std::string> violations_;
};

} // namespace easel::simulation
