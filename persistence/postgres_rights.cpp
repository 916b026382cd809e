#include "persistence/postgres_rights.hpp"

#include "persistence/postgres/commons.hpp"
#include "persistence/postgres/rights.hpp"

namespace easel::persistence {

namespace {

/// The interface over the operations of persistence/postgres.
class postgres_rights final : public rights {
public:
  postgres_rights(postgres::rights_scope scope, std::shared_ptr<postgres_commons> commons)
      : s_(std::move(scope)), commons_(std::move(commons)) {}

  answer<std::optional<erasure_preview>> preview_erasure(account_id who) override {
    return postgres::preview_erasure(s_, who);
  }
  answer<std::optional<erasure_id>> begin_erasure(account_id who, erasure_clause clause,
                                                  const std::optional<operator_note>& note) override {
    auto begun = postgres::begin_erasure(s_, who, clause, note);
    commons_->forget(who); // also when it is not known whether it happened: it is read again then
    return begun;
  }
  answer<std::optional<erasure_begun>> begin_erasure_anew(const erasure_entry& entry) override {
    auto begun = postgres::begin_erasure_anew(s_, entry);
    commons_->forget(entry.account);
    return begun;
  }
  answer<bool> note_wish(account_id who, const operator_note& note) override {
    return postgres::note_wish(s_, who, note);
  }
  answer<std::vector<generation_id>> find_generations(const std::vector<generation_id>& which) override {
    return postgres::find_generations(s_, which);
  }
  answer<int> delete_anew(const std::vector<generation_id>& which) override { return postgres::delete_anew(s_, which); }
  answer<account_presence> look_for(const std::vector<account_id>& whom) override {
    return postgres::look_for(s_, whom);
  }
  answer<std::optional<erasure_receipt>> continue_erasure(erasure_id which) override {
    return postgres::continue_erasure(s_, which);
  }
  answer<std::vector<erasure_id>> unfinished_erasures() override { return postgres::unfinished_erasures(s_); }

  answer<std::optional<restriction_row>> restrict(account_id who,
                                                  const std::optional<secret_text>& objection) override {
    return postgres::restrict(s_, who, objection);
  }
  answer<std::vector<generation_id>> work_of(account_id who) override { return postgres::work_of(s_, who); }
  answer<int> end_work(account_id who) override { return postgres::end_work(s_, who); }
  answer<bool> lift_restriction(account_id who) override { return postgres::lift_restriction(s_, who); }
  answer<std::vector<restriction_row>> list_restrictions(account_id who) override {
    return postgres::list_restrictions(s_, who);
  }

  answer<export_begun> begin_export(account_id who) override { return postgres::begin_export(s_, who); }
  answer<export_begun> open_volume(account_id who, export_id of, std::size_t number) override {
    return postgres::open_volume(s_, who, of, number);
  }
  answer<std::vector<export_row>> list_exports(account_id who) override { return postgres::list_exports(s_, who); }
  answer<export_portion> next_portion(account_id who, export_cursor& cursor) override {
    return postgres::next_portion(s_, who, cursor);
  }
  answer<bool> keep_export(export_id which) override { return postgres::keep_export(s_, which); }
  answer<bool> end_export(export_id which) override { return postgres::end_export(s_, which); }

private:
  postgres::rights_scope s_;
  std::shared_ptr<postgres_commons> commons_;
};

} // namespace

std::unique_ptr<rights> make_postgres_rights(store_settings settings, const rights_settings& own,
                                             std::shared_ptr<const keyring> keys,
                                             std::shared_ptr<postgres_commons> commons) {
  if (!commons)
    commons = std::make_shared<postgres_commons>();
  const auto& shared = commons->state_;
  settings.statement_timeout = own.statement_timeout;
  postgres::connection to(
    {settings.database_url, settings.connect_timeout, settings.statement_timeout, settings.lock_timeout},
    {shared, &shared->clock_shift});
  return std::make_unique<postgres_rights>(
    postgres::rights_scope{
      postgres::scope{std::move(to), std::move(settings), std::move(keys), {shared, &shared->cache}}, own},
    std::move(commons));
}

} // namespace easel::persistence
