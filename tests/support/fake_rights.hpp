#pragma once

#include "persistence/rights.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace easel::testing {

/// What the database would know of people's rights, and what it was asked: outlives the connections to it.
struct rights_book {
  int steps = 3;                               ///< of an erasure
  int unavailable = 0;                         ///< how many of the next operations fail
  std::string failing;                         ///< the operation that fails each time
  std::function<void()> on_begin;              ///< before an erasure has any effect
  std::map<persistence::erasure_id, int> left; ///< steps of what is under way
  std::vector<generation_id> work;             ///< of whoever is asked about
  std::function<void()> on_end_work;
  std::deque<persistence::export_portion> portions;
  persistence::export_claim claim = persistence::export_claim::begun;
  instant until;
  persistence::export_plan plan{{}, std::vector<persistence::export_volume>(1)};
  persistence::export_cursor cursor; ///< of the latest portion that was asked for
  std::vector<std::string> calls;
  std::string noted;  ///< of the latest erasure: clause, actor, reason
  std::string wished; ///< of the latest wish that was noted: actor, reason
  int connections = 0;
  std::set<account_id> accounts;       ///< whom `look_for` finds; gone when their erasure has ended
  std::set<generation_id> generations; ///< likewise, of `find_generations`
  instant now;                         ///< the database's clock
};

class fake_rights final : public persistence::rights {
public:
  template <class T>
  using answer = persistence::answer<T>;

  explicit fake_rights(std::shared_ptr<rights_book> book) : book_(std::move(book)) { ++book_->connections; }

  answer<std::optional<persistence::erasure_preview>> preview_erasure(account_id) override {
    return did("preview", [] {
      return std::optional(persistence::erasure_preview{credits::unchecked(7), 1, 2, 3, 4});
    });
  }
  answer<std::optional<persistence::erasure_id>>
  begin_erasure(account_id who, persistence::erasure_clause clause,
                const std::optional<persistence::operator_note>& note) override {
    if (book_->on_begin)
      book_->on_begin();
    return did("begin", [&] {
      book_->noted = std::string(to_string(clause)) + (note ? ' ' + note->actor + ' ' + note->reason : "");
      const persistence::erasure_id id{who.value};
      book_->left.emplace(id, book_->steps);
      return std::optional(id);
    });
  }
  answer<std::optional<persistence::erasure_begun>>
  begin_erasure_anew(const persistence::erasure_entry& entry) override {
    const bool is_new = book_->left.count(persistence::erasure_id{entry.account.value}) == 0;
    auto begun = begin_erasure(entry.account, entry.clause, std::nullopt);
    if (!begun)
      return easel::unexpected(begun.error());
    return *begun ? std::optional(persistence::erasure_begun{**begun, is_new}) : std::nullopt;
  }
  answer<bool> note_wish(account_id, const persistence::operator_note& note) override {
    return did("note", [&] {
      book_->wished = note.actor + ' ' + note.reason;
      return true;
    });
  }
  answer<std::vector<generation_id>> find_generations(const std::vector<generation_id>& which) override {
    return did("find", [&] {
      std::vector<generation_id> found;
      std::copy_if(which.begin(), which.end(), std::back_inserter(found),
                   [&](const auto& id) { return book_->generations.count(id) > 0; });
      return found;
    });
  }
  answer<int> delete_anew(const std::vector<generation_id>& which) override {
    return did("delete", [&] {
      int deleted = 0;
      for (const auto& id : which)
        deleted += static_cast<int>(book_->generations.erase(id));
      return deleted;
    });
  }
  answer<persistence::account_presence> look_for(const std::vector<account_id>& whom) override {
    return did("look for", [&] {
      persistence::account_presence found{{}, !book_->accounts.empty(), book_->now};
      for (const auto& id : whom)
        if (book_->accounts.count(id) > 0)
          found.present.push_back(id);
      return found;
    });
  }
  answer<std::optional<persistence::erasure_receipt>> continue_erasure(persistence::erasure_id which) override {
    return did("step", [&]() -> std::optional<persistence::erasure_receipt> {
      auto it = book_->left.find(which);
      if (it != book_->left.end() && --it->second > 0)
        return std::nullopt;
      book_->left.erase(which);
      book_->accounts.erase(account_id{which.value});
      persistence::erasure_receipt receipt;
      receipt.id = which;
      return receipt;
    });
  }
  answer<std::vector<persistence::erasure_id>> unfinished_erasures() override {
    return did("unfinished", [&] {
      std::vector<persistence::erasure_id> found;
      for (const auto& [id, steps] : book_->left)
        found.push_back(id);
      return found;
    });
  }
  answer<std::optional<persistence::restriction_row>> restrict(account_id,
                                                               const std::optional<secret_text>& objection) override {
    return did("restrict", [&] {
      persistence::restriction_row row;
      row.objection = objection.value_or(secret_text());
      return std::optional(row);
    });
  }
  answer<std::vector<generation_id>> work_of(account_id) override {
    return did("work", [&] { return book_->work; });
  }
  answer<int> end_work(account_id) override {
    return did("end work", [&] {
      if (book_->on_end_work)
        book_->on_end_work();
      return static_cast<int>(book_->work.size());
    });
  }
  answer<bool> lift_restriction(account_id) override {
    return did("lift", [] { return true; });
  }
  answer<std::vector<persistence::restriction_row>> list_restrictions(account_id) override {
    return did("list", [] { return std::vector<persistence::restriction_row>(1); });
  }
  answer<persistence::export_begun> begin_export(account_id) override {
    return did("begin export", [&] { return persistence::export_begun{book_->claim, {}, book_->until, book_->plan}; });
  }
  answer<persistence::export_begun> open_volume(account_id, persistence::export_id of, std::size_t number) override {
    return did("open volume " + std::to_string(number), [&] {
      return persistence::export_begun{book_->claim, of, book_->until, book_->plan};
    });
  }
  answer<std::vector<persistence::export_row>> list_exports(account_id) override {
    return did("list exports", [&] { return std::vector{persistence::export_row{{}, book_->plan}}; });
  }
  answer<persistence::export_portion> next_portion(account_id, persistence::export_cursor& cursor) override {
    return did("portion", [&] {
      book_->cursor = cursor;
      ++cursor.step;
      if (book_->portions.empty())
        return persistence::export_portion{};
      auto portion = book_->portions.front();
      book_->portions.pop_front();
      return portion;
    });
  }
  answer<bool> keep_export(persistence::export_id) override {
    return did("keep", [] { return true; });
  }
  answer<bool> end_export(persistence::export_id) override {
    return did("end export", [] { return true; });
  }

private:
  template <class Work>
  auto did(const std::string& what, Work work) -> answer<decltype(work())> {
    if (book_->unavailable > 0 || book_->failing == what) {
      book_->unavailable = std::max(0, book_->unavailable - 1);
      return easel::unexpected(persistence::store_error{persistence::store_error::kind::unavailable, what, "08006"});
    }
    book_->calls.push_back(what);
    return work();
  }

  std::shared_ptr<rights_book> book_;
};

} // namespace easel::testing
