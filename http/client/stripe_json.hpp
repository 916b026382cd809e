#pragma once

#include "policies/stripe_objects.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// How single members of Stripe's objects are read. A member that is missing or null is empty; one of another form, or
/// beyond the bounds of policies/stripe_objects.hpp, spoils the object: `reader::good` tells. Pure.
namespace easel::client::stripe {

class reader {
public:
  explicit reader(const nlohmann::json& object);

  /// An id, or the id of the object that stands in its place because it was expanded.
  [[nodiscard]] std::string id(const char* name);
  /// A word of an open set: printable ASCII.
  [[nodiscard]] std::string word(const char* name);
  [[nodiscard]] std::int64_t integer(const char* name, std::int64_t otherwise = 0);
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(const char* name);
  [[nodiscard]] bool flag(const char* name);
  [[nodiscard]] instant time(const char* name); ///< the epoch when it is missing
  [[nodiscard]] std::optional<instant> maybe_time(const char* name);
  /// Reads an object within; what it spoils is told by `absorb`.
  [[nodiscard]] reader within(const char* name) const;
  [[nodiscard]] const nlohmann::json& member(const char* name) const;

  void spoil() { good_ = false; }
  void absorb(const reader& other) { good_ = good_ && other.good_; }
  [[nodiscard]] bool good() const { return good_; }

private:
  const nlohmann::json& object_;
  bool good_ = true;
};

/// Our words in `metadata`, which others may have filled with anything: what is none of ours is empty.
[[nodiscard]] policies::stripe::our_marks marks_of(const nlohmann::json& metadata);

} // namespace easel::client::stripe
