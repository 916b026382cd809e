#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

/// How a person's images are cut into files of a copy (RIGHT-1): a file that is too large is one that a broken line
/// takes back to its beginning. Known from sizes alone, before a byte of it is written.
namespace easel::policies {

/// Images of one generation, or of a whole month.
struct image_weight {
  std::chrono::year_month month; ///< UTC, in which they were asked for
  std::int64_t bytes = 0;        ///< of the image files
  std::int64_t images = 0;
};

/// More than ZIP adds to a file with a name as an image has it: its header, its descriptor and its line in the
/// directory, with the fields of ZIP64 (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3).
inline constexpr std::int64_t zip_bytes_of_image = 512;
/// More than what a volume of images has beside them: its readme, and the end of the directory.
inline constexpr std::int64_t zip_bytes_of_volume = 64 * 1024;

/// Bytes of that in an archive.
[[nodiscard]] std::int64_t packed(const image_weight& what);

/// Whether all of it goes into one archive with the documents. These are compressed text of a size that nobody knows
/// before; so half of the bound is left to them.
[[nodiscard]] bool fits_one_file(const std::vector<image_weight>& months, std::int64_t bound);

struct image_volume {
  std::chrono::year_month first, last; ///< months of its images
  std::int64_t bytes = 0;              ///< of the image files
  std::int64_t images = 0;
};

/// Cuts in the order in which it is told: a volume is whole months or a part of one, and no archive of it is larger
/// than `bound`, unless a single generation is. Constant memory beside the volumes. One thread at a time.
class volume_planner {
public:
  /// `months`: what each month has altogether.
  volume_planner(std::int64_t bound, const std::vector<image_weight>& months);

  /// The volume, counted from 0, in which the images of the next generation are. Generations come in the order of their
  /// months. None for one without images.
  std::optional<std::size_t> add(const image_weight& generation);

  [[nodiscard]] const std::vector<image_volume>& volumes() const { return volumes_; }

private:
  [[nodiscard]] bool begins_another(const image_weight& generation) const;
  [[nodiscard]] std::int64_t whole(std::chrono::year_month month) const;

  std::int64_t capacity_;
  std::map<std::chrono::year_month, std::int64_t> whole_; ///< packed bytes of each month
  std::int64_t used_ = 0;                                 ///< of the volume that is being filled
  std::vector<image_volume> volumes_;
};

} // namespace easel::policies
