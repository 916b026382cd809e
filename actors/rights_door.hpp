#pragma once

#include "persistence/rights.hpp"
#include "policies/vocabulary/expected.hpp"

#include <functional>
#include <memory>
#include <optional>

/// What a person may demand of their data: an end (RIGHT-3), a pause (RIGHT-4), a copy (RIGHT-1). No CAF in sight.
/// Whose account it is must have been proved before (front_door.hpp, `prove_person`).
namespace easel::actors {

struct rights_refusal {
  enum class why {
    unavailable, ///< the database does not answer, or the server is starting or ending
    overloaded,  ///< as much is under way on this node as may be
    gone,        ///< there is no such account any more
    export_running,
    exports_spent,  ///< as many as a day may have
    no_such_volume, ///< of an export of that account that can still be fetched
  };
  why reason = why::unavailable;
  std::optional<duration> retry_after;
};

/// Called once, on an actor's thread, or on the caller's when nothing could be begun; must not block for long.
template <class T>
using rights_reply = std::function<void(expected<T, rights_refusal>)>;

/// Which file of which export.
struct export_file {
  persistence::export_row of;
  std::size_t number = 1; ///< of the plan's volumes, counted from 1
};

/// A file of an export that is being written: its parts, one after the other. Destroyed, it is over. Any thread, one
/// question at a time.
class export_source {
public:
  virtual ~export_source() = default;
  [[nodiscard]] virtual const export_file& file() const = 0;
  /// The next part; one without a document's name means that the file is complete.
  virtual void next(rights_reply<persistence::export_portion> done) = 0;
};

/// Any thread may call; nothing blocks.
class rights_door {
public:
  virtual ~rights_door() = default;

  /// What would be lost.
  virtual void preview(account_id who, rights_reply<persistence::erasure_preview> done) = 0;
  /// Answered when nothing is left. Who does not wait for that changes nothing: it goes on, on any node, after a crash
  /// as well.
  virtual void erase(account_id who, rights_reply<persistence::erasure_receipt> done) = 0;

  /// Newest first; the first is in force unless it was lifted.
  virtual void restrictions(account_id who, rights_reply<std::vector<persistence::restriction_row>> done) = 0;
  /// Answered when nothing of the account is in work any more.
  virtual void restrict(account_id who, std::optional<secret_text> objection,
                        rights_reply<persistence::restriction_row> done) = 0;
  virtual void lift(account_id who, rights_reply<void> done) = 0;

  /// Begins another export, and with it its first file, which is all of it when the account has little.
  virtual void begin_export(account_id who, rights_reply<std::shared_ptr<export_source>> done) = 0;
  /// A file of one that was begun.
  virtual void open_volume(account_id who, persistence::export_id of, std::size_t number,
                           rights_reply<std::shared_ptr<export_source>> done) = 0;
  /// Those whose files can be fetched, newest first.
  virtual void exports(account_id who, rights_reply<std::vector<persistence::export_row>> done) = 0;
};

} // namespace easel::actors
