#pragma once

#include "persistence/store.hpp"

#include <libpq-fe.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Values in PostgreSQL's binary format: nothing is printed, parsed or escaped on the hot path.
namespace easel::persistence::postgres {

/// The parameters of one execution, in order. Large values (`view`) are borrowed and must outlive the sending.
class parameters {
public:
  parameters& null();
  parameters& int2(std::int64_t value);
  parameters& int4(std::int64_t value);
  parameters& int8(std::int64_t value);
  parameters& boolean(bool value);
  parameters& id(const uuid& value);
  parameters& time(instant value);
  parameters& bytes(std::string_view value); ///< copied
  parameters& view(std::string_view value);  ///< borrowed
  parameters& text(std::string_view value) { return bytes(value); }
  parameters& hash(const digest& value);
  parameters& int8_array(std::span<const std::int64_t> values);
  parameters& text_array(std::span<const std::string> values);
  parameters& id_array(std::span<const uuid> values);

  /// False when libpq could not take it: the connection is lost.
  [[nodiscard]] bool send(PGconn* to, const char* statement) const;

private:
  struct slot {
    std::size_t offset = 0; ///< into store_, when there is no pointer
    const char* borrowed = nullptr;
    int size = -1; ///< -1 is null
  };
  void begin_array(std::size_t size, std::uint32_t element_type);
  void append_element(std::string_view bytes);
  void close(std::size_t offset) { values_.push_back({offset, nullptr, static_cast<int>(store_.size() - offset)}); }

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
