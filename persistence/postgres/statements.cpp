#include "persistence/postgres/statements.hpp"

#include "persistence/postgres/connection.hpp"

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
  prepared{"dispatch", "select easel.dispatch($1,$2,$3,$4,$5,$6,$7,$8,$9)"},
  prepared{"block", "select easel.block($1,$2,$3,$4,$5,$6,$7)"},
  prepared{"begin_call", "select easel.begin_call($1,$2,$3,$4,$5,$6)"},
  prepared{"record_task", "select easel.record_task($1,$2,$3,$4,$5)"},
  prepared{"store_image", "select easel.store_image($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)"},
  prepared{"finish", "select easel.finish($1,$2,$3,$4,$5,$6,$7,$8)"},
  prepared{"mark_answered", "select easel.mark_answered($1)"},
  prepared{"find_owners", "select null::uuid, k.account_id, k.wrapped from easel.account_key k "
                          "where k.account_id = any ($1::uuid[]) union all "
                          "select w.id, w.account_id, k.wrapped from easel.generation_in_work w "
                          "left join easel.account_key k using (account_id) where w.id = any ($2::uuid[])"},
  prepared{"find_image", "select i.bytes_sealed, k.wrapped from easel.image i join easel.account_key k "
                         "using (account_id) where i.generation_id = $1 and i.day = $2::timestamptz::date "
                         "and i.index = $3 and i.account_id = $4 and i.expires_at > easel.now() "
                         "and exists (select from easel.account a where a.id = i.account_id and a.state <> 2)"},
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

template <class... Text>
bool any_nul(const Text&... text) {
  return ((text.find('\0') != std::string::npos) || ...);
}

bool any_nul(const policies::verdict& v) {
  return any_nul(v.rule)
         || std::any_of(v.categories.begin(), v.categories.end(), [](const auto& c) { return any_nul(c); });
}

struct nul_finder {
  bool operator()(const admit& c) const {
    const auto& p = c.plan;
    return any_nul(p.model, p.slug, p.size, p.quality, p.background, c.prompt.reveal(), c.fingerprint_source,
                   c.idempotency_key.value_or(""));
  }
  bool operator()(const dispatch& c) const { return any_nul(c.verdict) || any_nul(c.credential); }
  bool operator()(const block& c) const { return any_nul(c.verdict); }
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

struct encoder {
  const store_settings& settings;
  const keyring& keys;
  const std::optional<content_key>& key;
  execution& out;

  parameters& owned(generation_id id, const ownership& owner) const {
    return out.values.id(id.value).id(owner.node.value).int4(owner.fence);
  }

  /// The fingerprint is salted with the account, so that equal requests of two people are not equal rows.
  [[nodiscard]] digest salted(hash_purpose purpose, account_id account, std::string_view text) const {
    std::string bytes(reinterpret_cast<const char*>(account.value.bytes.data()), account.value.bytes.size());
    return keys.keyed_hash(purpose, bytes.append(text));
  }

  void plan(const policies::generation_plan& p) const {
    out.values.text(p.model).text(p.slug).text(p.size).text(p.quality).int2(static_cast<int>(p.format));
    out.values.text(p.background);
    p.compression ? out.values.int2(*p.compression) : out.values.null();
    out.values.int2(p.images).int2(p.partial_images).int8(p.price_each.value());
  }

  void strike_policy() const {
    const auto& p = settings.strikes;
    const std::array<std::int64_t, 5> values{p.cooldown_after, bounded(p.cooldown_window), bounded(p.cooldown_for),
                                             p.suspend_after, bounded(p.suspend_window)};
    out.values.int8_array(values);
  }

  void operator()(const admit& c) const {
    auto& v = out.values;
    v.id(c.id.value).time(minted_at(c.id.value)).id(c.account.value);
    c.key ? v.id(c.key->value) : v.null();
    v.int2(static_cast<int>(c.tier_seen));
    plan(c.plan);
    if (key) {
      out.sealed = seal(*key, prompt_context(c.id), c.prompt.reveal());
      v.view(out.sealed);
    } else {
      v.null();
    }
    c.idempotency_key ? v.hash(salted(hash_purpose::idempotency_key, c.account, *c.idempotency_key)) : v.null();
    v.hash(salted(hash_purpose::fingerprint, c.account, c.fingerprint_source));
    v.int4(c.retry_count).boolean(c.awaits_answer).id(c.node.value).int4(c.max_active).int8(c.daily_allowance.value());
    const auto& r = settings.retention;
    const std::array<std::int64_t, 4> windows{bounded(r.content), bounded(r.idempotency), bounded(r.retry_attach),
                                              bounded(settings.max_clock_skew)};
    v.int8_array(windows);
  }

  void operator()(const dispatch& c) const {
    owned(c.id, c.owner).boolean(c.verdict.blocked).text_array(c.verdict.categories).text(c.verdict.rule);
    out.values.hash(c.verdict.moderated).int2(static_cast<int>(c.to)).text(c.credential);
  }

  void operator()(const block& c) const {
    owned(c.id, c.owner).text_array(c.verdict.categories).text(c.verdict.rule).hash(c.verdict.moderated);
    strike_policy();
  }

  void operator()(const begin_call& c) const {
    owned(c.id, c.owner).int2(c.index).text(c.credential);
    c.callback == digest{} ? out.values.null() : out.values.hash(c.callback);
  }

  void operator()(const record_task& c) const { owned(c.id, c.owner).int2(c.index).text(c.task); }

  void operator()(const store_image& c) const {
    const std::size_t size = c.bytes ? c.bytes->size() : 0;
    owned(c.id, c.owner).int2(c.index).id(c.image.value).int2(static_cast<int>(c.format));
    out.values.int4(c.width).int4(c.height).int8(static_cast<std::int64_t>(size));
    if (key && size > 0)
      out.sealed = seal(*key, image_context(c.id, c.index), *c.bytes);
    out.values.view(out.sealed).boolean(c.last);
  }

  void operator()(const finish& c) const {
    owned(c.id, c.owner).int2(static_cast<int>(c.to)).int2(static_cast<int>(c.reason));
    out.values.boolean(c.strike).boolean(c.discard);
    strike_policy();
  }

  void operator()(const mark_answered& c) const {
    std::vector<uuid> ids;
    std::transform(c.ids.begin(), c.ids.end(), std::back_inserter(ids), [](const auto& id) { return id.value; });
    out.values.id_array(ids);
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

void encode(const write& command, const store_settings& settings, const keyring& keys,
            const std::optional<content_key>& key, execution& out) {
  std::visit(encoder{settings, keys, key, out}, command);
}

write_outcome decode(const write& command, const PGresult* from) {
  const auto bytes = cell(from, 0, 0);
  if (std::holds_alternative<admit>(command))
    return decode_admission(bytes);
  if (std::holds_alternative<store_image>(command) || std::holds_alternative<finish>(command))
    return decode_outcome(bytes);
  return static_cast<fenced>(read_integer(bytes));
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
