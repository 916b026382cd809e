#include "policies/catalogue.hpp"

#include "policies/vocabulary/utf8.hpp"

#include <algorithm>

namespace easel::policies {

namespace {

using checked = expected<void, field_error>;

/// Values of the client are never part of a message: they may be long, hostile, or a prompt in the wrong field.
tl::unexpected<field_error> wrong(std::string_view field, std::string message) {
  return unexpected(field_error{std::string(field), "invalid_value", std::move(message)});
}

std::string listed(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values)
    text += (text.empty() ? "'" : ", '") + value + '\'';
  return text;
}

bool contains(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

struct choice {
  const model_entry* model;
  const offer* terms;
};

expected<choice, field_error> choose_model(const catalogue& all, tier of, const std::optional<std::string>& name) {
  for (const auto& model : all.models)
    if (!name || model.name == *name)
      if (const auto terms = model.offers.find(of); terms != model.offers.end())
        return choice{&model, &terms->second};
  return unexpected(
    field_error{"model", "model_not_found", "The model does not exist or is not offered in your tier."});
}

checked check_prompt(const offer& terms, const std::string& prompt) {
  if (prompt.empty())
    return unexpected(field_error{"prompt", "missing_required_parameter", "The field 'prompt' is required."});
  const auto facts = inspect_text(prompt);
  if (!facts)
    return wrong("prompt", "The field 'prompt' must be valid UTF-8.");
  if (facts->has_nul)
    return wrong("prompt", "The field 'prompt' must not contain the character U+0000.");
  if (facts->blank)
    return wrong("prompt", "The field 'prompt' must not be blank.");
  if (facts->code_points > static_cast<std::size_t>(std::max(terms.prompt_limit, 0)))
    return wrong("prompt", "The field 'prompt' must have at most " + std::to_string(terms.prompt_limit)
                             + " characters; it has " + std::to_string(facts->code_points) + ".");
  return {};
}

expected<int, field_error> choose_number(std::string_view field, std::optional<int> value, int fallback, int least,
                                         int most) {
  if (const int number = value.value_or(fallback); number >= least && number <= most)
    return number;
  return wrong(field, "The field '" + std::string(field) + "' must be a whole number from " + std::to_string(least)
                        + " to " + std::to_string(most) + ".");
}

expected<std::string, field_error> choose_listed(std::string_view field, const std::vector<std::string>& values,
                                                 const std::optional<std::string>& value) {
  if (!value && !values.empty())
    return values.front();
  if (value && contains(values, *value))
    return *value;
  return wrong(field, "The field '" + std::string(field) + "' must be one of " + listed(values) + " for this model.");
}

/// "auto" leaves the choice to us where the offer has no such quality of its own.
expected<std::string, field_error> choose_quality(const offer& terms, const std::optional<std::string>& value) {
  if (value == "auto" && !contains(terms.qualities, "auto"))
    return choose_listed("quality", terms.qualities, std::nullopt);
  return choose_listed("quality", terms.qualities, value);
}

expected<image_format, field_error> choose_format(const offer& terms, const std::optional<std::string>& value) {
  std::vector<std::string> names;
  for (const auto format : terms.formats)
    names.emplace_back(to_string(format));
  return choose_listed("output_format", names, value).map([&](const std::string& name) {
    return *parse_image_format(name);
  });
}

expected<std::string, field_error> choose_background(const offer& terms, image_format format,
                                                     const std::optional<std::string>& value) {
  static const std::vector<std::string> known{"auto", "opaque", "transparent"};
  const auto background = value.value_or("auto");
  if (!contains(known, background))
    return wrong("background", "The field 'background' must be one of " + listed(known) + ".");
  if (background == "transparent" && !terms.transparent)
    return wrong("background", "The field 'background' cannot be 'transparent' for this model.");
  if (background == "transparent" && format == image_format::jpeg)
    return wrong("background", "The field 'background' can be 'transparent' only with output_format 'png' or 'webp'.");
  return background;
}

expected<std::optional<int>, field_error> choose_compression(image_format format, std::optional<int> value) {
  if (!value)
    return std::optional<int>();
  if (format == image_format::png)
    return wrong("output_compression",
                 "The field 'output_compression' can be used only with output_format 'jpeg' or 'webp'.");
  return choose_number("output_compression", value, 100, 0, 100).map([](int number) { return std::optional(number); });
}

expected<credits, field_error> find_price(const offer& terms, const std::string& size, const std::string& quality) {
  if (const auto price = terms.prices.find({size, quality}); price != terms.prices.end())
    return price->second;
  return wrong("quality", "The quality '" + quality + "' is not offered with the size '" + size + "' for this model.");
}

/// Takes the value of a choice into the plan, or its mistake into `first_wrong`; later choices then change nothing.
template <class To, class From>
bool take(To& to, expected<From, field_error> from, std::optional<field_error>& first_wrong) {
  if (from)
    to = std::move(*from);
  else
    first_wrong = std::move(from.error());
  return from.has_value();
}

} // namespace

const model_entry* catalogue::find(std::string_view name) const {
  const auto found = std::find_if(models.begin(), models.end(), [&](const auto& model) { return model.name == name; });
  return found == models.end() ? nullptr : &*found;
}

expected<generation_plan, field_error> plan_generation(const catalogue& all, tier of,
                                                       const generation_request& request) {
  const auto chosen = choose_model(all, of, request.model);
  if (!chosen)
    return unexpected(chosen.error());
  const offer& terms = *chosen->terms;
  if (auto prompt = check_prompt(terms, request.prompt.reveal()); !prompt)
    return unexpected(std::move(prompt.error()));

  generation_plan plan;
  plan.model = chosen->model->name;
  plan.slug = terms.slug;
  std::optional<field_error> mistake;
  const bool fits =
    take(plan.images, choose_number("n", request.n, 1, 1, all.max_images), mistake)
    && take(plan.size, choose_listed("size", terms.sizes, request.size), mistake)
    && take(plan.quality, choose_quality(terms, request.quality), mistake)
    && take(plan.price_each, find_price(terms, plan.size, plan.quality), mistake)
    && take(plan.format, choose_format(terms, request.output_format), mistake)
    && take(plan.background, choose_background(terms, plan.format, request.background), mistake)
    && take(plan.compression, choose_compression(plan.format, request.output_compression), mistake)
    && take(plan.partial_images, choose_number("partial_images", request.partial_images, 0, 0, 3), mistake);
  if (!fits)
    return unexpected(std::move(*mistake));
  if (!terms.partial_images)
    plan.partial_images = 0;
  return plan;
}

} // namespace easel::policies
