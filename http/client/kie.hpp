#pragma once

#include "http/client/answer.hpp"
#include "http/client/egress_table.hpp"
#include "http/client/upstreams.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

/// kie.ai's job API (upstreams, section 4). Pure. The verdict of every answer is its body's `code`, whatever the
/// HTTP status says, but nothing counts as success without a 2xx.
namespace easel::client::kie {

/// Of POST /api/v1/jobs/createTask. Nothing when the plan's slug is in no field table, or the prompt is not UTF-8.
[[nodiscard]] std::optional<std::string> encode_create(const image_job& job, const std::string& callback_url);

/// The task id. A failure tells whether a task may exist all the same: then it is `ambiguous`, or `incomplete` where
/// an accepting answer cannot be read.
[[nodiscard]] expected<std::string, policies::upstream_failure> decode_create(const answer& got);

/// Of GET /api/v1/jobs/recordInfo. A record that is not there yet (422 with no data) is a task that runs.
[[nodiscard]] expected<task_status, policies::upstream_failure> decode_record(const answer& got,
                                                                              std::string_view task_id);

/// Of GET /api/v1/chat/credit.
[[nodiscard]] expected<std::int64_t, policies::upstream_failure> decode_credit(const answer& got);

/// Of a result's download, for any status but 200.
[[nodiscard]] policies::upstream_failure download_failure(const answer& got);

/// 1 to 128 characters that need no escaping in a URL.
[[nodiscard]] bool is_task_id(std::string_view text);

/// Whether a result may be fetched from there: a listed host and port; https, or http where development allows it.
[[nodiscard]] bool is_result_url(std::string_view url, const std::set<std::string>& hosts, bool allow_http);

} // namespace easel::client::kie
