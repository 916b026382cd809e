#include "persistence/postgres/accounts.hpp"
#include "persistence/postgres/export_images.hpp"
#include "persistence/postgres/export_words.hpp"
#include "persistence/postgres/rehearsals.hpp"
#include "persistence/postgres/rights.hpp"
#include "persistence/postgres/rows.hpp"
#include "persistence/postgres/statements.hpp"
#include "persistence/sealed_identity.hpp"
#include "policies/inventory.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

/// A copy of everything (RIGHT-1). What is in it, the data inventory says; here is only how each table is walked.
namespace easel::persistence::postgres {

namespace {

/// How the rows of one account are found, a page at a time.
enum class walk {
  all,           ///< few: one page
  by_id,         ///< in the order of their UUID
  by_number,     ///< in the order of a bigint `id`
  by_time,       ///< in the order of `at`, then of `request_id`
  by_generation, ///< with their generations
};

constexpr std::string_view by_account = "t.account_id = :account::uuid";
/// Records of payments name their account by what it is called towards Stripe, and by what was sold to it.
constexpr std::string_view by_billing =
  "t.billing_id in (select b.id from easel.billing_account b where b.account_id = :account::uuid)";
/// A request by mail has no end while it is open.
constexpr std::string_view by_request =
  "t.account_id = :account::uuid and (t.expires_at is null or t.expires_at > easel.now())";
constexpr std::string_view by_sale = "t.reference in (select s.reference from easel.sale s join easel.billing_account b"
                                     " on b.id = s.billing_id where b.account_id = :account::uuid)";

struct source {
  std::string_view table;
  walk how = walk::all;
  std::string_view owner = by_account; ///< the condition under which a row is the account's
  bool expires = false;                ///< rows past their `expires_at` are shown to nobody (RET-1)
  bool has_day = false;                ///< is partitioned by the day of its generation
};

constexpr std::array sources{
  source{"account", walk::all, "t.id = :account::uuid"},
  source{"person"},
  source{"acknowledgement"},
  source{"strike"},
  source{"restriction"},
  source{"data_export"},
  source{"privacy_request", walk::by_id, by_request},
  source{"api_key", walk::by_id},
  source{"session", walk::by_id, by_account, true},
  source{"operator_audit", walk::by_number},
  source{"credit_grant", walk::by_id},
  source{"credit_transfer", walk::by_id},
  source{"billing_account"},
  source{"purchase", walk::by_id, by_billing},
  source{"subscription", walk::all, by_billing},
  source{"sale", walk::all, by_billing},
  source{"sale_payment", walk::all, by_sale},
  source{"refund", walk::all, by_sale},
  source{"dispute", walk::all, by_sale},
  source{"sale_grant"},
  source{"drip", walk::all, by_billing},
  source{"generation_in_work", walk::by_id, by_account, true},
  source{"generation", walk::by_id, by_account, true},
  source{"image", walk::by_generation, by_account, true, true},
  source{"disclosure", walk::by_generation, by_account, true, true},
  source{"provider_call", walk::by_generation, by_account, true},
  source{"access_log", walk::by_time, by_account, true},
};

constexpr std::string_view sealed_suffix = "_sealed";

/// The rows of one table in one document.
struct export_step {
  std::string document;
  const source* from = nullptr; ///< null: the images
  std::vector<std::string> columns;
  std::vector<std::string> sealed;
  bool ends_document = false;
};

bool has_source(std::string_view table) {
  return std::any_of(sources.begin(), sources.end(), [&](const auto& each) { return each.table == table; });
}

const source& source_of(std::string_view table) {
  const auto it = std::find_if(sources.begin(), sources.end(), [&](const auto& each) { return each.table == table; });
  if (it == sources.end())
    throw std::logic_error("no way to export this table");
  return *it;
}

/// The documents in the order in which the inventory first names them, and so the tables within each.
std::vector<export_step> make_steps() {
  std::vector<std::string_view> documents;
  for (const auto& field : policies::data_inventory())
    if (!field.exported.empty() && field.exported != images_folder
        && std::find(documents.begin(), documents.end(), field.exported) == documents.end())
      documents.push_back(field.exported);
  std::vector<export_step> steps;
  for (const auto document : documents) {
    const auto first = steps.size();
    for (const auto& field : policies::data_inventory()) {
      if (field.exported != document)
        continue;
      auto step = std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(first), steps.end(),
                               [&](const auto& each) { return each.from->table == field.table; });
      if (step == steps.end())
        step = steps.insert(steps.end(), {std::string(document), &source_of(field.table), {}, {}, false});
      (field.column.ends_with(sealed_suffix) ? step->sealed : step->columns).emplace_back(field.column);
    }
    steps.back().ends_document = true;
  }
  steps.push_back({std::string(images_folder), nullptr, {}, {}, true});
  return steps;
}

const std::vector<export_step>& all_steps() {
  static const auto steps = make_steps();
  return steps;
}

// ---------------------------------------------------------------- statements

std::string key_expression(walk how) {
  switch (how) {
  case walk::by_id:
  case walk::by_number:
    return "t.id::text";
  case walk::by_time:
    return "easel.micros(t.at) || ' ' || t.request_id";
  case walk::by_generation:
    return "t.generation_id::text";
  case walk::all:
    return "''::text";
  }
  return "''::text";
}

/// What a sealed field is bound to, by its row: the id that its context is made of.
std::string row_id(const source& from) {
  if (from.table == "person")
    return "t.account_id::text";
  return from.how == walk::by_id || from.table == "restriction" ? "t.id::text" : "''::text";
}

std::string select_list(const export_step& step) {
  std::string text = "select " + key_expression(step.from->how) + ", " + row_id(*step.from) + ", json_build_object(";
  for (const auto& column : step.columns)
    text.append(&column == &step.columns.front() ? "'" : ", '").append(column).append("', t.").append(column);
  text += ")::text";
  for (const auto& column : step.sealed)
    text.append(", encode(t.").append(column).append(", 'hex')");
  return text + " from easel." + std::string(step.from->table) + " t";
}

/// `:account` everywhere; `:after` where the walk has an order, `:ids` where it goes with generations.
std::string statement_of(const export_step& step) {
  const auto& from = *step.from;
  auto text = select_list(step);
  if (from.how == walk::by_generation)
    text += from.has_day ? " join unnest(:ids::uuid[]) w (id) on t.generation_id = w.id and t.day = easel.day_of(w.id)"
                         : " join unnest(:ids::uuid[]) w (id) on t.generation_id = w.id";
  text.append(" where ").append(from.owner);
  if (from.expires)
    text += " and t.expires_at > easel.now()";
  switch (from.how) {
  case walk::by_id:
    return text + " and t.id > :after::uuid order by t.id limit :most";
  case walk::by_number:
    return text + " and t.id > :after::bigint order by t.id limit :most";
  case walk::by_time:
    return text
           + " and (t.at, t.request_id) > ('epoch'::timestamptz + split_part(:after, ' ', 1)::bigint * interval '1 us',"
             " split_part(:after, ' ', 2)) order by t.at, t.request_id limit :most";
  case walk::by_generation:
    return text + " order by t.generation_id";
  case walk::all:
    return text;
  }
  return text;
}

std::string first_key(walk how) {
  switch (how) {
  case walk::by_id:
  case walk::by_generation:
    return "00000000-0000-0000-0000-000000000000";
  case walk::by_number:
    return "0";
  case walk::by_time:
    return "0 ";
  case walk::all:
    break;
  }
  return {};
}

// ---------------------------------------------------------------- rows

std::optional<std::string> open_sealed(const content_key& key, account_id who, const source& from,
                                       std::string_view column, const uuid& id, const std::string& sealed) {
  if (from.table == "person") {
    const auto which = column == "email_sealed"  ? person_field::email
                       : column == "name_sealed" ? person_field::name
                                                 : person_field::subject;
    return open_field(key, who, which, sealed).reveal();
  }
  if (column == "objection_sealed")
    return open(key, objection_context(restriction_id{id}), sealed);
  if (column == "prompt_sealed")
    return open(key, prompt_context(generation_id{id}), sealed);
  throw std::logic_error("no way to open this field");
}

std::string row_text(const export_step& step, columns from, const content_key& key, account_id who) {
  const auto id = parse_uuid(from.text()).value_or(uuid{});
  auto row = nlohmann::ordered_json::parse(from.text());
  for (auto& [name, value] : row.items())
    put_into_words(step.from->table, name, value);
  for (const auto& column : step.sealed) {
    auto& value = row[column.substr(0, column.size() - sealed_suffix.size())];
    if (const auto sealed = from.bytes(); !sealed.empty())
      if (auto plain = open_sealed(key, who, *step.from, column, id, sealed))
        value = *std::move(plain);
  }
  return row.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// Runs a step's statement: for its page after `after`, or for the generations `ids`.
template <class Read>
void read_step(soci::session& sql, const export_step& step, const std::string& account, const std::string& after,
               const std::string& ids, int most, Read read) {
  const auto how = step.from->how;
  soci::statement st(sql);
  soci::row row;
  st.alloc();
  if (how == walk::by_generation) {
    st.exchange(soci::use(ids, "ids"));
  } else if (how != walk::all) {
    st.exchange(soci::use(after, "after"));
    st.exchange(soci::use(most, "most"));
  }
  st.exchange(soci::use(account, "account"));
  st.exchange(soci::into(row));
  st.prepare(statement_of(step));
  st.define_and_bind();
  for (bool more = st.execute(true); more; more = st.fetch())
    read(columns(row));
}

export_portion rows_of(rights_scope& s, soci::session& sql, const export_step& step, const content_key& key,
                       account_id who, export_cursor& cursor) {
  const auto how = step.from->how;
  const auto account = text_of(who);
  const int most = s.settings.export_page;
  auto after = cursor.after.empty() ? first_key(how) : cursor.after;
  export_portion out;
  out.document = step.document;
  out.table = step.from->table;
  bool is_last = how == walk::all;
  std::string ids;
  if (how == walk::by_generation) {
    const auto generations = next_generations(sql, account, {after, last_generation}, most);
    is_last = static_cast<int>(generations.size()) < most;
    if (!generations.empty())
      after = text_of(generations.back());
    ids = array_of(generations);
  }
  std::string last = after;
  read_step(sql, step, account, after, ids, most, [&](columns from) {
    const auto place = from.text();
    if (how != walk::by_generation)
      last = place;
    out.rows.push_back(row_text(step, from, key, who));
  });
  if (how != walk::all && how != walk::by_generation)
    is_last = static_cast<int>(out.rows.size()) < most;
  cursor.after = last;
  if (is_last) {
    out.ends_document = step.ends_document;
    next_step(cursor);
  }
  return out;
}

} // namespace

answer<export_portion> next_portion(rights_scope& s, account_id who, export_cursor& cursor) {
  constexpr auto operation = "next_portion";
  const auto& steps = all_steps();
  if (cursor.step >= steps.size())
    return export_portion{};
  if (!cursor.has_documents)
    cursor.step = std::max(cursor.step, steps.size() - 1); // the images
  const auto& step = steps[cursor.step];
  if (!step.from)
    return image_after(s, who, cursor);
  auto portion = guarded(s.at.to, operation, [&](soci::session& sql) -> std::optional<export_portion> {
    const auto account = text_of(who);
    soci::row row;
    sql << "select encode(k.wrapped, 'hex') from easel.account a join easel.account_key k on k.account_id = a.id"
           " where a.id = :account::uuid and a.state <> 2",
      soci::use(account, "account"), soci::into(row);
    const auto key = sql.got_data() ? s.at.keys->unwrap(columns(row).bytes(), who) : std::nullopt;
    return key ? std::optional(rows_of(s, sql, step, *key, who, cursor)) : std::nullopt;
  });
  if (!portion)
    return unexpected(portion.error());
  if (!*portion)
    return refused(operation, "02000"); // the account was erased meanwhile
  return **std::move(portion);
}

answer<policies::rights_facts> try_export(connection& to) {
  policies::rights_facts found;
  for (const auto& field : policies::data_inventory())
    if (const std::string table(field.table);
        !field.exported.empty() && !has_source(table)
        && std::find(found.not_exported.begin(), found.not_exported.end(), table) == found.not_exported.end())
      found.not_exported.push_back(table);
  if (!found.not_exported.empty())
    return found;
  const auto nobody = text_of(account_id{});
  for (const auto& step : all_steps()) {
    const auto tried = guarded(to, "try_export", [&](soci::session& sql) {
      soci::transaction transaction(sql);
      sql << "set transaction read only";
      if (step.from)
        read_step(sql, step, nobody, first_key(step.from->how), "{}", 1, [](columns) {});
      else
        try_images(sql);
      transaction.commit();
      return true;
    });
    if (tried)
      ++found.tables_exported;
    else if (tried.error().what == store_error::kind::unavailable)
      return unexpected(tried.error());
    else
      found.not_exported.emplace_back(step.from ? step.from->table : "image");
  }
  return found;
}

} // namespace easel::persistence::postgres
