#include "policies/export_volumes.hpp"

namespace easel::policies {

std::int64_t packed(const image_weight& what) { return what.bytes + what.images * zip_bytes_of_image; }

bool fits_one_file(const std::vector<image_weight>& months, std::int64_t bound) {
  std::int64_t sum = 0;
  for (const auto& month : months)
    sum += packed(month);
  return sum <= bound / 2;
}

volume_planner::volume_planner(std::int64_t bound, const std::vector<image_weight>& months)
    : capacity_(bound - zip_bytes_of_volume) {
  for (const auto& month : months)
    whole_[month.month] += packed(month);
}

std::int64_t volume_planner::whole(std::chrono::year_month month) const {
  const auto it = whole_.find(month);
  return it == whole_.end() ? 0 : it->second;
}

bool volume_planner::begins_another(const image_weight& generation) const {
  if (volumes_.empty() || used_ + packed(generation) > capacity_)
    return true;
  const auto month = volumes_.back().last;
  if (generation.month == month)
    return false;
  return whole(month) > capacity_ || used_ + whole(generation.month) > capacity_;
}

std::optional<std::size_t> volume_planner::add(const image_weight& generation) {
  if (generation.images == 0)
    return std::nullopt;
  if (begins_another(generation)) {
    volumes_.push_back({generation.month, generation.month, 0, 0});
    used_ = 0;
  }
  auto& into = volumes_.back();
  into.last = generation.month;
  into.bytes += generation.bytes;
  into.images += generation.images;
  used_ += packed(generation);
  return volumes_.size() - 1;
}

} // namespace easel::policies
