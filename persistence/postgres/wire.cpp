#include "persistence/postgres/wire.hpp"

#include <algorithm>
#include <array>

namespace easel::persistence::postgres {

namespace {

/// PostgreSQL counts microseconds from 2000-01-01.
constexpr instant epoch = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);

constexpr std::uint32_t oid_of_int8 = 20;
constexpr std::uint32_t oid_of_text = 25;
constexpr std::uint32_t oid_of_uuid = 2950;

void append_integer(std::string& out, std::int64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift);
}

std::string_view view_of(const uuid& id) { return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}; }

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

parameters& parameters::view(std::string_view value) {
  values_.push_back({0, value.data(), static_cast<int>(value.size())});
  return *this;
}

parameters& parameters::hash(const digest& value) {
  return bytes({reinterpret_cast<const char*>(value.data()), value.size()});
}

void parameters::begin_array(std::size_t size, std::uint32_t element_type) {
  append_integer(store_, size == 0 ? 0 : 1, 4); // dimensions
  append_integer(store_, 0, 4);                 // no nulls
  append_integer(store_, element_type, 4);
  if (size == 0)
    return;
  append_integer(store_, static_cast<std::int64_t>(size), 4);
  append_integer(store_, 1, 4); // lower bound
}

void parameters::append_element(std::string_view bytes) {
  append_integer(store_, static_cast<std::int64_t>(bytes.size()), 4);
  store_ += bytes;
}

parameters& parameters::int8_array(std::span<const std::int64_t> values) {
  const auto start = store_.size();
  begin_array(values.size(), oid_of_int8);
  for (const auto v : values) {
    append_integer(store_, 8, 4);
    append_integer(store_, v, 8);
  }
  close(start);
  return *this;
}

parameters& parameters::text_array(std::span<const std::string> values) {
  const auto start = store_.size();
  begin_array(values.size(), oid_of_text);
  for (const auto& v : values)
    append_element(v);
  close(start);
  return *this;
}

parameters& parameters::id_array(std::span<const uuid> values) {
  const auto start = store_.size();
  begin_array(values.size(), oid_of_uuid);
  for (const auto& v : values)
    append_element(view_of(v));
  close(start);
  return *this;
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
    pointers[i] = v.size < 0 ? nullptr : v.borrowed != nullptr ? v.borrowed : store_.data() + v.offset;
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
