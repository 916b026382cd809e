#pragma once

#include "persistence/keyring.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Rows of SOCI as the values of store.hpp. Statements select times as microseconds (easel.micros), bytes as hex.
namespace easel::persistence::postgres {

/// Reads the columns of one row from left to right.
class columns {
public:
  explicit columns(const soci::row& from) : from_(from) {}

  [[nodiscard]] bool is_null() const { return from_.get_indicator(next_) == soci::i_null; }
  void skip() { ++next_; }
  [[nodiscard]] std::int64_t number(std::int64_t if_null = 0);
  [[nodiscard]] std::optional<std::int64_t> maybe_number();
  [[nodiscard]] std::string text();
  [[nodiscard]] std::string bytes(); ///< of a column in hex
  [[nodiscard]] digest hash();
  [[nodiscard]] bool flag() { return number() != 0; }
  [[nodiscard]] credits amount() { return credits::unchecked(number()); }
  [[nodiscard]] instant time() { return instant(duration(number())); }
  [[nodiscard]] std::optional<instant> maybe_time();
  template <class Id>
  [[nodiscard]] Id id() {
    return Id{parse_uuid(text()).value_or(uuid{})};
  }

private:
  const soci::row& from_;
  std::size_t next_ = 0;
};

/// `read(columns)` for each row of a query without parameters.
template <class Read>
void each_row(soci::session& sql, const std::string& query, Read read) {
  const soci::rowset<soci::row> rows = (sql.prepare << query);
  for (const auto& row : rows)
    read(columns(row));
}

/// For the transaction under way: one snapshot that writes nothing, and plans for whole tables, which connections are
/// otherwise kept from.
void read_whole_tables(soci::session& sql);

template <class Tag>
[[nodiscard]] std::string text_of(const typed_id<Tag>& id) {
  return to_string(id.value);
}

/// Between the categories of a verdict, which are words, in one text.
constexpr char category_separator = '\x1f';

[[nodiscard]] std::string hex_of(std::string_view bytes);
[[nodiscard]] std::string hex_of(const digest& hash);
/// An array literal of PostgreSQL: {uuid,uuid}.
template <class Id>
[[nodiscard]] std::string array_of(const std::vector<Id>& ids) {
  std::string text = "{";
  for (const auto& id : ids)
    text.append(text.size() == 1 ? "" : ",").append(text_of(id));
  return text + "}";
}

/// The columns that `read_account` reads, of easel.account a, and `read_key`, of easel.api_key k.
extern const char* const account_columns;
extern const char* const key_columns;
[[nodiscard]] account_row read_account(columns& from);
[[nodiscard]] key_row read_key(columns from);

/// The columns that `read_generation` reads, of easel.every_generation g joined to easel.account_key k. A prompt
/// whose time has come is null, whatever else is read of its row (RET-1).
extern const char* const generation_columns;

/// `sealed` rows open with the account's wrapped key; without it there is no prompt.
[[nodiscard]] generation_row read_generation(columns& from, const keyring& keys);

/// Adds images and disclosures to `rows`, in one query.
void add_parts(soci::session& sql, std::vector<generation_row>& rows);

} // namespace easel::persistence::postgres
