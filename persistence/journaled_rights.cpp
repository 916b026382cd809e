#include "persistence/journaled_rights.hpp"

#include "persistence/erasure_replay.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace easel::persistence {

namespace {

class journaled_rights final : public rights {
public:
  journaled_rights(std::unique_ptr<rights> database, journaling how)
      : database_(std::move(database)), how_(std::move(how)), compared_(how_.wall_clock()) {}

  answer<std::optional<erasure_id>> begin_erasure(account_id who, erasure_clause clause,
                                                  const std::optional<operator_note>& note) override {
    // An entry outlives a refusal: the account would be erased later. So whatever can be refused is refused before.
    const auto found = database_->look_for({who});
    if (!found)
      return unexpected(found.error());
    if (found->present.empty())
      return std::nullopt;
    // Should the database be away after this, the erasure comes without the operator: they are noted.
    if (note)
      if (const auto noted = database_->note_wish(who, *note); !noted)
        return unexpected(noted.error());
    if (const auto done = how_.journal->append({who, clause, std::max(how_.wall_clock(), found->now)}); !done) {
      journal_failed(how_, "an erasure was refused: " + done.error());
      return unexpected(store_error{store_error::kind::unavailable, "append_to_erasure_journal", ""});
    }
    auto begun = database_->begin_erasure(who, clause, note);
    if (!begun)
      how_.journal->owe();
    return begun;
  }

  answer<std::vector<erasure_id>> unfinished_erasures() override {
    const auto now = how_.wall_clock();
    if (how_.journal->take_owed() || now < compared_ || now - compared_ >= how_.journal->settings().comparison)
      catch_up(now);
    return database_->unfinished_erasures();
  }

  answer<std::optional<erasure_preview>> preview_erasure(account_id who) override {
    return database_->preview_erasure(who);
  }
  answer<std::optional<erasure_begun>> begin_erasure_anew(const erasure_entry& entry) override {
    return database_->begin_erasure_anew(entry);
  }
  answer<bool> note_wish(account_id who, const operator_note& note) override { return database_->note_wish(who, note); }
  answer<account_presence> look_for(const std::vector<account_id>& whom) override { return database_->look_for(whom); }
  answer<std::vector<generation_id>> find_generations(const std::vector<generation_id>& which) override {
    return database_->find_generations(which);
  }
  answer<int> delete_anew(const std::vector<generation_id>& which) override { return database_->delete_anew(which); }
  answer<std::optional<erasure_receipt>> continue_erasure(erasure_id which) override {
    return database_->continue_erasure(which);
  }
  answer<std::optional<restriction_row>> restrict(account_id who,
                                                  const std::optional<secret_text>& objection) override {
    return database_->restrict(who, objection);
  }
  answer<std::vector<generation_id>> work_of(account_id who) override { return database_->work_of(who); }
  answer<int> end_work(account_id who) override { return database_->end_work(who); }
  answer<bool> lift_restriction(account_id who) override { return database_->lift_restriction(who); }
  answer<std::vector<restriction_row>> list_restrictions(account_id who) override {
    return database_->list_restrictions(who);
  }
  answer<export_begun> begin_export(account_id who) override { return database_->begin_export(who); }
  answer<export_begun> open_volume(account_id who, export_id of, std::size_t number) override {
    return database_->open_volume(who, of, number);
  }
  answer<std::vector<export_row>> list_exports(account_id who) override { return database_->list_exports(who); }
  answer<export_portion> next_portion(account_id who, export_cursor& cursor) override {
    return database_->next_portion(who, cursor);
  }
  answer<bool> keep_export(export_id which) override { return database_->keep_export(which); }
  answer<bool> end_export(export_id which) override { return database_->end_export(which); }

private:
  void catch_up(instant now) {
    const auto found = begin_missing_erasures(*how_.journal, *database_, now);
    if (!found) {
      how_.journal->owe(); // again at the next look
      if (found.error().of_journal)
        journal_failed(how_, found.error().sentence);
      else
        how_.alarm(found.error().sentence);
      return;
    }
    compared_ = now;
    if (found->begun > 0)
      how_.alarm(std::to_string(found->begun) + " erasures of the journal were not in the database: begun again");
    if (found->deleted > 0)
      how_.alarm(std::to_string(found->deleted) + " generations that the journal names were in the database: deleted");
  }

  std::unique_ptr<rights> database_;
  journaling how_;
  instant compared_; ///< when journal and database were last found to agree
};

} // namespace

std::unique_ptr<rights> make_journaled_rights(std::unique_ptr<rights> database, journaling how) {
  return std::make_unique<journaled_rights>(std::move(database), std::move(how));
}

} // namespace easel::persistence
