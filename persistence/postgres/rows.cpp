#include "persistence/postgres/rows.hpp"

#include "persistence/postgres/statements.hpp"

#include <algorithm>

namespace easel::persistence::postgres {

void read_whole_tables(soci::session& sql) {
  sql << "set transaction isolation level repeatable read, read only";
  for (const auto* way : {"seqscan", "bitmapscan", "hashjoin", "mergejoin", "material"})
    sql << std::string("set local enable_") + way + " = on";
}

namespace {

int value_of(char hex) {
  return hex <= '9' ? hex - '0' : hex - 'a' + 10; // PostgreSQL's encode() writes lower case
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find(category_separator, from), text.size());
    parts.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

policies::generation_plan read_plan(columns& from) {
  policies::generation_plan plan;
  plan.model = from.text();
  plan.slug = from.text();
  plan.size = from.text();
  plan.quality = from.text();
  plan.format = static_cast<image_format>(from.number());
  plan.background = from.text();
  if (const auto compression = from.maybe_number())
    plan.compression = static_cast<int>(*compression);
  plan.images = static_cast<int>(from.number());
  plan.partial_images = static_cast<int>(from.number());
  plan.price_each = from.amount();
  return plan;
}

secret_text read_prompt(columns& from, const keyring& keys, generation_id id, account_id owner) {
  const bool is_readable = !from.is_null();
  const auto sealed = from.bytes();
  const auto wrapped = from.bytes();
  const auto key = is_readable ? keys.unwrap(wrapped, owner) : std::nullopt;
  auto plain = key ? open(*key, prompt_context(id), sealed) : std::nullopt;
  return secret_text(std::move(plain).value_or(std::string()));
}

std::optional<policies::verdict> read_verdict(columns& from) {
  const bool is_there = !from.is_null();
  policies::verdict v;
  v.moderated = from.hash();
  v.blocked = from.flag();
  v.categories = split(from.text());
  v.rule = from.text();
  return is_there ? std::optional(v) : std::nullopt;
}

generation_row* row_with(std::vector<generation_row>& rows, generation_id id) {
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.id == id; });
  return it == rows.end() ? nullptr : &*it;
}

} // namespace

std::int64_t columns::number(std::int64_t if_null) {
  const auto value = maybe_number();
  return value.value_or(if_null);
}

std::optional<std::int64_t> columns::maybe_number() {
  const auto at = next_++;
  if (from_.get_indicator(at) == soci::i_null)
    return std::nullopt;
  if (from_.get_properties(at).get_data_type() == soci::dt_integer)
    return from_.get<int>(at);
  return from_.get<long long>(at);
}

std::string columns::text() {
  const auto at = next_++;
  return from_.get_indicator(at) == soci::i_null ? std::string() : from_.get<std::string>(at);
}

std::string columns::bytes() {
  const auto hex = text();
  std::string plain(hex.size() / 2, '\0');
  for (std::size_t i = 0; i < plain.size(); ++i)
    plain[i] = static_cast<char>(value_of(hex[2 * i]) << 4 | value_of(hex[2 * i + 1]));
  return plain;
}

digest columns::hash() {
  const auto plain = bytes();
  digest hash{};
  if (plain.size() == hash.size())
    std::copy(plain.begin(), plain.end(), hash.begin());
  return hash;
}

std::optional<instant> columns::maybe_time() {
  const auto value = maybe_number();
  return value ? std::optional(instant(duration(*value))) : std::nullopt;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string hex_of(const digest& hash) {
  return hex_of(std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

const char* const account_columns =
  " a.id::text, a.tier, a.state, a.restricted::int, easel.micros(a.cooldown_until), easel.micros(a.created_at) ";

account_row read_account(columns& from) {
  account_row row;
  row.id = from.id<account_id>();
  row.of_tier = static_cast<tier>(from.number());
  row.state = static_cast<account_state>(from.number());
  row.restricted = from.flag();
  row.cooldown_until = from.maybe_time();
  row.created_at = from.time();
  return row;
}

const char* const key_columns =
  " k.id::text, k.account_id::text, k.name, k.hint, easel.micros(k.created_at), easel.micros(k.last_used_at),"
  " easel.micros(k.revoked_at), easel.micros(k.expires_at), k.monthly_cap::bigint,"
  " case when k.used_month >= date_trunc('month', easel.now() at time zone 'UTC') then k.used::bigint"
  " else 0::bigint end ";

key_row read_key(columns from) {
  key_row row;
  row.id = from.id<key_id>();
  row.account = from.id<account_id>();
  row.name = from.text();
  row.hint = from.text();
  row.created_at = from.time();
  row.last_used_at = from.maybe_time();
  row.revoked_at = from.maybe_time();
  row.expires_at = from.maybe_time();
  if (const auto cap = from.maybe_number())
    row.monthly_cap = credits::unchecked(*cap);
  row.used_this_month = from.amount();
  return row;
}

const char* const generation_columns =
  " g.id::text, g.account_id::text, g.state, g.tier, g.model, g.slug, g.size, g.quality, g.format, g.background,"
  " g.compression, g.images, g.partial_images, g.price_each,"
  " case when g.expires_at > easel.now() then encode(g.prompt_sealed, 'hex') end, encode(k.wrapped, 'hex'),"
  " encode(g.verdict_moderated, 'hex'), g.verdict_blocked::int, array_to_string(g.verdict_categories, chr(31)),"
  " g.verdict_rule, g.dispatched_to, g.reason, g.charged, easel.micros(g.created_at),"
  " easel.micros(g.dispatched_at), easel.micros(g.ended_at), easel.micros(g.expires_at) ";

generation_row read_generation(columns& from, const keyring& keys) {
  generation_row row;
  row.id = from.id<generation_id>();
  row.account = from.id<account_id>();
  row.state = static_cast<generation_state>(from.number());
  row.of_tier = static_cast<tier>(from.number());
  row.plan = read_plan(from);
  row.prompt = read_prompt(from, keys, row.id, row.account);
  row.verdict = read_verdict(from);
  if (const auto to = from.maybe_number())
    row.dispatched_to = static_cast<recipient>(*to);
  row.reason = static_cast<failure>(from.number());
  row.charged = from.amount();
  row.created_at = from.time();
  row.dispatched_at = from.maybe_time();
  row.ended_at = from.maybe_time();
  row.expires_at = from.time();
  return row;
}

void add_parts(soci::session& sql, std::vector<generation_row>& rows) {
  if (rows.empty())
    return;
  std::vector<generation_id> wanted;
  std::transform(rows.begin(), rows.end(), std::back_inserter(wanted), [](const auto& row) { return row.id; });
  const auto ids = array_of(wanted);
  const soci::rowset<soci::row> parts =
    (sql.prepare << "select what, generation_id::text, number, id::text, kind, width, height, size, easel.micros(at)"
                    " from easel.parts_of(:ids::uuid[])",
     soci::use(ids, "ids"));
  for (const auto& part : parts) {
    columns from(part);
    const bool is_image = from.number() == 0;
    auto* row = row_with(rows, from.id<generation_id>());
    if (row == nullptr)
      continue;
    const auto number = static_cast<std::int16_t>(from.number());
    if (is_image) {
      const auto id = from.id<image_id>();
      const auto format = static_cast<image_format>(from.number());
      const auto width = static_cast<std::int32_t>(from.number());
      const auto height = static_cast<std::int32_t>(from.number());
      const auto size = from.number();
      row->images.push_back({id, number, format, width, height, size, from.time()});
    } else {
      from.skip();
      const auto to = static_cast<recipient>(from.number());
      from.skip(), from.skip(), from.skip();
      row->disclosures.push_back({to, static_cast<data_class>(number), from.time()});
    }
  }
}

} // namespace easel::persistence::postgres
