#pragma once

#include "policies/egress.hpp"
#include "policies/vocabulary/time.hpp"
#include "policies/vocabulary/uuid.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What one process of the server has seen of itself since it began, for the auditor to judge: whom it called, what its
/// own pages load, which cookies it set. Nothing of anybody's.
namespace easel::policies {

/// One host that was called for one recipient.
struct called_host {
  recipient to = recipient::openai_moderation;
  std::string host; ///< as the table of hosts spells it
  std::int64_t calls = 0;
  std::int64_t sockets = 0; ///< opened, after the name was resolved

  friend bool operator==(const called_host&, const called_host&) = default;
};

/// What a page of our own brings a browser to load, counted in its text.
struct page_references {
  std::int64_t own = 0;     ///< files of this origin
  std::int64_t foreign = 0; ///< of another one
  std::int64_t inlined = 0; ///< scripts, styles and handlers within the page

  friend bool operator==(const page_references&, const page_references&) = default;
};

struct page_fact {
  std::string path;
  int status = 0;             ///< 0: it did not answer
  std::string content_policy; ///< its Content-Security-Policy; empty: none
  page_references loads;
  int due = 200; ///< the status that it should have

  friend bool operator==(const page_fact&, const page_fact&) = default;
};

struct node_report {
  uuid process;  ///< drawn at its start
  instant since; ///< its start
  instant at;    ///< the database's clock, when it was kept
  std::string build;
  egress_table declared; ///< the hosts that may be called, as configured
  std::vector<called_host> called;
  std::int64_t refused_calls = 0; ///< to a host or an address that is not declared
  std::int64_t mail_sockets = 0;  ///< refused: to a port that mail goes to
  std::vector<page_fact> pages;
  std::map<std::string, std::int64_t, std::less<>> cookies; ///< by name: those that can be set, and how often they were
  std::int64_t unknown_cookies = 0;                         ///< set by anything else
};

/// Everything in `html` that makes a browser fetch something by itself or run something. Links that a person may follow
/// do not count.
[[nodiscard]] page_references references_in(std::string_view html);

/// The same for a style sheet or a script: addresses of other origins in quotes or in url(…).
[[nodiscard]] page_references references_in_asset(std::string_view text);

/// Whether a Content-Security-Policy lets a page load and run nothing but files of its own origin.
[[nodiscard]] bool is_closed_policy(std::string_view content_policy);

/// Ports that mail is handed in or passed on at.
[[nodiscard]] bool is_mail_port(int port);

/// As it is kept; `process` and `at` are columns of their own.
[[nodiscard]] std::string to_json(const node_report& report);
/// Nothing when the text is none of `to_json`.
[[nodiscard]] std::optional<node_report> parse_node_report(std::string_view json);

} // namespace easel::policies
