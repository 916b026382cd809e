#pragma once

#include "policies/generation_request.hpp"
#include "policies/vocabulary/credits.hpp"
#include "policies/vocabulary/expected.hpp"
#include "policies/vocabulary/names.hpp"
#include "policies/vocabulary/time.hpp"

#include <map>
#include <string>
#include <vector>

namespace easel::policies {

/// One model as one tier offers it. Sizes, qualities and formats that are not listed are refused by name.
struct offer {
  std::string slug;                   ///< the upstream's own name for the model
  std::vector<std::string> sizes;     ///< "auto" or "WIDTHxHEIGHT", the first is the default
  std::vector<std::string> qualities; ///< the first is the default
  std::vector<image_format> formats;  ///< the first is the default
  bool transparent = false;           ///< whether background=transparent can be had
  bool partial_images = false;        ///< whether the upstream sends previews
  int prompt_limit = 0;               ///< code points
  /// Price of one image by (size, quality). A pair that is missing is not for sale.
  std::map<std::pair<std::string, std::string>, credits> prices;
};

struct model_entry {
  std::string name;
  std::chrono::sys_seconds created;
  std::map<tier, offer> offers;
};

struct catalogue {
  std::vector<model_entry> models; ///< the first that a tier is offered is the default of a request that names none
  int max_images = 10;             ///< the largest n

  [[nodiscard]] const model_entry* find(std::string_view name) const;
};

/// What will be made, with every default filled in and the price frozen. Holds no prompt.
struct generation_plan {
  std::string model;
  std::string slug;
  std::string size;
  std::string quality;
  image_format format = image_format::png;
  std::string background; ///< opaque | transparent | auto
  std::optional<int> compression;
  int images = 1;
  int partial_images = 0;
  credits price_each;

  [[nodiscard]] credits price() const { return price_each * images; }
  friend bool operator==(const generation_plan&, const generation_plan&) = default;
};

/// Fits a request to what the tier offers, or names the first field that does not fit.
/// Also checks the prompt: valid UTF-8, no NUL, not blank, within the offer's bound in code points.
/// The order is fixed: model, prompt, n, size, quality, output_format, background, output_compression,
/// partial_images. Values and their bounds are those of upstreams, sections 1.3 and 5.7. `partial_images` where the
/// upstream sends no previews is accepted and planned as 0, because a final image without them is a full answer.
[[nodiscard]] expected<generation_plan, field_error> plan_generation(const catalogue&, tier, const generation_request&);

} // namespace easel::policies
