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
                          policies::billing_catalogue offers = {}) {
    net.port = 0;
    billing.offers = std::move(offers);
    auto opened = server::listener::open(net, server::public_api(front, door, rights, billing, api, std::move(limits)),
                                         [this](persistence::access_record record) { log.put(std::move(record)); });
    if (!opened)
      throw std::runtime_error(opened.error());
    listener = std::move(*opened);
  }

  raw_client connect(int receive_buffer = 0) { return raw_client(listener->port(), receive_buffer); }

  /// One request on a connection of its own.
  raw_response exchange(std::string_view bytes, bool without_body = false) {
    raw_client client(listener->port());
    client.send(bytes);
    return client.read(without_body);
  }

  fake_front_door front;
  fake_sign_in_door door;
  fake_rights_door rights;
  fake_billing_door billing;
  hand_over<persistence::access_record> log;
  std::unique_ptr<server::listener> listener; // dies first
};

inline constexpr std::string_view bearer = "Authorization: Bearer esl_test\r\n";
inline constexpr std::string_view json_bearer = "Authorization: Bearer esl_test\r\nContent-Type: application/json\r\n";

inline generation_id sample_id(std::uint8_t n = 1) {
  generation_id id;
  id.value.bytes = {1, 0x9a, 0xb0, 0, 0, n, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, n};
  return id;
}

inline actors::generation_view sample_view(generation_state state = generation_state::accepted) {
  actors::generation_view view;
  auto& row = view.row;
  row.id = sample_id();
  row.state = state;
  row.of_tier = tier::free;
  row.plan.model = "gpt-image-2";
  row.plan.slug = "upstream-slug";
  row.plan.size = "1024x1024";
  row.plan.quality = "medium";
  row.plan.background = "opaque";
  row.plan.price_each = credits::unchecked(4);
  row.prompt = secret_text("a paper boat");
  row.created_at = instant(std::chrono::seconds(1'795'000'000));
  row.expires_at = row.created_at + std::chrono::hours(24 * 30);
  return view;
}

inline persistence::image_row sample_image(std::int16_t index, std::int64_t bytes) {
  persistence::image_row image;
  image.id.value.bytes = {1, 0x9a, 0xb0, 0, 0, 1, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(index)};
  image.index = index;
  image.format = image_format::webp;
  image.width = 1024;
  image.height = 768;
  image.bytes = bytes;
  image.created_at = instant(std::chrono::seconds(1'795'000'009));
  return image;
}

inline actors::generation_event sample_end(const std::vector<blob>& images, std::uint64_t sequence = 9) {
  auto view = sample_view(generation_state::completed);
  view.row.ended_at = instant(std::chrono::seconds(1'795'000'010));
  view.row.charged = credits::unchecked(4 * static_cast<std::int64_t>(images.size()));
  for (std::size_t i = 0; i < images.size(); ++i)
    view.row.images.push_back(sample_image(static_cast<std::int16_t>(i), static_cast<std::int64_t>(images[i]->size())));
  return {sequence, actors::generation_event::ended{view, images}};
}

inline actors::generation_event sample_failure(failure reason, generation_state state = generation_state::failed) {
  auto view = sample_view(state);
  view.row.reason = reason;
  return {5, actors::generation_event::ended{view, {}}};
}

/// Bytes that no compression or accident would produce.
inline blob sample_bytes(std::size_t size, unsigned seed = 7) {
  std::string bytes(size, '\0');
  std::uint32_t x = seed;
  for (char& c : bytes) {
    x = x * 1'664'525u + 1'013'904'223u;
    c = static_cast<char>(x >> 24);
  }
  return make_blob(std::move(bytes));
}

} // namespace easel::tests
