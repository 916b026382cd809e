#pragma once

#include "persistence/store.hpp"

#include <libpq-fe.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Values in PostgreSQL's binary format: nothing is printed, parsed or escaped on the hot path.
namespace easel::persistence::postgres {

/// The numbers by which PostgreSQL knows the types that we send in arrays (pg_type.dat).
template <class T>
inline constexpr std::uint32_t oid_of = oid_of<typename T::value_type>; // of an optional
template <>
inline constexpr std::uint32_t oid_of<bool> = 16;
template <>
inline constexpr std::uint32_t oid_of<digest> = 17; // bytea
template <>
inline constexpr std::uint32_t oid_of<std::int64_t> = 20;
template <>
inline constexpr std::uint32_t oid_of<std::int16_t> = 21;
template <>
inline constexpr std::uint32_t oid_of<std::int32_t> = 23;
template <>
inline constexpr std::uint32_t oid_of<std::string> = 25;
template <>
inline constexpr std::uint32_t oid_of<std::string_view> = 25;
template <>
inline constexpr std::uint32_t oid_of<instant> = 1184;
template <>
inline constexpr std::uint32_t oid_of<uuid> = 2950;

/// The parameters of one execution, in order.
class parameters {
public:
  parameters& null();
  parameters& int2(std::int64_t value);
  parameters& int4(std::int64_t value);
  parameters& int8(std::int64_t value);
  parameters& boolean(bool value);
  parameters& id(const uuid& value);
  parameters& time(instant value);
  parameters& bytes(std::string_view value);
  parameters& text(std::string_view value) { return bytes(value); }
  parameters& hash(const digest& value);
  parameters& int8_array(std::span<const std::int64_t> values);
  parameters& text_array(std::span<const std::string> values);
  parameters& id_array(std::span<const uuid> values);

  /// One column of many commands, as an array of what `get` returns for each; an empty optional is null.
  template <class Rows, class Get>
  parameters& column(const Rows& rows, Get get) {
    const auto start = store_.size();
    begin_array(rows.size(), oid_of<std::remove_cvref_t<decltype(get(*rows.begin()))>>);
    for (const auto& row : rows)
      element(get(row));
    close(start);
    return *this;
  }

  /// The same of bytea, appended by `write(row, out)`, which returns false for null.
  template <class Rows, class Write>
  parameters& bytes_column(const Rows& rows, Write write) {
    const auto start = store_.size();
    begin_array(rows.size(), oid_of<digest>);
    for (const auto& row : rows) {
      const auto size_at = store_.size();
      element_size(-1);
      if (write(row, store_))
        set_element_size(size_at);
    }
    close(start);
    return *this;
  }

  /// Room for `size` more bytes, so that large ones are not moved as they come.
  void reserve(std::size_t size) { store_.reserve(store_.size() + size); }

  /// False when libpq could not take it: the connection is lost.
  [[nodiscard]] bool send(PGconn* to, const char* statement) const;

private:
  struct slot {
    std::size_t offset = 0; ///< into store_
    int size = -1;          ///< -1 is null
  };
  void begin_array(std::size_t size, std::uint32_t element_type);
  void element_size(std::int32_t size);
  void set_element_size(std::size_t at); ///< of the element whose size stands there and which ends the store
  void element(bool value);
  void element(std::int16_t value);
  void element(std::int32_t value);
  void element(std::int64_t value);
  void element(instant value);
  void element(const uuid& value);
  void element(const digest& value);
  void element(std::string_view value);
  template <class T>
  void element(const std::optional<T>& value) {
    value ? element(*value) : element_size(-1);
  }
  void close(std::size_t offset) { values_.push_back({offset, static_cast<int>(store_.size() - offset)}); }

  std::string store_;
  std::vector<slot> values_;
};

/// Reads the fields of one composite value, or of one row, in order.
class field_reader {
public:
  /// `composite` is the binary form of a row type; must outlive the reader.
  explicit field_reader(std::string_view composite);

  /// The next field's bytes; nothing when it is null.
  [[nodiscard]] std::optional<std::string_view> next();
  [[nodiscard]] std::int64_t number(std::int64_t if_null = 0);
  [[nodiscard]] uuid id();
  [[nodiscard]] std::optional<instant> time();

private:
  std::string_view rest_;
};

[[nodiscard]] std::int64_t read_integer(std::string_view big_endian);
[[nodiscard]] instant read_time(std::string_view bytes);
[[nodiscard]] uuid read_uuid(std::string_view bytes);

/// The value at (row, column) of a binary result.
[[nodiscard]] std::string_view cell(const PGresult* from, int row, int column);

} // namespace easel::persistence::postgres
