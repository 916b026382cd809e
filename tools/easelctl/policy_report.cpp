#include "tools/easelctl/policy_report.hpp"

#include "persistence/report_signature.hpp"
#include "policies/vocabulary/base64.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace easel::easelctl {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view kind = "easel policy report";
constexpr std::size_t largest_file = 1u << 20;

/// What is signed: a line that names the use of the signature, then the report with its members in the order of their
/// names, without blanks, all beyond ASCII escaped. There are no fractions in it.
template <class Json>
std::string signed_bytes(const Json& report) {
  return std::string(kind) + " 1\n" + json(report).dump(-1, ' ', true);
}

ordered_json proof_json(const policies::proof& proof) {
  auto figures = ordered_json::object();
  for (const auto& [name, value] : proof.figures)
    figures[name] = value;
  return {{"clause", proof.clause},
          {"finding", to_string(proof.what)},
          {"figures", std::move(figures)},
          {"complaints", proof.complaints}};
}

} // namespace

ordered_json report_of(const policies::live_facts& facts, const policies::evidence_terms& terms,
                       std::string_view build) {
  auto clauses = ordered_json::array(), servers = ordered_json::array();
  for (const auto& proof : policies::judge(facts, terms))
    clauses.push_back(proof_json(proof));
  for (const auto& server : facts.reports)
    if (facts.at - server.at <= 2 * terms.interval)
      servers.push_back(server.build);
  return {
    {"audited_at", to_string(facts.at)},
    {"build", build},
    {"servers", std::move(servers)},
    {"rows_past_due", policies::rows_past_due(facts)},
    {"longest_past_due_seconds", std::chrono::ceil<std::chrono::seconds>(policies::longest_overdue(facts)).count()},
    {"days_ahead", facts.days_ahead ? ordered_json(*facts.days_ahead) : ordered_json(nullptr)},
    {"clauses", std::move(clauses)}};
}

expected<std::string, std::string> report_document(const ordered_json& report,
                                                   const std::optional<secret_text>& private_pem) {
  ordered_json document{{"kind", kind}, {"version", 1}, {"report", report}, {"signature", "unsigned"}};
  if (private_pem) {
    const auto made = persistence::sign_report(*private_pem, signed_bytes(report));
    if (!made)
      return unexpected(made.error());
    std::string value;
    append_base64(value, made->bytes);
    document["signature"] = {{"algorithm", "Ed25519"}, {"key", made->key_id}, {"value", value}};
  }
  return document.dump(2, ' ', true) + '\n';
}

expected<verified_report, std::string> verify_document(std::string_view text, std::string_view public_pem) try {
  const auto document = json::parse(text);
  if (document.at("kind") != kind || document.at("version") != 1)
    return unexpected(std::string("this is no report of an audit"));
  if (!document.at("signature").is_object())
    return unexpected(std::string("the report is not signed"));
  const auto& report = document.at("report");
  const auto signature = decode_base64(document.at("signature").at("value").get<std::string>());
  if (!signature || document.at("signature").at("algorithm") != "Ed25519")
    return unexpected(std::string("the signature is none that can be checked"));
  auto key = persistence::verify_report(public_pem, signed_bytes(report), *signature);
  if (!key)
    return unexpected(key.error());
  verified_report out{std::move(*key), report.at("audited_at").get<std::string>(), 0, report.at("clauses").size()};
  for (const auto& clause : report.at("clauses"))
    out.kept += clause.at("finding") == to_string(policies::finding::kept) ? 1 : 0;
  return out;
} catch (const json::exception&) {
  return unexpected(std::string("this is no report of an audit"));
}

expected<std::string, std::string> read_small_file(const std::string& path) {
  std::ifstream from(path, std::ios::binary);
  std::string text(largest_file + 1, '\0');
  from.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!from.is_open() || from.bad() || from.gcount() > static_cast<std::streamsize>(largest_file))
    return unexpected(path + " cannot be read, or is too large");
  text.resize(static_cast<std::size_t>(from.gcount()));
  return text;
}

expected<void, std::string> write_whole_file(const std::string& path, std::string_view text) {
  const auto beside = path + ".new";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code failed;
  if (out)
    std::filesystem::rename(beside, path, failed);
  if (!out || failed)
    return unexpected(path + " cannot be written");
  return {};
}

} // namespace easel::easelctl
