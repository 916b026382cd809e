#include "http/server/export_archive.hpp"

#include "persistence/export_volumes.hpp"
#include "policies/inventory.hpp"
#include "policies/recipients.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace easel::server {

namespace {

using nlohmann::ordered_json;

std::string day_of(instant at) { return to_string(at).substr(0, 10); }

std::string shown_name(std::string_view column) {
  constexpr std::string_view sealed = "_sealed"; // only the database has it sealed
  return std::string(column.ends_with(sealed) ? column.substr(0, column.size() - sealed.size()) : column);
}

std::vector<std::string_view> documents() {
  std::vector<std::string_view> found;
  for (const auto& field : policies::data_inventory())
    if (!field.exported.empty() && std::find(found.begin(), found.end(), field.exported) == found.end())
      found.push_back(field.exported);
  return found;
}

std::string months_of(const persistence::export_volume& volume) {
  if (!volume.first || !volume.last)
    return "the documents";
  const auto first = persistence::to_string(*volume.first);
  const auto last = persistence::to_string(*volume.last);
  return "images of " + (first == last ? first : first + " to " + last);
}

/// Of a copy of several files: which one this is, and where the others are.
std::string which_file(const actors::export_file& file) {
  const auto& volumes = file.of.plan.volumes;
  auto text = "This is file " + std::to_string(file.number) + " of " + std::to_string(volumes.size())
              + ". Each is an archive of its own. On the site where you got this one, signed in, you\n"
                "can fetch each of them until "
              + to_string(file.of.plan.made_at + persistence::export_lifetime) + ", again as well, one at a time:\n\n";
  for (std::size_t i = 0; i < volumes.size(); ++i)
    text += "  " + export_volume_path(file.of.id, i + 1) + "   " + months_of(volumes[i]) + '\n';
  return text + "\nWhat was made after the instant above is in none of them.\n\n";
}

std::string what_is_here(bool is_whole) {
  std::string text = is_whole ? "This archive holds" : "Together they hold";
  text += " all personal data that gpt-image-ai.net keeps about you. Nothing that has\n"
          "expired is included: prompts and images are deleted after 30 days.\n\n"
          "  fields.json       what each field is for, and how long it is kept\n"
          "  recipients.json   who else received something of yours, and what they keep\n";
  for (const auto document : documents())
    text += document == "images/" ? "  images/           each image, named by day, generation and number\n"
                                  : "  " + std::string(document) + '\n';
  return text
         + "\n"
           "The JSON documents are UTF-8. Each is an object with one list for each table; times are UTC.\n"
           "Some fields are left out because they would tell you nothing: keyed hashes and keys of ours. What\n"
           "those recognize or open is in here.\n\n";
}

std::string what_others_keep() {
  std::string text = "Deleting your account here does not reach these recipients:\n\n";
  for (const auto& each : policies::known_recipients())
    text.append("  ")
      .append(each.name)
      .append("\n    ")
      .append(each.role)
      .append("\n    Gets: ")
      .append(each.gets)
      .append("\n    Keeps: ")
      .append(each.keeps)
      .append("\n\n");
  return text
         + "Questions and requests: privacy@gpt-image-ai.net. You may also complain to your data protection\n"
           "authority.\n";
}

} // namespace

export_archive::export_archive(const actors::export_file& file, const policies::retention_windows& windows)
    : made_at_(file.of.plan.made_at) {
  add_text("README.txt", export_readme(file));
  if (file.number > 1)
    return;
  add_text("fields.json", export_fields(windows));
  add_text("recipients.json", export_recipients());
}

void export_archive::add_text(std::string_view name, std::string_view text) {
  zip_.begin(name, made_at_);
  zip_.write(text);
}

void export_archive::add(const persistence::export_portion& part) {
  if (part.bytes)
    zip_.store(part.document + part.file, part.made_at, *part.bytes);
  else
    add_rows(part);
}

void export_archive::add_rows(const persistence::export_portion& part) {
  const bool is_new = part.document != document_;
  if (is_new) {
    zip_.begin(part.document, made_at_);
    document_ = part.document;
  }
  if (is_new || part.table != table_) {
    zip_.write((is_new ? "{\"" : "],\n\"") + part.table + "\":[");
    table_ = part.table;
    has_rows_ = false;
  }
  for (const auto& row : part.rows) {
    zip_.write(has_rows_ ? ",\n" : "\n");
    zip_.write(row);
    has_rows_ = true;
  }
  if (part.ends_document)
    zip_.write("]}\n");
}

void export_archive::close() { zip_.close(); }

std::string export_file_name(const actors::export_file& file) {
  auto name = "gpt-image-ai-" + day_of(file.of.plan.made_at);
  if (const auto count = file.of.plan.volumes.size(); count > 1)
    name += '-' + std::to_string(file.number) + "-of-" + std::to_string(count);
  return name + ".zip";
}

std::string export_volume_path(persistence::export_id of, std::size_t number) {
  return "/v1/account/exports/" + to_string(of) + "/volumes/" + std::to_string(number);
}

std::string export_readme(const actors::export_file& file) {
  std::string text = "Your data, as of " + to_string(file.of.plan.made_at) + "\n\n";
  const bool is_whole = file.of.plan.volumes.size() == 1;
  if (!is_whole)
    text += which_file(file);
  return file.number > 1 ? text : text + what_is_here(is_whole) + what_others_keep();
}

std::string export_fields(const policies::retention_windows& windows) {
  auto fields = ordered_json::array();
  for (const auto& field : policies::data_inventory())
    if (!field.exported.empty())
      fields.push_back({{"document", field.exported},
                        {"table", field.table},
                        {"field", shown_name(field.column)},
                        {"purpose", field.purpose},
                        {"clause", field.clause},
                        {"kept", policies::describe(field.window, windows)},
                        {"on_deletion", policies::to_string(field.erased)}});
  return ordered_json{{"fields", std::move(fields)}}.dump(1) + '\n';
}

std::string export_recipients() {
  auto all = ordered_json::array();
  for (const auto& each : policies::known_recipients())
    all.push_back({{"name", each.name}, {"role", each.role}, {"gets", each.gets}, {"keeps", each.keeps}});
  return ordered_json{{"recipients", std::move(all)}, {"deletion_here_reaches_them", false}}.dump(1) + '\n';
}

} // namespace easel::server
