#pragma once

#include "policies/catalogue.hpp"
#include "policies/image_inspection.hpp"
#include "policies/moderation.hpp"
#include "policies/upstream_failure.hpp"
#include "policies/vocabulary/bytes.hpp"
#include "policies/vocabulary/expected.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// What the service asks of its upstreams, free of wire formats. Each call reports exactly once through its
/// completion, on the transport's thread, never inline from the call itself. Only prompt text and parameters
/// leave: no user id, no key of ours but the credential's own.
namespace easel::client {

template <class T>
using completion = std::function<void(expected<T, policies::upstream_failure>)>;

/// One image to make: `plan` holds every parameter, and `plan.images` is ignored (always one).
struct image_job {
  policies::generation_plan plan;
  secret_text prompt;
};

/// Bytes that passed `inspect_image`. `facts` is what was really delivered, whatever was asked.
struct drawn_image {
  blob bytes;
  policies::image_facts facts;
};

/// OpenAI moderation (upstreams, section 2).
class moderation_client {
public:
  virtual ~moderation_client() = default;
  virtual void moderate(const secret_text& prompt, completion<policies::moderation_scores> done) = 0;
};

/// sub2api: one call draws one image (section 3.8).
class drawing_client {
public:
  virtual ~drawing_client() = default;
  /// `partial` may be called any number of times before `done`.
  virtual void draw(const image_job& job, std::function<void(int partial_index, blob)> partial,
                    completion<drawn_image> done) = 0;
};

struct task_status {
  enum class stage { running, succeeded, failed };
  stage at = stage::running;
  std::vector<std::string> result_urls;             ///< when succeeded; not yet checked
  std::optional<policies::upstream_failure> reason; ///< when failed: refused or failed
};

/// kie.ai: create a task, ask for it, fetch what it made (section 4).
class task_client {
public:
  virtual ~task_client() = default;
  /// `callback_url` is empty when no public address is configured.
  virtual void create(const image_job& job, const std::string& callback_url, completion<std::string> task_id) = 0;
  virtual void poll(const std::string& task_id, completion<task_status> done) = 0;
  virtual void download(const std::string& url, completion<drawn_image> done) = 0;
  /// Credits left at the upstream.
  virtual void credit(completion<std::int64_t> done) = 0;
};

} // namespace easel::client
