#include "persistence/journaled_rights.hpp"

#include "persistence/erasure_replay.hpp"

#include <algorithm>
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
    if (const auto done = how_.journal->append({who, clause, std::max(how_.wall_clock(), found->now)}); !done) {
      failed("an erasure was refused: " + done.error());
      return unexpected(store_error{store_error::kind::unavailable, "append_to_erasure_journal", ""});
    }
    auto begun = database_->begin_erasure(who, clause, note);
    owes_ = owes_ || !begun;
    return begun;
  }

  answer<std::vector<erasure_id>> unfinished_erasures() override {
    const auto now = how_.wall_clock();
    if (owes_ || now < compared_ || now - compared_ >= how_.journal->settings().comparison)
      catch_up(now);
    return database_->unfinished_erasures();
  }

  answer<std::optional<erasure_preview>> preview_erasure(account_id who) override {
    return database_->preview_erasure(who);
  }
  answer<std::optional<erasure_id>> begin_erasure_anew(const erasure_entry& entry) override {
    return database_->begin_erasure_anew(entry);
  }
  answer<account_presence> look_for(const std::vector<account_id>& whom) override { return database_->look_for(whom); }
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
    const auto begun = begin_missing_erasures(*how_.journal, *database_, now);
    if (!begun) {
      failed(begun.error()); // and again at the next look, while something is owed
      owes_ = true;
      return;
    }
    owes_ = false;
    compared_ = now;
    if (*begun > 0)
      how_.alarm(std::to_string(*begun) + " erasures of the journal were not in the database: begun again");
  }

  void failed(const std::string& sentence) {
    how_.journal->figures().failures.fetch_add(1, std::memory_order_relaxed);
    how_.alarm(sentence);
  }

  std::unique_ptr<rights> database_;
  journaling how_;
  instant compared_;  ///< when journal and database were last found to agree
  bool owes_ = false; ///< whether they may differ: an entry was made, and the database did not say that it went on
};

} // namespace

std::unique_ptr<rights> make_journaled_rights(std::unique_ptr<rights> database, journaling how) {
  return std::make_unique<journaled_rights>(std::move(database), std::move(how));
}

} // namespace easel::persistence
