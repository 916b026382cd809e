#include "http/client/openai_moderation.hpp"

#include "http/client/bounded_json.hpp"
#include "http/client/quick_json.hpp"

namespace easel::client::openai_moderation {
namespace {

using policies::failure_class;
using policies::moderation_scores;
using policies::upstream_failure;
namespace dom = simdjson::dom;

constexpr std::size_t most_categories = 64;
constexpr std::size_t longest_category = 64;

/// Hands each category to `take`, which says whether its value will do.
template <class Take>
bool read_table(const std::optional<dom::element>& value, Take take) {
  const auto table = as<dom::object>(value);
  if (!table || table->size() == 0 || table->size() > most_categories)
    return false;
  for (const auto& field : *table)
    if (field.key.size() > longest_category || !take(field.key, field.value))
      return false;
  return true;
}

std::optional<moderation_scores> read_result(const dom::object& result) {
  moderation_scores scores;
  const auto flagged = as<bool>(only(result, "flagged"));
  if (!flagged)
    return std::nullopt;
  scores.flagged = *flagged;
  const bool has_categories = read_table(only(result, "categories"), [&](std::string_view name, dom::element flag) {
    if (!flag.is_bool() && !flag.is_null())
      return false;
    return scores.categories.emplace(name, as<bool>(flag).value_or(false)).second;
  });
  const bool has_scores = read_table(only(result, "category_scores"), [&](std::string_view name, dom::element score) {
    const auto value = as<double>(score); // a whole number too
    return value && *value >= 0 && *value <= 1 && scores.scores.emplace(name, *value).second;
  });
  if (!has_categories || !has_scores)
    return std::nullopt;
  return scores;
}

upstream_failure read_error(const answer& got) {
  auto failure = status_failure(got.status, got.retry_after);
  const auto body = parse_bounded(got.body);
  if (body && text_member(member(*body, "error"), "code") == "insufficient_quota")
    return {failure_class::our_account, std::nullopt, "insufficient_quota"};
  return failure;
}

} // namespace

std::optional<std::string> encode_request(std::string_view model, const secret_text& prompt) {
  const auto name = json_string(model);
  const auto input = json_string(prompt.reveal());
  if (!name || !input)
    return std::nullopt;
  return "{\"model\":" + *name + ",\"input\":" + *input + '}';
}

expected<moderation_scores, upstream_failure> decode_answer(const answer& got) {
  if (got.status != 200)
    return unexpected(read_error(got));
  if (const auto body = parse_quickly(got.body)) {
    const auto results = as<dom::array>(only(*body, "results"));
    // One text was sent; more results than one would leave open which of them is about it.
    if (results && results->size() == 1)
      if (const auto result = as<dom::object>(results->at(0).value_unsafe()))
        if (auto scores = read_result(*result))
          return *std::move(scores);
  }
  return unexpected(upstream_failure{failure_class::incomplete, std::nullopt, "malformed_answer"});
}

} // namespace easel::client::openai_moderation
