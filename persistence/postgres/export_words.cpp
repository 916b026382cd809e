#include "persistence/postgres/export_words.hpp"

#include "persistence/privacy_requests.hpp"
#include "persistence/rights.hpp"
#include "policies/billing.hpp"

#include <algorithm>
#include <array>

namespace easel::persistence::postgres {

namespace {

using json = nlohmann::ordered_json;

template <class Id>
std::string id_text(const std::string& plain) {
  const auto value = parse_uuid(plain);
  return value ? to_string(Id{*value}) : plain;
}

template <class Word>
std::string word(const json& number) {
  return std::string(to_string(static_cast<Word>(number.get<int>())));
}

struct id_column {
  std::string_view table; ///< empty: of any
  std::string_view column;
  std::string (*text)(const std::string&);
};
constexpr std::array id_columns{
  id_column{"", "account_id", id_text<account_id>},
  id_column{"", "api_key_id", id_text<key_id>},
  id_column{"", "generation_id", id_text<generation_id>},
  id_column{"", "grant_id", id_text<grant_id>},
  id_column{"", "hold_grants", id_text<grant_id>},
  id_column{"account", "id", id_text<account_id>},
  id_column{"api_key", "id", id_text<key_id>},
  id_column{"session", "id", id_text<session_id>},
  id_column{"credit_grant", "id", id_text<grant_id>},
  id_column{"credit_transfer", "id", id_text<transfer_id>},
  id_column{"generation_in_work", "id", id_text<generation_id>},
  id_column{"generation", "id", id_text<generation_id>},
  id_column{"image", "id", id_text<image_id>},
  id_column{"restriction", "id", id_text<restriction_id>},
  id_column{"data_export", "id", id_text<export_id>},
  id_column{"privacy_request", "id", id_text<privacy_request_id>},
  id_column{"", "billing_id", id_text<billing_id>},
  id_column{"", "purchase_id", id_text<purchase_id>},
  id_column{"billing_account", "id", id_text<billing_id>},
  id_column{"purchase", "id", id_text<purchase_id>},
};

struct word_column {
  std::string_view table; ///< empty: of any
  std::string_view column;
  std::string (*text)(const json&);
};
constexpr std::array word_columns{
  word_column{"", "tier", word<tier>},
  word_column{"account", "state", word<account_state>},
  word_column{"purchase", "state", word<policies::purchase_state>},
  word_column{"generation_in_work", "state", word<generation_state>},
  word_column{"generation", "state", word<generation_state>},
  word_column{"", "reason", word<failure>},
  word_column{"", "format", word<image_format>},
  word_column{"", "dispatched_to", word<recipient>},
  word_column{"", "recipient", word<recipient>},
  word_column{"", "data_class", word<data_class>},
  word_column{"credit_grant", "kind", word<grant_kind>},
  word_column{"", "from_book", word<book>},
  word_column{"", "to_book", word<book>},
};

template <class Columns>
const auto* find(const Columns& columns, std::string_view table, std::string_view column) {
  const auto it = std::find_if(columns.begin(), columns.end(), [&](const auto& each) {
    return each.column == column && (each.table.empty() || each.table == table);
  });
  return it == columns.end() ? nullptr : &*it;
}

} // namespace

void put_into_words(std::string_view table, std::string_view column, json& value) {
  if (const auto* known = find(id_columns, table, column)) {
    if (value.is_string())
      value = known->text(value.get<std::string>());
    else if (value.is_array())
      for (auto& each : value)
        put_into_words(table, column, each);
  } else if (const auto* closed = find(word_columns, table, column); closed && value.is_number_integer()) {
    value = closed->text(value);
  }
}

} // namespace easel::persistence::postgres
