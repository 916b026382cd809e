#include "policies/vocabulary/names.hpp"

namespace easel {

namespace {

/// What a value outside its set is called. Only a cast can make one.
constexpr std::string_view outside = "unknown";

} // namespace

std::string_view to_string(tier value) {
  switch (value) {
  case tier::free:
    return "free";
  case tier::paid:
    return "paid";
  }
  return outside;
}

std::string_view to_string(generation_state value) {
  switch (value) {
  case generation_state::accepted:
    return "accepted";
  case generation_state::queued:
    return "queued";
  case generation_state::dispatched:
    return "dispatched";
  case generation_state::completed:
    return "completed";
  case generation_state::failed:
    return "failed";
  case generation_state::blocked:
    return "blocked";
  case generation_state::cancelled:
    return "cancelled";
  }
  return outside;
}

std::string_view to_string(recipient value) {
  switch (value) {
  case recipient::openai_moderation:
    return "openai_moderation";
  case recipient::sub2api:
    return "sub2api";
  case recipient::kie:
    return "kie";
  case recipient::google:
    return "google";
  case recipient::stripe:
    return "stripe";
  }
  return outside;
}

std::string_view to_string(data_class value) {
  switch (value) {
  case data_class::identity:
    return "identity";
  case data_class::content:
    return "content";
  case data_class::billing:
    return "billing";
  case data_class::technical:
    return "technical";
  case data_class::credential:
    return "credential";
  }
  return outside;
}

std::string_view to_string(image_format value) {
  switch (value) {
  case image_format::png:
    return "png";
  case image_format::jpeg:
    return "jpeg";
  case image_format::webp:
    return "webp";
  }
  return outside;
}

std::string_view to_string(failure value) {
  switch (value) {
  case failure::none:
    return "none";
  case failure::blocked_input:
    return "blocked_input";
  case failure::blocked_output:
    return "blocked_output";
  case failure::moderation_unavailable:
    return "moderation_unavailable";
  case failure::upstream_unavailable:
    return "upstream_unavailable";
  case failure::upstream_error:
    return "upstream_error";
  case failure::upstream_timeout:
    return "upstream_timeout";
  case failure::invalid_result:
    return "invalid_result";
  case failure::outcome_unknown:
    return "outcome_unknown";
  case failure::cancelled:
    return "cancelled";
  case failure::restarts_exhausted:
    return "restarts_exhausted";
  case failure::account_closed:
    return "account_closed";
  case failure::upstream_misconfigured:
    return "upstream_misconfigured";
  }
  return outside;
}

std::string_view media_type(image_format value) {
  switch (value) {
  case image_format::png:
    return "image/png";
  case image_format::jpeg:
    return "image/jpeg";
  case image_format::webp:
    return "image/webp";
  }
  return "application/octet-stream";
}

std::optional<tier> parse_tier(std::string_view text) {
  for (const tier value : all_tiers)
    if (text == to_string(value))
      return value;
  return std::nullopt;
}

std::optional<image_format> parse_image_format(std::string_view text) {
  for (const image_format value : {image_format::png, image_format::jpeg, image_format::webp})
    if (text == to_string(value))
      return value;
  return std::nullopt;
}

} // namespace easel
