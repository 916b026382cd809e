#include "persistence/postgres_auditor.hpp"

#include "persistence/postgres/connection.hpp"
#include "persistence/postgres/rehearsals.hpp"
#include "persistence/postgres/rows.hpp"
#include "persistence/postgres/serving.hpp"
#include "persistence/postgres/singletons.hpp"

#include <sstream>

namespace easel::persistence {

namespace {

using policies::live_facts;
using postgres::columns;
using postgres::each_row;
using postgres::guarded;

void read_due(soci::session& sql, live_facts& into) {
  each_row(sql,
           "select relation, parent, (day - date '1970-01-01')::int, past_due, oldest_us, has_live::int"
           " from easel.audit_due",
           [&](columns from) {
             policies::relation_fact fact;
             fact.name = from.text();
             fact.table = from.text();
             if (const auto of = from.maybe_number())
               fact.of = day(std::chrono::days(*of));
             fact.past_due = from.number();
             fact.oldest_due = from.maybe_time();
             fact.has_live_rows = from.flag();
             into.relations.push_back(std::move(fact));
           });
}

void read_oldest(soci::session& sql, live_facts& into) {
  each_row(sql, "select what, at_us from easel.audit_oldest", [&](columns from) {
    auto what = from.text();
    if (const auto at = from.maybe_time())
      into.oldest.emplace(std::move(what), *at);
  });
}

void read_columns(soci::session& sql, live_facts& into) {
  each_row(sql, "select relation, name from easel.audit_column order by 1, 2", [&](columns from) {
    auto table = from.text();
    into.columns.emplace_back(std::move(table), from.text());
  });
}

void read_disclosures(soci::session& sql, live_facts& into) {
  each_row(sql, "select recipient, tier, disclosures, across from easel.audit_disclosure order by 1, 2",
           [&](columns from) {
             policies::disclosure_fact fact;
             fact.to = static_cast<recipient>(from.number());
             fact.of = static_cast<tier>(from.number());
             fact.count = from.number();
             fact.across = from.number();
             into.disclosures.push_back(fact);
           });
}

void read_generations(soci::session& sql, live_facts& into) {
  each_row(sql,
           "select completed, without_their_images, dispatched, without_verdict, without_disclosure"
           " from easel.audit_generation",
           [&](columns from) {
             into.completed = from.number();
             into.completed_without_images = from.number();
             into.dispatched = from.number();
             into.dispatched_without_verdict = from.number();
             into.dispatched_without_disclosure = from.number();
           });
}

void read_log(soci::session& sql, live_facts& into) {
  each_row(sql, "select lines, with_a_path + with_other_agents + with_other_ids from easel.audit_access_log",
           [&](columns from) {
             into.log_lines = from.number();
             into.log_lines_beyond = from.number();
           });
}

void read_accounts(soci::session& sql, live_facts& into) {
  each_row(sql, "select restricted, dispatched_for_restricted from easel.audit_account", [&](columns from) {
    into.restricted = from.number();
    into.dispatched_for_restricted = from.number();
  });
}

void read_acknowledgements(soci::session& sql, live_facts& into) {
  each_row(sql, "select people from easel.audit_person", [&](columns from) { into.people = from.number(); });
  each_row(sql, "select document, version, people from easel.audit_acknowledgement order by 1, 2", [&](columns from) {
    policies::acknowledgement_fact fact;
    fact.document = from.text();
    fact.version = from.text();
    fact.people = from.number();
    into.acknowledged.push_back(std::move(fact));
  });
}

void read_requests(soci::session& sql, live_facts& into) {
  each_row(sql, "select kind, open, past_due, closed, unerased from easel.audit_privacy_request order by 1",
           [&](columns from) {
             policies::request_fact fact;
             fact.kind = from.text();
             fact.open = from.number();
             fact.past_due = from.number();
             fact.closed = from.number();
             fact.unerased = from.number();
             into.requests.push_back(std::move(fact));
           });
  each_row(sql, "select clause, finished, under_way, oldest_us from easel.audit_erasure order by 1", [&](columns from) {
    policies::erasure_fact fact;
    fact.clause = from.text();
    fact.finished = from.number();
    fact.under_way = from.number();
    fact.oldest = from.maybe_time();
    into.erasures.push_back(std::move(fact));
  });
}

void read_left_over(soci::session& sql, live_facts& into) {
  each_row(sql, "select relation, rows_left from easel.audit_left_over order by 1", [&](columns from) {
    auto table = from.text();
    into.left_over.push_back({std::move(table), from.number()});
  });
}

void read_payments(soci::session& sql, live_facts& into) {
  each_row(sql, "select what, at_us, seen_us from easel.audit_payment_sighting", [&](columns from) {
    auto what = from.text();
    const auto at = from.time();
    into.oldest_payments.emplace(std::move(what), policies::payment_fact{at, from.maybe_time().value_or(into.at)});
  });
}

/// What is seen for the first time. As the server: the auditor's role writes nothing.
void keep_sightings(soci::session& sql, const live_facts& seen) {
  for (const auto& [what, oldest] : seen.oldest_payments) {
    if (oldest.seen_at != seen.at)
      continue;
    const long long at = oldest.at.time_since_epoch().count();
    const long long first = oldest.seen_at.time_since_epoch().count();
    sql << "insert into easel.payment_sighting (what, oldest, seen_at)"
           " values (:what, 'epoch'::timestamptz + :at::bigint * interval '1 us',"
           " 'epoch'::timestamptz + :first::bigint * interval '1 us')"
           " on conflict (what) do update set oldest = excluded.oldest, seen_at = excluded.seen_at",
      soci::use(what, "what"), soci::use(at, "at"), soci::use(first, "first");
  }
}

void read_rights(soci::session& sql, live_facts& into) {
  each_row(sql, "select receipts, broken, under_way, oldest_us from easel.audit_receipt", [&](columns from) {
    into.receipts.receipts = from.number();
    into.receipts.broken = from.number();
    into.receipts.under_way = from.number();
    into.receipts.oldest_begun = from.maybe_time();
  });
  each_row(sql, "select exports_begun, exports_ended, exports_broken_off, names_corrected from easel.audit_right",
           [&](columns from) {
             into.rights.exports_begun = from.number();
             into.rights.exports_ended = from.number();
             into.rights.exports_broken_off = from.number();
             into.rights.names_corrected = from.number();
           });
}

void read_keys(soci::session& sql, live_facts& into) {
  each_row(sql, "select keys, oldest_us, missing, wiped_us from easel.audit_key_wipe", [&](columns from) {
    into.keys.keys = from.number();
    into.keys.oldest = from.maybe_time();
    std::istringstream words(from.text());
    for (std::string word; words >> word;)
      into.keys.missing.push_back(word);
    into.keys.wiped_at = from.maybe_time();
  });
}

/// What cannot be read is no report: then there is none of that process.
void read_nodes(soci::session& sql, live_facts& into) {
  each_row(sql, "select joined_us, heartbeat_us from easel.audit_node", [&](columns from) {
    const auto joined = from.time();
    into.nodes.push_back({joined, from.time()});
  });
  each_row(sql, "select at_us, report from easel.audit_self_report order by 1", [&](columns from) {
    const auto at = from.time();
    if (auto report = policies::parse_node_report(from.text())) {
      report->at = at;
      into.reports.push_back(std::move(*report));
    }
  });
}

/// What this role may do with relations beyond counting by its views. Everybody may read the catalogue.
void read_own_rights(soci::session& sql, live_facts& into) {
  each_row(sql,
           "select count(*) filter (where has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
           "                           or has_any_column_privilege(c.oid, 'INSERT, UPDATE')),"
           " count(*) filter (where c.relname !~ '^audit_' and has_any_column_privilege(c.oid, 'SELECT'))"
           " from pg_class c where c.relnamespace = 'easel'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')",
           [&](columns from) {
             into.auditor.writable = from.number();
             into.auditor.readable = from.number();
           });
}

void read_retention(soci::session& sql, live_facts& into) {
  each_row(sql,
           "select now_us, days_ahead, halted_us, ended_us, took_us, deleted, partitions from easel.audit_retention",
           [&](columns from) {
             into.at = from.time();
             into.days_ahead = from.maybe_number();
             into.halted_at = from.maybe_time();
             if (from.is_null())
               return;
             policies::round_fact round;
             round.ended_at = from.time();
             round.took = duration(from.number());
             round.rows = from.number();
             round.partitions = from.number();
             into.last_round = round;
           });
}

class postgres_auditor final : public auditor {
public:
  postgres_auditor(postgres::connection to, std::vector<serving_statement> serving)
      : to_(std::move(to)), serving_(std::move(serving)) {}

  answer<bool> lead() override {
    return guarded(to_, "lead_audit", [](soci::session& sql) {
      const auto key = std::to_string(postgres::auditor_lock);
      int leads = 0;
      sql << "select (case when exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
             " and granted and objsubid = 1 and ((classid::bigint << 32) | objid::bigint) = "
               + key + ") then true else pg_try_advisory_lock(" + key + ") end)::int",
        soci::into(leads);
      return leads != 0;
    });
  }

  answer<bool> tell(const policies::node_report& report) override {
    return guarded(to_, "keep_self_report", [&](soci::session& sql) {
      const auto process = to_string(report.process);
      const auto text = policies::to_json(report);
      sql << "insert into easel.self_report (process, at, report) values (:process::uuid, easel.now(), :report::jsonb)"
             " on conflict (process) do update set at = excluded.at, report = excluded.report",
        soci::use(process, "process"), soci::use(text, "report");
      return true;
    });
  }

  answer<live_facts> collect() override {
    const auto tried = postgres::try_rights(to_);
    if (!tried)
      return unexpected(tried.error());
    const auto served = postgres::try_serving(to_, serving_);
    if (!served && served.error().what == store_error::kind::unavailable)
      return unexpected(served.error());
    return guarded(to_, "audit", [&](soci::session& sql) {
      soci::transaction transaction(sql);
      postgres::read_whole_tables(sql);
      sql << "set local role easel_auditor";
      live_facts facts;
      facts.rights = *tried;
      facts.serving = served ? *served : policies::serving_facts{0, true, {}};
      read_own_rights(sql, facts);
      read_retention(sql, facts);
      read_due(sql, facts);
      read_oldest(sql, facts);
      read_columns(sql, facts);
      read_disclosures(sql, facts);
      read_generations(sql, facts);
      read_log(sql, facts);
      read_accounts(sql, facts);
      read_acknowledgements(sql, facts);
      read_requests(sql, facts);
      read_left_over(sql, facts);
      read_payments(sql, facts);
      read_rights(sql, facts);
      read_keys(sql, facts);
      read_nodes(sql, facts);
      transaction.commit();
      keep_sightings(sql, facts);
      return facts;
    });
  }

private:
  postgres::connection to_;
  std::vector<serving_statement> serving_;
};

} // namespace

std::unique_ptr<auditor> make_postgres_auditor(store_settings settings, duration limit,
                                               std::shared_ptr<postgres_commons> commons,
                                               std::vector<serving_statement> serving) {
  return std::make_unique<postgres_auditor>(
    postgres::connection({settings.database_url, settings.connect_timeout, limit, settings.lock_timeout},
                         commons ? commons->clock_shift() : nullptr),
    std::move(serving));
}

} // namespace easel::persistence
