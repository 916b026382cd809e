#include "persistence/postgres/statements.hpp"

#include "persistence/nul.hpp"
#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/rows.hpp"
#include "persistence/postgres/serving.hpp"

#include <algorithm>
#include <array>

namespace easel::persistence::postgres {

namespace {

struct prepared {
  const char* name;
  const char* text;
};

constexpr std::array statements{
  prepared{"admit", "select easel.admit($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,"
                    "$22,$23,$24)"},
  prepared{lock_statement, "select easel.lock($1,$2)"},
  prepared{"dispatch", "select easel.dispatch($1,$2,$3,$4,$5,$6,$7,$8,$9)"},
  prepared{"block", "select easel.block($1,$2,$3,$4,$5,$6,$7)"},
  prepared{"begin_call", "select easel.begin_call($1,$2,$3,$4,$5,$6)"},
  prepared{"record_task", "select easel.record_task($1,$2,$3,$4,$5)"},
  prepared{"store_image", "select easel.store_images($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)"},
  prepared{"finish", "select easel.finish($1,$2,$3,$4,$5,$6,$7,$8)"},
  prepared{"mark_answered", "delete from easel.awaiting_answer where generation_id = any ($1::uuid[])"},
  prepared{"find_owners", "select null::uuid, k.account_id, k.wrapped from easel.account_key k "
                          "where k.account_id = any ($1::uuid[]) union all "
                          "select w.id, w.account_id, k.wrapped from easel.generation_in_work w "
                          "left join easel.account_key k using (account_id) where w.id = any ($2::uuid[])"},
  prepared{"find_image", one_image},
};

struct namer {
  const char* operator()(const admit&) const { return "admit"; }
  const char* operator()(const dispatch&) const { return "dispatch"; }
  const char* operator()(const block&) const { return "block"; }
  const char* operator()(const begin_call&) const { return "begin_call"; }
  const char* operator()(const record_task&) const { return "record_task"; }
  const char* operator()(const store_image&) const { return "store_image"; }
  const char* operator()(const finish&) const { return "finish"; }
  const char* operator()(const mark_answered&) const { return "mark_answered"; }
};

bool verdict_holds_nul(const policies::verdict& v) {
  return any_nul(v.rule)
         || std::any_of(v.categories.begin(), v.categories.end(), [](const auto& c) { return any_nul(c); });
}

struct nul_finder {
  bool operator()(const admit& c) const {
    const auto& p = c.plan;
    return any_nul(p.model, p.slug, p.size, p.quality, p.background, c.prompt.reveal(), c.fingerprint_source,
                   c.idempotency_key.value_or(""));
  }
  bool operator()(const dispatch& c) const { return verdict_holds_nul(c.verdict) || any_nul(c.credential); }
  bool operator()(const block& c) const { return verdict_holds_nul(c.verdict); }
  bool operator()(const begin_call& c) const { return any_nul(c.credential); }
  bool operator()(const record_task& c) const { return any_nul(c.task); }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

/// An amount of 2^63 microseconds is far beyond any window; PostgreSQL's intervals end before it.
std::int64_t bounded(duration window) {
  constexpr duration most = std::chrono::hours(24 * 365 * 100);
  return std::clamp(window, duration::zero(), most).count();
}

/// The fingerprint is salted with the account, so that equal requests of two people are not equal rows.
digest salted(const keyring& keys, hash_purpose purpose, account_id account, std::string_view text) {
  std::string bytes(reinterpret_cast<const char*>(account.value.bytes.data()), account.value.bytes.size());
  return keys.keyed_hash(purpose, bytes.append(text));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text.append(text.empty() ? 0 : 1, category_separator).append(word);
  return text;
}

template <class Enum>
std::int16_t number_of(Enum value) {
  return static_cast<std::int16_t>(value);
}

/// The orders of one statement, all of the kind `Command`.
template <class Command>
class rows {
public:
  rows(std::span<const order> orders, parameters& out) : orders_(orders), out_(out) {}

  template <class Get>
  void column(Get get) const {
    out_.column(orders_, [&](const order& o) -> decltype(auto) { return get(std::get<Command>(*o.command)); });
  }

private:
  std::span<const order> orders_;
  parameters& out_;
};

struct encoder {
  std::span<const order> orders;
  const store_settings& settings;
  const keyring& keys;
  parameters& out;

  parameters& owned(generation_id id, const ownership& owner) const {
    return out.id(id.value).id(owner.node.value).int4(owner.fence);
  }

  template <class Command>
  void owners(const rows<Command>& of) const {
    of.column([](const Command& c) { return c.id.value; });
    of.column([](const Command& c) { return c.owner.node.value; });
    of.column([](const Command& c) { return c.owner.fence; });
  }

  static void plans(const rows<admit>& of) {
    of.column([](const admit& c) -> const std::string& { return c.plan.model; });
    of.column([](const admit& c) -> const std::string& { return c.plan.slug; });
    of.column([](const admit& c) -> const std::string& { return c.plan.size; });
    of.column([](const admit& c) -> const std::string& { return c.plan.quality; });
    of.column([](const admit& c) { return number_of(c.plan.format); });
    of.column([](const admit& c) -> const std::string& { return c.plan.background; });
    of.column(
      [](const admit& c) { return c.plan.compression ? std::optional(number_of(*c.plan.compression)) : std::nullopt; });
    of.column([](const admit& c) { return number_of(c.plan.images); });
    of.column([](const admit& c) { return number_of(c.plan.partial_images); });
    of.column([](const admit& c) { return c.plan.price_each.value(); });
  }

  void prompts() const {
    out.bytes_column(orders, [](const order& o, std::string& to) {
      const auto& c = std::get<admit>(*o.command);
      if (o.key)
        append_sealed(to, *o.key, prompt_context(c.id), c.prompt.reveal());
      return o.key.has_value();
    });
  }

  void windows() const {
    const auto& r = settings.retention;
    const std::array<std::int64_t, 4> values{bounded(r.content), bounded(r.idempotency), bounded(r.retry_attach),
                                             bounded(settings.max_clock_skew)};
    out.int8_array(values);
  }

  void strike_policy() const {
    const auto& p = settings.strikes;
    const std::array<std::int64_t, 5> values{p.cooldown_after, bounded(p.cooldown_window), bounded(p.cooldown_for),
                                             p.suspend_after, bounded(p.suspend_window)};
    out.int8_array(values);
  }

  void operator()(const admit&) const {
    const rows<admit> all(orders, out);
    all.column([](const admit& c) { return c.id.value; });
    all.column([](const admit& c) { return minted_at(c.id.value); });
    all.column([](const admit& c) { return c.account.value; });
    all.column([](const admit& c) { return c.key ? std::optional(c.key->value) : std::nullopt; });
    all.column([](const admit& c) { return number_of(c.tier_seen); });
    plans(all);
    prompts();
    all.column([this](const admit& c) {
      return c.idempotency_key
               ? std::optional(salted(keys, hash_purpose::idempotency_key, c.account, *c.idempotency_key))
               : std::nullopt;
    });
    all.column(
      [this](const admit& c) { return salted(keys, hash_purpose::fingerprint, c.account, c.fingerprint_source); });
    all.column([](const admit& c) { return static_cast<std::int32_t>(c.retry_count); });
    all.column([](const admit& c) { return c.awaits_answer; });
    all.column([](const admit& c) { return c.node.value; });
    all.column([](const admit& c) { return c.max_active; });
    all.column([](const admit& c) { return c.daily_allowance.value(); });
    windows();
  }

  void operator()(const dispatch&) const {
    const rows<dispatch> all(orders, out);
    owners(all);
    all.column([](const dispatch& c) { return c.verdict.blocked; });
    all.column([](const dispatch& c) { return joined(c.verdict.categories); });
    all.column([](const dispatch& c) -> const std::string& { return c.verdict.rule; });
    all.column([](const dispatch& c) { return c.verdict.moderated; });
    all.column([](const dispatch& c) { return number_of(c.to); });
    all.column([](const dispatch& c) -> const std::string& { return c.credential; });
  }

  void operator()(const block& c) const {
    owned(c.id, c.owner).text_array(c.verdict.categories).text(c.verdict.rule).hash(c.verdict.moderated);
    strike_policy();
  }

  void operator()(const begin_call& c) const {
    owned(c.id, c.owner).int2(c.index).text(c.credential);
    c.callback == digest{} ? out.null() : out.hash(c.callback);
  }

  void operator()(const record_task& c) const { owned(c.id, c.owner).int2(c.index).text(c.task); }

  void operator()(const store_image&) const {
    const rows<store_image> all(orders, out);
    owners(all);
    all.column([](const store_image& c) { return c.index; });
    all.column([](const store_image& c) { return c.image.value; });
    all.column([](const store_image& c) { return number_of(c.format); });
    all.column([](const store_image& c) { return c.width; });
    all.column([](const store_image& c) { return c.height; });
    all.column([](const store_image& c) { return static_cast<std::int64_t>(c.bytes ? c.bytes->size() : 0); });
    images();
    all.column([](const store_image& c) { return c.last; });
  }

  void images() const {
    constexpr std::size_t other_bytes = 64; // of an image's overhead and of its further columns
    for (const auto& o : orders)
      if (const auto& c = std::get<store_image>(*o.command); c.bytes)
        out.reserve(c.bytes->size() + other_bytes);
    out.bytes_column(orders, [](const order& o, std::string& to) {
      const auto& c = std::get<store_image>(*o.command);
      if (o.key && c.bytes && !c.bytes->empty())
        append_sealed(to, *o.key, image_context(c.id, c.index), *c.bytes);
      return true;
    });
  }

  void operator()(const finish& c) const {
    owned(c.id, c.owner).int2(static_cast<int>(c.to)).int2(static_cast<int>(c.reason));
    out.boolean(c.strike).boolean(c.discard);
    strike_policy();
  }

  void operator()(const mark_answered&) const {
    std::vector<uuid> ids;
    for (const auto& o : orders)
      for (const auto& id : std::get<mark_answered>(*o.command).ids)
        ids.push_back(id.value);
    out.id_array(ids);
  }
};

admitted decode_admission(std::string_view bytes) {
  field_reader fields(bytes);
  admitted a;
  a.result = static_cast<admission>(fields.number());
  a.id = {fields.id()};
  a.account_tier = static_cast<tier>(fields.number());
  a.balance = credits::unchecked(fields.number());
  a.created_at = fields.time().value_or(instant{});
  a.expires_at = fields.time().value_or(instant{});
  a.until = fields.time();
  if (const auto cap = fields.number(); cap > 0)
    a.key_cap = credits::unchecked(cap);
  return a;
}

finished decode_outcome(std::string_view bytes) {
  field_reader fields(bytes);
  finished f;
  f.result = static_cast<fenced>(fields.number());
  f.state = static_cast<generation_state>(fields.number(static_cast<int>(f.state)));
  f.charged = credits::unchecked(fields.number());
  f.balance = credits::unchecked(fields.number());
  return f;
}

} // namespace

const char* name_of(const write& command) { return std::visit(namer{}, command); }

bool has_nul(const write& command) { return std::visit(nul_finder{}, command); }

bool prepare_statements(PGconn* on) {
  return std::all_of(statements.begin(), statements.end(),
                     [&](const prepared& s) { return result(PQprepare(on, s.name, s.text, 0, nullptr)).is_ok(); });
}

bool is_many_at_once(const write& command) {
  return std::holds_alternative<admit>(command) || std::holds_alternative<dispatch>(command)
         || std::holds_alternative<store_image>(command) || std::holds_alternative<mark_answered>(command);
}

parameters encode(std::span<const order> orders, const store_settings& settings, const keyring& keys) {
  parameters out;
  std::visit(encoder{orders, settings, keys, out}, *orders.front().command);
  return out;
}

write_outcome decode(const write& command, const PGresult* from, int row) {
  if (std::holds_alternative<mark_answered>(command))
    return fenced::done;
  const auto bytes = cell(from, row, 0);
  if (std::holds_alternative<admit>(command))
    return decode_admission(bytes);
  if (std::holds_alternative<store_image>(command) || std::holds_alternative<finish>(command))
    return decode_outcome(bytes);
  return static_cast<fenced>(read_integer(bytes));
}

parameters encode_lock(std::span<const uuid> generations, std::span<const uuid> accounts) {
  parameters out;
  out.id_array(generations).id_array(accounts);
  return out;
}

std::string prompt_context(generation_id id) {
  return {reinterpret_cast<const char*>(id.value.bytes.data()), id.value.bytes.size()};
}

std::string image_context(generation_id id, std::int16_t index) {
  auto context = prompt_context(id);
  context += static_cast<char>(index >> 8);
  context += static_cast<char>(index & 0xff);
  return context;
}

} // namespace easel::persistence::postgres
