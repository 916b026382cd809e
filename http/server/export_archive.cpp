#include "http/server/export_archive.hpp"

#include "policies/inventory.hpp"
#include "policies/recipients.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace easel::server {

namespace {

using json = nlohmann::ordered_json;

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

} // namespace

export_archive::export_archive(instant made_at, const policies::retention_windows& windows) : made_at_(made_at) {
  for (const auto& [name, text] : {std::pair{"README.txt", export_readme(made_at)},
                                   {"fields.json", export_fields(windows)},
                                   {"recipients.json", export_recipients()}}) {
    zip_.begin(name, made_at);
    zip_.write(text);
  }
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

std::string export_file_name(instant made_at) { return "gpt-image-ai-" + day_of(made_at) + ".zip"; }

std::string export_readme(instant made_at) {
  std::string text = "Your data, as of " + to_string(made_at)
                     + "\n\n"
                       "This archive holds all personal data that gpt-image-ai.net keeps about you. Nothing that has\n"
                       "expired is in it: prompts and images are deleted after 30 days.\n\n"
                       "  fields.json       what each field is for, and how long it is kept\n"
                       "  recipients.json   who else received something of yours, and what they keep\n";
  for (const auto document : documents())
    text += document == "images/" ? "  images/           each image, named by day, generation and number\n"
                                  : "  " + std::string(document) + '\n';
  text += "\n"
          "The JSON documents are UTF-8. Each is an object with one list for each table; times are UTC.\n"
          "Some fields are left out because they would tell you nothing: keyed hashes and keys of ours. What\n"
          "those recognize or open is in here.\n\n"
          "Deleting your account here does not reach these recipients:\n\n";
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

std::string export_fields(const policies::retention_windows& windows) {
  auto fields = json::array();
  for (const auto& field : policies::data_inventory())
    if (!field.exported.empty())
      fields.push_back({{"document", field.exported},
                        {"table", field.table},
                        {"field", shown_name(field.column)},
                        {"purpose", field.purpose},
                        {"clause", field.clause},
                        {"kept", policies::describe(field.window, windows)},
                        {"on_deletion", policies::to_string(field.erased)}});
  return json{{"fields", std::move(fields)}}.dump(1) + '\n';
}

std::string export_recipients() {
  auto all = json::array();
  for (const auto& each : policies::known_recipients())
    all.push_back({{"name", each.name}, {"role", each.role}, {"gets", each.gets}, {"keeps", each.keeps}});
  return json{{"recipients", std::move(all)}, {"deletion_here_reaches_them", false}}.dump(1) + '\n';
}

} // namespace easel::server
