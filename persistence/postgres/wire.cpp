#include "persistence/postgres/wire.hpp"

#include <algorithm>
#include <array>

namespace easel::persistence::postgres {

namespace {

/// PostgreSQL counts microseconds from 2000-01-01.
constexpr instant epoch = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);

void append_integer(std::string& out, std::int64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift);
}

std::string_view view_of(const uuid& id) { return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}; }
std::string_view view_of(const digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

} // namespace

parameters& parameters::null() {
  values_.emplace_back();
  return *this;
}

parameters& parameters::int2(std::int64_t value) {
  append_integer(store_, value, 2);
  close(store_.size() - 2);
  return *this;
}

parameters& parameters::int4(std::int64_t value) {
  append_integer(store_, value, 4);
  close(store_.size() - 4);
  return *this;
}

parameters& parameters::int8(std::int64_t value) {
  append_integer(store_, value, 8);
  close(store_.size() - 8);
  return *this;
}

parameters& parameters::boolean(bool value) {
  store_ += value ? '\1' : '\0';
  close(store_.size() - 1);
  return *this;
}

parameters& parameters::id(const uuid& value) { return bytes(view_of(value)); }

parameters& parameters::time(instant value) { return int8((value - epoch).count()); }

parameters& parameters::bytes(std::string_view value) {
  store_ += value;
  close(store_.size() - value.size());
  return *this;
}

parameters& parameters::hash(const digest& value) { return bytes(view_of(value)); }

void parameters::begin_array(std::size_t size, std::uint32_t element_type) {
  append_integer(store_, size == 0 ? 0 : 1, 4); // dimensions
  append_integer(store_, 0, 4);                 // no nulls
  append_integer(store_, element_type, 4);
  if (size == 0)
    return;
  append_integer(store_, static_cast<std::int64_t>(size), 4);
  append_integer(store_, 1, 4); // lower bound
}

void parameters::element_size(std::int32_t size) { append_integer(store_, size, 4); }

void parameters::set_element_size(std::size_t at) {
  std::string size;
  append_integer(size, static_cast<std::int64_t>(store_.size() - at - 4), 4);
  store_.replace(at, size.size(), size);
}

void parameters::element(bool value) {
  element_size(1);
  store_ += value ? '\1' : '\0';
}

void parameters::element(std::int16_t value) {
  element_size(2);
  append_integer(store_, value, 2);
}

void parameters::element(std::int32_t value) {
  element_size(4);
  append_integer(store_, value, 4);
}

void parameters::element(std::int64_t value) {
  element_size(8);
  append_integer(store_, value, 8);
}

void parameters::element(instant value) { element((value - epoch).count()); }

void parameters::element(const uuid& value) { element(view_of(value)); }

void parameters::element(const digest& value) { element(view_of(value)); }

void parameters::element(std::string_view value) {
  element_size(static_cast<std::int32_t>(value.size()));
  store_ += value;
}

parameters& parameters::int8_array(std::span<const std::int64_t> values) {
  return column(values, [](std::int64_t v) { return v; });
}

parameters& parameters::text_array(std::span<const std::string> values) {
  return column(values, [](const std::string& v) -> const std::string& { return v; });
}

parameters& parameters::id_array(std::span<const uuid> values) {
  return column(values, [](const uuid& v) { return v; });
}

bool parameters::send(PGconn* to, const char* statement) const {
  constexpr std::size_t most = 32; // of any of our statements
  std::array<const char*, most> pointers{};
  std::array<int, most> sizes{};
  std::array<int, most> formats{};
  formats.fill(1);
  const auto count = std::min(values_.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    const slot& v = values_[i];
    pointers[i] = v.size < 0 ? nullptr : store_.data() + v.offset;
    sizes[i] = std::max(v.size, 0);
  }
  return PQsendQueryPrepared(to, statement, static_cast<int>(count), pointers.data(), sizes.data(), formats.data(), 1)
         == 1;
}

field_reader::field_reader(std::string_view composite)
    : rest_(composite.substr(std::min<std::size_t>(4, composite.size()))) {}

std::optional<std::string_view> field_reader::next() {
  constexpr std::size_t header = 8; // type, size
  if (rest_.size() < header)
    return std::nullopt;
  const auto size = static_cast<std::int32_t>(read_integer(rest_.substr(4, 4)));
  rest_.remove_prefix(header);
  if (size < 0)
    return std::nullopt;
  const auto value = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(value.size());
  return value;
}

std::int64_t field_reader::number(std::int64_t if_null) {
  const auto value = next();
  return value ? read_integer(*value) : if_null;
}

uuid field_reader::id() {
  const auto value = next();
  return value ? read_uuid(*value) : uuid{};
}

std::optional<instant> field_reader::time() {
  const auto value = next();
  return value ? std::optional(read_time(*value)) : std::nullopt;
}

std::int64_t read_integer(std::string_view big_endian) {
  if (big_endian.empty())
    return 0;
  std::int64_t value = static_cast<signed char>(big_endian.front()); // keeps the sign
  for (const char c : big_endian.substr(1))
    value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << 8 | static_cast<std::uint8_t>(c));
  return value;
}

instant read_time(std::string_view bytes) { return epoch + duration(read_integer(bytes)); }

uuid read_uuid(std::string_view bytes) {
  uuid id;
  if (bytes.size() == id.bytes.size())
    std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

std::string_view cell(const PGresult* from, int row, int column) {
  return {PQgetvalue(from, row, column), static_cast<std::size_t>(PQgetlength(from, row, column))};
}

} // namespace easel::persistence::postgres
