#include "http/client/kie_models.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

namespace easel::client::kie {
namespace {

using nlohmann::json;
using policies::generation_plan;

struct ratio {
  std::string_view name;
  int width;
  int height;
};

constexpr std::array gpt_image_2_ratios{
  ratio{"1:1", 1, 1}, ratio{"9:16", 9, 16}, ratio{"16:9", 16, 9}, ratio{"4:3", 4, 3}, ratio{"3:4", 3, 4},
};

constexpr std::array gpt_image_15_ratios{ratio{"1:1", 1, 1}, ratio{"2:3", 2, 3}, ratio{"3:2", 3, 2}};

/// The first ten are those of nano-banana-pro, which lacks the extreme ones.
constexpr std::array banana_ratios{
  ratio{"1:1", 1, 1}, ratio{"2:3", 2, 3}, ratio{"3:2", 3, 2},   ratio{"3:4", 3, 4},   ratio{"4:3", 4, 3},
  ratio{"4:5", 4, 5}, ratio{"5:4", 5, 4}, ratio{"9:16", 9, 16}, ratio{"16:9", 16, 9}, ratio{"21:9", 21, 9},
  ratio{"1:4", 1, 4}, ratio{"1:8", 1, 8}, ratio{"4:1", 4, 1},   ratio{"8:1", 8, 1},
};
constexpr std::size_t common_banana_ratios = 10;

struct pixels {
  int width;
  int height;
};

std::optional<int> parse_edge(std::string_view text) {
  int edge = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), edge);
  if (error != std::errc{} || end != text.data() + text.size() || edge < 1 || edge > 65536)
    return std::nullopt;
  return edge;
}

/// Nothing for "auto".
std::optional<pixels> parse_size(std::string_view size) {
  const auto x = size.find('x');
  if (x == std::string_view::npos)
    return std::nullopt;
  const auto width = parse_edge(size.substr(0, x));
  const auto height = parse_edge(size.substr(x + 1));
  return width && height ? std::optional(pixels{*width, *height}) : std::nullopt;
}

/// By the factor between the ratios, so that wide and tall count alike.
std::string_view nearest(std::span<const ratio> ratios, pixels size) {
  const double wanted = std::log(static_cast<double>(size.width) / size.height);
  const auto distance = [&](const ratio& r) {
    return std::abs(std::log(static_cast<double>(r.width) / r.height) - wanted);
  };
  return std::min_element(ratios.begin(), ratios.end(),
                          [&](const auto& a, const auto& b) { return distance(a) < distance(b); })
    ->name;
}

std::string_view resolution(pixels size) {
  const int edge = std::max(size.width, size.height);
  return edge <= 1536 ? "1K" : edge <= 2560 ? "2K" : "4K";
}

json gpt_image_2(const generation_plan& plan) {
  const auto size = parse_size(plan.size);
  if (!size) // with "auto" only 1K works, and it is the default
    return {{"aspect_ratio", "auto"}};
  const auto shape = nearest(gpt_image_2_ratios, *size);
  auto detail = resolution(*size);
  if (shape == "1:1" && detail == "4K") // refused upstream
    detail = "2K";
  return {{"aspect_ratio", shape}, {"resolution", detail}};
}

json gpt_image_15(const generation_plan& plan) {
  const auto size = parse_size(plan.size).value_or(pixels{1, 1});
  return {{"aspect_ratio", nearest(gpt_image_15_ratios, size)},
          {"quality", plan.quality == "high" ? "high" : "medium"}};
}

json banana(const generation_plan& plan, std::span<const ratio> ratios) {
  // There is no WebP here; PNG loses nothing.
  json input{{"output_format", plan.format == image_format::jpeg ? "jpg" : "png"}};
  const auto size = parse_size(plan.size);
  input["aspect_ratio"] = size ? nearest(ratios, *size) : "auto";
  if (size)
    input["resolution"] = resolution(*size);
  return input;
}

json nano_banana_2(const generation_plan& plan) { return banana(plan, banana_ratios); }

json nano_banana_pro(const generation_plan& plan) {
  return banana(plan, std::span(banana_ratios).first<common_banana_ratios>());
}

json first_nano_banana(const generation_plan& plan) {
  const auto size = parse_size(plan.size).value_or(pixels{1, 1});
  return {{"output_format", plan.format == image_format::jpeg ? "jpeg" : "png"},
          {"image_size", nearest(std::span(banana_ratios).first<common_banana_ratios>(), size)}};
}

struct model_fields {
  std::string_view slug;
  json (*fields)(const generation_plan&);
};

constexpr std::array models{
  model_fields{"gpt-image-2-text-to-image", &gpt_image_2}, model_fields{"gpt-image/1.5-text-to-image", &gpt_image_15},
  model_fields{"nano-banana-2", &nano_banana_2},           model_fields{"nano-banana-pro", &nano_banana_pro},
  model_fields{"google/nano-banana", &first_nano_banana},
};

const model_fields* find(std::string_view slug) {
  const auto found = std::find_if(models.begin(), models.end(), [&](const auto& m) { return m.slug == slug; });
  return found == models.end() ? nullptr : &*found;
}

} // namespace

bool is_known_model(std::string_view slug) { return find(slug) != nullptr; }

json model_input(const generation_plan& plan, const secret_text& prompt) {
  const auto* model = find(plan.slug);
  if (model == nullptr)
    return nullptr;
  auto input = model->fields(plan);
  input["prompt"] = prompt.reveal();
  return input;
}

} // namespace easel::client::kie
