#pragma once

#include "policies/evidence.hpp"

#include <algorithm>

/// What the probes of policies/evidence*.cpp share. A probe writes figures and complaints into a proof.
namespace easel::policies {

struct look {
  const live_facts& facts;
  const evidence_terms& terms;
  proof& out;

  /// A clause may rest on several probes that say the same: it is kept once.
  void figure(std::string name, std::string value) const {
    if (std::none_of(out.figures.begin(), out.figures.end(), [&](const auto& each) { return each.first == name; }))
      out.figures.emplace_back(std::move(name), std::move(value));
  }
  void figure(std::string name, std::int64_t value) const { figure(std::move(name), std::to_string(value)); }
  void complain(std::string sentence) const {
    if (std::find(out.complaints.begin(), out.complaints.end(), sentence) == out.complaints.end())
      out.complaints.push_back(std::move(sentence));
  }
  void must_be_zero(const std::string& name, std::int64_t value) const {
    figure(name, value);
    if (value != 0)
      complain(name + " must be 0 and is " + std::to_string(value) + '.');
  }
};

[[nodiscard]] inline std::string in_seconds(duration d) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(d).count()) + " s";
}

// evidence_rights.cpp
void nothing_left_over(const look& at);
void payments_in_time(const look& at);
void exports_work(const look& at);
void corrections_work(const look& at);
void receipts_chained(const look& at);
void keys_wiped(const look& at);

// evidence_guards.cpp
void expired_is_hidden(const look& at);
void all_has_an_end(const look& at);
void auditor_is_apart(const look& at);

// evidence_nodes.cpp
void hosts_called(const look& at);
void no_mail(const look& at);
void own_pages(const look& at);
void own_cookies(const look& at);

} // namespace easel::policies
