#pragma once

#include "fake_billing_door.hpp"
#include "fake_front_door.hpp"
#include "fake_rights_door.hpp"
#include "fake_sign_in_door.hpp"
#include "http/server/listener.hpp"
#include "http/server/public_api.hpp"
#include "raw_client.hpp"

#include <nlohmann/json.hpp>

namespace easel::tests {

using json = nlohmann::json;

/// A running server on a free port over a scripted front door.
struct server_fixture {
  explicit server_fixture(server::api_settings api = {}, server::listener_settings net = {},
                          std::shared_ptr<server::address_limits> limits = nullptr,
                          policies::billing_catalogue offers = {});
  ~server_fixture();

  raw_client connect(int receive_buffer = 0);
  /// One request on a connection of its own.
  raw_response exchange(std::string_view bytes, bool without_body = false);

  fake_front_door front;
  fake_sign_in_door door;
  fake_rights_door rights;
  fake_billing_door billing;
  hand_over<persistence::access_record> log;
  std::unique_ptr<server::listener> listener; // dies first
};

inline constexpr std::string_view bearer = "Authorization: Bearer esl_test\r\n";
inline constexpr std::string_view json_bearer = "Authorization: Bearer esl_test\r\nContent-Type: application/json\r\n";

generation_id sample_id(std::uint8_t n = 1);
actors::generation_view sample_view(generation_state state = generation_state::accepted);
persistence::image_row sample_image(std::int16_t index, std::int64_t bytes);
actors::generation_event sample_end(const std::vector<blob>& images, std::uint64_t sequence = 9);
actors::generation_event sample_failure(failure reason, generation_state state = generation_state::failed);
/// Bytes that no compression or accident would produce.
blob sample_bytes(std::size_t size, unsigned seed = 7);

} // namespace easel::tests
