#include "http/client/openai_moderation.hpp"

#include "http/client/bounded_json.hpp"

namespace easel::client::openai_moderation {
namespace {

using nlohmann::json;
using policies::failure_class;
using policies::moderation_scores;
using policies::upstream_failure;

constexpr std::size_t most_categories = 64;
constexpr std::size_t longest_category = 64;

bool is_category_table(const json& table) {
  if (!table.is_object() || table.empty() || table.size() > most_categories)
    return false;
  for (const auto& item : table.items())
    if (item.key().size() > longest_category)
      return false;
  return true;
}

bool take_categories(const json& table, moderation_scores& out) {
  if (!is_category_table(table))
    return false;
  for (const auto& [name, flag] : table.items()) {
    if (!flag.is_boolean() && !flag.is_null())
      return false;
    out.categories[name] = flag.is_boolean() && flag.get<bool>();
  }
  return true;
}

bool take_scores(const json& table, moderation_scores& out) {
  if (!is_category_table(table))
    return false;
  for (const auto& [name, score] : table.items()) {
    if (!score.is_number())
      return false;
    const double value = score.get<double>();
    if (!(value >= 0 && value <= 1))
      return false;
    out.scores[name] = value;
  }
  return true;
}

std::optional<moderation_scores> read_result(const json& result) {
  moderation_scores scores;
  const auto& flagged = member(result, "flagged");
  if (!flagged.is_boolean())
    return std::nullopt;
  scores.flagged = flagged.get<bool>();
  if (!take_categories(member(result, "categories"), scores) || !take_scores(member(result, "category_scores"), scores))
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
  return to_text(json{{"model", model}, {"input", prompt.reveal()}});
}

expected<moderation_scores, upstream_failure> decode_answer(const answer& got) {
  if (got.status != 200)
    return unexpected(read_error(got));
  const auto body = parse_bounded(got.body);
  const auto& results = body ? member(*body, "results") : member(json(), "results");
  // One text was sent; more results than one would leave open which of them is about it.
  if (results.is_array() && results.size() == 1)
    if (auto scores = read_result(results.front()))
      return *std::move(scores);
  return unexpected(upstream_failure{failure_class::incomplete, std::nullopt, "malformed_answer"});
}

} // namespace easel::client::openai_moderation
